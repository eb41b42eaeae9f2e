//! Paths: finding them and validating them.

mod issuer;
mod leaf;
pub(crate) mod names;
pub(crate) mod policies;
mod record;
pub(crate) mod search;
mod status;
