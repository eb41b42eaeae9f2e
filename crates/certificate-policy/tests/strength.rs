//! Authentication binding: both truth tables of certificate-sign-in §5.4.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use lanyard_certificate_policy::{
    Affinity, AuthenticationMode, AuthenticationModeConfiguration, DecidedBy, IssuingAuthority, PolicyOid,
    PolicySettings, StrengthOutcome, StrengthRule, strength,
};
use lanyard_pki::{KeyIdentifier, Name};
use support::{bare_facts, combined_rule, issuer_rule, oid_rule};

use AuthenticationMode::{MultiFactor as MF, SingleFactor as SF};

const CA_A: &str = "CN=CA A,DC=contoso,DC=org";

fn decide(
    configuration: &AuthenticationModeConfiguration,
    oids: &[&str],
    issuer: &str,
    settings: &PolicySettings,
) -> StrengthOutcome {
    let mut facts = bare_facts();
    facts.policy_oids = oids.iter().map(|&oid| oid.to_owned()).collect();
    let subject = Name::parse_text(issuer).unwrap();
    let key = KeyIdentifier::new(&[0xc0; 20]);
    let authority = IssuingAuthority {
        subject: &subject,
        subject_key_identifier: Some(&key),
    };
    let verdict = strength(&facts, authority, configuration, settings);
    let last = verdict.steps.steps().last().unwrap();
    assert!(
        last.inputs
            .iter()
            .any(|input| input.value == verdict.outcome.mode.as_log_str())
    );
    verdict.outcome
}

