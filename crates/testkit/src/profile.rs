use rcgen::{DnType, KeyUsagePurpose};

use crate::{KeyAlgorithm, Keypair, Validity};

/// What a certificate may be used for, as the extended key usage extension says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtendedKeyUsage {
    /// `1.3.6.1.5.5.7.3.2`
    ClientAuth,
    /// `1.3.6.1.5.5.7.3.1`
    ServerAuth,
    /// `1.3.6.1.4.1.311.20.2.2`
    SmartCardLogon,
    /// `2.5.29.37.0`
    Any,
    /// Another one, dotted decimal.
    Other(String),
}

/// An extension in raw form, for what the profiles do not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Dotted decimal.
    pub oid: String,
    /// Whether a reader that does not know it must refuse the certificate.
    pub critical: bool,
    /// The DER value (what goes inside the OCTET STRING).
    pub value_der: Vec<u8>,
}

/// What a certification authority's certificate shall look like.
#[derive(Clone, Debug)]
pub struct AuthorityProfile {
    pub(crate) subject: Vec<(DnType, String)>,
    pub(crate) validity: Validity,
    pub(crate) key: KeyChoice,
    pub(crate) serial: Option<Vec<u8>>,
    pub(crate) path_length: Option<u8>,
    pub(crate) key_usages: Vec<KeyUsagePurpose>,
    pub(crate) policies: Vec<String>,
    pub(crate) crl_distribution_points: Vec<String>,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) is_authority: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum KeyChoice {
    Fresh(KeyAlgorithm),
    Given(Keypair),
}

impl AuthorityProfile {
    /// An authority `CN=common_name`, P-256, may sign certificates and CRLs, no path length limit.
    #[must_use]
    pub fn new(common_name: &str, validity: Validity) -> Self {
        Self {
            subject: vec![(DnType::CommonName, common_name.to_owned())],
            validity,
            key: KeyChoice::Fresh(KeyAlgorithm::P256),
            serial: None,
            path_length: None,
            key_usages: vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign],
            policies: Vec::new(),
            crl_distribution_points: Vec::new(),
            extensions: Vec::new(),
            is_authority: true,
        }
    }

    /// Puts an attribute before the common name (`OU`, `O`, `C` …), in the order of the calls.
    /// Each attribute type can stand once: this is a limit of the library below.
    #[must_use]
    pub fn subject_attribute(mut self, attribute: DnType, value: &str) -> Self {
        let common_name_at = self.subject.len() - 1;
        self.subject.insert(common_name_at, (attribute, value.to_owned()));
        self
    }

    /// A fresh key of this type.
    #[must_use]
    pub fn key_algorithm(mut self, algorithm: KeyAlgorithm) -> Self {
        self.key = KeyChoice::Fresh(algorithm);
        self
    }

    /// This key (for a renewed authority with the old key, or to save time).
    #[must_use]
    pub fn key(mut self, key: &Keypair) -> Self {
        self.key = KeyChoice::Given(key.clone());
        self
    }

    /// This serial number, big-endian. Without it sixteen random bytes are taken.
    #[must_use]
    pub fn serial(mut self, big_endian: &[u8]) -> Self {
        self.serial = Some(big_endian.to_vec());
        self
    }

    /// How many authorities may stand below this one.
    #[must_use]
    pub fn path_length(mut self, authorities_below: u8) -> Self {
        self.path_length = Some(authorities_below);
        self
    }

    /// Replaces the key usages; an empty list leaves the extension out.
    #[must_use]
    pub fn key_usages(mut self, usages: &[KeyUsagePurpose]) -> Self {
        self.key_usages = usages.to_vec();
        self
    }

    /// Adds a certificate policy OID, dotted decimal.
    #[must_use]
    pub fn policy(mut self, oid: &str) -> Self {
        self.policies.push(oid.to_owned());
        self
    }

    /// Adds a CRL distribution point.
    #[must_use]
    pub fn crl_distribution_point(mut self, url: &str) -> Self {
        self.crl_distribution_points.push(url.to_owned());
        self
    }

    /// Adds a raw extension.
    #[must_use]
    pub fn extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Says `cA=FALSE` in the basic constraints: an "authority" that is none.
    #[must_use]
    pub fn without_authority_mark(mut self) -> Self {
        self.is_authority = false;
        self
    }
}

/// What a person's certificate shall look like.
#[derive(Clone, Debug)]
pub struct UserProfile {
    pub(crate) subject: Vec<(DnType, String)>,
    pub(crate) validity: Validity,
    pub(crate) key: KeyChoice,
    pub(crate) serial: Option<Vec<u8>>,
    pub(crate) user_principal_names: Vec<String>,
    pub(crate) mail_addresses: Vec<String>,
    pub(crate) dns_names: Vec<String>,
    pub(crate) policies: Vec<String>,
    pub(crate) key_usages: Vec<KeyUsagePurpose>,
    pub(crate) extended_key_usages: Vec<ExtendedKeyUsage>,
    pub(crate) crl_distribution_points: Vec<String>,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) subject_key_identifier: bool,
    pub(crate) authority_key_identifier: bool,
}

