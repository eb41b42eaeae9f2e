//! Comparison without regard to letter case.

/// The form in which sign-in names and mail addresses are compared.
///
/// Rule `BIND-LETTER-CASE`: sign-in names and mail addresses are compared without regard to case; a letter outside
/// ASCII never equals an ASCII letter. Source: certificate-sign-in §6.3.
pub(crate) fn case_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            key.push(character.to_ascii_lowercase());
        } else if character.to_lowercase().any(|lower| lower.is_ascii()) {
            // The Kelvin sign folds to "k": a name that only looks the same must not open somebody's account.
            key.push(character);
        } else {
            key.extend(character.to_lowercase());
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::case_key;

    #[test]
    fn ascii_and_other_letters_fold_apart() {
        // BIND-LETTER-CASE
        assert_eq!(case_key("Jörg@Example.ORG"), case_key("JÖRG@example.org"));
        assert_ne!(case_key("\u{212a}im@example.org"), case_key("kim@example.org"));
        assert_ne!(case_key("\u{130}van"), case_key("ivan"));
    }
}
