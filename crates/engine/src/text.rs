//! Foreign text on its way into a sentence.

/// At most 80 characters, without control characters: what a page or log may repeat of a request.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
