//! Username binding: the cases of certificate-sign-in §6.3 and B1 to B9 of §12.2.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use lanyard_certificate_policy::{
    Affinity, BindingOutcome, CertificateField, MethodPolicy, PolicySettings, UserBinding,
    UserBindingProperties, UserProperty, bind, certificate_user_ids,
};
use lanyard_pki::{CertificateFacts, KeyIdentifier, Name};
use lanyard_verdict::StepResult;
use support::{bare_facts, user, vector_facts};

fn binding(field: CertificateField, user_property: UserProperty, priority: u32) -> UserBinding {
    UserBinding {
        field,
        user_property,
        priority,
    }
}

/// `Ok(priority)` of the binding that matched, or the code.
fn outcome(
    facts: &CertificateFacts,
    bindings: &[UserBinding],
    user: &UserBindingProperties,
    affinity: Affinity,
) -> Result<u32, u32> {
    outcome_with(facts, bindings, user, affinity, &PolicySettings::default())
}

fn outcome_with(
    facts: &CertificateFacts,
    bindings: &[UserBinding],
    user: &UserBindingProperties,
    affinity: Affinity,
    settings: &PolicySettings,
) -> Result<u32, u32> {
    let verdict = bind(facts, bindings, user, affinity, settings);
    match verdict.outcome {
        BindingOutcome::Bound(bound_by) => {
            assert_eq!(verdict.steps.steps().last().unwrap().result, StepResult::Passed);
            Ok(bound_by.priority)
        }
        BindingOutcome::Refused(refusal) => {
            assert_eq!(verdict.steps.steps().last().unwrap().rule, refusal.rule);
            Err(refusal.code.number())
        }
    }
}

fn named(principal_name: &str, mail: &str) -> CertificateFacts {
    let mut facts = bare_facts();
    let listed = |value: &str| {
        if value.is_empty() {
            vec![]
        } else {
            vec![value.to_owned()]
        }
    };
    facts.principal_names = listed(principal_name);
    facts.rfc822_names = listed(mail);
    facts
}

/// Names the rules BIND-PRIORITY and BIND-FALL-THROUGH.
#[test]
fn default_bindings_in_order_of_priority() {
    let mut bindings = MethodPolicy::default().certificate_user_bindings;
    // B1: the order in the list has no meaning.
    bindings.reverse();
    let adele = user("adele@contoso.example", &[]);
    let table = [
        ("adele@contoso.example", "adele@contoso.example", Ok(1)),
        ("ADELE@Contoso.example", "", Ok(1)),
        ("", "adele@contoso.example", Ok(2)),                      // B2
        ("other@contoso.example", "Adele@contoso.example", Ok(2)), // B3
        ("other@contoso.example", "", Err(1_001_009)),             // B4
        ("other@contoso.example", "more@contoso.example", Err(1_001_009)),
        ("", "", Err(1_001_003)),
        (" adele@contoso.example", "", Err(1_001_009)),
    ];
    for (principal_name, mail, expected) in table {
        let facts = named(principal_name, mail);
        assert_eq!(
            outcome(&facts, &bindings, &adele, Affinity::Low),
            expected,
            "{principal_name} {mail}"
        );
    }
}

#[test]
fn any_of_several_names_may_match() {
    let mut facts = named("one@contoso.example", "");
    facts.principal_names.push("adele@contoso.example".to_owned());
    let bindings = MethodPolicy::default().certificate_user_bindings;
    assert_eq!(
        outcome(
            &facts,
            &bindings,
            &user("adele@contoso.example", &[]),
            Affinity::Low
        ),
        Ok(1)
    );
}

#[test]
fn on_premises_name_and_empty_values() {
    let bindings = [binding(
        CertificateField::PrincipalName,
        UserProperty::OnPremisesUserPrincipalName,
        7,
    )];
    let facts = named("adele@corp.local", "");
    let mut adele = user("adele@contoso.example", &[]);
    assert_eq!(outcome(&facts, &bindings, &adele, Affinity::Low), Err(1_001_009));
    adele.on_premises_user_principal_name = Some("Adele@corp.local".to_owned());
    assert_eq!(outcome(&facts, &bindings, &adele, Affinity::Low), Ok(7));
    adele.on_premises_user_principal_name = Some(String::new());
    let mut nameless = bare_facts();
    nameless.principal_names = vec![String::new()];
    assert_eq!(
        outcome(&nameless, &bindings, &adele, Affinity::Low),
        Err(1_001_003)
    );
}

