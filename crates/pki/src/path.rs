//! Paths: finding them and validating them.

mod candidates;
mod issuer;
mod judge;
mod leaf;
pub(crate) mod names;
pub(crate) mod policies;
mod record;
pub(crate) mod search;
mod status;
mod strict;
