//! The method's policy object.

use lanyard_pki::KeyIdentifier;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{AuthenticationModeConfiguration, CertificateField, Target, TargetId, UserBinding, UserProperty};

/// The configuration of the x509 method, as stored. [`MethodPolicy::to_graph_json`] adds what only Graph needs.
///
/// Source: certificate-sign-in §8.2. `Default` is the factory default of a fresh tenant: method off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MethodPolicy {
    /// Whether the tenant uses the method.
    pub state: Switch,
    /// Username bindings.
    pub certificate_user_bindings: Vec<UserBinding>,
    /// Authentication binding: defaults and rules.
    pub authentication_mode_configuration: AuthenticationModeConfiguration,
    /// Whether the TLS request for a certificate names the CAs.
    pub issuer_hints_configuration: IssuerHintsConfiguration,
    /// Whether a CA without CRL is refused.
    pub crl_validation_configuration: CrlValidationConfiguration,
    /// CA scoping.
    pub certificate_authority_scopes: Vec<CertificateAuthorityScope>,
    /// Whom the method is not for.
    pub exclude_targets: Vec<Target>,
    /// Whom the method is for.
    pub include_targets: Vec<Target>,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Switch {
    /// Off.
    #[default]
    Disabled,
    /// On.
    Enabled,
}

impl Switch {
    /// Whether it is on.
    #[must_use]
    pub const fn is_enabled(self) -> bool {
        matches!(self, Self::Enabled)
    }
}

/// `issuerHintsConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuerHintsConfiguration {
    /// Whether hints are sent.
    pub state: Switch,
}

/// `crlValidationConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CrlValidationConfiguration {
    /// Whether CRL validation is required.
    #[serde(default)]
    pub state: Switch,
    /// CAs exempted from the requirement, by subject key identifier.
    #[serde(default, rename = "exemptedCertificateAuthoritiesSubjectKeyIdentifiers")]
    pub exempted_authorities: Vec<KeyIdentifier>,
}

/// One rule of CA scoping: only members of the group may use certificates below this CA. Source: certificate-sign-in §8.5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateAuthorityScope {
    /// The CA.
    pub subject_key_identifier: KeyIdentifier,
    /// The PKI container of the CA, by id or display name.
    #[serde(default)]
    pub public_key_infrastructure_identifier: Option<String>,
    /// Exactly one group.
    pub include_targets: Vec<Target>,
}

impl Default for MethodPolicy {
    fn default() -> Self {
        let binding = |field, user_property, priority| UserBinding {
            field,
            user_property,
            priority,
        };
        Self {
            state: Switch::Disabled,
            certificate_user_bindings: vec![
                binding(
                    CertificateField::PrincipalName,
                    UserProperty::UserPrincipalName,
                    1,
                ),
                binding(CertificateField::Rfc822Name, UserProperty::UserPrincipalName, 2),
                binding(
                    CertificateField::SubjectKeyIdentifier,
                    UserProperty::CertificateUserIds,
                    3,
                ),
            ],
            authentication_mode_configuration: AuthenticationModeConfiguration::default(),
            issuer_hints_configuration: IssuerHintsConfiguration::default(),
            crl_validation_configuration: CrlValidationConfiguration::default(),
            certificate_authority_scopes: Vec::new(),
            exclude_targets: Vec::new(),
            include_targets: vec![Target {
                id: TargetId::AllUsers,
                is_registration_required: Some(false),
            }],
        }
    }
}

impl MethodPolicy {
    /// `@odata.type` of the resource.
    pub const ODATA_TYPE: &'static str = "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration";
    /// `id` of the resource.
    pub const ID: &'static str = "X509Certificate";

    /// Whether the tenant uses the method.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.state.is_enabled()
    }

    /// Whether a CA without a revocation list is refused, exemptions aside.
    #[must_use]
    pub const fn requires_crl(&self) -> bool {
        self.crl_validation_configuration.state.is_enabled()
    }

    /// The resource as Graph answers it.
    ///
    /// Rule `POLICY-UNKNOWN-ENUM`: the combined rule type reads `unknownFutureValue` unless the caller asked for unknown
    /// enum members. Source: certificate-sign-in §5.1.
    pub fn to_graph_json(&self, include_unknown_enum_members: bool) -> Result<Value, serde_json::Error> {
        let mut resource = json!({ "@odata.type": Self::ODATA_TYPE, "id": Self::ID });
        if let (Some(target), Value::Object(stored)) = (resource.as_object_mut(), serde_json::to_value(self)?)
        {
            target.extend(stored);
        }
        if !include_unknown_enum_members {
            let rules = resource
                .pointer_mut("/authenticationModeConfiguration/rules")
                .and_then(Value::as_array_mut);
            for rule_type in rules
                .into_iter()
                .flatten()
                .filter_map(|rule| rule.get_mut("x509CertificateRuleType"))
                .filter(|rule_type| rule_type.as_str() == Some("issuerSubjectAndPolicyOID"))
            {
                *rule_type = Value::from("unknownFutureValue");
            }
        }
        Ok(resource)
    }
}
