//! The same generated chains before this engine and before the `openssl` command: their verdicts must agree.
//!
//! `LANYARD_DIFFERENTIAL_CASES` sets how many (60 by default), `LANYARD_DIFFERENTIAL_SEED` where the sequence begins.
//! Without an `openssl` command the test says so and ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may end at the first thing that is not as it should be"
)]

mod world;

use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use lanyard_pki::{
    ChainOutcome, CrlPool, PolicyInputs, Profile, Purpose, StoredAuthority, TrustStore, evaluate_with_pool,
};
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, CrlProfile, ExtendedKeyUsage, Extension, KeyAlgorithm,
    KeyUsagePurpose, Keypair, UserProfile, Validity,
};
use world::*;

/// A small reproducible source of choices (xorshift).
struct Choices(u64);

impl Choices {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.next().is_multiple_of(count)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }
}

struct Case {
    anchors: Vec<Vec<u8>>,
    intermediates: Vec<Vec<u8>>,
    leaf: Vec<u8>,
    crls: Vec<Vec<u8>>,
    checks: Option<bool>,
    purpose: Purpose,
    policies: PolicyInputs,
    story: Vec<String>,
}

const POLICIES: [&str; 3] = [
    "1.3.6.1.4.1.55555.1",
    "1.3.6.1.4.1.55555.2",
    "1.3.6.1.4.1.55555.3",
];
const POLICY_PREFIX: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xb2, 3];

fn policy_der(choices: &mut Choices) -> Vec<u8> {
    element(
        6,
        &[POLICY_PREFIX, &[u8::try_from(choices.below(3)).unwrap() + 1]],
    )
}

/// Extensions that bound what is below, each seldom.
fn bounding_extensions(choices: &mut Choices, story: &mut Vec<String>) -> Vec<Extension> {
    let mut extensions = Vec::new();
    let mut add = |oid: &str, critical, value_der, story: &mut Vec<String>| {
        story.push(format!("extension {oid} {value_der:02x?}"));
        extensions.push(Extension {
            oid: oid.to_owned(),
            critical,
            value_der,
        });
    };
    if choices.one_in(8) {
        let bases: [Vec<u8>; 6] = [
            element(0x82, &[b"example.test"]),
            element(0x82, &[b"a.example.test"]),
            element(0x81, &[b"example.test"]),
            element(0x81, &[b".example.test"]),
            element(
                0xa4,
                &[&element(
                    0x30,
                    &[&element(
                        0x31,
                        &[&element(
                            0x30,
                            &[&[6, 3, 0x55, 4, 10], &element(0x0c, &[b"Example"])],
                        )],
                    )],
                )],
            ),
            element(0x87, &[&[10, 0, 0, 0, 255, 0, 0, 0]]),
        ];
        let which = if choices.one_in(2) { 0xa0 } else { 0xa1 };
        let base = &bases[choices.below(bases.len())];
        add(
            "2.5.29.30",
            true,
            element(0x30, &[&element(which, &[&element(0x30, &[base])])]),
            story,
        );
    }
    if choices.one_in(10) {
        add(
            "2.5.29.36",
            true,
            element(
                0x30,
                &[&[
                    0x80 + u8::from(choices.one_in(2)),
                    1,
                    u8::try_from(choices.below(3)).unwrap(),
                ]],
            ),
            story,
        );
    }
    if choices.one_in(12) {
        add(
            "2.5.29.54",
            true,
            vec![2, 1, u8::try_from(choices.below(2)).unwrap()],
            story,
        );
    }
    if choices.one_in(10) {
        let (from, to) = (policy_der(choices), policy_der(choices));
        add(
            "2.5.29.33",
            true,
            element(0x30, &[&element(0x30, &[&from, &to])]),
            story,
        );
    }
    if choices.one_in(15) {
        let purpose: &[u8] = if choices.one_in(2) {
            &[0x2b, 6, 1, 5, 5, 7, 3, 1]
        } else {
            &[0x2b, 6, 1, 5, 5, 7, 3, 2]
        };
        add(
            "2.5.29.37",
            false,
            element(0x30, &[&element(6, &[purpose])]),
            story,
        );
    }
    if choices.one_in(40) {
        add("1.3.6.1.4.1.55555.99", true, vec![5, 0], story);
    }
    extensions
}

