//! The use cases end to end: a real database in a temporary folder, a clock that is told the time, a CRL server that
//! does as it is told, and people with certificates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test data"
)]

#[path = "../../../storage/tests/throwaway_postgres/mod.rs"]
mod throwaway_postgres;

mod administration;
mod assignments;
mod browser;
mod certificate_token;
mod change_safety;
mod consent;
mod crl_server;
mod crls;
mod denials;
mod explanations;
mod grace;
mod house;
mod imports;
mod lying_lists;
mod nodes;
mod sessions;
mod sign_in;
mod sign_out;
mod tokens;
