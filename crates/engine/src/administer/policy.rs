//! Changing the configuration document: read, change, validate, save with its version, audit.

use lanyard_certificate_policy::{Finding, MethodPolicy, PolicyContext};
use lanyard_directory::TenantId;

use crate::administer::{Actor, Told};
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
        let context = self.policy_context(tenant, &configuration).await?;
        let findings = policy.validate(&context);
        let (errors, warnings): (Vec<_>, Vec<_>) = findings.into_iter().partition(Finding::is_error);
        if !errors.is_empty() {
            let list: Vec<String> = errors.iter().map(ToString::to_string).collect();
            return Err(EngineError::InvalidChange(list.join("; ")));
        }
        self.change_configuration(
            actor,
            tenant,
            "Authentication Methods Policy Update",
            |configuration| {
                configuration.x509_policy = policy;
                Ok(())
            },
        )
        .await?;
        Ok(warnings.iter().map(ToString::to_string).collect())
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
        self.change_configuration(actor, tenant, "Set Company Information", |configuration| {
            configuration.settings = settings;
            Ok(())
        })
        .await
    }

    /// Reads, changes and saves the configuration document; a concurrent change by someone else is
    /// never overwritten: saving on an older version is refused.
    pub(crate) async fn change_configuration(
        &self,
        actor: &Actor,
        tenant: TenantId,
        activity: &'static str,
        change: impl FnOnce(&mut TenantConfiguration) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let (version, mut configuration) = self.tenant_configuration(tenant).await?;
        let as_value = |configuration: &TenantConfiguration| {
            serde_json::to_value(configuration).map_err(|error| EngineError::Configuration(error.to_string()))
        };
        let old = as_value(&configuration)?;
        let before = configuration.clone();
        change(&mut configuration)?;
        self.guard_configuration(tenant, &before, &configuration).await?;
        let new = as_value(&configuration)?;
        let told = Told {
            actor,
            tenant,
            activity,
            target: tenant.to_string(),
            old,
            new: new.clone(),
        };
        let audit = self.audit_row(told)?;
        self.store
            .save_tenant_configuration(tenant, Some(version), &new, vec![audit])
            .await?;
        self.reload_snapshot().await
    }

    pub(crate) async fn policy_context(
        &self,
        tenant: TenantId,
        configuration: &TenantConfiguration,
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
        let mut after = None;
        loop {
            let page = self.store.groups(tenant, after.as_ref(), 1000).await?;
            page.iter().for_each(|group| context.add_group(group.id.0));
            match page.into_iter().nth(999) {
                Some(last) => after = Some(last),
                None => return Ok(context),
            }
        }
    }
}
