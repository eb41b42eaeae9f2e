//! Creating a tenant.

use lanyard_directory::{Tenant, TenantId};

use crate::administer::Actor;
use crate::{Engine, EngineError, TenantConfiguration};

/// What a new tenant needs.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// A given id, or a random one.
    pub id: Option<TenantId>,
    /// Name shown to people.
    pub display_name: String,
    /// Initial domain, such as `agency.example`.
    pub domain: String,
}

impl Engine {
    /// Creates a tenant with the factory-default policy (certificate-sign-in §8.2: the method is off).
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] when the domain is not a domain name or belongs to another tenant.
    pub async fn create_tenant(&self, actor: &Actor, new: NewTenant) -> Result<Tenant, EngineError> {
        let domain = new.domain.trim().to_lowercase();
        if domain.len() > 200
            || !domain.contains('.')
            || domain.contains(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-'))
        {
            return Err(EngineError::InvalidChange(format!(
                "`{domain}` is not a domain name"
            )));
        }
        if self.snapshot().tenant_by_domain(&domain).is_some() {
            return Err(EngineError::InvalidChange(format!(
                "the domain `{domain}` belongs to another tenant"
            )));
        }
        let id = match new.id {
            Some(id) => id,
            None => TenantId(self.new_guid()?),
        };
        let tenant = Tenant {
            id,
            display_name: new.display_name,
            domains: vec![domain],
            created: self.now(),
        };
        self.store.insert_tenant(&tenant).await?;
        let configuration = serde_json::to_value(TenantConfiguration::default())
            .map_err(|error| EngineError::Configuration(error.to_string()))?;
        let audit = self.audit_row(
            actor,
            id,
            "Create company",
            tenant.display_name.clone(),
            serde_json::Value::Null,
            serde_json::json!({ "displayName": tenant.display_name, "domains": tenant.domains }),
        )?;
        self.store
            .save_tenant_configuration(id, None, &configuration, vec![audit])
            .await?;
        self.reload_snapshot().await?;
        Ok(tenant)
    }
}