impl UserProfile {
    /// A certificate for `CN=common_name`: P-256, digital signature, client authentication, with subject
    /// and authority key identifiers and no alternative name.
    #[must_use]
    pub fn new(common_name: &str, validity: Validity) -> Self {
        Self {
            subject: vec![(DnType::CommonName, common_name.to_owned())],
            validity,
            key: KeyChoice::Fresh(KeyAlgorithm::P256),
            serial: None,
            user_principal_names: Vec::new(),
            mail_addresses: Vec::new(),
            dns_names: Vec::new(),
            policies: Vec::new(),
            key_usages: vec![KeyUsagePurpose::DigitalSignature],
            extended_key_usages: vec![ExtendedKeyUsage::ClientAuth],
            crl_distribution_points: Vec::new(),
            extensions: Vec::new(),
            subject_key_identifier: true,
            authority_key_identifier: true,
        }
    }

    /// Puts an attribute before the common name, in the order of the calls; each type can stand once.
    #[must_use]
    pub fn subject_attribute(mut self, attribute: DnType, value: &str) -> Self {
        let common_name_at = self.subject.len() - 1;
        self.subject.insert(common_name_at, (attribute, value.to_owned()));
        self
    }

    /// A fresh key of this type.
    #[must_use]
    pub fn key_algorithm(mut self, algorithm: KeyAlgorithm) -> Self {
        self.key = KeyChoice::Fresh(algorithm);
        self
    }

    /// This key, as when a card is renewed or a test wants many certificates quickly.
    #[must_use]
    pub fn key(mut self, key: &Keypair) -> Self {
        self.key = KeyChoice::Given(key.clone());
        self
    }

    /// This serial number, big-endian. Without it sixteen random bytes are taken.
    #[must_use]
    pub fn serial(mut self, big_endian: &[u8]) -> Self {
        self.serial = Some(big_endian.to_vec());
        self
    }

    /// Adds a user principal name (otherName `1.3.6.1.4.1.311.20.2.3`). May be called again for several.
    #[must_use]
    pub fn user_principal_name(mut self, name: &str) -> Self {
        self.user_principal_names.push(name.to_owned());
        self
    }

    /// Adds a mail address (`rfc822Name`, ASCII).
    #[must_use]
    pub fn mail_address(mut self, address: &str) -> Self {
        self.mail_addresses.push(address.to_owned());
        self
    }

    /// Adds a DNS name to the alternative names.
    #[must_use]
    pub fn dns_name(mut self, name: &str) -> Self {
        self.dns_names.push(name.to_owned());
        self
    }

    /// Adds a certificate policy OID, dotted decimal.
    #[must_use]
    pub fn policy(mut self, oid: &str) -> Self {
        self.policies.push(oid.to_owned());
        self
    }

    /// Replaces the key usages; an empty list leaves the extension out.
    #[must_use]
    pub fn key_usages(mut self, usages: &[KeyUsagePurpose]) -> Self {
        self.key_usages = usages.to_vec();
        self
    }

    /// Replaces the extended key usages; an empty list leaves the extension out.
    #[must_use]
    pub fn extended_key_usages(mut self, usages: &[ExtendedKeyUsage]) -> Self {
        self.extended_key_usages = usages.to_vec();
        self
    }

    /// Adds a CRL distribution point.
    #[must_use]
    pub fn crl_distribution_point(mut self, url: &str) -> Self {
        self.crl_distribution_points.push(url.to_owned());
        self
    }

    /// Adds a raw extension.
    #[must_use]
    pub fn extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Leaves the subject key identifier (and the basic constraints) out.
    #[must_use]
    pub fn without_subject_key_identifier(mut self) -> Self {
        self.subject_key_identifier = false;
        self
    }

    /// Leaves the authority key identifier out.
    #[must_use]
    pub fn without_authority_key_identifier(mut self) -> Self {
        self.authority_key_identifier = false;
        self
    }
}

/// What a TLS server's certificate shall look like: P-256, server authentication, DNS names.
#[derive(Clone, Debug)]
pub struct ServerProfile {
    pub(crate) dns_names: Vec<String>,
    pub(crate) validity: Validity,
    pub(crate) key: KeyChoice,
}

impl ServerProfile {
    /// For these names; wildcards (`*.certauth.login.example.test`) and IP addresses are allowed. The first
    /// name becomes the common name.
    #[must_use]
    pub fn new(dns_names: &[&str], validity: Validity) -> Self {
        Self {
            dns_names: dns_names.iter().map(|name| (*name).to_owned()).collect(),
            validity,
            key: KeyChoice::Fresh(KeyAlgorithm::P256),
        }
    }

    /// A fresh key of this type.
    #[must_use]
    pub fn key_algorithm(mut self, algorithm: KeyAlgorithm) -> Self {
        self.key = KeyChoice::Fresh(algorithm);
        self
    }
}