/// Names the rules BIND-AFFINITY, BIND-FIELD-AFFINITY, BIND-NO-VALUE and BIND-NO-MATCH.
#[test]
fn high_affinity_leaves_three_fields() {
    let facts = vector_facts();
    let computed = certificate_user_ids(&facts);
    let everything: Vec<&str> = vec![
        &computed.principal_name,
        &computed.subject,
        &computed.issuer_and_subject,
        &computed.subject_key_identifier,
        &computed.sha1_public_key,
        &computed.issuer_and_serial_number,
    ];
    let owner = user("contoso@microsoft.com", &everything);
    for field in CertificateField::ALL {
        let bindings = [binding(field, UserProperty::CertificateUserIds, 1)];
        let found_low = outcome(&facts, &bindings, &owner, Affinity::Low);
        let found_high = outcome(&facts, &bindings, &owner, Affinity::High);
        match field {
            CertificateField::Rfc822Name => {
                assert_eq!((found_low, found_high), (Err(1_001_003), Err(1_001_003)));
            }
            _ if field.affinity() == Affinity::High => assert_eq!((found_low, found_high), (Ok(1), Ok(1))),
            // B5, B6
            _ => assert_eq!((found_low, found_high), (Ok(1), Err(1_001_003)), "{field:?}"),
        }
    }
    let mut defaults = MethodPolicy::default().certificate_user_bindings;
    assert_eq!(
        outcome(
            &facts,
            &defaults,
            &user("contoso@microsoft.com", &[]),
            Affinity::High
        ),
        Err(1_001_009)
    );
    defaults.retain(|binding| binding.field.affinity() == Affinity::Low);
    assert_eq!(outcome(&facts, &defaults, &owner, Affinity::High), Err(1_001_003));
    assert_eq!(outcome(&facts, &[], &owner, Affinity::Low), Err(1_001_003));
}

/// Names the rules CUID-MATCH and CUID-SHAPE.
#[test]
fn stored_values_that_match_the_vector_and_that_do_not() {
    use CertificateField as F;
    let facts = vector_facts();
    let table: [(F, &str, bool); 23] = [
        (F::PrincipalName, "X509:<PN>Contoso@Microsoft.com", true),
        (F::PrincipalName, "X509:<PN> contoso@microsoft.com", true),
        (F::PrincipalName, "contoso@microsoft.com", false),
        (F::PrincipalName, "x509:<PN>contoso@microsoft.com", false), // B9
        (F::PrincipalName, "X509:<pn>contoso@microsoft.com", false),
        (F::Rfc822Name, "X509:<RFC822>contoso@microsoft.com", false),
        (
            F::Subject,
            "X509:<S>DC=com,DC=contoso,DC=corp,OU=UserAccounts,CN=Contoso User",
            true,
        ),
        (
            F::Subject,
            "X509:<S>dc=COM,dc=contoso,dc=corp,ou=useraccounts,cn=contoso user",
            true,
        ),
        (
            F::Subject,
            "X509:<S>CN=Contoso User,OU=UserAccounts,DC=corp,DC=contoso,DC=com",
            false,
        ),
        (
            F::IssuerAndSubject,
            "X509:<I>CN=Contoso<S>DC=com,DC=contoso,DC=corp,OU=UserAccounts,CN=Contoso User",
            true,
        ),
        (
            F::IssuerAndSubject,
            "X509:<I>CN=Fabrikam<S>DC=com,DC=contoso,DC=corp,OU=UserAccounts,CN=Contoso User",
            false,
        ),
        (
            F::SubjectKeyIdentifier,
            "X509:<SKI>C6F4E96CAAD84640361F9FB5F74F6308247CB8B4",
            true,
        ),
        (
            F::SubjectKeyIdentifier,
            "X509:<SKI>c6f4e96caad84640361f9fb5f74f6308247cb8b4",
            true,
        ), // B9
        (
            F::SubjectKeyIdentifier,
            "X509:<SKI>c6f4e96caad84640361f9fb5f74f6308247cb8",
            false,
        ),
        (
            F::Sha1PublicKey,
            "X509:<SHA1-PUKEY>34BE02DCEE9ECDF8BC5C16595A73F1B201875FEA",
            true,
        ),
        (
            F::Sha1PublicKey,
            "X509:<SHA1-PUKEY>34be02dcee9ecdf8bc5c16595a73f1b201875fea",
            true,
        ),
        (
            F::Sha1PublicKey,
            "X509:<SHA1-PUKEY>C6F4E96CAAD84640361F9FB5F74F6308247CB8B4",
            false,
        ),
        (
            F::IssuerAndSerialNumber,
            "X509:<I>CN=Contoso<SR>8a2d086464fa23449686bf4441978c1e",
            true,
        ),
        (
            F::IssuerAndSerialNumber,
            "X509:<I>CN=Contoso<SR> 8A2D086464FA23449686BF4441978C1E",
            true,
        ),
        (
            F::IssuerAndSerialNumber,
            "X509:<I>CN=Contoso<SR>1e8c974144bf86964423fa6464082d8a",
            false,
        ),
        (
            F::IssuerAndSerialNumber,
            "X509:<I>CN=Other<SR>8a2d086464fa23449686bf4441978c1e",
            false,
        ),
        // A value of another kind does not help the binding.
        (F::Subject, "X509:<PN>contoso@microsoft.com", false),
        (
            F::IssuerAndSerialNumber,
            "X509:<SKI>C6F4E96CAAD84640361F9FB5F74F6308247CB8B4",
            false,
        ),
    ];
    for (field, value, matches) in table {
        let bindings = [binding(field, UserProperty::CertificateUserIds, 1)];
        let found = outcome(
            &facts,
            &bindings,
            &user("someone@contoso.example", &[value]),
            Affinity::Low,
        );
        assert_eq!(found.is_ok(), matches, "{value}");
    }
}

