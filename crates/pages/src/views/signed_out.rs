//! The end of a session.

use askama::Template;

use super::Frame;

/// Says that the session ended and tells the applications by frames. Source: directory-policy-tokens §1.14.
#[derive(Clone, Debug, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOutPage {
    /// Header.
    pub frame: Frame,
    /// Who was signed in.
    pub user_name: Option<String>,
    /// Sign-out addresses of the applications of the session, `http` or `https` only.
    pub front_channel_urls: Vec<String>,
    /// Registered address to go on to.
    pub continue_to: Option<String>,
}
