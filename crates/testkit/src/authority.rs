use der::Encode;
use rcgen::{CertificateParams, Issuer};
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use crate::{
    AuthorityProfile, CrlProfile, IssuedCertificate, Keypair, ServerProfile, TestkitError, UserProfile, crl,
    issued, params,
};

/// A certification authority: its certificate, its key and what it can issue.
#[derive(Clone, Debug)]
pub struct CertificateAuthority {
    certificate: IssuedCertificate,
    subject_der: Vec<u8>,
    key_identifier: Vec<u8>,
}

impl CertificateAuthority {
    /// A self-signed root.
    ///
    /// # Errors
    /// [`TestkitError`] when the profile cannot be written.
    pub fn root(profile: &AuthorityProfile) -> Result<Self, TestkitError> {
        let key = params::chosen_key(&profile.key)?;
        let certificate = params::authority(profile)?.self_signed(key.inner())?;
        Self::from_issued(IssuedCertificate::new(certificate.der().to_vec(), key)?)
    }

    /// An authority below this one.
    ///
    /// # Errors
    /// [`TestkitError`] when the profile cannot be written.
    pub fn issue_authority(&self, profile: &AuthorityProfile) -> Result<Self, TestkitError> {
        let key = params::chosen_key(&profile.key)?;
        let mut params = params::authority(profile)?;
        params.use_authority_key_identifier_extension = true;
        Self::from_issued(self.sign(&params, key)?)
    }

    /// Takes up an authority that was written to disk earlier: DER or PEM certificate, PKCS#8 PEM key.
    ///
    /// # Errors
    /// [`TestkitError::Unreadable`].
    pub fn load(certificate: &[u8], key_pem: &str) -> Result<Self, TestkitError> {
        let der = if certificate.starts_with(b"-----BEGIN") {
            x509_cert::Certificate::load_pem_chain(certificate)
                .ok()
                .and_then(|chain| chain.first().and_then(|first| first.to_der().ok()))
                .ok_or_else(|| TestkitError::Unreadable {
                    expected: "certificate",
                    reason: "no readable PEM block".to_owned(),
                })?
        } else {
            certificate.to_vec()
        };
        Self::from_issued(IssuedCertificate::new(der, Keypair::from_pem(key_pem)?)?)
    }

    fn from_issued(certificate: IssuedCertificate) -> Result<Self, TestkitError> {
        let parsed = issued::read(certificate.certificate_der())?;
        let unreadable = |error: der::Error| TestkitError::Unreadable {
            expected: "certificate",
            reason: error.to_string(),
        };
        let subject_der = parsed.tbs_certificate().subject().to_der().map_err(unreadable)?;
        let key_identifier = parsed
            .tbs_certificate()
            .get_extension::<SubjectKeyIdentifier>()
            .map_err(unreadable)?
            .map(|(_, identifier)| identifier.0.as_bytes().to_vec())
            .unwrap_or_default();
        Ok(Self {
            certificate,
            subject_der,
            key_identifier,
        })
    }

    /// A certificate for a person.
    ///
    /// # Errors
    /// [`TestkitError`] when the profile cannot be written.
    pub fn issue_user(&self, profile: &UserProfile) -> Result<IssuedCertificate, TestkitError> {
        let key = params::chosen_key(&profile.key)?;
        self.sign(&params::user(profile)?, key)
    }

    /// A certificate for a TLS server.
    ///
    /// # Errors
    /// [`TestkitError`] when the profile cannot be written.
    pub fn issue_server(&self, profile: &ServerProfile) -> Result<IssuedCertificate, TestkitError> {
        let key = params::chosen_key(&profile.key)?;
        self.sign(&params::server(profile)?, key)
    }

    /// A signed revocation list, DER.
    ///
    /// # Errors
    /// [`TestkitError`] when the profile cannot be written.
    pub fn crl(&self, profile: &CrlProfile) -> Result<Vec<u8>, TestkitError> {
        crl::write(profile, &self.subject_der, &self.key_identifier, self.key())
    }

    fn sign(&self, params: &CertificateParams, key: Keypair) -> Result<IssuedCertificate, TestkitError> {
        let own_der = self.certificate_der().into();
        let issuer = Issuer::from_ca_cert_der(&own_der, self.key().inner())?;
        let certificate = params.signed_by(key.inner(), &issuer)?;
        IssuedCertificate::new(certificate.der().to_vec(), key)
    }

    /// The authority's certificate and key.
    #[must_use]
    pub fn certificate(&self) -> &IssuedCertificate {
        &self.certificate
    }

    /// The authority's certificate, DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        self.certificate.certificate_der()
    }

    /// The authority's certificate, PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        self.certificate.certificate_pem()
    }

    /// The authority's private key.
    #[must_use]
    pub fn key(&self) -> &Keypair {
        self.certificate.key()
    }

    /// The subject key identifier, as it stands in the certificate (20 bytes).
    #[must_use]
    pub fn key_identifier(&self) -> &[u8] {
        &self.key_identifier
    }

    /// The subject name, DER.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.subject_der
    }
}
