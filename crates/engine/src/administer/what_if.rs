//! Use case: callers of the directory API ask what a change would do, before they make it.

use lanyard_directory::{Operation, User};
use lanyard_pki::Certificate;
use serde_json::Value;

use crate::administer::method_policy::find_containers;
use crate::administer::{ClassicAuthority, certificate_of};
use crate::change_safety::{ChangeReport, Draft, MembershipChange};
use crate::{Caller, Engine, NotDone, TenantConfiguration};

/// A draft as a caller describes it: whatever is not named stays as it is.
#[derive(Clone, Debug, Default)]
pub struct WhatIf {
    /// The x509 method, as a PATCH of it names it.
    pub policy: Option<Value>,
    /// The whole classic trust store.
    pub classic_store: Option<Vec<ClassicAuthority>>,
    /// Authorities that go from both stores, by the SHA-256 of their certificate, hex.
    pub without_authorities: Vec<String>,
    /// One account.
    pub user: Option<WhatIfUser>,
    /// Members of one group.
    pub membership: Option<MembershipChange>,
}

/// An account as it would be.
#[derive(Clone, Debug, Default)]
pub struct WhatIfUser {
    /// Object id or name.
    pub key: String,
    /// The whole new list.
    pub certificate_user_ids: Option<Vec<String>>,
    /// Whether the person may sign in.
    pub account_enabled: Option<bool>,
}

impl Engine {
    /// What a draft would do; nothing is changed.
    ///
    /// Rule `WHAT-IF-PERMITTED`: whoever may make a change may ask what it would do, of each part of the draft alone; who may not read the
    /// sign-in log gets the numbers and no names. A node judges one draft at a time, others are told to wait.
    /// Source: certificate-sign-in §7.1, directory-policy-tokens §10.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Invalid`] as the change itself, [`NotDone::NotFound`], [`NotDone::Busy`].
    pub async fn what_if_by(&self, caller: &Caller, ask: &WhatIf) -> Result<ChangeReport, NotDone> {
        let draft = self.draft_of(caller, ask).await?;
        let Ok(_running) = self.replay.try_acquire() else {
            let sentence = "Another draft is being judged. Ask again in a moment.";
            return Err(NotDone::Busy(sentence.to_owned()));
        };
        let mut report = self.what_if(caller.tenant, draft).await?;
        if caller.rights.may(&Operation::READ_LOGS).is_err() {
            report.changes.clear();
        }
        Ok(report)
    }

    async fn draft_of(&self, caller: &Caller, ask: &WhatIf) -> Result<Draft, NotDone> {
        let mut draft = Draft::default();
        let changes_stores = ask.classic_store.is_some() || !ask.without_authorities.is_empty();
        if ask.policy.is_some() {
            caller.may(&Operation::CHANGE_METHOD_POLICY)?;
        }
        if changes_stores {
            caller.may(&Operation::CHANGE_CLASSIC_STORE)?;
        }
        if !ask.without_authorities.is_empty() {
            caller.may(&Operation::CHANGE_PKI_STORE)?;
        }
        if let Some(user) = &ask.user {
            if user.certificate_user_ids.is_some() {
                caller.may(&Operation::CHANGE_CERTIFICATE_USER_IDS)?;
            }
            if user.account_enabled.is_some() || user.certificate_user_ids.is_none() {
                caller.may(&Operation::SWITCH_USER)?;
            }
            draft.user = Some(self.drafted_account(caller, user).await?);
        }
        if let Some(membership) = &ask.membership {
            caller.may(&Operation::CHANGE_MEMBERS)?;
            self.group_by_key(caller, &membership.group.to_string()).await?;
            draft.membership = Some(membership.clone());
        }
        if ask.policy.is_none() && !changes_stores {
            if draft.user.is_none() && draft.membership.is_none() {
                return Err(NotDone::invalid("", "The draft changes nothing."));
            }
            return Ok(draft);
        }
        let (_, mut configuration) = self.tenant_configuration(caller.tenant).await?;
        if let Some(authorities) = &ask.classic_store {
            self.put_classic_list(&mut configuration, authorities)?;
        }
        for named in &ask.without_authorities {
            without(&mut configuration, named)?;
        }
        if let Some(body) = &ask.policy {
            let context = self.policy_context(caller.tenant, &configuration, body).await?;
            let patched = configuration.x509_policy.patched(body, &context);
            let (mut policy, _) = patched.map_err(|mut findings| {
                findings.retain(lanyard_certificate_policy::Finding::is_error);
                NotDone::Invalid(findings)
            })?;
            find_containers(&mut policy, &configuration.public_key_infrastructures)?;
            configuration.x509_policy = policy;
        }
        draft.configuration = Some(configuration);
        Ok(draft)
    }

    async fn drafted_account(&self, caller: &Caller, ask: &WhatIfUser) -> Result<User, NotDone> {
        let mut user = self.user_by_key(caller, &ask.key).await?;
        if let Some(ids) = &ask.certificate_user_ids {
            self.canonical_for(caller, ids)?;
            user.certificate_user_ids.clone_from(ids);
        }
        user.account_enabled = ask.account_enabled.unwrap_or(user.account_enabled);
        Ok(user)
    }
}

/// Takes an authority out of both stores.
fn without(configuration: &mut TenantConfiguration, named: &str) -> Result<(), NotDone> {
    let digits = named.replace([':', ' '], "").to_lowercase();
    let is_it = |certificate: &str| {
        let certificate: Option<Certificate> = certificate_of(certificate);
        certificate
            .is_some_and(|found| data_encoding::HEXLOWER.encode(&found.facts().sha256_thumbprint) == digits)
    };
    let before = configuration.certificate_authorities.len() + configuration.pki_authorities().count();
    configuration
        .certificate_authorities
        .retain(|authority| !is_it(&authority.certificate));
    for container in &mut configuration.public_key_infrastructures {
        container
            .authorities
            .retain(|authority| !is_it(&authority.certificate));
    }
    let after = configuration.certificate_authorities.len() + configuration.pki_authorities().count();
    if before == after {
        return Err(NotDone::invalid(
            "withoutAuthorities",
            "No stored authority has this SHA-256 thumbprint.",
        ));
    }
    Ok(())
}
