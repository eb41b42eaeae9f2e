//! ASN.1 character strings as text.

use super::Element;

/// The text of a character string of any of the types that names use; `None` when it is no text.
///
/// TeletexString is read as Latin-1, which is what issuing software has written into it for decades.
pub(crate) fn decode(element: &Element<'_>) -> Option<String> {
    let octets = element.contents;
    match element.tag {
        // UTF8String
        0x0c => std::str::from_utf8(octets).ok().map(str::to_owned),
        // NumericString, PrintableString, IA5String, VisibleString
        0x12 | 0x13 | 0x16 | 0x1a => octets
            .is_ascii()
            .then(|| String::from_utf8_lossy(octets).into_owned()),
        // TeletexString
        0x14 => Some(octets.iter().map(|octet| char::from(*octet)).collect()),
        // BMPString
        0x1e => {
            let (pairs, rest) = octets.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
        }
        // UniversalString
        0x1c => {
            let (quads, rest) = octets.as_chunks::<4>();
            if !rest.is_empty() {
                return None;
            }
            quads
                .iter()
                .map(|quad| char::from_u32(u32::from_be_bytes(*quad)))
                .collect()
        }
        _ => None,
    }
}

/// Lower case, no outer blanks, inner runs of blanks as one: the form in which names are compared.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        if word.is_ascii() {
            folded.extend(word.bytes().map(|octet| char::from(octet.to_ascii_lowercase())));
        } else {
            folded.extend(word.chars().flat_map(char::to_lowercase));
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_and_runs_of_blanks() {
        assert_eq!(fold("  Good   CA "), "good ca");
        assert_eq!(fold("ÄÖ\u{a0}x"), "äö x");
    }

    #[test]
    fn wide_strings() {
        let bmp = Element {
            tag: 0x1e,
            contents: &[0, b'A', 0x20, 0xac],
            whole: &[],
        };
        assert_eq!(decode(&bmp).as_deref(), Some("A€"));
        let odd = Element {
            tag: 0x1e,
            contents: &[0],
            whole: &[],
        };
        assert_eq!(decode(&odd), None);
    }
}
