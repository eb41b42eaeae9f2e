//! Username binding: does this certificate belong to the user who was named?

use lanyard_pki::CertificateFacts;
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace, Verdict};
use serde::{Deserialize, Serialize};

use crate::letter_case::case_key;
use crate::{
    Affinity, CertificateField, CertificateUserId, ComputedUserIds, PolicySettings, UserBinding,
    UserProperty, certificate_user_ids,
};

/// The properties of a user that bindings look at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserBindingProperties {
    /// The sign-in name.
    pub user_principal_name: String,
    /// The sign-in name in the on-premises directory.
    #[serde(default)]
    pub on_premises_user_principal_name: Option<String>,
    /// `authorizationInfo.certificateUserIds`, as stored.
    #[serde(default)]
    pub certificate_user_ids: Vec<String>,
}

/// Whether the certificate belongs to the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BindingOutcome {
    /// It does, by this binding.
    Bound(BoundBy),
    /// It does not.
    Refused(Refusal),
}

/// The binding that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BoundBy {
    /// The field of the certificate.
    pub field: CertificateField,
    /// The property of the user.
    pub user_property: UserProperty,
    /// The binding's priority ("rank" in logs).
    pub priority: u32,
    /// The field's affinity.
    pub affinity: Affinity,
    /// The user's value that matched.
    pub value: String,
}

/// Decides whether the certificate belongs to `user`, who was named beforehand and is never looked up by certificate.
///
/// Rule `BIND-PRIORITY`: bindings are tried by rising priority number and the first match wins. Source:
/// certificate-sign-in §6.3.
///
/// Rule `BIND-AFFINITY`: when high affinity is required, low-affinity bindings are left out. Source: certificate-sign-in
/// §6.3.
///
/// Rule `BIND-FALL-THROUGH`: a binding whose field is absent from the certificate, or whose value differs from the
/// user's, gives way to the next one. Source: certificate-sign-in §6.3.
///
/// Rule `BIND-NO-VALUE`: when no usable binding is left, or the certificate has none of the wanted fields, the sign-in
/// fails with 1001003. Source: certificate-sign-in §6.3.
///
/// Rule `BIND-NO-MATCH`: when the certificate has wanted fields and none equals the user's values, the sign-in fails with
/// 1001009. Source: certificate-sign-in §6.3.
#[must_use]
pub fn bind(
    facts: &CertificateFacts,
    bindings: &[UserBinding],
    user: &UserBindingProperties,
    required_affinity: Affinity,
    settings: &PolicySettings,
) -> Verdict<BindingOutcome> {
    let mut steps = Trace::new();
    let mut ordered: Vec<&UserBinding> = bindings.iter().collect();
    ordered.sort_by_key(|binding| binding.priority);

    let computed = certificate_user_ids(facts);
    let mut tried_fields: Vec<&'static str> = Vec::new();
    let mut different: Vec<String> = Vec::new();
    for binding in ordered {
        let affinity = binding.field.affinity();
        if affinity < required_affinity {
            steps.push(
                described("BIND-AFFINITY", StepResult::Skipped, binding)
                    .with("affinity", affinity.as_str())
                    .with("required_affinity", required_affinity.as_str()),
            );
            continue;
        }
        tried_fields.push(binding.field.as_str());
        let certificate_values = certificate_values(facts, &computed, binding);
        if certificate_values.is_empty() {
            steps.push(
                described("BIND-FALL-THROUGH", StepResult::Failed, binding).with("certificate", "absent"),
            );
            continue;
        }
        let shown = certificate_values.join(" | ");
        match matching_value(facts, binding, user, settings) {
            Some(value) => {
                steps.push(
                    described("BIND-PRIORITY", StepResult::Passed, binding)
                        .with("certificate", shown)
                        .with("user", value),
                );
                return Verdict {
                    outcome: BindingOutcome::Bound(BoundBy {
                        field: binding.field,
                        user_property: binding.user_property,
                        priority: binding.priority,
                        affinity,
                        value: value.to_owned(),
                    }),
                    steps,
                };
            }
            None => {
                different.push(format!("{} = {shown}", binding.field.as_str()));
                steps.push(
                    described("BIND-FALL-THROUGH", StepResult::Failed, binding)
                        .with("certificate", shown)
                        .with("user", user_values(user, binding).join(" | ")),
                );
            }
        }
    }
    let refusal = refuse(user, required_affinity, &tried_fields, &different);
    steps.push(Step::new(refusal.rule.clone(), StepResult::Failed));
    Verdict {
        outcome: BindingOutcome::Refused(refusal),
        steps,
    }
}

