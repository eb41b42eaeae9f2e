//! The client certificate verifier: it proves possession of the private key, and trusts nobody.
//!
//! Which leaves get how far (tests/odd_leaves.rs, both TLS versions):
//!
//! | leaf | outcome |
//! |---|---|
//! | P-256, P-384, P-521, Ed25519, RSA 2048 to 8192 bits; expired; without client-auth usage; unknown issuer | proven |
//! | version 1; unknown critical extension (the TLS library refuses these) | proven, against the bare key |
//! | RSA of 1024 to 2047 bits, TLS 1.2 with PKCS#1 v1.5 | proven, against the bare key |
//! | the same with PSS (always in TLS 1.3, and what OpenSSL prefers in TLS 1.2); smaller or bigger RSA | a page, no chain |
//! | other curves in TLS 1.2; a curve written out as parameters; unreadable bytes | a page, no chain |
//! | a signature that the certificate's key did not make | TLS alert |
//!
//! Keys whose signatures TLS has no offered scheme for (DSA, Ed448, id-RSASSA-PSS keys; secp256k1 and Brainpool under
//! TLS 1.3) make a well-behaved client send no certificate at all (seen with OpenSSL 3); the page then says so.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RsaParameters, UnparsedPublicKey,
};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::{CaHints, TlsVersion, UnprovenCertificate, subject_public_key::SubjectPublicKey};

/// What the handshake showed about the client's certificate, once it was checked.
pub(crate) type Finding = Arc<OnceLock<Possession>>;

/// Result of checking one handshake signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Possession {
    /// The signature is by the certificate's key.
    Proven,
    /// Nothing here can check signatures of this key.
    Unproven(UnprovenCertificate),
}

/// Made for one handshake: carries the tenant's hints and remembers the finding.
#[derive(Debug)]
pub(crate) struct PossessionVerifier {
    hints: Arc<CaHints>,
    algorithms: WebPkiSupportedAlgorithms,
    finding: Finding,
}

impl PossessionVerifier {
    pub(crate) fn new(hints: Arc<CaHints>, algorithms: WebPkiSupportedAlgorithms) -> (Arc<Self>, Finding) {
        let finding = Finding::default();
        let verifier = Self {
            hints,
            algorithms,
            finding: Arc::clone(&finding),
        };
        (Arc::new(verifier), finding)
    }

    /// Rule `TLS-POSSESSION-ONLY`: a certificate passes the handshake when its key made the handshake signature,
    /// whoever issued it; a false signature ends the handshake; a certificate whose key cannot be checked passes
    /// without its chain, so that the person still gets a page. Source: certificate-sign-in §1.3, §1.4.
    fn decide(
        &self,
        version: TlsVersion,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let by_the_library = match version {
            TlsVersion::Tls12 => verify_tls12_signature(message, certificate, signed, &self.algorithms),
            TlsVersion::Tls13 => verify_tls13_signature(message, certificate, signed, &self.algorithms),
        };
        let possession = match by_the_library {
            Ok(_) => Possession::Proven,
            Err(refusal) => self
                .check_key_alone(version, message, certificate, signed.scheme, signed.signature())
                .ok_or(refusal)?,
        };
        let _ = self.finding.set(possession);
        Ok(HandshakeSignatureValid::assertion())
    }

    /// Checks the signature against the bare public key. `None`: the signature is false or its scheme does not belong here.
    fn check_key_alone(
        &self,
        version: TlsVersion,
        message: &[u8],
        certificate: &[u8],
        scheme: SignatureScheme,
        signature: &[u8],
    ) -> Option<Possession> {
        let Ok(key) = SubjectPublicKey::of_certificate(certificate) else {
            return Some(Possession::Unproven(UnprovenCertificate::Unreadable));
        };
        if let Some(bits) = key
            .rsa_modulus_bits()
            .filter(|bits| !(2048..=8192).contains(bits))
        {
            return check_odd_rsa_key(&key, bits, message, scheme, signature);
        }
        let known = |algorithm: &&&dyn rustls_pki_types::SignatureVerificationAlgorithm| {
            algorithm.public_key_alg_id().as_ref() == key.algorithm
        };
        if !self.algorithms.all.iter().any(|algorithm| known(&algorithm)) {
            return Some(Possession::Unproven(UnprovenCertificate::KeyKind));
        }
        let (_, of_scheme) = self
            .algorithms
            .mapping
            .iter()
            .find(|(candidate, _)| *candidate == scheme)?;
        let allowed = match version {
            TlsVersion::Tls12 => *of_scheme,
            // TLS 1.3 binds each scheme to one curve, which the library lists first, and has no PKCS#1 v1.5.
            TlsVersion::Tls13 if is_pkcs1(scheme) => return None,
            TlsVersion::Tls13 => of_scheme.get(..1)?,
        };
        allowed
            .iter()
            .filter(known)
            .any(|algorithm| algorithm.verify_signature(key.key, message, signature).is_ok())
            .then_some(Possession::Proven)
    }
}

