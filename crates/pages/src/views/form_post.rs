//! The answer to an application that wants it as a form.

use askama::Template;

use super::Frame;

/// Posts the answer to the application (`response_mode=form_post`). Source: directory-policy-tokens §1.4.
#[derive(Clone, Debug, Template)]
#[template(path = "form_post.html")]
pub struct FormPostPage {
    /// Header.
    pub frame: Frame,
    /// The redirect URI.
    pub action: String,
    /// The application's name.
    pub application_name: Option<String>,
    /// The parameters of the answer.
    pub fields: Vec<FormPostField>,
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct FormPostField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}
