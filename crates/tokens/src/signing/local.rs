//! Keys in the memory of this process.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
};
use data_encoding::BASE64URL_NOPAD;
use lanyard_directory::TokenAlgorithm;
use serde_json::json;
use zeroize::Zeroizing;

use super::{PublicSigningKey, Signer, SigningError, certificate};

/// A private key in the memory of this process, parsed once.
pub struct LocalSigner {
    key: LocalKey,
    public: PublicSigningKey,
    random: SystemRandom,
}

enum LocalKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl fmt::Debug for LocalSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("LocalSigner").field(&self.public).finish()
    }
}

impl LocalSigner {
    /// Makes a new private key (RSA-2048 or P-256) and returns it as PKCS#8 DER. The cryptographic module draws its own
    /// random numbers.
    pub fn generate(algorithm: TokenAlgorithm) -> Result<Zeroizing<Vec<u8>>, SigningError> {
        let failed = |_| SigningError::Failed;
        match algorithm {
            TokenAlgorithm::RS256 => {
                let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
                let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).map_err(failed)?;
                Ok(Zeroizing::new(der.as_ref().to_vec()))
            }
            TokenAlgorithm::ES256 => {
                let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
                let der = key.to_pkcs8v1().map_err(failed)?;
                Ok(Zeroizing::new(der.as_ref().to_vec()))
            }
        }
    }

    /// Parses a PKCS#8 DER key. `given_certificate`: DER of a certificate for this key, published as `x5c` and `x5t`; without one
    /// an RSA key is published in a self-signed certificate made from the key, an elliptic key in none.
    pub fn from_pkcs8(
        algorithm: TokenAlgorithm,
        pkcs8: &[u8],
        given_certificate: Option<Vec<u8>>,
    ) -> Result<Self, SigningError> {
        let rejected = |_| SigningError::KeyRejected;
        let random = SystemRandom::new();
        let (key, jwk_members, verifier, certificate) = match algorithm {
            TokenAlgorithm::RS256 => {
                let key = RsaKeyPair::from_pkcs8(pkcs8).map_err(rejected)?;
                let public = key.public_key();
                let n = BASE64URL_NOPAD.encode(public.modulus().big_endian_without_leading_zero());
                let e = BASE64URL_NOPAD.encode(public.exponent().big_endian_without_leading_zero());
                let verifier =
                    ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public.as_ref()).map_err(rejected)?;
                let certificate = match given_certificate {
                    Some(given) => given,
                    None => self_signed(&key, &random)?,
                };
                (
                    LocalKey::Rsa(key),
                    json!({"e": e, "kty": "RSA", "n": n}),
                    verifier,
                    Some(certificate),
                )
            }
            TokenAlgorithm::ES256 => {
                let key =
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(rejected)?;
                let point = key.public_key().as_ref();
                let coordinates = point.strip_prefix(&[4]).filter(|xy| xy.len() == 64);
                let (x, y) = coordinates.ok_or(SigningError::KeyRejected)?.split_at(32);
                let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
                let verifier = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(rejected)?;
                (
                    LocalKey::P256(key),
                    json!({"crv": "P-256", "kty": "EC", "x": x, "y": y}),
                    verifier,
                    given_certificate,
                )
            }
        };
        // RFC 7638: the required members in lexical order, which is the order they are written in above.
        let key_id = BASE64URL_NOPAD.encode(digest(&SHA256, jwk_members.to_string().as_bytes()).as_ref());
        let jwk_members = jwk_members.as_object().cloned().unwrap_or_default();
        let public = PublicSigningKey {
            algorithm,
            key_id,
            jwk_members,
            verifier,
            certificate,
        };
        Ok(Self { key, public, random })
    }
}

impl Signer for LocalSigner {
    fn public(&self) -> &PublicSigningKey {
        &self.public
    }

    fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, SigningError> {
        match &self.key {
            LocalKey::Rsa(key) => sign_with_rsa(key, &self.random, signing_input),
            LocalKey::P256(key) => key
                .sign(&self.random, signing_input)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SigningError::Failed),
        }
    }
}

fn sign_with_rsa(key: &RsaKeyPair, random: &SystemRandom, message: &[u8]) -> Result<Vec<u8>, SigningError> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, random, message, &mut signature)
        .map_err(|_| SigningError::Failed)?;
    Ok(signature)
}

fn self_signed(key: &RsaKeyPair, random: &SystemRandom) -> Result<Vec<u8>, SigningError> {
    let public =
        AsDer::<PublicKeyX509Der<'_>>::as_der(key.public_key()).map_err(|_| SigningError::KeyRejected)?;
    certificate::of_rsa_key(public.as_ref(), |message| sign_with_rsa(key, random, message))
}
