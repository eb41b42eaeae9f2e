use super::*;
use proptest::prelude::*;

fn name(parts: &[(&str, &str)]) -> Name {
    Name {
        relative_names: parts
            .iter()
            .map(|(oid, value)| RelativeName {
                attributes: vec![Attribute {
                    oid: (*oid).into(),
                    value: (*value).into(),
                }],
            })
            .collect(),
    }
}

/// Names the rules NAME-CUID-TEXT, NAME-CUID-MATCH and NAME-ISSUER-TEXT.
#[test]
fn written_and_matched() {
    let subject = name(&[
        ("0.9.2342.19200300.100.1.25", "com"),
        ("2.5.4.10", "U.S. Government, \"DoD\""),
        ("2.5.4.3", "Doe  John"),
        ("0.9.2342.19200300.100.1.1", "123"),
    ]);
    let text = subject.to_encoding_order_text();
    assert_eq!(
        text,
        "DC=com,O=\"U.S. Government, \"\"DoD\"\"\",CN=Doe  John,OID.0.9.2342.19200300.100.1.1=123"
    );
    assert!(subject.matches_encoding_order(&text));
    assert!(
        subject.matches_encoding_order(
            "dc=COM, o=\"u.s. government, \"\"dod\"\"\" ,commonname=doe john ,uid=123"
        )
    );
    let reversed = "UID=123,CN=Doe John,O=U.S. Government\\, \\\"DoD\\\",DC=com";
    assert!(!subject.matches_encoding_order(reversed));
    assert!(subject.matches_text_either_order(reversed));
    assert!(subject.matches_text_either_order(&text));
    assert!(!subject.matches_text_either_order("CN=Doe John"));
    assert_eq!(
        subject.to_string(),
        "OID.0.9.2342.19200300.100.1.1=123, CN=Doe  John, O=U.S. Government\\, \\\"DoD\\\", DC=com"
    );
}

#[test]
fn trailing_blank_and_aliases() {
    let issuer = name(&[
        ("2.5.4.8", "WA"),
        ("1.2.840.113549.1.9.1", "a@b"),
        ("2.5.4.3", "WoodgroveCA"),
    ]);
    assert!(issuer.matches_text_either_order("CN=WoodgroveCA , emailAddress=A@B, ST=wa "));
    assert!(issuer.matches_text_either_order("S=WA,E=a@b,CN=WoodgroveCA"));
}

#[test]
fn a_backslash_in_a_value_is_no_escape_there() {
    let domain_user = name(&[("2.5.4.3", "DOM\\user")]);
    assert!(domain_user.matches_encoding_order("CN=DOM\\user"));
    assert!(!domain_user.matches_encoding_order("CN=DOMuser"));
    assert!(!name(&[("2.5.4.3", "DOMuser")]).matches_encoding_order("CN=DOM\\user"));
}

#[test]
fn multi_valued_parts() {
    let multi = Name {
        relative_names: vec![RelativeName {
            attributes: vec![
                Attribute {
                    oid: "2.5.4.3".into(),
                    value: "a".into(),
                },
                Attribute {
                    oid: "2.5.4.5".into(),
                    value: "1".into(),
                },
            ],
        }],
    };
    assert_eq!(multi.to_encoding_order_text(), "CN=a SERIALNUMBER=1");
    assert!(multi.matches_encoding_order("CN=a SERIALNUMBER=1"));
    assert!(multi.matches_encoding_order("SERIALNUMBER=1+CN=A"));
}

#[test]
fn what_is_no_name() {
    assert_eq!(Name::parse_text("  "), Err(NameTextError::Empty));
    assert_eq!(
        Name::parse_text("Contoso"),
        Err(NameTextError::NoEqualsSign("Contoso".into()))
    );
    assert_eq!(
        Name::parse_text("XYZ=1"),
        Err(NameTextError::UnknownType("XYZ".into()))
    );
    assert_eq!(Name::parse_text("CN=\"a"), Err(NameTextError::OpenQuote));
    assert_eq!(Name::parse_text(&"C".repeat(9000)), Err(NameTextError::TooLong));
    assert!(Name::parse_text("CN=a,").is_ok());
    assert!(Name::parse_text("CN=a,,O=b").is_err());
}

proptest! {
    #[test]
    fn written_text_matches_its_name(values in proptest::collection::vec("\\PC{0,12}", 1..5)) {
        let parts: Vec<(&str, &str)> = values.iter().map(|value| ("2.5.4.3", value.as_str())).collect();
        let name = name(&parts);
        prop_assert!(name.matches_encoding_order(&name.to_encoding_order_text()));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,64}") {
        if let Ok(name) = Name::parse_text(&text) {
            prop_assert!(!name.relative_names.is_empty());
        }
    }
}
