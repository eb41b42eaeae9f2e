//! `certificateUserIds`: reading them and comparing them with a certificate.

use data_encoding::{HEXLOWER_PERMISSIVE, HEXUPPER};
use lanyard_pki::{CertificateFacts, KeyIdentifier, Name, SerialNumber};

use crate::CertificateField;
use crate::letter_case::case_key;

/// One value of `authorizationInfo.certificateUserIds` that can match a certificate.
///
/// Names are kept as written and compared as names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateUserId {
    /// `X509:<PN>`
    PrincipalName(String),
    /// `X509:<RFC822>`
    Rfc822Name(String),
    /// `X509:<S>`
    Subject(String),
    /// `X509:<I>…<S>`
    IssuerAndSubject {
        /// Issuer name, encoding order.
        issuer: String,
        /// Subject name, encoding order.
        subject: String,
    },
    /// `X509:<I>…<SR>`
    IssuerAndSerialNumber {
        /// Issuer name, encoding order.
        issuer: String,
        /// The octets as written: little-endian when written right.
        serial_octets: Vec<u8>,
    },
    /// `X509:<SKI>`
    SubjectKeyIdentifier(KeyIdentifier),
    /// `X509:<SHA1-PUKEY>`
    Sha1PublicKey([u8; 20]),
}

/// Why a value that begins like a certificate user id is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateUserIdError {
    /// No `X509:` in front: free text, which may be stored and never matches.
    #[error("the value does not begin with 'X509:' and will never match a certificate")]
    NoPrefix,
    /// `x509:` or the like.
    #[error("the prefix must be written 'X509:' in capital letters")]
    PrefixCase,
    /// No known tag after the prefix.
    #[error("'X509:' must be followed by <PN>, <RFC822>, <S>, <I>, <SKI> or <SHA1-PUKEY>")]
    UnknownTag,
    /// An `<I>` without `<S>` or `<SR>` after it.
    #[error("<I> must be followed by the issuer and then <S> or <SR>")]
    IssuerAlone,
    /// Nothing after a tag.
    #[error("a part has no value")]
    EmptyPart,
    /// Hex was expected.
    #[error("the value must be an even number of hexadecimal digits")]
    NotHex,
    /// The thumbprint has another length.
    #[error("<SHA1-PUKEY> must be followed by 40 hexadecimal digits")]
    ThumbprintLength,
    /// A distinguished name was expected.
    #[error("the value must be a distinguished name such as DC=com,DC=contoso,CN=User")]
    NotAName,
}

impl CertificateUserId {
    /// Reads one stored value.
    ///
    /// Rule `CUID-SHAPE`: the prefix `X509:` and the tags are case-sensitive, hex digits are not; outer blanks and blanks
    /// right after a tag do not count. Source: certificate-sign-in §6.3, §6.4.
    pub fn parse(text: &str) -> Result<Self, CertificateUserIdError> {
        use CertificateUserIdError as E;
        let text = text.trim();
        let Some(rest) = text.strip_prefix("X509:") else {
            let prefix = text.get(..5).unwrap_or_default();
            return Err(if prefix.eq_ignore_ascii_case("X509:") {
                E::PrefixCase
            } else {
                E::NoPrefix
            });
        };
        if let Some(value) = rest.strip_prefix("<PN>") {
            return filled(value).map(|value| Self::PrincipalName(value.to_owned()));
        }
        if let Some(value) = rest.strip_prefix("<RFC822>") {
            return filled(value).map(|value| Self::Rfc822Name(value.to_owned()));
        }
        if let Some(value) = rest.strip_prefix("<SKI>") {
            let octets = hex(value)?;
            return Ok(Self::SubjectKeyIdentifier(KeyIdentifier::new(&octets)));
        }
        if let Some(value) = rest.strip_prefix("<SHA1-PUKEY>") {
            let octets = hex(value)?;
            return <[u8; 20]>::try_from(octets.as_slice())
                .map(Self::Sha1PublicKey)
                .map_err(|_| E::ThumbprintLength);
        }
        if let Some(value) = rest.strip_prefix("<S>") {
            return name(value).map(Self::Subject);
        }
        if let Some(value) = rest.strip_prefix("<I>") {
            let (issuer, tag, value) = split_at_second_tag(value).ok_or(E::IssuerAlone)?;
            let issuer = name(issuer)?;
            return match tag {
                SecondTag::Subject => name(value).map(|subject| Self::IssuerAndSubject { issuer, subject }),
                SecondTag::SerialNumber => hex(value).map(|serial_octets| Self::IssuerAndSerialNumber {
                    issuer,
                    serial_octets,
                }),
            };
        }
        Err(E::UnknownTag)
    }

