//! Policies of another directory: kept as they came, shown, exported, evaluated by nothing.

use lanyard_directory::{Operation, TenantId};
use lanyard_storage::{KeptKind, KeptPolicyRow, Write};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::{Actor, Told};
use crate::{Caller, Engine, EngineError, NotDone};

/// Most kept policies of one kind in a tenant.
pub const MAX_KEPT_POLICIES: usize = 1_000;
/// Most octets of one kept policy as JSON.
pub const MAX_KEPT_BYTES: usize = 256 * 1024;

/// A policy that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPolicy {
    /// What it is.
    pub kind: KeptKind,
    /// Object id where it came from.
    pub id: Uuid,
    /// The object as it came, without annotations.
    pub body: Value,
}

impl Engine {
    /// Keeps policies that came from another directory, over those with the same id. Returns how many were new or other
    /// than before.
    ///
    /// Rule `POLICY-KEPT`: conditional access policies, named locations and authentication strengths of another directory are
    /// kept member for member as they came, at most 1,000 of a kind and 256 KiB each, shown and exported again; no sign-in is
    /// judged by them. Source: directory-policy-tokens §3.1, §4.1.
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] for too many or too large ones; nothing is kept then.
    pub async fn keep_policies(
        &self,
        actor: &Actor,
        tenant: TenantId,
        policies: &[KeptPolicy],
    ) -> Result<usize, EngineError> {
        let mut writes = Vec::new();
        for kind in KeptKind::ALL {
            let stored = self.store.kept_policies(tenant, kind).await?;
            let mut count = stored.len();
            for policy in policies.iter().filter(|policy| policy.kind == kind) {
                let body = policy.body.to_string();
                if body.len() > MAX_KEPT_BYTES {
                    return Err(EngineError::InvalidChange(format!(
                        "the policy {} has more than {MAX_KEPT_BYTES} bytes",
                        policy.id
                    )));
                }
                let before = stored.iter().find(|row| row.id == policy.id);
                if before.is_some_and(|before| before.body == body) {
                    continue;
                }
                count += usize::from(before.is_none());
                if count > MAX_KEPT_POLICIES {
                    return Err(EngineError::InvalidChange(format!(
                        "at most {MAX_KEPT_POLICIES} policies of one kind are kept"
                    )));
                }
                let told = Told {
                    actor,
                    tenant,
                    activity: activity(kind),
                    target: policy.id.to_string(),
                    old: before.map_or(Value::Null, |row| value(&row.body)),
                    new: policy.body.clone(),
                };
                writes.push(Write::Audit(self.audit_row(told)?));
                writes.push(Write::KeepPolicy(KeptPolicyRow {
                    tenant,
                    kind,
                    id: policy.id,
                    body,
                }));
            }
        }
        let kept = writes.len() / 2;
        if kept > 0 {
            self.store.commit(writes).await?;
        }
        Ok(kept)
    }

    /// The kept policies of one kind in the order of their ids.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn read_kept_policies(
        &self,
        caller: &Caller,
        kind: KeptKind,
    ) -> Result<Vec<KeptPolicy>, NotDone> {
        caller.may(reading(kind))?;
        let rows = self.store.kept_policies(caller.tenant, kind).await?;
        Ok(rows.iter().map(kept).collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn read_kept_policy(
        &self,
        caller: &Caller,
        kind: KeptKind,
        key: &str,
    ) -> Result<KeptPolicy, NotDone> {
        caller.may(reading(kind))?;
        let not_found = || NotDone::NotFound(key.to_owned());
        let id = Uuid::try_parse(key).map_err(|_| not_found())?;
        let row = self.store.kept_policy(caller.tenant, kind, id).await?;
        row.as_ref().map(kept).ok_or_else(not_found)
    }
}

fn reading(kind: KeptKind) -> &'static Operation {
    match kind {
        KeptKind::ConditionalAccessPolicy | KeptKind::NamedLocation => &Operation::READ_CONDITIONAL_ACCESS,
        KeptKind::AuthenticationStrengthPolicy => &Operation::READ_AUTHENTICATION_STRENGTHS,
    }
}

fn activity(kind: KeptKind) -> &'static str {
    match kind {
        KeptKind::ConditionalAccessPolicy => "Add conditional access policy",
        KeptKind::AuthenticationStrengthPolicy => "Add authentication strength policy",
        KeptKind::NamedLocation => "Add named location",
    }
}

fn kept(row: &KeptPolicyRow) -> KeptPolicy {
    KeptPolicy {
        kind: row.kind,
        id: row.id,
        body: value(&row.body),
    }
}

fn value(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| json!({}))
}
