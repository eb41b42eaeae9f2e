//! NIST PKITS, the edition with SHA-256 and RSA-2048: every case that does not use DSA.
//!
//! `data/pkits.pack` holds its 405 certificates and 173 CRLs (public domain), `data/pkits.tsv` the expected results.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may end at the first thing that is not as it should be"
)]

use std::collections::{BTreeMap, HashMap};

use lanyard_pki::{
    Certificate, ChainOutcome, CrlPool, PolicyInputs, Profile, Purpose, StoredAuthority, TrustStore,
    evaluate_with_pool,
};

struct Corpus {
    certificates: HashMap<String, Vec<u8>>,
    crls: HashMap<String, Vec<u8>>,
}

fn corpus() -> Corpus {
    let pack = include_bytes!("data/pkits.pack");
    let mut rest = pack.strip_prefix(b"PKITS1\n").unwrap();
    let mut corpus = Corpus {
        certificates: HashMap::new(),
        crls: HashMap::new(),
    };
    while let Some((kind, after)) = rest.split_first() {
        let name_length = usize::from(u16::from_be_bytes(after[..2].try_into().unwrap()));
        let length = u32::from_be_bytes(after[2..6].try_into().unwrap()) as usize;
        let name = String::from_utf8(after[6..6 + name_length].to_vec()).unwrap();
        let start = 6 + name_length;
        let bytes = after[start..start + length].to_vec();
        match kind {
            b'C' => corpus.certificates.insert(name, bytes),
            b'R' => corpus.crls.insert(name, bytes),
            other => panic!("unknown kind {other}"),
        };
        rest = &after[start + length..];
    }
    corpus
}

struct Case<'a> {
    test: &'a str,
    title: &'a str,
    is_valid: bool,
    certificates: Vec<&'a str>,
    crls: Vec<&'a str>,
    policies: PolicyInputs,
    left: Option<Vec<String>>,
}

fn cases() -> Vec<Case<'static>> {
    let list = |text: &str| -> Option<Vec<String>> {
        match text {
            "-" => None,
            "none" => Some(Vec::new()),
            listed => {
                let mut policies: Vec<String> = listed.split(',').map(str::to_owned).collect();
                policies.sort();
                Some(policies)
            }
        }
    };
    include_str!("data/pkits.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            Case {
                test: columns[0],
                title: columns[1],
                is_valid: columns[2] == "valid",
                certificates: columns[3].split(' ').collect(),
                crls: columns[4].split(' ').filter(|name| *name != "-").collect(),
                policies: PolicyInputs {
                    initial_policies: list(columns[5]),
                    require_explicit_policy: columns[6].contains('e'),
                    inhibit_policy_mapping: columns[6].contains('m'),
                    inhibit_any_policy: columns[6].contains('a'),
                },
                left: list(columns[7]),
            }
        })
        .collect()
}

/// Names PATH-POLICIES, PATH-NAME-CONSTRAINTS, CRL-STATUS and CRL-SIGNER.
#[test]
fn every_case_without_dsa() {
    let corpus = corpus();
    assert_eq!((corpus.certificates.len(), corpus.crls.len()), (405, 173));
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut sections: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut failures = Vec::new();
    let (mut compared_sets, mut excluded) = (0, Vec::new());
    let cases = cases();
    assert_eq!(cases.len(), 249);
    for case in &cases {
        // Valid cases that need DSA; the invalid one must still be refused.
        if case.title.contains("DSA") && case.is_valid {
            excluded.push(case.test);
            continue;
        }
        let authority = |name: &str, is_root| StoredAuthority {
            certificate: Certificate::parse(&corpus.certificates[name]).unwrap(),
            is_root,
            base_crl_url: None,
            delta_crl_url: None,
            crl_check_exempt: false,
            further_base_crl_urls: Vec::new(),
            crl_grace_secs: 0,
        };
        let (anchor, rest) = case.certificates.split_first().unwrap();
        let (leaf, intermediates) = rest.split_last().unwrap();
        let trust = TrustStore::new(
            std::iter::once(authority(anchor, true))
                .chain(intermediates.iter().map(|name| authority(name, false)))
                .collect(),
        );
        let leaf = Certificate::parse(&corpus.certificates[*leaf]).unwrap();
        let pool = CrlPool::read(case.crls.iter().map(|name| &corpus.crls[*name][..])).unwrap();
        let profile = Profile {
            policies: case.policies.clone(),
            ..Profile::rfc5280()
        };
        let verdict = evaluate_with_pool(&leaf, &trust, &pool, usize::MAX, &profile, now);
        // Asked for client authentication the same certificates come out the same: none of them bounds its purposes.
        let asked = Profile {
            purpose: Purpose::ClientAuth,
            ..profile
        };
        let same = evaluate_with_pool(&leaf, &trust, &pool, usize::MAX, &asked, now);
        assert_eq!(
            std::mem::discriminant(&same.outcome),
            std::mem::discriminant(&verdict.outcome),
            "{} {:?}",
            case.test,
            same.outcome
        );
        let passed = match &verdict.outcome {
            ChainOutcome::Trusted(chain) => match &case.left {
                Some(left) if case.is_valid => {
                    compared_sets += 1;
                    chain.policies() == left
                }
                _ => case.is_valid,
            },
            ChainOutcome::Refused(_) => !case.is_valid,
            ChainOutcome::CrlNeeded(_) => false,
        };
        let section = case.test.rsplit_once('.').unwrap().0.to_owned();
        let (count, good) = sections.entry(section).or_default();
        *count += 1;
        *good += usize::from(passed);
        if !passed {
            failures.push(format!(
                "{} {}: {:#?} left {:?}",
                case.test, case.title, verdict.outcome, case.left
            ));
        }
    }
    for (section, (count, good)) in &sections {
        println!("{section}: {good} of {count}");
    }
    assert!(
        failures.is_empty(),
        "{} failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert_eq!(excluded, ["4.1.4", "4.1.5"]);
    assert_eq!(compared_sets, 14);
}