    /// Which field of a certificate it is compared with.
    #[must_use]
    pub const fn field(&self) -> CertificateField {
        match self {
            Self::PrincipalName(_) => CertificateField::PrincipalName,
            Self::Rfc822Name(_) => CertificateField::Rfc822Name,
            Self::Subject(_) => CertificateField::Subject,
            Self::IssuerAndSubject { .. } => CertificateField::IssuerAndSubject,
            Self::IssuerAndSerialNumber { .. } => CertificateField::IssuerAndSerialNumber,
            Self::SubjectKeyIdentifier(_) => CertificateField::SubjectKeyIdentifier,
            Self::Sha1PublicKey(_) => CertificateField::Sha1PublicKey,
        }
    }

    /// Whether the certificate has this value.
    ///
    /// Rule `CUID-MATCH`: names are compared in encoding order, texts without regard to case, hex by its octets; the
    /// thumbprint is SHA-1 over the whole certificate, never over its public key. Source: certificate-sign-in §6.3–§6.5.
    ///
    /// Rule `CUID-SERIAL-REVERSED`: `<SR>` holds the serial number's octets in reversed order; the forward order matches
    /// only when the setting accept_forward_serial is on. Source: certificate-sign-in §6.4.
    #[must_use]
    pub fn matches(&self, facts: &CertificateFacts, accept_forward_serial: bool) -> bool {
        match self {
            Self::PrincipalName(value) => contains_without_case(&facts.principal_names, value),
            Self::Rfc822Name(value) => contains_without_case(&facts.rfc822_names, value),
            Self::Subject(subject) => is_named(&facts.subject, subject),
            Self::IssuerAndSubject { issuer, subject } => {
                is_named(&facts.issuer, issuer) && is_named(&facts.subject, subject)
            }
            Self::IssuerAndSerialNumber {
                issuer,
                serial_octets,
            } => {
                let written = SerialNumber::from_big_endian(serial_octets);
                let serial_matches = reversed(serial_octets) == facts.serial_number
                    || (accept_forward_serial && written == facts.serial_number);
                serial_matches && is_named(&facts.issuer, issuer)
            }
            Self::SubjectKeyIdentifier(identifier) => {
                facts.subject_key_identifier.as_ref() == Some(identifier)
            }
            Self::Sha1PublicKey(thumbprint) => facts.sha1_thumbprint == *thumbprint,
        }
    }

    /// The form in which values are unique in a tenant; two values that share a key could match one certificate.
    ///
    /// Rule `CUID-UNIQUE-FORM`: uniqueness is judged on a canonical form: blanks trimmed, texts and names in one letter
    /// case, hex by its octets; with accept_forward_serial over both orders of the serial number. Source:
    /// certificate-sign-in §6.4, §6.6.
    #[must_use]
    pub fn uniqueness_keys(&self, accept_forward_serial: bool) -> Vec<String> {
        let key = match self {
            Self::PrincipalName(value) => format!("X509:<PN>{}", case_key(value)),
            Self::Rfc822Name(value) => format!("X509:<RFC822>{}", case_key(value)),
            Self::Subject(subject) => format!("X509:<S>{}", name_key(subject)),
            Self::IssuerAndSubject { issuer, subject } => {
                format!("X509:<I>{}<S>{}", name_key(issuer), name_key(subject))
            }
            Self::IssuerAndSerialNumber {
                issuer,
                serial_octets,
            } => {
                let issuer = name_key(issuer);
                let serial_key =
                    |serial: SerialNumber| format!("X509:<I>{issuer}<SR>{}", serial.to_reversed_hex());
                let mut keys = vec![serial_key(reversed(serial_octets))];
                if accept_forward_serial {
                    keys.push(serial_key(SerialNumber::from_big_endian(serial_octets)));
                    keys.dedup();
                }
                return keys;
            }
            Self::SubjectKeyIdentifier(identifier) => format!("X509:<SKI>{}", identifier.to_hex()),
            Self::Sha1PublicKey(thumbprint) => format!("X509:<SHA1-PUKEY>{}", HEXUPPER.encode(thumbprint)),
        };
        vec![key]
    }

