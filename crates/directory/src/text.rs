//! Texts that people read: names and nicknames.

use crate::InvalidProperty;

/// Longest name, in characters.
pub const MAX_DISPLAY_NAME_CHARS: usize = 256;
/// Longest mail nickname, in characters.
pub const MAX_MAIL_NICKNAME_CHARS: usize = 64;
const NOT_IN_A_MAIL_NICKNAME: &str = "@()\\[]\";:<>, ";

/// Rule `DIRECTORY-DISPLAY-NAME`: a name has 1 to 256 characters, is not blank and has no control character, nor one that
/// turns the direction of the text around. Source: directory-policy-tokens §2.3.
pub fn check_display_name(name: &str) -> Result<(), InvalidProperty> {
    let refuse = |reason: &str| {
        Err(InvalidProperty::new(
            "displayName",
            "DIRECTORY-DISPLAY-NAME",
            reason,
        ))
    };
    if name.trim().is_empty() {
        return refuse("a name must not be empty");
    }
    if name.chars().count() > MAX_DISPLAY_NAME_CHARS {
        return refuse("a name has at most 256 characters");
    }
    // A name stands on the consent page: it must not look like other text than it is.
    let turns_direction = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if name.chars().any(|c| c.is_control() || turns_direction(c)) {
        return refuse("a name must not contain control characters");
    }
    Ok(())
}

/// Rule `DIRECTORY-MAIL-NICKNAME`: a mail nickname has 1 to 64 ASCII characters and none of ``@ ( ) \ [ ] " ; : < > ,`` or
/// space. Source: directory-policy-tokens §2.3.
pub fn check_mail_nickname(nickname: &str) -> Result<(), InvalidProperty> {
    let refuse = |reason: &str| {
        Err(InvalidProperty::new(
            "mailNickname",
            "DIRECTORY-MAIL-NICKNAME",
            reason,
        ))
    };
    if nickname.is_empty() || nickname.chars().count() > MAX_MAIL_NICKNAME_CHARS {
        return refuse("a mail nickname has 1 to 64 characters");
    }
    if !nickname
        .chars()
        .all(|c| c.is_ascii_graphic() && !NOT_IN_A_MAIL_NICKNAME.contains(c))
    {
        return refuse(
            "a mail nickname has only ASCII letters, digits and signs, none of @ ( ) \\ [ ] \" ; : < > , or space",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names() {
        for good in ["A", "Überprüfung – №1 (Zürich) 🙂", "名前", &"ä".repeat(256)] {
            assert_eq!(check_display_name(good), Ok(()), "{good}");
        }
        for bad in ["", "  ", "a\nb", "a\0b", "a\u{202e}b", &"ä".repeat(257)] {
            let error = check_display_name(bad).unwrap_err();
            assert_eq!(error.rule.as_str(), "DIRECTORY-DISPLAY-NAME", "{bad:?}");
        }
    }

    #[test]
    fn mail_nicknames() {
        for good in ["a", "adele.vance", "it's-me_{1}", &"a".repeat(64)] {
            assert_eq!(check_mail_nickname(good), Ok(()), "{good}");
        }
        let forbidden = "@()\\[]\";:<>, \t".chars().map(|c| format!("a{c}b"));
        for bad in forbidden.chain([String::new(), "ä".to_owned(), "a".repeat(65)]) {
            let error = check_mail_nickname(&bad).unwrap_err();
            assert_eq!(error.rule.as_str(), "DIRECTORY-MAIL-NICKNAME", "{bad:?}");
        }
    }
}
