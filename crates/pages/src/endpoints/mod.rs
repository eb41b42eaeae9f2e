//! One file per use: each reads a request, asks the engine and renders its answer.

pub(crate) mod account;
pub(crate) mod authorize;
pub(crate) mod certificate;
pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod error_code;
pub(crate) mod login;
pub(crate) mod sign_out;
pub(crate) mod stay_signed_in;
