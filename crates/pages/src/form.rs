//! Forms as browsers and automation clients send them.

use axum::body::Body;
use http::{HeaderMap, StatusCode, header};
use url::form_urlencoded;

/// Largest form that is read. A certificate token with its chain is the largest value.
const MAX_FORM_BYTES: usize = 128 * 1024;
/// More fields than any form of ours or any authorization request has.
const MAX_FIELDS: usize = 200;

/// The fields of one form, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(pub(crate) Vec<(String, String)>);

impl Form {
    /// Reads a form body. The error is the HTTP status of the refusal: 413, 415 or 400.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, StatusCode> {
        let media_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let octets = axum::body::to_bytes(body, MAX_FORM_BYTES)
            .await
            .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
        Self::parse(&octets).ok_or(StatusCode::BAD_REQUEST)
    }

    /// Reads the query of an address.
    pub(crate) fn of_query(query: Option<&str>) -> Option<Self> {
        Self::parse(query.unwrap_or_default().as_bytes())
    }

    fn parse(octets: &[u8]) -> Option<Self> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(octets)
            .take(MAX_FIELDS + 1)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        (pairs.len() <= MAX_FIELDS).then_some(Self(pairs))
    }

    /// The first field of a name, in any spelling of its case: `flowToken` and `flowtoken` are the same.
    /// Source: certificate-sign-in §1.3.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(media_type: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, media_type.parse().expect("header"));
        headers
    }

    #[tokio::test]
    async fn both_spellings_are_one_field() {
        let form = Form::read(
            &headers("application/x-www-form-urlencoded; charset=UTF-8"),
            Body::from("ctx=a%2Bb&flowToken=t"),
        )
        .await
        .expect("form");
        assert_eq!(form.field("ctx"), Some("a+b"));
        assert_eq!(form.field("flowtoken"), Some("t"));
        assert_eq!(form.field("certificatetoken"), None);
    }

    #[tokio::test]
    async fn what_is_no_form_is_refused_by_its_reason() {
        let form = "application/x-www-form-urlencoded";
        let refused = |media_type: &'static str, body: String| async move {
            Form::read(&headers(media_type), Body::from(body)).await.err()
        };
        assert_eq!(
            refused("application/json", "{}".into()).await,
            Some(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        );
        assert_eq!(
            refused(form, "a".repeat(MAX_FORM_BYTES + 1)).await,
            Some(StatusCode::PAYLOAD_TOO_LARGE)
        );
        assert_eq!(
            refused(form, "a=1&".repeat(MAX_FIELDS + 1)).await,
            Some(StatusCode::BAD_REQUEST)
        );
        assert_eq!(refused(form, String::new()).await, None);
    }
}