fn validity_of(choices: &mut Choices, story: &mut Vec<String>) -> Validity {
    if choices.one_in(30) {
        story.push("expired".to_owned());
        Validity::new(at("2020-01-01T00:00:00Z"), at("2026-05-31T00:00:00Z"))
    } else if choices.one_in(40) {
        story.push("not yet valid".to_owned());
        Validity::new(at("2026-06-02T00:00:00Z"), at("2030-01-01T00:00:00Z"))
    } else {
        validity()
    }
}

fn authority_profile(
    name: &str,
    key: &Keypair,
    choices: &mut Choices,
    story: &mut Vec<String>,
) -> AuthorityProfile {
    let mut profile = AuthorityProfile::new(name, validity_of(choices, story)).key(key);
    if choices.one_in(8) {
        let length = u8::try_from(choices.below(3)).unwrap();
        story.push(format!("path length {length}"));
        profile = profile.path_length(length);
    }
    if choices.one_in(30) {
        story.push("no certificate signing".to_owned());
        profile = profile.key_usages(&[KeyUsagePurpose::CrlSign]);
    }
    if choices.one_in(30) {
        story.push("no authority".to_owned());
        profile = profile.without_authority_mark();
    }
    for policy in POLICIES {
        if choices.one_in(2) {
            profile = profile.policy(policy);
        }
    }
    if choices.one_in(6) {
        profile = profile.policy("2.5.29.32.0");
    }
    bounding_extensions(choices, story)
        .into_iter()
        .fold(profile, AuthorityProfile::extension)
}

fn leaf_profile(choices: &mut Choices, story: &mut Vec<String>) -> UserProfile {
    let mut profile = UserProfile::new("Leaf", validity_of(choices, story));
    if choices.one_in(2) {
        let name = if choices.one_in(2) { "Example" } else { "Other" };
        profile = profile.subject_attribute(lanyard_testkit::DnType::OrganizationName, name);
    }
    if choices.one_in(3) {
        profile = profile.dns_name(["example.test", "a.example.test", "other.test"][choices.below(3)]);
    }
    if choices.one_in(3) {
        profile =
            profile.mail_address(["u@example.test", "u@a.example.test", "u@other.test"][choices.below(3)]);
    }
    for policy in POLICIES {
        if choices.one_in(2) {
            profile = profile.policy(policy);
        }
    }
    if choices.one_in(8) {
        profile = profile.extended_key_usages(&[ExtendedKeyUsage::ServerAuth]);
    }
    if choices.one_in(12) {
        profile = profile.key_usages(&[KeyUsagePurpose::KeyEncipherment]);
    }
    profile
}

