//! Paths over random graphs of authorities: every search ends within its budgets, and what is trusted is a path.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use lanyard_pki::{
    Certificate, ChainOutcome, CrlCheck, PolicyInputs, Purpose, VerifyInputs, VerifyProfile, verify,
};
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, CrlProfile, Extension, KeyAlgorithm, Keypair, UserProfile,
    Validity,
};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 3] = ["North", "East", "South"];
const KEYS: usize = 2;

struct World {
    authorities: Vec<Certificate>,
    leaves: Vec<Certificate>,
    crls: Vec<Vec<u8>>,
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn extension(oid: &str, value_der: &[u8]) -> Extension {
    Extension {
        oid: oid.to_owned(),
        critical: true,
        value_der: value_der.to_vec(),
    }
}

/// What an authority's certificate says beside name and key.
fn variants(name: &str, key: &Keypair, validity: Validity) -> Vec<AuthorityProfile> {
    let plain = || AuthorityProfile::new(name, validity).key(key);
    let past = Validity {
        not_after: time("2026-02-01T00:00:00Z"),
        ..validity
    };
    // Only names below example.test; any policy forbidden at once; policy 1.2.3 is 1.2.4 here.
    let constraints = [b"\x30\x12\xa0\x10\x30\x0e\x81\x0c", &b"example.test"[..]].concat();
    let constraints = extension("2.5.29.30", &constraints);
    let inhibit = extension("2.5.29.54", &[2, 1, 0]);
    let mapping = extension("2.5.29.33", &[0x30, 10, 0x30, 8, 6, 2, 0x2a, 3, 6, 2, 0x2a, 4]);
    vec![
        plain(),
        plain().policy("1.2.3").policy("2.5.29.32.0"),
        plain().path_length(0),
        plain().path_length(1).policy("1.2.3").extension(mapping),
        AuthorityProfile::new(name, past).key(key),
        plain().without_authority_mark(),
        plain().extension(constraints),
        plain().policy("2.5.29.32.0").extension(inhibit),
    ]
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let validity = Validity::years_from(time("2026-01-01T00:00:00Z"), 10);
    let keys: Vec<Keypair> = (0..KEYS)
        .map(|_| Keypair::generate(KeyAlgorithm::P256).expect("a key"))
        .collect();
    let entities: Vec<(&str, &Keypair)> = NAMES
        .iter()
        .flat_map(|name| keys.iter().map(move |key| (*name, key)))
        .collect();
    let mut world = World {
        authorities: Vec::new(),
        leaves: Vec::new(),
        crls: Vec::new(),
    };
    let read = |der: &[u8]| Certificate::parse(der).expect("a certificate");
    let mut shape = 0;
    for (name, key) in &entities {
        let issuer =
            CertificateAuthority::root(&AuthorityProfile::new(name, validity).key(key)).expect("a root");
        world.authorities.push(read(issuer.certificate_der()));
        for (name, key) in &entities {
            let variants = variants(name, key, validity);
            for variant in [&variants[0], &variants[1], &variants[2 + shape % 6]] {
                world.authorities.push(read(
                    issuer.issue_authority(variant).expect("issued").certificate_der(),
                ));
            }
            shape += 1;
        }
        let leaf = UserProfile::new("Person", validity)
            .mail_address("person@example.test")
            .policy("1.2.3");
        let leaf = issuer.issue_user(&leaf.key(&keys[0])).expect("issued");
        world.leaves.push(read(leaf.certificate_der()));
        let crl = |number: u64| CrlProfile::new(number, validity.not_before, validity.not_after);
        world.crls.push(issuer.crl(&crl(1)).expect("signed"));
        world.crls.push(
            issuer
                .crl(&crl(2).delta_of(1).revoke(leaf.serial()))
                .expect("signed"),
        );
    }
    world
});

fuzz_target!(|bytes: &[u8]| {
    let [leaf, flags, depth, crls, graph @ ..] = bytes else {
        return;
    };
    let world = &*WORLD;
    let leaf = &world.leaves[usize::from(*leaf) % world.leaves.len()];
    let is = |bit: u8| flags & (1 << bit) != 0;
    let chosen = |is_anchor: bool| -> Vec<Certificate> {
        let octets = graph
            .iter()
            .take(160)
            .filter(|octet| (**octet & 0x80 != 0) == is_anchor);
        octets
            .map(|octet| world.authorities[usize::from(octet & 0x7f) % world.authorities.len()].clone())
            .collect()
    };
    let crls_chosen = world
        .crls
        .iter()
        .enumerate()
        .filter(|(index, _)| crls & (1 << (index % 8)) != 0);
    let inputs = VerifyInputs {
        anchors: chosen(true),
        intermediates: chosen(false),
        crls: crls_chosen.map(|(_, crl)| crl.clone()).collect(),
        leaf: leaf.clone(),
        at: time("2026-06-01T00:00:00Z"),
        profile: if is(0) {
            VerifyProfile::Rfc5280
        } else {
            VerifyProfile::Entra
        },
        crl_check: match (is(7), is(2)) {
            (false, _) => CrlCheck::None,
            (true, false) => CrlCheck::Leaf,
            (true, true) => CrlCheck::Chain,
        },
        purpose: if is(1) { Purpose::Any } else { Purpose::ClientAuth },
        policies: PolicyInputs {
            initial_policies: is(3).then(|| vec!["1.2.3".to_owned()]),
            require_explicit_policy: is(4),
            inhibit_policy_mapping: is(5),
            inhibit_any_policy: is(6),
        },
        max_depth: (*depth < 64).then_some(usize::from(*depth)),
        min_rsa_bits: None,
        allow_sha1: false,
    };
    let verdict = verify(&inputs).expect("everything can be read");
    assert!(verdict.steps.steps().len() <= 500);
    if let ChainOutcome::Trusted(chain) = &verdict.outcome {
        let path: Vec<&Certificate> = std::iter::once(chain.leaf())
            .chain(chain.authorities().map(|(_, certificate)| certificate))
            .collect();
        assert_eq!(path[0].der(), leaf.der());
        assert!(path.windows(2).all(|pair| pair[0].is_signed_by(pair[1])));
        assert!(path.iter().skip(1).all(|authority| authority.is_authority()));
        let root = path.last().expect("a path").der();
        assert!(inputs.anchors.iter().any(|anchor| anchor.der() == root));
    }
});
