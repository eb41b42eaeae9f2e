//! Certificates that exist on real cards, and some that should not: who reaches a page, and with what.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::sync::Arc;

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{
    SignatureAlgorithm, SignatureScheme,
    sign::{Signer, SigningKey},
};
use rustls_pki_types::CertificateDer;
use support::{CERTAUTH, Card, Client, TLS12, TLS13, World, card_certificate};

async fn both_versions(client: Client) -> Vec<Result<String, String>> {
    let mut answers = Vec::new();
    for versions in [TLS12, TLS13] {
        let mut client = client.clone();
        client.versions = versions;
        answers.push(client.facts(CERTAUTH).await.map_err(|error| error.to_string()));
    }
    answers
}

async fn assert_proven(world: &World, what: &str, card: &Arc<Card>) {
    for answer in both_versions(world.client().with_card(card)).await {
        let answer = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(answer.contains("chain=Some(1) unproven=None"), "{what}: {answer}");
    }
}

#[tokio::test]
async fn keys_of_every_supported_kind_prove_possession() {
    let world = World::start().await;
    for algorithm in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_ED25519,
        &rcgen::PKCS_RSA_SHA256,
    ] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        assert_proven(
            &world,
            &format!("{algorithm:?}"),
            &Card::new(vec![card_certificate(&key)], &key),
        )
        .await;
    }
}

#[tokio::test]
async fn an_unknown_critical_extension_reaches_the_page() {
    let world = World::start().await;
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4, 5], vec![0x05, 0x00]);
    extension.set_criticality(true);
    parameters.custom_extensions = vec![extension];
    let certificate = parameters.self_signed(&key).unwrap().der().clone();
    assert_proven(
        &world,
        "unknown critical extension",
        &Card::new(vec![certificate], &key),
    )
    .await;
}

#[tokio::test]
async fn an_expired_certificate_and_one_for_servers_reach_the_page() {
    let world = World::start().await;
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2001, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2002, 1, 1);
    parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = parameters.self_signed(&key).unwrap().der().clone();
    assert_proven(
        &world,
        "expired server certificate",
        &Card::new(vec![certificate], &key),
    )
    .await;
}

#[tokio::test]
async fn a_version_1_certificate_reaches_the_page() {
    let world = World::start().await;
    let key = KeyPair::generate().unwrap();
    let certificate = as_version_1(&card_certificate(&key));
    assert_proven(&world, "version 1", &Card::new(vec![certificate], &key)).await;
}

#[tokio::test]
async fn somebody_elses_certificate_never_passes() {
    // TLS-POSSESSION-ONLY
    let world = World::start().await;
    let (own, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let ordinary = card_certificate(&other);
    for stolen in [ordinary.clone(), as_version_1(&ordinary)] {
        for answer in both_versions(world.client().with_card(&Card::new(vec![stolen.clone()], &own))).await {
            assert!(answer.is_err(), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_checked_reaches_the_page_without_its_chain() {
    let world = World::start().await;
    let small = CertificateDer::from(include_bytes!("data/rsa-1024.der").to_vec());
    let rubbish = CertificateDer::from(b"no certificate".to_vec());
    let strange = CertificateDer::from(include_bytes!("data/brainpool.der").to_vec());
    for (certificate, scheme, expected) in [
        (
            small,
            SignatureScheme::RSA_PSS_SHA256,
            "unproven=Some(RsaKeySize { bits: 1024 })",
        ),
        (
            rubbish,
            SignatureScheme::RSA_PSS_SHA256,
            "unproven=Some(Unreadable)",
        ),
        (
            strange,
            SignatureScheme::ECDSA_NISTP256_SHA256,
            "unproven=Some(KeyKind)",
        ),
    ] {
        let card = Card::with_signing_key(vec![certificate], Arc::new(Scribble(scheme)));
        for answer in both_versions(world.client().with_card(&card)).await {
            let answer = answer.unwrap();
            assert!(
                answer.contains("chain=None") && answer.contains(expected),
                "{answer}"
            );
        }
    }
}

/// The same certificate without version and extensions. Its own signature no longer fits, which TLS does not look at.
fn as_version_1(certificate: &[u8]) -> CertificateDer<'static> {
    use der::{Decode, Encode, Header, Reader, SliceReader, Tag, asn1::AnyRef};
    fn parts(sequence: &[u8]) -> Vec<Vec<u8>> {
        let any = AnyRef::from_der(sequence).unwrap();
        let mut reader = SliceReader::new(any.value()).unwrap();
        let mut parts = Vec::new();
        while !reader.is_finished() {
            let start = usize::try_from(reader.position()).unwrap();
            let header = Header::decode(&mut reader).unwrap();
            reader.read_slice(header.length()).unwrap();
            let end = usize::try_from(reader.position()).unwrap();
            parts.push(any.value()[start..end].to_vec());
        }
        parts
    }
    fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
        AnyRef::new(Tag::Sequence, &parts.concat())
            .unwrap()
            .to_der()
            .unwrap()
    }
    let mut fields = parts(certificate);
    let to_be_signed = parts(&fields[0]);
    fields[0] = sequence(&to_be_signed[1..7]);
    CertificateDer::from(sequence(&fields))
}

/// Signs with nonsense.
#[derive(Clone, Copy, Debug)]
struct Scribble(SignatureScheme);

impl SigningKey for Scribble {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&self.0)
            .then(|| Box::new(*self) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for Scribble {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(vec![7; 128])
    }

    fn scheme(&self) -> SignatureScheme {
        self.0
    }
}
