//! What a row says of the certificate, and what a later replay of the decision needs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use lanyard_audit::{
    BindingDetails, CertificateDetails, CrlCheckDetails, LegacyStore, LevelDetails, ReplayInputs,
};
use lanyard_certificate_policy::{BindingOutcome, UserBindingProperties};
use lanyard_directory::User;
use lanyard_pki::{Certificate, CrlStatus};

use super::Attempt;
use crate::TenantSnapshot;
use crate::judge::AcceptedCertificate;

pub(super) fn details(
    certificate: &Certificate,
    accepted: Option<&AcceptedCertificate>,
    tenant: Option<&TenantSnapshot>,
) -> CertificateDetails {
    let facts = certificate.facts();
    let mut details = CertificateDetails {
        subject: facts.subject.to_string(),
        issuer: facts.issuer.to_string(),
        serial_number: facts.serial_number.to_hex(),
        sha1_thumbprint: data_encoding::HEXUPPER.encode(&facts.sha1_thumbprint),
        sha256_thumbprint: data_encoding::HEXUPPER.encode(&facts.sha256_thumbprint),
        subject_key_identifier: facts.subject_key_identifier.as_ref().map(ToString::to_string),
        authority_key_identifier: facts.authority_key_identifier.as_ref().map(ToString::to_string),
        not_before: Some(facts.not_before),
        not_after: Some(facts.not_after),
        policy_oids: facts.policy_oids.clone(),
        legacy_store: tenant.and_then(|tenant| store_of_issuer(tenant, certificate, accepted)),
        ..CertificateDetails::default()
    };
    let Some(accepted) = accepted else { return details };
    let policy = &accepted.policy;
    if let BindingOutcome::Bound(bound) = &policy.binding {
        details.binding = Some(BindingDetails {
            field: bound.field.as_str().to_owned(),
            user_property: bound.user_property.as_str().to_owned(),
            rank: bound.priority,
        });
    }
    details.level = Some(LevelDetails {
        level: if accepted.multifactor {
            "multiFactorAuthentication"
        } else {
            "singleFactorAuthentication"
        }
        .to_owned(),
        decided_by: policy.strength.decided_by.as_str().to_owned(),
        identifier: policy.strength.identifier.clone(),
        required_affinity: policy.strength.required_affinity.as_str().to_owned(),
    });
    details.chain = accepted.chain.iter().flatten().map(ToString::to_string).collect();
    details.crl_checks = accepted.crl_status.iter().map(crl_check).collect();
    details
}

/// From which store the issuing authority comes; of a refused certificate, the first stored authority it may be from.
fn store_of_issuer(
    tenant: &TenantSnapshot,
    certificate: &Certificate,
    accepted: Option<&AcceptedCertificate>,
) -> Option<LegacyStore> {
    let issuing = match accepted {
        Some(accepted) => accepted.issuing_authority,
        None => {
            let named = certificate.facts().authority_key_identifier.as_ref()?;
            tenant.trust.by_subject_key_identifier(named).next()?.0
        }
    };
    let choice = tenant.store_choice(&issuing)?;
    Some(LegacyStore {
        used: choice.is_classic(),
        reason: choice.reason().to_owned(),
    })
}

fn crl_check(status: &lanyard_pki::AuthorityCrlStatus) -> CrlCheckDetails {
    let authority = status.authority.to_string();
    match &status.status {
        CrlStatus::Checked {
            number,
            this_update,
            next_update,
            grace_until,
            ..
        } => CrlCheckDetails {
            authority,
            status: match grace_until {
                Some(until) => format!("checked:grace until {until}"),
                None => "checked".to_owned(),
            },
            this_update: Some(*this_update),
            next_update: Some(*next_update),
            crl_number: number.as_ref().map(ToString::to_string),
        },
        CrlStatus::SkippedNoDistributionPoint => CrlCheckDetails {
            authority,
            status: "skipped:no-cdp".to_owned(),
            ..CrlCheckDetails::default()
        },
        CrlStatus::SkippedExempt => CrlCheckDetails {
            authority,
            status: "skipped:exempt".to_owned(),
            ..CrlCheckDetails::default()
        },
    }
}

/// What a later replay against another policy needs.
pub(super) fn replay(certificate: &Certificate, attempt: &Attempt) -> ReplayInputs {
    let facts = certificate.facts();
    let user = attempt.user.as_ref();
    ReplayInputs {
        certificate_sha256: Some(data_encoding::HEXLOWER.encode(&facts.sha256_thumbprint)),
        certificate: Some(BASE64.encode(certificate.der())),
        chain: Vec::new(),
        user_properties: user.and_then(|entry| serde_json::to_value(binding_properties(&entry.user)).ok()),
        group_ids: user.map(|entry| entry.groups.clone()).unwrap_or_default(),
    }
}

/// The properties of a user that bindings look at.
pub(crate) fn binding_properties(user: &User) -> UserBindingProperties {
    UserBindingProperties {
        user_principal_name: user.user_principal_name.clone(),
        on_premises_user_principal_name: user.on_premises_user_principal_name.clone(),
        certificate_user_ids: user.certificate_user_ids.clone(),
    }
}
