//! The page for a certificate request that was answered without a certificate.

use askama::Template;

use super::{Frame, Recovery, Report};

/// Names the likely causes, TLS inspection among them. Source: certificate-sign-in §1.4.
#[derive(Clone, Debug, Template)]
#[template(path = "no_certificate.html")]
pub struct NoCertificatePage {
    /// Header and data block.
    pub frame: Frame,
    /// Pattern of the host names that a proxy must leave alone (`*certauth.login.example`).
    pub inspection_exempt_pattern: String,
    /// Ways to go on.
    pub recovery: Option<Recovery>,
    /// The details.
    pub report: Report,
}
