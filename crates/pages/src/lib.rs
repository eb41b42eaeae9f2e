//! The pages a person sees: sign-in, consent, device code, sign-out and every refusal.
//!
//! Owns: the browser-facing endpoints ([`login_router`], [`certauth_router`]), the templates and their typed view models
//! ([`views`]), the style sheet, fonts and scripts ([`assets`]), the headers every page is sent with ([`headers`]) and the
//! data block for browser automation ([`config_block`]).
//! Does not own: any decision. It translates a request for the engine and renders what the engine answers.
//!
//! Every page works without scripts and under a content security policy without inline code.
//! Sources: certificate-sign-in §1.2–1.4, §10, §11.3; directory-policy-tokens §1.4, §1.9, §1.14, §2.6.

pub mod assets;
pub mod config_block;
pub mod headers;
pub mod views;

mod browser_request;
mod cookies;
mod endpoints;
mod form;
mod own_form;
mod render;
mod routes;

pub use config_block::ConfigBlock;
pub use headers::{FormTargets, PageHeaders};
pub use routes::{certauth_router, login_router, method_not_allowed, not_found};
