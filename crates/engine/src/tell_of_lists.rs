//! Use case: a revocation list got into trouble or out of it; the audit log says so.

use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use lanyard_storage::Write;

use crate::administer::{Actor, Told};
use crate::crl_updates::{CrlEvent, Trouble};
use crate::{Engine, EngineError};

impl Engine {
    /// Writes what happens to revocation lists into the audit log. Never returns.
    ///
    /// Rule `CRL-TROUBLE-AUDITED`: the first failure of a list, a number that fell, a signature that is not the authority's,
    /// and the recovery each have one audit row in every tenant that trusts the authority, per node.
    /// Source: certificate-sign-in §9.3.
    pub async fn tell_of_lists(&self) {
        let mut events = self.crls.events();
        loop {
            match events.recv().await {
                Ok(event) => {
                    if let Err(error) = self.tell_of(&event).await {
                        tracing::error!(authority = %event.authority, kind = ?event.kind, %error, "what happened to a CRL was not written to the audit log");
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }

    async fn tell_of(&self, event: &CrlEvent) -> Result<(), EngineError> {
        let actor = Actor("server".to_owned());
        let activity = match event.trouble {
            Some(Trouble::Failed) => "Certificate revocation list failed",
            Some(Trouble::NumberRolledBack) => "Certificate revocation list number rolled back",
            Some(Trouble::SignatureMismatch) => "Certificate revocation list signature mismatch",
            None => "Certificate revocation list recovered",
        };
        let told = event.refusal.as_ref().map(|refusal| {
            json!({
                "code": refusal.code.number(),
                "rule": refusal.rule.to_string(),
                "detail": refusal.detail,
            })
        });
        let snapshot = self.snapshot();
        let mut unit = Vec::new();
        for tenant in snapshot.tenants() {
            let Some(authority) = tenant.trust.authority(&event.authority) else {
                continue;
            };
            unit.push(Write::Audit(self.audit_row(Told {
                actor: &actor,
                tenant: tenant.tenant.id,
                activity,
                target: authority.certificate.facts().subject.to_string(),
                old: Value::Null,
                new: json!({ "kind": event.kind, "authority": event.authority, "refusal": told }),
            })?));
        }
        if !unit.is_empty() {
            self.store.commit(unit).await?;
        }
        Ok(())
    }
}
