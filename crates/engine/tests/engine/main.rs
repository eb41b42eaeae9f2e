//! The use cases end to end: a real database in a temporary folder, a clock that is told the time, a CRL server that
//! does as it is told, and people with certificates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

mod administration;
mod browser;
mod certificate_token;
mod change_safety;
mod consent;
mod crl_server;
mod crls;
mod denials;
mod explanations;
mod house;
mod sessions;
mod sign_in;
mod sign_out;
mod tokens;