fn generate(choices: &mut Choices, keys: &[Keypair]) -> Case {
    let mut story = Vec::new();
    let depth = choices.below(3);
    let root_profile = AuthorityProfile::new("Root", validity_of(choices, &mut story)).key(&keys[0]);
    let root = CertificateAuthority::root(&root_profile).unwrap();
    let mut authorities = vec![root];
    for level in 0..depth {
        story.push(format!("CA {level}:"));
        let profile = authority_profile(&format!("CA {level}"), &keys[level + 1], choices, &mut story);
        let next = authorities.last().unwrap().issue_authority(&profile).unwrap();
        authorities.push(next);
    }
    story.push("leaf:".to_owned());
    let issuing = authorities.last().unwrap();
    let leaf = issuing.issue_user(&leaf_profile(choices, &mut story)).unwrap();
    let leaf_der = if choices.one_in(30) {
        story.push("broken signature".to_owned());
        leaf.with_broken_signature()
    } else {
        leaf.certificate_der().to_vec()
    };
    let checks = match choices.below(4) {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    let mut crls = Vec::new();
    if checks.is_some() {
        for (level, authority) in authorities.iter().enumerate() {
            let below = authorities
                .get(level + 1)
                .map_or(leaf.serial(), |next| next.certificate().serial());
            let mut profile = if choices.one_in(20) {
                story.push(format!("CRL {level} old"));
                CrlProfile::new(1, at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"))
            } else {
                crl(1)
            };
            if choices.one_in(6) {
                story.push(format!("CRL {level} lists what is below"));
                profile = profile.revoke(below);
            }
            if level > 0 && choices.one_in(12) {
                let bit = 1 + u8::from(choices.one_in(2));
                story.push(format!("CRL {level} scope {bit}"));
                profile = profile.extension(issuing_distribution_point(&[&[0x80 | bit, 1, 0xff]]));
            }
            if choices.one_in(15) && level > 0 {
                story.push(format!("CRL {level} missing"));
                continue;
            }
            crls.push(authority.crl(&profile).unwrap());
        }
    }
    let mut intermediates: Vec<Vec<u8>> = authorities
        .iter()
        .skip(1)
        .map(|authority| authority.certificate_der().to_vec())
        .collect();
    if !intermediates.is_empty() && choices.one_in(15) {
        story.push("an intermediate is missing".to_owned());
        intermediates.pop();
    }
    if choices.one_in(6) {
        story.push("a decoy with the issuer's name".to_owned());
        let name = if depth == 0 {
            "Root".to_owned()
        } else {
            format!("CA {}", depth - 1)
        };
        let decoy =
            CertificateAuthority::root(&AuthorityProfile::new(&name, validity()).key(&keys[4])).unwrap();
        intermediates.insert(0, decoy.certificate_der().to_vec());
    }
    let policies = PolicyInputs {
        initial_policies: choices
            .one_in(3)
            .then(|| vec![POLICIES[choices.below(3)].to_owned()]),
        require_explicit_policy: choices.one_in(3),
        inhibit_policy_mapping: choices.one_in(6),
        inhibit_any_policy: choices.one_in(6),
    };
    Case {
        anchors: vec![authorities[0].certificate_der().to_vec()],
        intermediates,
        leaf: leaf_der,
        crls,
        checks,
        purpose: if choices.one_in(2) {
            Purpose::ClientAuth
        } else {
            Purpose::Any
        },
        policies,
        story,
    }
}

fn ours(case: &Case, at: Timestamp) -> (bool, String) {
    let entry = |der: &Vec<u8>, is_root| StoredAuthority {
        certificate: read(der),
        is_root,
        base_crl_url: None,
        delta_crl_url: None,
        crl_check_exempt: false,
        further_base_crl_urls: Vec::new(),
        crl_grace_secs: 0,
    };
    let anchors = case.anchors.iter().map(|der| entry(der, true));
    let trust = TrustStore::new(
        anchors
            .chain(case.intermediates.iter().map(|der| entry(der, false)))
            .collect(),
    );
    let pool = CrlPool::read(case.crls.iter().map(Vec::as_slice)).unwrap();
    let statuses = match case.checks {
        None => 0,
        Some(false) => 1,
        Some(true) => usize::MAX,
    };
    let profile = Profile {
        purpose: case.purpose,
        policies: case.policies.clone(),
        ..Profile::rfc5280()
    };
    let verdict = evaluate_with_pool(&read(&case.leaf), &trust, &pool, statuses, &profile, at);
    match verdict.outcome {
        ChainOutcome::Trusted(_) => (true, String::new()),
        ChainOutcome::Refused(refusal) => (false, format!("{} {}", refusal.rule, refusal.detail)),
        ChainOutcome::CrlNeeded(_) => (false, "CRL needed".to_owned()),
    }
}

fn theirs(case: &Case, at: Timestamp, folder: &Path) -> (bool, String) {
    let write = |name: &str, label: &str, ders: &[Vec<u8>]| {
        let text: String = ders.iter().map(|der| pem(label, der)).collect();
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let mut command = Command::new("openssl");
    command.args([
        "verify",
        "-no-CAfile",
        "-no-CApath",
        "-no-CAstore",
        "-attime",
        &at.as_second().to_string(),
    ]);
    command
        .arg("-trusted")
        .arg(write("anchors.pem", "CERTIFICATE", &case.anchors));
    if !case.intermediates.is_empty() {
        command
            .arg("-untrusted")
            .arg(write("intermediates.pem", "CERTIFICATE", &case.intermediates));
    }
    if !case.crls.is_empty() {
        command
            .arg("-CRLfile")
            .arg(write("crls.pem", "X509 CRL", &case.crls));
    }
    match case.checks {
        None => {}
        Some(false) => _ = command.arg("-crl_check"),
        Some(true) => _ = command.arg("-crl_check_all"),
    }
    if case.purpose == Purpose::ClientAuth {
        command.args(["-purpose", "sslclient"]);
    }
    command.arg("-policy_check");
    match &case.policies.initial_policies {
        Some(policies) => policies
            .iter()
            .for_each(|policy| _ = command.args(["-policy", policy])),
        // Without a list this command takes the empty one.
        None => _ = command.args(["-policy", "2.5.29.32.0"]),
    }
    for (is_set, flag) in [
        (case.policies.require_explicit_policy, "-explicit_policy"),
        (case.policies.inhibit_policy_mapping, "-inhibit_map"),
        (case.policies.inhibit_any_policy, "-inhibit_any"),
    ] {
        if is_set {
            command.arg(flag);
        }
    }
    command.arg(write("leaf.pem", "CERTIFICATE", std::slice::from_ref(&case.leaf)));
    let output = command.output().unwrap();
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// The one known difference: a CA that asserts anyPolicy while it is inhibited, and maps policies. RFC 5280 §6.1.3 d
/// leaves no policy then; the command makes nodes from the mappings, so it accepts what this engine refuses.
fn is_explained(case: &Case, our_verdict: bool, our_reason: &str) -> bool {
    let told = |oid: &str| case.story.iter().any(|line| line.contains(oid));
    let is_inhibited = case.policies.inhibit_any_policy || told("2.5.29.54");
    !our_verdict && our_reason.starts_with("PATH-POLICIES") && told("2.5.29.33") && is_inhibited
}

fn pem(label: &str, der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for (index, chunk) in der.chunks(3).enumerate() {
        if index % 16 == 0 {
            text.push('\n');
        }
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, octet| (bits << 8) | u32::from(*octet))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            text.push(if place > chunk.len() {
                '='
            } else {
                char::from(DIGITS[digit as usize])
            });
        }
    }
    format!("-----BEGIN {label}-----{text}\n-----END {label}-----\n")
}

#[test]
fn generated_chains() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("there is no openssl command here: nothing was compared");
        return;
    }
    let setting = |name: &str, default: u64| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let cases = setting("LANYARD_DIFFERENTIAL_CASES", 60);
    let mut choices = Choices(setting("LANYARD_DIFFERENTIAL_SEED", 0x2026_1121));
    let keys: Vec<Keypair> = (0..5)
        .map(|_| Keypair::generate(KeyAlgorithm::P256).unwrap())
        .collect();
    let folder = std::env::temp_dir().join(format!("lanyard-differential-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (mut valid, mut explained, mut different) = (0, 0, Vec::new());
    for number in 0..cases {
        let case = generate(&mut choices, &keys);
        let (our_verdict, our_reason) = ours(&case, now());
        let (their_verdict, their_reason) = theirs(&case, now(), &folder);
        valid += u64::from(our_verdict);
        if our_verdict == their_verdict {
            continue;
        }
        if is_explained(&case, our_verdict, &our_reason) {
            explained += 1;
        } else {
            different.push(format!(
                "case {number}: ours {our_verdict} ({our_reason}), theirs {their_verdict} ({their_reason}) purpose {:?} checks {:?} policies {:?} story {:?}",
                case.purpose, case.checks, case.policies, case.story
            ));
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    println!(
        "{cases} chains, {valid} of them valid, {explained} differ as explained, {} otherwise",
        different.len()
    );
    assert!(
        different.is_empty(),
        "{} of {cases} differ:\n{}",
        different.len(),
        different.join("\n")
    );
    assert!(valid > 0 && valid < cases, "the chains must not be all alike");
}
