//! What the cryptography of one sign-in costs on this machine, measured alone: the limit no server can pass.
//!
//! Counted for the server: one TLS 1.3 handshake with a P-256 server key (hybrid key exchange, one signature, one
//! check of the client's signature), the signatures of a two-step path, and two token signatures.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use aws_lc_rs::agreement::{self, EphemeralPrivateKey, UnparsedPublicKey, X25519};
use aws_lc_rs::kem;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaKeyPair,
    UnparsedPublicKey as VerifyingKey,
};

/// Microseconds of one thread for each operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Costs {
    pub(crate) key_exchange_us: f64,
    pub(crate) p256_sign_us: f64,
    pub(crate) p256_verify_us: f64,
    pub(crate) rsa_sign_us: f64,
    pub(crate) rsa_verify_us: f64,
}

impl Costs {
    /// Measures each operation for a moment; the fastest of several rounds counts.
    pub(crate) fn measure() -> Result<Self> {
        let random = SystemRandom::new();
        let refused = |_| anyhow!("the cryptographic library refused");
        let message = [7_u8; 700];
        let elliptic = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(refused)?;
        let elliptic_signature = elliptic.sign(&random, &message).map_err(refused)?;
        let elliptic_public = VerifyingKey::new(&ECDSA_P256_SHA256_ASN1, elliptic.public_key().as_ref());
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).map_err(refused)?;
        let mut rsa_signature = vec![0; rsa.public_modulus_len()];
        rsa.sign(&RSA_PSS_SHA256, &random, &message, &mut rsa_signature)
            .map_err(refused)?;
        let rsa_public = VerifyingKey::new(&RSA_PSS_2048_8192_SHA256, rsa.public_key().as_ref());
        let mut token_signature = vec![0; rsa.public_modulus_len()];
        rsa.sign(&RSA_PKCS1_SHA256, &random, &message, &mut token_signature)
            .map_err(refused)?;
        VerifyingKey::new(&RSA_PKCS1_2048_8192_SHA256, rsa.public_key().as_ref())
            .verify(&message, &token_signature)
            .map_err(refused)?;

        let client_secret = EphemeralPrivateKey::generate(&X25519, &random).map_err(refused)?;
        let client_share = client_secret.compute_public_key().map_err(refused)?;
        let client_kem = kem::DecapsulationKey::generate(&kem::ML_KEM_768).map_err(refused)?;
        let client_kem_share = client_kem.encapsulation_key().map_err(refused)?;

        Ok(Self {
            key_exchange_us: fastest_us(|| {
                let secret = EphemeralPrivateKey::generate(&X25519, &random).ok()?;
                secret.compute_public_key().ok()?;
                let peer = UnparsedPublicKey::new(&X25519, client_share.as_ref());
                agreement::agree_ephemeral(secret, peer, (), |_| Ok(())).ok()?;
                client_kem_share.encapsulate().ok().map(drop)
            }),
            p256_sign_us: fastest_us(|| elliptic.sign(&random, &message).ok().map(drop)),
            p256_verify_us: fastest_us(|| elliptic_public.verify(&message, elliptic_signature.as_ref()).ok()),
            rsa_sign_us: fastest_us(|| {
                let mut signature = [0_u8; 256];
                rsa.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature)
                    .ok()
            }),
            rsa_verify_us: fastest_us(|| rsa_public.verify(&message, &rsa_signature).ok()),
        })
    }

    /// One sign-in, in microseconds of the server's processor. Both path signatures are P-256, as the demo's are.
    pub(crate) fn sign_in_us(&self, rsa_user: bool, rsa_tokens: bool) -> f64 {
        let handshake = self.key_exchange_us
            + self.p256_sign_us
            + if rsa_user {
                self.rsa_verify_us
            } else {
                self.p256_verify_us
            };
        let path = 2.0 * self.p256_verify_us;
        let tokens = 2.0
            * if rsa_tokens {
                self.rsa_sign_us
            } else {
                self.p256_sign_us
            };
        handshake + path + tokens
    }
}

fn fastest_us(mut operation: impl FnMut() -> Option<()>) -> f64 {
    let mut fastest = f64::MAX;
    let end = Instant::now() + Duration::from_millis(300);
    while Instant::now() < end {
        // Short rounds: one of them fits between two turns of the scheduler, even on a busy machine.
        const ROUND: u32 = 2;
        let begun = Instant::now();
        for _ in 0..ROUND {
            if operation().is_none() {
                return f64::NAN;
            }
        }
        fastest = fastest.min(begun.elapsed().as_secs_f64() * 1e6 / f64::from(ROUND));
    }
    fastest
}
