//! The certificate host's answer: carries the certificate token to the login host.

use askama::Template;

use super::Frame;

/// Posts the certificate token to the login host; by script at once, by button without scripts.
/// Source: certificate-sign-in §1.3, step c.
#[derive(Clone, Debug, Template)]
#[template(path = "hand_over.html")]
pub struct HandOverPage {
    /// Header.
    pub frame: Frame,
    /// Absolute address of the login endpoint.
    pub action: String,
    /// `ctx`
    pub context: String,
    /// `flowtoken`
    pub flow_token: String,
    /// Single-use token that stands for the certificate.
    pub certificate_token: String,
    /// `false`: the handshake brought none; the login host then explains and records it.
    pub certificate_received: bool,
}