fn refuse(
    user: &UserBindingProperties,
    required_affinity: Affinity,
    tried_fields: &[&'static str],
    different: &[String],
) -> Refusal {
    if !different.is_empty() {
        return Refusal::new(
            Code::CERTIFICATE_NOT_BOUND_TO_USER,
            RuleId::new("BIND-NO-MATCH"),
            format!(
                "no value of the certificate belongs to {}: {}",
                user.user_principal_name,
                different.join("; ")
            ),
        );
    }
    let detail = if tried_fields.is_empty() {
        format!(
            "no username binding of {} affinity is configured",
            required_affinity.as_str()
        )
    } else {
        format!(
            "the certificate has none of the fields {}",
            tried_fields.join(", ")
        )
    };
    Refusal::new(
        Code::BINDING_VALUE_NOT_ACQUIRED,
        RuleId::new("BIND-NO-VALUE"),
        detail,
    )
}

fn described(rule: &'static str, result: StepResult, binding: &UserBinding) -> Step {
    Step::new(RuleId::new(rule), result)
        .with("priority", binding.priority.to_string())
        .with("field", binding.field.as_str())
        .with("property", binding.user_property.as_str())
}

/// What the certificate has for a binding, in the form it is compared in; empty when the field is absent.
fn certificate_values(
    facts: &CertificateFacts,
    computed: &ComputedUserIds,
    binding: &UserBinding,
) -> Vec<String> {
    let several = |values: &[String], tag: &str| {
        let prefix = if binding.user_property == UserProperty::CertificateUserIds {
            tag
        } else {
            ""
        };
        values
            .iter()
            .filter(|value| !value.is_empty())
            .map(|value| format!("{prefix}{value}"))
            .collect()
    };
    let one = |value: &str| {
        if value.is_empty() {
            Vec::new()
        } else {
            vec![value.to_owned()]
        }
    };
    match binding.field {
        CertificateField::PrincipalName => several(&facts.principal_names, "X509:<PN>"),
        CertificateField::Rfc822Name => several(&facts.rfc822_names, "X509:<RFC822>"),
        CertificateField::SubjectKeyIdentifier => one(&computed.subject_key_identifier),
        CertificateField::Sha1PublicKey => one(&computed.sha1_public_key),
        CertificateField::IssuerAndSubject => one(&computed.issuer_and_subject),
        CertificateField::Subject => one(&computed.subject),
        CertificateField::IssuerAndSerialNumber => one(&computed.issuer_and_serial_number),
    }
}

/// The user's value that equals the certificate's.
fn matching_value<'user>(
    facts: &CertificateFacts,
    binding: &UserBinding,
    user: &'user UserBindingProperties,
    settings: &PolicySettings,
) -> Option<&'user str> {
    let equals_one_of = |own: &str, values: &[String]| {
        let own = case_key(own);
        !own.is_empty() && values.iter().any(|value| case_key(value) == own)
    };
    let upn = match binding.user_property {
        UserProperty::CertificateUserIds => {
            return user
                .certificate_user_ids
                .iter()
                .find(|value| {
                    CertificateUserId::parse(value).is_ok_and(|id| {
                        id.field() == binding.field && id.matches(facts, settings.accept_forward_serial)
                    })
                })
                .map(String::as_str);
        }
        UserProperty::UserPrincipalName => Some(user.user_principal_name.as_str()),
        UserProperty::OnPremisesUserPrincipalName => user.on_premises_user_principal_name.as_deref(),
    };
    let names = match binding.field {
        CertificateField::PrincipalName => &facts.principal_names,
        CertificateField::Rfc822Name => &facts.rfc822_names,
        // BIND-PROPERTY-PAIR: no other field is comparable with a sign-in name.
        _ => return None,
    };
    upn.filter(|upn| equals_one_of(upn, names))
}

fn user_values(user: &UserBindingProperties, binding: &UserBinding) -> Vec<String> {
    match binding.user_property {
        UserProperty::UserPrincipalName => vec![user.user_principal_name.clone()],
        UserProperty::OnPremisesUserPrincipalName => {
            user.on_premises_user_principal_name.iter().cloned().collect()
        }
        UserProperty::CertificateUserIds => user
            .certificate_user_ids
            .iter()
            .filter(|value| CertificateUserId::parse(value).is_ok_and(|id| id.field() == binding.field))
            .cloned()
            .collect(),
    }
}
