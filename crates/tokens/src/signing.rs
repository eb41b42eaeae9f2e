//! Signing our tokens and knowing them again.

mod certificate;
mod local;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::signature::ParsedPublicKey;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use lanyard_directory::TokenAlgorithm;
use serde_json::{Map, Value, json};

use crate::jws::{self, NotAJws, UnverifiedJws};

pub use local::LocalSigner;

/// Why a key could not be used or a signature not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The bytes are no PKCS#8 key of this algorithm and size.
    #[error("this is not a usable private key for the algorithm")]
    KeyRejected,
    /// The cryptographic module or token failed.
    #[error("signing failed")]
    Failed,
    /// No key for this algorithm is loaded.
    #[error("no key for this algorithm is loaded")]
    NoKey,
}

/// A private key that signs, wherever it lives.
pub trait Signer: Send + Sync {
    /// The public half.
    fn public(&self) -> &PublicSigningKey;

    /// The JWS signature over `signing_input`.
    fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, SigningError>;
}

/// The public half of a signing key: its name, its JWK and the key that verifies.
pub struct PublicSigningKey {
    algorithm: TokenAlgorithm,
    key_id: String,
    jwk_members: Map<String, Value>,
    verifier: ParsedPublicKey,
    certificate: Option<Vec<u8>>,
}

impl fmt::Debug for PublicSigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PublicSigningKey")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl PublicSigningKey {
    /// The algorithm this key signs with; the only one it verifies.
    #[must_use]
    pub const fn algorithm(&self) -> TokenAlgorithm {
        self.algorithm
    }

    /// Rule `TOKEN-KEY-ID`: the key id is the RFC 7638 thumbprint of the public key, so it names the same key on every
    /// node and after every restart. Source: directory-policy-tokens §1.2.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The JWKS entry; `issuer` as in the metadata document. Source: directory-policy-tokens §1.2.
    #[must_use]
    pub fn jwk(&self, issuer: &str) -> Value {
        let mut jwk = Map::new();
        jwk.insert(
            "kty".into(),
            self.jwk_members.get("kty").cloned().unwrap_or_default(),
        );
        jwk.insert("use".into(), json!("sig"));
        jwk.insert("alg".into(), json!(algorithm_name(self.algorithm)));
        jwk.insert("kid".into(), json!(self.key_id));
        for (name, value) in self.jwk_members.iter().filter(|(name, _)| *name != "kty") {
            jwk.insert(name.clone(), value.clone());
        }
        if let Some(certificate) = &self.certificate {
            jwk.insert("x5t".into(), json!(x5t(certificate)));
            jwk.insert("x5c".into(), json!([BASE64.encode(certificate)]));
        }
        jwk.insert("issuer".into(), json!(issuer));
        Value::Object(jwk)
    }

    /// `x5t` of the certificate that carries this key, if one was made.
    #[must_use]
    pub fn certificate_thumbprint(&self) -> Option<String> {
        self.certificate.as_deref().map(x5t)
    }

    fn verify(&self, jws: &UnverifiedJws<'_>) -> bool {
        self.verifier
            .verify_sig(jws.signing_input.as_bytes(), &jws.signature)
            .is_ok()
    }
}

fn x5t(certificate: &[u8]) -> String {
    BASE64URL_NOPAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate).as_ref())
}

const fn algorithm_name(algorithm: TokenAlgorithm) -> &'static str {
    match algorithm {
        TokenAlgorithm::RS256 => "RS256",
        TokenAlgorithm::ES256 => "ES256",
    }
}

/// Why a token is not one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOurToken {
    /// Not a compact JWS.
    #[error(transparent)]
    Jws(#[from] NotAJws),
    /// The key id is missing or unknown.
    #[error("the token is signed by an unknown key")]
    UnknownKey,
    /// The header names another algorithm than the key's.
    #[error("the token names an algorithm its key does not have")]
    Algorithm,
    /// The signature does not verify.
    #[error("the signature of the token is wrong")]
    Signature,
}

/// The keys in use. The first of each algorithm signs; all are published and verify.
#[derive(Clone)]
pub struct SigningKeys {
    signers: Vec<Arc<dyn Signer>>,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_list()
            .entries(self.signers.iter().map(|signer| signer.public()))
            .finish()
    }
}

impl SigningKeys {
    /// Keys in order of preference: a key that is to be rotated in is published before it moves to the front.
    #[must_use]
    pub fn new(signers: Vec<Arc<dyn Signer>>) -> Self {
        Self { signers }
    }

    /// The key that signs with `algorithm` now.
    pub fn current(&self, algorithm: TokenAlgorithm) -> Result<&dyn Signer, SigningError> {
        self.signers
            .iter()
            .map(AsRef::as_ref)
            .find(|signer| signer.public().algorithm() == algorithm)
            .ok_or(SigningError::NoKey)
    }

    /// Rule `TOKEN-SIGN`: tokens carry `typ` JWT, `alg` and `kid`; `x5t` in v1 access tokens only.
    /// Source: directory-policy-tokens §1.12.
    pub fn sign(
        &self,
        algorithm: TokenAlgorithm,
        claims: &Map<String, Value>,
        with_thumbprint: bool,
    ) -> Result<String, SigningError> {
        let signer = self.current(algorithm)?;
        let public = signer.public();
        let mut header = json!({"typ": "JWT", "alg": algorithm_name(algorithm), "kid": public.key_id()});
        if with_thumbprint && let Some(members) = header.as_object_mut() {
            let thumbprint = public
                .certificate_thumbprint()
                .unwrap_or_else(|| public.key_id().to_owned());
            members.insert("x5t".into(), json!(thumbprint));
        }
        let input = jws::signing_input(&header, claims);
        let signature = signer.sign(input.as_bytes())?;
        Ok(jws::join(input, &signature))
    }

    /// Rule `TOKEN-ALGORITHM-OF-KEY`: the signature of a token of ours is verified with the algorithm of the key named by
    /// `kid`, never with one the token asks for. Source: directory-policy-tokens §1.12.
    ///
    /// Returns the claims. Says nothing about times, issuer or audience.
    pub fn verify(&self, compact: &str) -> Result<Map<String, Value>, NotOurToken> {
        let jws = UnverifiedJws::split(compact)?;
        let key_id = jws.header_text("kid").ok_or(NotOurToken::UnknownKey)?;
        let key = self
            .signers
            .iter()
            .map(|signer| signer.public())
            .find(|key| key.key_id() == key_id)
            .ok_or(NotOurToken::UnknownKey)?;
        if jws.header_text("alg") != Some(algorithm_name(key.algorithm())) {
            return Err(NotOurToken::Algorithm);
        }
        if key.verify(&jws) {
            Ok(jws.claims)
        } else {
            Err(NotOurToken::Signature)
        }
    }

    /// The JWKS document. Source: directory-policy-tokens §1.2.
    #[must_use]
    pub fn jwks(&self, issuer: &str) -> Value {
        let keys: Vec<Value> = self
            .signers
            .iter()
            .map(|signer| signer.public().jwk(issuer))
            .collect();
        json!({ "keys": keys })
    }
}
