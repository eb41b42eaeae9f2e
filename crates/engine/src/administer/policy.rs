//! Changing the configuration document: read, change, validate, save with its version, audit.

use lanyard_certificate_policy::{Finding, MethodPolicy, PolicyContext};
use lanyard_directory::TenantId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::method_policy::{UPDATED, policy_changed};
use crate::administer::policy_doubts::doubts_of;
use crate::administer::{Actor, Change, Changed};
use crate::{Engine, EngineError, TenantConfiguration, TenantSettings};

impl Engine {
    /// The configuration of a tenant as stored.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown tenant.
    pub async fn tenant_configuration(
        &self,
        tenant: TenantId,
    ) -> Result<(i64, TenantConfiguration), EngineError> {
        let (version, value) = self
            .store
            .tenant_configuration(tenant)
            .await?
            .ok_or_else(|| EngineError::NotFound(format!("the tenant {tenant}")))?;
        let configuration =
            serde_json::from_value(value).map_err(|error| EngineError::Configuration(error.to_string()))?;
        Ok((version, configuration))
    }

    /// Replaces the x509 method policy after validating it (certificate-sign-in §8.3). Returns the warnings.
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] listing every error with its JSON path; nothing is stored then.
    pub async fn set_method_policy(
        &self,
        actor: &Actor,
        tenant: TenantId,
        policy: MethodPolicy,
    ) -> Result<Vec<String>, EngineError> {
        let (_, configuration) = self.tenant_configuration(tenant).await?;
        let document =
            serde_json::to_value(&policy).map_err(|error| EngineError::InvalidChange(error.to_string()))?;
        let context = self.policy_context(tenant, &configuration, &document).await?;
        let findings = policy.validate(&context);
        let (errors, warnings): (Vec<_>, Vec<_>) = findings.into_iter().partition(Finding::is_error);
        if !errors.is_empty() {
            let list: Vec<String> = errors.iter().map(ToString::to_string).collect();
            return Err(EngineError::InvalidChange(list.join("; ")));
        }
        let mut doubts = Vec::new();
        self.change_configuration(actor, tenant, |configuration| {
            let before = std::mem::replace(&mut configuration.x509_policy, policy.clone());
            doubts = doubts_of(configuration);
            Ok(policy_changed(UPDATED, &before, &configuration.x509_policy))
        })
        .await?;
        let warnings = warnings.iter().chain(&doubts);
        Ok(warnings.map(ToString::to_string).collect())
    }

    /// Replaces the settings of a tenant.
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] when the clock tolerance exceeds 300 seconds.
    pub async fn set_tenant_settings(
        &self,
        actor: &Actor,
        tenant: TenantId,
        settings: TenantSettings,
    ) -> Result<(), EngineError> {
        if settings.clock_skew_secs > 300 {
            return Err(EngineError::InvalidChange(
                "clockSkewSecs is at most 300".to_owned(),
            ));
        }
        if settings.crl_grace_hours > super::authority::MAX_GRACE_HOURS {
            return Err(EngineError::InvalidChange(
                "crlGraceHours is at most 720".to_owned(),
            ));
        }
        self.change_configuration(actor, tenant, |configuration| {
            let before = std::mem::replace(&mut configuration.settings, settings.clone());
            Ok(settings_changed(tenant, &before, &configuration.settings))
        })
        .await
    }

    /// What a policy document is checked against.
    pub(crate) async fn policy_context(
        &self,
        tenant: TenantId,
        configuration: &TenantConfiguration,
        document: &Value,
    ) -> Result<PolicyContext, EngineError> {
        let mut context = PolicyContext::new(configuration.settings.policy.clone());
        for authority in crate::snapshot::chosen_authorities(configuration)? {
            context.add_authority(authority.stored.certificate.facts());
        }
        // A deleted authority can come back: what the policy says of it stays valid until it is gone for good.
        for authority in configuration
            .public_key_infrastructures
            .iter()
            .flat_map(|container| &container.authorities)
        {
            if let Some(certificate) = crate::administer::certificate_of(&authority.certificate) {
                context.add_authority(certificate.facts());
            }
        }
        let mut named = Vec::new();
        object_ids(document, &mut named);
        if let Ok(present) = serde_json::to_value(&configuration.x509_policy) {
            object_ids(&present, &mut named);
        }
        named.sort_unstable();
        named.dedup();
        for group in self.store.present_groups(tenant, &named).await? {
            context.add_group(group.0);
        }
        Ok(context)
    }
}

/// Every object id in a document: what a policy may name as a group. A tenant may have far more groups than a policy names.
fn object_ids(document: &Value, ids: &mut Vec<Uuid>) {
    match document {
        Value::String(text) => ids.extend(Uuid::try_parse(text)),
        Value::Array(values) => values.iter().for_each(|value| object_ids(value, ids)),
        Value::Object(members) => members.values().for_each(|value| object_ids(value, ids)),
        _ => {}
    }
}

/// What a change of the settings came to, as the audit log tells it.
pub(super) fn settings_changed(tenant: TenantId, before: &TenantSettings, after: &TenantSettings) -> Changed {
    let (old, new) = difference(json!(before), json!(after));
    if old == new {
        return Changed::Nothing;
    }
    Changed::This(vec![Change {
        activity: "Set Company Information",
        target: tenant.to_string(),
        property: "TenantSettings",
        old,
        new,
    }])
}

/// The members of two objects that are not equal.
fn difference(mut old: Value, mut new: Value) -> (Value, Value) {
    if let (Some(before), Some(after)) = (old.as_object_mut(), new.as_object_mut()) {
        before.retain(|name, value| after.get(name) != Some(value));
        after.retain(|name, _| before.contains_key(name));
    }
    (old, new)
}
