//! A page that only says what is the matter.

use askama::Template;

use super::Frame;

/// A headline and a sentence: 400, 404, 405, 413, 421, 429, 500.
#[derive(Clone, Debug, Template)]
#[template(path = "plain.html")]
pub struct PlainPage {
    /// Header.
    pub frame: Frame,
    /// HTTP status, shown.
    pub status: u16,
    /// The headline; also the title.
    pub headline: String,
    /// What is the matter.
    pub text: String,
    /// The one thing to do.
    pub hint: Option<String>,
    /// Correlation id, where there is one.
    pub correlation_id: Option<String>,
}

impl PlainPage {
    /// The page for a status.
    #[must_use]
    pub fn of_status(status: http::StatusCode) -> Self {
        let (headline, text, hint) = match status.as_u16() {
            403 => (
                "This form came from elsewhere",
                "A page of another site sent a form to this service. Nothing was done.",
                Some("Go back to your application and start again."),
            ),
            404 => (
                "Page not found",
                "There is nothing at this address.",
                Some("Go back to your application and start again."),
            ),
            405 => (
                "This address is used differently",
                "The page cannot be opened in this way.",
                Some("Go back to your application and start again."),
            ),
            413 => (
                "Too much data",
                "The request was larger than this service accepts.",
                None,
            ),
            415 => (
                "Unknown kind of data",
                "The request was not an ordinary form.",
                None,
            ),
            421 => (
                "Wrong connection",
                "Your browser used a connection that was opened for another host name.",
                Some("Reload the page. If this message stays, close the browser and start again."),
            ),
            429 => (
                "Too many requests",
                "Too many requests came from your address.",
                Some("Wait a minute, then try again."),
            ),
            503 => (
                "Not available now",
                "The service cannot answer at the moment.",
                Some("Try again in a few minutes."),
            ),
            500..=599 => (
                "Something went wrong here",
                "The service made an error. It was recorded.",
                Some("Try again. If it happens again, give the correlation id to your administrator."),
            ),
            _ => (
                "This request makes no sense",
                "The request is incomplete or was changed on its way.",
                Some("Go back to your application and start again."),
            ),
        };
        Self {
            frame: Frame::without_tenant(),
            status: status.as_u16(),
            headline: headline.to_owned(),
            text: text.to_owned(),
            hint: hint.map(str::to_owned),
            correlation_id: None,
        }
    }
}
