//! By an exported policy, without a database.

use jiff::Timestamp;
use uuid::Uuid;

use lanyard_certificate_policy::{TargetId, UserBindingProperties};
use lanyard_directory::{User, UserId, UserType};
use lanyard_pki::{Certificate, RevocationView};

use super::{Explanation, conclude, ingest};
use crate::judge::{CertificateQuestion, judge_certificate};
use crate::{EngineError, TenantSnapshot};

/// What to explain, without a database.
#[derive(Debug)]
pub struct ExplainRequest<'a> {
    /// Policy and trust store.
    pub tenant: &'a TenantSnapshot,
    /// The certificate.
    pub certificate: &'a Certificate,
    /// The account's properties.
    pub user: UserBindingProperties,
    /// DER of revocation lists to use.
    pub crls: &'a [Vec<u8>],
    /// The moment to decide for.
    pub at: Timestamp,
}

/// Explains by an exported policy. Groups are not part of an export: the user is taken to be in every targeted group.
///
/// # Errors
/// When a list is given that no stored authority signed.
pub fn explain(request: &ExplainRequest<'_>) -> Result<Explanation, EngineError> {
    let notes = vec![
        "group membership is not in an exported policy; the user is taken to be in every group it names"
            .to_owned(),
    ];
    let revocation = ingest(
        &request.tenant.trust,
        RevocationView::new(),
        request.crls,
        request.at,
    )?;
    let groups = groups_named(request.tenant);
    let user = User {
        id: UserId(Uuid::nil()),
        tenant: request.tenant.tenant.id,
        user_principal_name: request.user.user_principal_name.clone(),
        display_name: String::new(),
        given_name: None,
        surname: None,
        mail: None,
        on_premises_user_principal_name: request.user.on_premises_user_principal_name.clone(),
        account_enabled: true,
        user_type: UserType::Member,
        certificate_user_ids: request.user.certificate_user_ids.clone(),
        sign_in_sessions_valid_from: Timestamp::UNIX_EPOCH,
        certificate_used_last: false,
        profile: Default::default(),
        created: Timestamp::UNIX_EPOCH,
    };
    let question = CertificateQuestion {
        tenant: request.tenant,
        user: &user,
        groups: &groups,
        certificate: request.certificate,
        revocation: &revocation,
        now: request.at,
    };
    let verdict = judge_certificate(&question);
    Ok(conclude(
        verdict,
        &user.user_principal_name,
        request.certificate,
        request.at,
        notes,
    ))
}

fn groups_named(tenant: &TenantSnapshot) -> Vec<Uuid> {
    let policy = &tenant.configuration.x509_policy;
    let scoped = policy
        .certificate_authority_scopes
        .iter()
        .flat_map(|scope| &scope.include_targets);
    policy
        .include_targets
        .iter()
        .chain(scoped)
        .filter_map(|target| match target.id {
            TargetId::Group(group) => Some(group),
            _ => None,
        })
        .collect()
}