/// RSA keys of 1024 to 2047 bits with PKCS#1 v1.5 (TLS 1.2) can still be checked, by parameters kept for such keys; no
/// cryptographic function for PSS with them is there.
fn check_odd_rsa_key(
    key: &SubjectPublicKey<'_>,
    bits: usize,
    message: &[u8],
    scheme: SignatureScheme,
    signature: &[u8],
) -> Option<Possession> {
    let legacy: Option<&'static RsaParameters> = match scheme {
        SignatureScheme::RSA_PKCS1_SHA256 => Some(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        SignatureScheme::RSA_PKCS1_SHA512 => Some(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        _ => None,
    };
    match legacy.filter(|_| (1024..2048).contains(&bits)) {
        None => Some(Possession::Unproven(UnprovenCertificate::RsaKeySize { bits })),
        Some(parameters) => UnparsedPublicKey::new(parameters, key.key)
            .verify(message, signature)
            .is_ok()
            .then_some(Possession::Proven),
    }
}

fn is_pkcs1(scheme: SignatureScheme) -> bool {
    matches!(
        scheme,
        SignatureScheme::RSA_PKCS1_SHA1
            | SignatureScheme::RSA_PKCS1_SHA256
            | SignatureScheme::RSA_PKCS1_SHA384
            | SignatureScheme::RSA_PKCS1_SHA512
    )
}

impl ClientCertVerifier for PossessionVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.hints.subjects()
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.decide(TlsVersion::Tls12, message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.decide(TlsVersion::Tls13, message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::SigningKey;

    const RSA_1024: &[u8] = include_bytes!("../tests/data/rsa-1024.der");
    const RSA_1024_SIGNATURE: &[u8] = include_bytes!("../tests/data/rsa-1024-pkcs1-sha256.sig");
    const BRAINPOOL: &[u8] = include_bytes!("../tests/data/brainpool.der");
    const MESSAGE: &[u8] = b"handshake transcript";

    fn check(
        version: TlsVersion,
        certificate: &[u8],
        scheme: SignatureScheme,
        signature: &[u8],
    ) -> Option<Possession> {
        let algorithms = crate::tls_configurations::provider().signature_verification_algorithms;
        let (verifier, _) = PossessionVerifier::new(Arc::default(), algorithms);
        verifier.check_key_alone(version, MESSAGE, certificate, scheme, signature)
    }

    #[test]
    fn tls_possession_only_with_keys_the_library_does_not_take() {
        // TLS-POSSESSION-ONLY
        use SignatureScheme as Scheme;
        use TlsVersion::{Tls12, Tls13};
        let small = Some(Possession::Unproven(UnprovenCertificate::RsaKeySize {
            bits: 1024,
        }));
        let unknown = Some(Possession::Unproven(UnprovenCertificate::KeyKind));
        let unreadable = Some(Possession::Unproven(UnprovenCertificate::Unreadable));
        let good = RSA_1024_SIGNATURE;
        for (version, certificate, scheme, signature, expected) in [
            (
                Tls12,
                RSA_1024,
                Scheme::RSA_PKCS1_SHA256,
                good,
                Some(Possession::Proven),
            ),
            (Tls12, RSA_1024, Scheme::RSA_PKCS1_SHA256, &[0; 128][..], None),
            (Tls12, RSA_1024, Scheme::RSA_PKCS1_SHA512, good, None),
            (Tls12, RSA_1024, Scheme::RSA_PSS_SHA256, good, small),
            (Tls13, RSA_1024, Scheme::RSA_PSS_SHA256, good, small),
            (Tls12, BRAINPOOL, Scheme::ECDSA_NISTP256_SHA256, good, unknown),
            (Tls13, b"no certificate", Scheme::ED25519, good, unreadable),
        ] {
            assert_eq!(
                check(version, certificate, scheme, signature),
                expected,
                "{version:?} {scheme:?}"
            );
        }
    }

    #[test]
    fn tls_1_3_binds_the_scheme_to_the_curve_and_knows_no_pkcs1() {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let certificate = rcgen::CertificateParams::new(Vec::new())
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let signature = key.sign(MESSAGE).unwrap();
        let right = SignatureScheme::ECDSA_NISTP384_SHA384;
        let proven = Some(Possession::Proven);
        assert_eq!(
            check(TlsVersion::Tls13, certificate.der(), right, &signature),
            proven
        );
        assert_eq!(
            check(TlsVersion::Tls12, certificate.der(), right, &signature),
            proven
        );
        let wrong = SignatureScheme::ECDSA_NISTP256_SHA256;
        assert_eq!(
            check(TlsVersion::Tls13, certificate.der(), wrong, &signature),
            None
        );

        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let certificate = rcgen::CertificateParams::new(Vec::new())
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let signature = key.sign(MESSAGE).unwrap();
        let scheme = SignatureScheme::RSA_PKCS1_SHA256;
        assert_eq!(
            check(TlsVersion::Tls12, certificate.der(), scheme, &signature),
            proven
        );
        assert_eq!(
            check(TlsVersion::Tls13, certificate.der(), scheme, &signature),
            None
        );
    }
}
