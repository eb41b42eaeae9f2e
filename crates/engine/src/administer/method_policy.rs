//! The x509 method policy as callers of the directory API read and change it.

use lanyard_certificate_policy::{Finding, MethodPolicy};
use lanyard_directory::Operation;
use serde_json::Value;

use crate::administer::policy_doubts::doubts_of;
use crate::administer::{Change, Changed};
use crate::{Caller, Engine, NotDone, PublicKeyInfrastructure, TenantConfiguration};

/// Activity of a changed policy. Source: certificate-sign-in §9.3.
pub(super) const UPDATED: &str = "Authentication Methods Policy Update";
/// Activity of a policy set back to its defaults. Source: directory-policy-tokens §8.2.
const RESET: &str = "Authentication Methods Policy Reset";

impl Engine {
    /// The policy with the version of the tenant's configuration.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn read_method_policy(&self, caller: &Caller) -> Result<(i64, MethodPolicy), NotDone> {
        caller.may(&Operation::READ_METHOD_POLICY)?;
        let (version, configuration) = self.tenant_configuration(caller.tenant).await?;
        let mut policy = configuration.x509_policy;
        name_containers(&mut policy, &configuration.public_key_infrastructures);
        Ok((version, policy))
    }

    /// Changes what `body` names and returns the warnings; in force when this returns, on other nodes within a second.
    ///
    /// Rule `POLICY-CHANGE-AUDITED`: a change of the policy is one audit row with the policy before and after, written with
    /// it; what changes nothing writes none. Source: certificate-sign-in §9.3.
    ///
    /// `expected_version`: make the change on this version only.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Invalid`] with every finding, [`NotDone::Changed`].
    pub async fn patch_method_policy(
        &self,
        caller: &Caller,
        body: &Value,
        expected_version: Option<i64>,
    ) -> Result<Vec<Finding>, NotDone> {
        caller.may(&Operation::CHANGE_METHOD_POLICY)?;
        let (_, configuration) = self.tenant_configuration(caller.tenant).await?;
        let context = self.policy_context(caller.tenant, &configuration, body).await?;
        let mut warnings = Vec::new();
        self.change_policy(caller, UPDATED, expected_version, |configuration| {
            let policy = &mut configuration.x509_policy;
            let (patched, found) = policy.patched(body, &context).map_err(|mut findings| {
                findings.retain(Finding::is_error);
                NotDone::Invalid(findings)
            })?;
            *policy = patched;
            warnings = found;
            find_containers(policy, &configuration.public_key_infrastructures)?;
            warnings.extend(doubts_of(configuration));
            Ok(())
        })
        .await?;
        for warning in &warnings {
            tracing::warn!(tenant = %caller.tenant, %warning, "the changed method policy");
        }
        Ok(warnings)
    }

    /// Sets the policy back to the factory defaults: the method is off.
    ///
    /// Rule `POLICY-RESET`: deleting the method's configuration restores the defaults. Source: certificate-sign-in §8.1.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Changed`].
    pub async fn reset_method_policy(
        &self,
        caller: &Caller,
        expected_version: Option<i64>,
    ) -> Result<(), NotDone> {
        caller.may(&Operation::CHANGE_METHOD_POLICY)?;
        self.change_policy(caller, RESET, expected_version, |configuration| {
            configuration.x509_policy = MethodPolicy::default();
            Ok(())
        })
        .await
    }

    async fn change_policy(
        &self,
        caller: &Caller,
        activity: &'static str,
        expected_version: Option<i64>,
        change: impl FnMut(&mut TenantConfiguration) -> Result<(), NotDone>,
    ) -> Result<(), NotDone> {
        let mut change = change;
        self.change_tenant(
            caller,
            expected_version,
            |configuration: &mut TenantConfiguration| {
                let before = configuration.x509_policy.clone();
                change(configuration)?;
                Ok(policy_changed(activity, &before, &configuration.x509_policy))
            },
        )
        .await
    }
}

/// The audit row of a changed policy.
pub(super) fn policy_changed(activity: &'static str, before: &MethodPolicy, after: &MethodPolicy) -> Changed {
    if before == after {
        return Changed::Nothing;
    }
    let value = |policy: &MethodPolicy| policy.to_graph_json(true).unwrap_or_default();
    Changed::This(vec![Change {
        activity,
        target: MethodPolicy::ID.to_owned(),
        property: "AuthenticationMethodsPolicy",
        old: value(before),
        new: value(after),
    }])
}

/// Puts the id of a container where a scoping rule names it.
///
/// Rule `POLICY-SCOPE-PKI`: a scoping rule names its container by id or by display name, is stored with the id and read with the
/// name of that time; a name of several containers is refused. Source: certificate-sign-in §8.5 SC-5.
pub(super) fn find_containers(
    policy: &mut MethodPolicy,
    containers: &[PublicKeyInfrastructure],
) -> Result<(), NotDone> {
    for (index, rule) in policy.certificate_authority_scopes.iter_mut().enumerate() {
        let Some(named) = rule.public_key_infrastructure_identifier.as_mut() else {
            continue;
        };
        let mut found = containers
            .iter()
            .filter(|container| container.display_name == *named || container.id.to_string() == *named);
        match (found.next(), found.next()) {
            (Some(only), None) => *named = only.id.to_string(),
            // Authorities of the classic store have no container: what was written is kept.
            (None, _) => {}
            (Some(_), Some(_)) => {
                let place = format!("certificateAuthorityScopes[{index}].publicKeyInfrastructureIdentifier");
                let sentence = "Several PKIs have this name; use the id.";
                return Err(NotDone::invalid(place, sentence));
            }
        }
    }
    Ok(())
}

/// Puts the display name of a container where a scoping rule has its id; see `POLICY-SCOPE-PKI`.
fn name_containers(policy: &mut MethodPolicy, containers: &[PublicKeyInfrastructure]) {
    for rule in &mut policy.certificate_authority_scopes {
        if let Some(named) = rule.public_key_infrastructure_identifier.as_mut()
            && let Some(container) = containers
                .iter()
                .find(|container| container.id.to_string() == *named)
        {
            named.clone_from(&container.display_name);
        }
    }
}