    /// The uniqueness keys of any stored value, free text included.
    #[must_use]
    pub fn uniqueness_keys_of(text: &str, accept_forward_serial: bool) -> Vec<String> {
        match Self::parse(text) {
            Ok(id) => id.uniqueness_keys(accept_forward_serial),
            Err(_) => vec![text.trim().to_owned()],
        }
    }
}

fn contains_without_case(values: &[String], wanted: &str) -> bool {
    let wanted = case_key(wanted);
    !wanted.is_empty() && values.iter().any(|value| case_key(value) == wanted)
}

fn is_named(name: &Name, text: &str) -> bool {
    !name.relative_names.is_empty() && name.matches_encoding_order(text)
}

fn reversed(octets: &[u8]) -> SerialNumber {
    let big_endian: Vec<u8> = octets.iter().rev().copied().collect();
    SerialNumber::from_big_endian(&big_endian)
}

fn filled(value: &str) -> Result<&str, CertificateUserIdError> {
    let value = value.trim_start();
    if value.is_empty() {
        Err(CertificateUserIdError::EmptyPart)
    } else {
        Ok(value)
    }
}

fn hex(value: &str) -> Result<Vec<u8>, CertificateUserIdError> {
    HEXLOWER_PERMISSIVE
        .decode(filled(value)?.as_bytes())
        .map_err(|_| CertificateUserIdError::NotHex)
}

fn name(value: &str) -> Result<String, CertificateUserIdError> {
    let value = filled(value)?;
    Name::parse_encoding_order_text(value).map_err(|_| CertificateUserIdError::NotAName)?;
    Ok(value.to_owned())
}

/// One letter case and single blanks, the parts rewritten in the one way this product writes them.
fn name_key(text: &str) -> String {
    let written = Name::parse_encoding_order_text(text)
        .map_or_else(|_| text.to_owned(), |name| name.to_encoding_order_text());
    let words: Vec<&str> = written.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

enum SecondTag {
    Subject,
    SerialNumber,
}

/// Cuts `issuer<S>subject` or `issuer<SR>serial` at the first such tag outside quotation marks.
fn split_at_second_tag(text: &str) -> Option<(&str, SecondTag, &str)> {
    let mut in_quotes = false;
    for (index, character) in text.char_indices() {
        match character {
            '"' => in_quotes = !in_quotes,
            '<' if !in_quotes => {
                let (issuer, rest) = text.split_at_checked(index)?;
                if let Some(value) = rest.strip_prefix("<SR>") {
                    return Some((issuer.trim_end(), SecondTag::SerialNumber, value));
                }
                let value = rest.strip_prefix("<S>")?;
                return Some((issuer.trim_end(), SecondTag::Subject, value));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn hex_round_trip_of_serials() {
        // certificate-sign-in §12.1, second serial vector; CUID-SERIAL-REVERSED
        let id = CertificateUserId::parse("X509:<I>CN=Contoso<SR> b24134139f069b49997212a86ba0ef48").unwrap();
        let CertificateUserId::IssuerAndSerialNumber { serial_octets, .. } = &id else {
            panic!("{id:?}");
        };
        assert_eq!(
            reversed(serial_octets).to_hex(),
            "48efa06ba8127299499b069f133441b2"
        );
        assert_eq!(HEXLOWER.encode(serial_octets), "b24134139f069b49997212a86ba0ef48");
    }
}
