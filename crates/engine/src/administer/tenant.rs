//! Creating a tenant.

use lanyard_directory::{Tenant, TenantId};
use lanyard_storage::Write;

use crate::administer::{Actor, Told};
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
        let document = serde_json::to_value(TenantConfiguration::default())
            .map_err(|error| EngineError::Configuration(error.to_string()))?;
        let told = Told {
            actor,
            tenant: id,
            activity: "Create company",
            target: tenant.display_name.clone(),
            old: serde_json::Value::Null,
            new: serde_json::json!({ "displayName": tenant.display_name, "domains": tenant.domains }),
        };
        let configuration = Write::Configuration {
            tenant: id,
            expected_version: None,
            document,
        };
        self.change(told, vec![Write::InsertTenant(tenant.clone()), configuration])
            .await?;
        self.reload_snapshot().await?;
        Ok(tenant)
    }
}