/// Names the rules STRENGTH-COMBINED-FIRST, STRENGTH-OID-BEATS-ISSUER, STRENGTH-ISSUER, STRENGTH-DEFAULT and
/// STRENGTH-OID-CONFLICT.
#[test]
fn truth_table_of_modes() {
    type Row<'a> = (
        u8,
        AuthenticationMode,
        [Option<AuthenticationMode>; 4],
        &'a [&'a str],
        &'a str,
        AuthenticationMode,
        DecidedBy,
    );
    let (c, o, i, d) = (
        DecidedBy::IssuerAndPolicyId,
        DecidedBy::PolicyId,
        DecidedBy::Issuer,
        DecidedBy::Default,
    );
    let ca_b = "CN=CA B";
    let (s, m) = (Some(SF), Some(MF));
    // number, default, [C, O, O2, I], leaf OIDs, issuer, result, deciding type
    let table: [Row<'_>; 17] = [
        (1, SF, [None, None, None, None], &["9.9"], CA_A, SF, d),
        (2, MF, [None, None, None, None], &[], CA_A, MF, d),
        (3, SF, [None, m, None, None], &["1.1"], CA_A, MF, o),
        (4, SF, [None, m, None, None], &["1.1.9"], CA_A, SF, d),
        (5, SF, [None, None, None, m], &[], CA_A, MF, i),
        (6, SF, [None, None, None, m], &[], ca_b, SF, d),
        (7, SF, [None, m, None, s], &["1.1"], CA_A, MF, o),
        (8, SF, [None, s, None, m], &["1.1"], CA_A, SF, o),
        (9, SF, [None, m, s, None], &["1.1", "2.2"], CA_A, SF, o),
        (10, SF, [None, m, s, m], &["1.1", "2.2"], CA_A, SF, o),
        (11, SF, [None, m, m, None], &["1.1", "2.2"], CA_A, MF, o),
        (12, SF, [m, s, None, s], &["1.1"], CA_A, MF, c),
        (13, SF, [m, s, None, None], &["1.1"], ca_b, SF, o),
        (14, SF, [m, None, None, None], &["2.2"], CA_A, SF, d),
        (15, MF, [None, s, None, None], &["2.2"], CA_A, MF, d),
        (16, SF, [s, m, None, m], &["1.1"], CA_A, SF, c),
        (17, SF, [None, m, None, m], &["2.2"], CA_A, MF, i),
    ];
    for (number, default_mode, [combined, oid, second_oid, issuer_mode], oids, issuer, mode, decided_by) in
        table
    {
        let rules: Vec<StrengthRule> = [
            issuer_mode.map(|mode| issuer_rule(CA_A, mode)),
            second_oid.map(|mode| oid_rule("2.2", mode, None)),
            oid.map(|mode| oid_rule("1.1", mode, None)),
            combined.map(|mode| combined_rule(CA_A, "1.1", mode)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut configuration = AuthenticationModeConfiguration {
            default_mode,
            rules,
            ..Default::default()
        };
        for _ in 0..2 {
            let outcome = decide(&configuration, oids, issuer, &PolicySettings::default());
            assert_eq!(
                (outcome.mode, outcome.decided_by),
                (mode, decided_by),
                "row {number}"
            );
            assert_eq!(outcome.identifier.is_none(), decided_by == d, "row {number}");
            // The order of the rules has no meaning.
            configuration.rules.reverse();
        }
    }
}

/// Names the rules STRENGTH-AFFINITY-RULE and STRENGTH-AFFINITY-STRICT.
#[test]
fn truth_table_of_affinity() {
    use Affinity::{High, Low};
    let table = [
        (Low, None, Low, Low),
        (Low, Some(Low), Low, Low),
        (Low, Some(High), High, High),
        (High, None, High, High),
        (High, Some(Low), Low, High),
        (High, Some(High), High, High),
    ];
    for (tenant, rule, effective, strict) in table {
        let configuration = AuthenticationModeConfiguration {
            default_required_affinity: tenant,
            rules: vec![oid_rule("1.1", MF, rule)],
            ..Default::default()
        };
        let mut settings = PolicySettings::default();
        let outcome = decide(&configuration, &["1.1"], CA_A, &settings);
        assert_eq!(outcome.required_affinity, effective, "{tenant:?} {rule:?}");
        settings.affinity_strict = true;
        let outcome = decide(&configuration, &["1.1"], CA_A, &settings);
        assert_eq!(outcome.required_affinity, strict, "strict {tenant:?} {rule:?}");
        let unmatched = decide(&configuration, &[], CA_A, &settings);
        assert_eq!(unmatched.required_affinity, tenant);
    }
}

#[test]
fn among_several_hits_high_affinity_wins_even_when_the_other_decides_the_mode() {
    let configuration = AuthenticationModeConfiguration {
        rules: vec![
            oid_rule("1.1", MF, Some(Affinity::High)),
            oid_rule("2.2", SF, None),
        ],
        ..Default::default()
    };
    let outcome = decide(&configuration, &["1.1", "2.2"], CA_A, &PolicySettings::default());
    assert_eq!(outcome.mode, SF);
    assert_eq!(outcome.required_affinity, Affinity::High);
    assert_eq!(outcome.identifier.as_deref(), Some("2.2"));
}

/// Names the rules STRENGTH-ISSUER-NAME and STRENGTH-ISSUER-SKI.
#[test]
fn issuers_are_recognised_however_they_are_written() {
    let written = [
        ("CN=CA A,DC=contoso,DC=org ", true),
        ("DC=org, DC=contoso, cn=ca a", true),
        ("cn = CA  A , dc=CONTOSO, dc=org", true),
        ("CN=CA A", false),
        (&"c0".repeat(20), true),
        (
            "C0:C0:C0:C0:C0:C0:C0:C0:C0:C0:C0:C0:C0:C0:C0:C0:C0:C0:C0:C0",
            true,
        ),
        (&"c1".repeat(20), false),
        ("c0c0", false),
    ];
    for (identifier, matches) in written {
        let configuration = AuthenticationModeConfiguration {
            rules: vec![issuer_rule(identifier, MF)],
            ..Default::default()
        };
        let outcome = decide(&configuration, &[], CA_A, &PolicySettings::default());
        assert_eq!(outcome.mode == MF, matches, "{identifier}");
    }
}

/// Names the rule STRENGTH-OID-FORM.
#[test]
fn policy_oids_are_dotted_decimals() {
    for good in [
        "1.2.3.4",
        " 2.5.29.32.0 ",
        "0.39",
        "1.39.0",
        "2.999.1",
        "1.2.840.113549.1",
    ] {
        assert!(PolicyOid::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "All Issuance Policies",
        "",
        "1",
        "1.",
        ".1",
        "1..2",
        "3.1",
        "1.40",
        "0.40.1",
        "1.02",
        "1.2.-3",
        "1.2.x",
        "1 .2",
    ] {
        assert!(PolicyOid::parse(bad).is_err(), "{bad}");
    }
}
