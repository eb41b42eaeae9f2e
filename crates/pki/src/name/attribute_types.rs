//! Short names of attribute types.

/// Dotted OID, the short name we write, and further names we read (certificate-sign-in §5.2 ID-1, §6.4).
const TYPES: &[(&str, &str, &[&str])] = &[
    ("2.5.4.6", "C", &["countryName"]),
    ("2.5.4.8", "S", &["ST", "stateOrProvinceName"]),
    ("2.5.4.7", "L", &["localityName"]),
    ("2.5.4.10", "O", &["organizationName"]),
    ("2.5.4.11", "OU", &["organizationalUnitName"]),
    ("2.5.4.3", "CN", &["commonName"]),
    ("0.9.2342.19200300.100.1.25", "DC", &["domainComponent"]),
    ("2.5.4.9", "STREET", &["streetAddress"]),
    ("2.5.4.12", "T", &["title"]),
    ("2.5.4.42", "G", &["GN", "givenName"]),
    ("2.5.4.43", "I", &["initials"]),
    ("2.5.4.4", "SN", &["surname"]),
    ("1.2.840.113549.1.9.1", "E", &["EMAIL", "emailAddress"]),
    ("2.5.4.5", "SERIALNUMBER", &[]),
];

/// Names that are read and never written: Entra writes these types as `OID.…`.
const READ_ONLY: &[(&str, &str)] = &[
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.1", "userId"),
    ("2.5.4.46", "dnQualifier"),
    ("2.5.4.46", "DNQ"),
    ("2.5.4.44", "generationQualifier"),
    ("2.5.4.65", "pseudonym"),
    ("2.5.4.97", "organizationIdentifier"),
];

/// The short name of a type, if it has one.
pub(super) fn short_name(oid: &str) -> Option<&'static str> {
    TYPES
        .iter()
        .find(|(known, _, _)| *known == oid)
        .map(|(_, short, _)| *short)
}

/// The dotted OID of a type as an administrator writes it: a name in any case, `OID.1.2.3` or `1.2.3`.
pub(super) fn oid_of(text: &str) -> Option<String> {
    let named = TYPES
        .iter()
        .find(|(_, short, aliases)| {
            short.eq_ignore_ascii_case(text) || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(text))
        })
        .map(|(oid, _, _)| *oid)
        .or_else(|| {
            READ_ONLY
                .iter()
                .find(|(_, name)| name.eq_ignore_ascii_case(text))
                .map(|(oid, _)| *oid)
        });
    if let Some(oid) = named {
        return Some(oid.to_owned());
    }
    let dotted = text
        .get(..4)
        .filter(|prefix| prefix.eq_ignore_ascii_case("OID."))
        .and_then(|_| text.get(4..))
        .unwrap_or(text);
    crate::asn1::oid::Oid::parse(dotted).map(|oid| oid.dotted())
}
