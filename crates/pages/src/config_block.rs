//! The `$Config={…};` text that browser automation reads from a page.

use serde::Serialize;

/// What a page tells a client that reads pages as text.
///
/// The names are those that existing automation clients look for. Source: certificate-sign-in §1.3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ConfigBlock {
    /// The context of the flow.
    #[serde(rename = "sCtx", skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The flow token of the next step.
    #[serde(rename = "sFT", skip_serializing_if = "Option::is_none")]
    pub flow_token: Option<String>,
    /// Path of the form's target.
    #[serde(rename = "urlPost", skip_serializing_if = "Option::is_none")]
    pub post_url: Option<String>,
    /// Path of `GetCredentialType`.
    #[serde(rename = "urlGetCredentialType", skip_serializing_if = "Option::is_none")]
    pub credential_type_url: Option<String>,
    /// The page's name (`ConvergedSignIn`, `KmsiInterrupt`, `ConvergedConsent`, `ConvergedError`).
    #[serde(rename = "pgid", skip_serializing_if = "Option::is_none")]
    pub page_id: Option<String>,
    /// Headline of a refusal.
    #[serde(rename = "strMainMessage", skip_serializing_if = "Option::is_none")]
    pub main_message: Option<String>,
    /// `AADSTS<n>: sentence` of a refusal.
    #[serde(
        rename = "strServiceExceptionMessage",
        skip_serializing_if = "Option::is_none"
    )]
    pub service_exception_message: Option<String>,
    /// The number alone.
    #[serde(rename = "sErrorCode", skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// Correlation id.
    #[serde(rename = "correlationId", skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

impl ConfigBlock {
    /// The statement `$Config={…};` in one line.
    ///
    /// It stands in a data block, which no browser runs. `<`, `>`, `&` and the two line separators of Unicode are
    /// written as `\u` escapes, so the text can neither end the block nor start a comment in it.
    #[must_use]
    pub fn statement(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_else(|_| String::from("{}"));
        let mut statement = String::with_capacity(json.len() + 16);
        statement.push_str("$Config=");
        for character in json.chars() {
            match character {
                '<' => statement.push_str("\\u003c"),
                '>' => statement.push_str("\\u003e"),
                '&' => statement.push_str("\\u0026"),
                '\u{2028}' => statement.push_str("\\u2028"),
                '\u{2029}' => statement.push_str("\\u2029"),
                other => statement.push(other),
            }
        }
        statement.push(';');
        statement
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_leaves_the_block_and_a_client_reads_it_back(text in any::<String>()) {
            let block = ConfigBlock { main_message: Some(text.clone()), ..ConfigBlock::default() };
            let statement = block.statement();
            prop_assert!(!statement.contains(['<', '>', '&', '\n']));
            let json = statement.strip_prefix("$Config=").and_then(|rest| rest.strip_suffix(';')).expect("form");
            let read: serde_json::Value = serde_json::from_str(json).expect("json");
            prop_assert_eq!(read["strMainMessage"].as_str(), Some(text.as_str()));
        }
    }
}