/// Names the rule CUID-SERIAL-REVERSED.
#[test]
fn forward_serial_matches_by_setting_only() {
    let facts = vector_facts();
    let bindings = [binding(
        CertificateField::IssuerAndSerialNumber,
        UserProperty::CertificateUserIds,
        1,
    )];
    let holder = user(
        "u@contoso.example",
        &["X509:<I>CN=Contoso<SR>1e8c974144bf86964423fa6464082d8a"],
    );
    let mut settings = PolicySettings::default();
    assert!(outcome_with(&facts, &bindings, &holder, Affinity::High, &settings).is_err());
    settings.accept_forward_serial = true;
    assert!(outcome_with(&facts, &bindings, &holder, Affinity::High, &settings).is_ok());
}

#[test]
fn a_certificate_without_subject_or_key_identifier_has_no_such_field() {
    let facts = bare_facts();
    for field in [
        CertificateField::Subject,
        CertificateField::IssuerAndSubject,
        CertificateField::SubjectKeyIdentifier,
    ] {
        let bindings = [binding(field, UserProperty::CertificateUserIds, 1)];
        let holder = user(
            "u@contoso.example",
            &["X509:<S>", "X509:<I>CN=CA A<S>", "X509:<SKI>"],
        );
        assert_eq!(
            outcome(&facts, &bindings, &holder, Affinity::Low),
            Err(1_001_003),
            "{field:?}"
        );
    }
}

#[test]
fn a_quoted_tag_inside_a_name_does_not_move_the_border() {
    let mut facts = bare_facts();
    facts.issuer = Name::parse_text("CN=\"Evil<S>CN=Victim\"").unwrap();
    facts.subject = Name::parse_text("CN=Mallory").unwrap();
    facts.subject_key_identifier = Some(KeyIdentifier::new(&[1]));
    let computed = certificate_user_ids(&facts);
    assert_eq!(
        computed.issuer_and_subject,
        "X509:<I>CN=\"Evil<S>CN=Victim\"<S>CN=Mallory"
    );
    let bindings = [binding(
        CertificateField::IssuerAndSubject,
        UserProperty::CertificateUserIds,
        1,
    )];
    let victim = user("v@contoso.example", &["X509:<I>CN=Evil<S>CN=Victim"]);
    assert_eq!(outcome(&facts, &bindings, &victim, Affinity::Low), Err(1_001_009));
    let mallory = user("m@contoso.example", &[&computed.issuer_and_subject]);
    assert_eq!(outcome(&facts, &bindings, &mallory, Affinity::Low), Ok(1));
}

#[test]
fn an_empty_name_matches_nothing() {
    let id = lanyard_certificate_policy::CertificateUserId::Subject(String::new());
    assert!(!id.matches(&bare_facts(), false));
}
