//! Authentication strengths that name certificates: certificate-sign-in §7.4.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use lanyard_certificate_policy::{
    AuthenticationMode, CertificateCombination, CombinationOutcome, IssuingAuthority, meets_combination,
};
use lanyard_pki::{KeyIdentifier, Name};
use serde_json::json;
use support::bare_facts;

use AuthenticationMode::{MultiFactor as MF, SingleFactor as SF};

/// Names the rules COMBINATION-MODE, COMBINATION-LISTS and COMBINATION-FIVE-OIDS.
#[test]
fn lists_are_alternatives_inside_and_demands_together() {
    let (issuer, other) = ("AA".repeat(20), "BB".repeat(20));
    // mode, leaf has an AKI, asked modes, issuers, OIDs, met
    type Row<'a> = (
        AuthenticationMode,
        bool,
        &'a [AuthenticationMode],
        &'a [&'a str],
        &'a [&'a str],
        bool,
    );
    let table: [Row<'_>; 12] = [
        (MF, true, &[MF], &[], &[], true),
        (SF, true, &[MF], &[], &[], false),
        (SF, true, &[SF, MF], &[], &[], true),
        (MF, true, &[SF], &[], &[], true),
        (MF, true, &[], &[], &[], false),
        (MF, true, &[MF], &[&other, &issuer], &[], true),
        (MF, true, &[MF], &[&other], &[], false),
        (MF, false, &[MF], &[&issuer], &[], false),
        (MF, false, &[MF], &[], &["1.2.2"], true),
        (MF, true, &[MF], &[&issuer], &["9.9", "1.2.1"], true),
        (MF, true, &[MF], &[&issuer], &["1.2"], false),
        (MF, true, &[MF], &[&other], &["1.2.1"], false),
    ];
    let subject = Name::parse_text("CN=CA A").unwrap();
    let key = KeyIdentifier::parse(&issuer).unwrap();
    let authority = IssuingAuthority {
        subject: &subject,
        subject_key_identifier: Some(&key),
    };
    for (number, (mode, has_aki, modes, issuers, oids, met)) in table.into_iter().enumerate() {
        let mut facts = bare_facts();
        facts.policy_oids = vec!["1.2.1".to_owned(), "1.2.2".to_owned()];
        if !has_aki {
            facts.authority_key_identifier = None;
        }
        let combination = CertificateCombination {
            modes: modes.to_vec(),
            issuer_key_identifiers: issuers
                .iter()
                .map(|hex| KeyIdentifier::parse(hex).unwrap())
                .collect(),
            policy_oids: oids.iter().map(|&oid| oid.to_owned()).collect(),
        };
        match meets_combination(&facts, mode, authority, &combination).outcome {
            CombinationOutcome::Met { .. } => assert!(met, "row {number}"),
            CombinationOutcome::Refused(refusal) => {
                assert!(!met, "row {number}");
                assert_eq!(refusal.code.number(), 500_187);
            }
        }
    }
}

#[test]
fn five_matching_oids_in_lexical_order() {
    let mut facts = bare_facts();
    facts.policy_oids = ["1.9", "1.8", "1.7", "1.10", "1.6", "1.5", "1.4"]
        .map(str::to_owned)
        .to_vec();
    let combination: CertificateCombination = serde_json::from_value(json!({
        "@odata.type": "#microsoft.graph.x509CertificateCombinationConfiguration",
        "appliesToCombinations": ["x509CertificateMultiFactor"],
        "allowedIssuerSkis": [],
        "allowedPolicyOIDs": ["1.4", "1.5", "1.6", "1.7", "1.9", "1.10"],
    }))
    .unwrap();
    let subject = Name::default();
    let authority = IssuingAuthority {
        subject: &subject,
        subject_key_identifier: None,
    };
    let verdict = meets_combination(&facts, MF, authority, &combination);
    let expected = ["1.10", "1.4", "1.5", "1.6", "1.7"].map(str::to_owned).to_vec();
    assert_eq!(
        verdict.outcome,
        CombinationOutcome::Met {
            policy_oids: expected
        }
    );
}
