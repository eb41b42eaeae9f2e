//! Username bindings as configured: which field of the certificate names which property of the user.

use serde::{Deserialize, Serialize};

/// A value of the leaf certificate that can name a user. Source: certificate-sign-in §6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CertificateField {
    /// UPN of the subject alternative name.
    PrincipalName,
    /// Mail address of the subject alternative name.
    #[serde(rename = "RFC822Name")]
    Rfc822Name,
    /// Subject key identifier.
    SubjectKeyIdentifier,
    /// SHA-1 over the whole DER certificate, whatever the name says (certificate-sign-in §6.5).
    #[serde(rename = "SHA1PublicKey")]
    Sha1PublicKey,
    /// Issuer name and subject name.
    IssuerAndSubject,
    /// Subject name.
    Subject,
    /// Issuer name and serial number.
    IssuerAndSerialNumber,
}

impl CertificateField {
    /// All seven fields.
    pub const ALL: [Self; 7] = [
        Self::PrincipalName,
        Self::Rfc822Name,
        Self::SubjectKeyIdentifier,
        Self::Sha1PublicKey,
        Self::IssuerAndSubject,
        Self::Subject,
        Self::IssuerAndSerialNumber,
    ];

    /// The name as Graph writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PrincipalName => "PrincipalName",
            Self::Rfc822Name => "RFC822Name",
            Self::SubjectKeyIdentifier => "SubjectKeyIdentifier",
            Self::Sha1PublicKey => "SHA1PublicKey",
            Self::IssuerAndSubject => "IssuerAndSubject",
            Self::Subject => "Subject",
            Self::IssuerAndSerialNumber => "IssuerAndSerialNumber",
        }
    }

    /// How tightly the field ties one certificate to one user.
    ///
    /// Rule `BIND-FIELD-AFFINITY`: subject key identifier, thumbprint, and issuer with serial number are high affinity;
    /// the other four fields are low. Source: certificate-sign-in §6.1.
    #[must_use]
    pub const fn affinity(self) -> Affinity {
        match self {
            Self::SubjectKeyIdentifier | Self::Sha1PublicKey | Self::IssuerAndSerialNumber => Affinity::High,
            Self::PrincipalName | Self::Rfc822Name | Self::IssuerAndSubject | Self::Subject => Affinity::Low,
        }
    }

    /// Whether a binding may compare this field with that property.
    ///
    /// Rule `BIND-PROPERTY-PAIR`: only the UPN and the mail address of the certificate may be compared with a user
    /// principal name; every field may be compared with certificateUserIds. Source: certificate-sign-in §6.1.
    #[must_use]
    pub const fn allows(self, property: UserProperty) -> bool {
        matches!(property, UserProperty::CertificateUserIds)
            || matches!(self, Self::PrincipalName | Self::Rfc822Name)
    }
}

/// A property of the user that a certificate field is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UserProperty {
    /// The sign-in name.
    UserPrincipalName,
    /// The sign-in name in the on-premises directory.
    OnPremisesUserPrincipalName,
    /// `authorizationInfo.certificateUserIds`.
    CertificateUserIds,
}

impl UserProperty {
    /// The name as Graph writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserPrincipalName => "userPrincipalName",
            Self::OnPremisesUserPrincipalName => "onPremisesUserPrincipalName",
            Self::CertificateUserIds => "certificateUserIds",
        }
    }
}

/// How tightly something ties one certificate to one user; `High` is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Affinity {
    /// The value may be on several certificates.
    #[default]
    Low,
    /// The value is meant to be on one certificate, or one key, only.
    High,
}

impl Affinity {
    /// `low` or `high`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

/// One configured username binding. Its affinity is that of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UserBindingJson", into = "UserBindingJson")]
pub struct UserBinding {
    /// The field of the certificate.
    pub field: CertificateField,
    /// The property of the user.
    pub user_property: UserProperty,
    /// Lowest number first; unique among the bindings.
    pub priority: u32,
}

/// `x509CertificateUserBinding` as Graph writes it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserBindingJson {
    #[serde(rename = "x509CertificateField")]
    field: CertificateField,
    user_property: UserProperty,
    priority: u32,
    #[serde(default)]
    trust_affinity_level: Option<Affinity>,
}

impl From<UserBinding> for UserBindingJson {
    fn from(binding: UserBinding) -> Self {
        Self {
            field: binding.field,
            user_property: binding.user_property,
            priority: binding.priority,
            trust_affinity_level: Some(binding.field.affinity()),
        }
    }
}

impl TryFrom<UserBindingJson> for UserBinding {
    type Error = String;

    fn try_from(json: UserBindingJson) -> Result<Self, String> {
        let affinity = json.field.affinity();
        if json.trust_affinity_level.is_some_and(|given| given != affinity) {
            return Err(format!(
                "trustAffinityLevel of {} is always {}",
                json.field.as_str(),
                affinity.as_str()
            ));
        }
        if !json.field.allows(json.user_property) {
            return Err(format!(
                "{} can only be compared with certificateUserIds, not with {}",
                json.field.as_str(),
                json.user_property.as_str()
            ));
        }
        Ok(Self {
            field: json.field,
            user_property: json.user_property,
            priority: json.priority,
        })
    }
}
