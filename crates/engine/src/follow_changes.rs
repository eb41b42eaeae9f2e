//! Use case: something was changed, here or on another node; what is kept in memory follows.

use lanyard_pki::AuthorityId;
use lanyard_storage::{Change, ChangeKind};

use crate::{Engine, EngineError};

impl Engine {
    /// Follows every change from now on; returns only when the list of changes cannot be opened at all.
    ///
    /// Rule `CHANGE-FOLLOWED`: a change of policy, directory, keys or revocation lists on any node is in force here as soon
    /// as its notification arrives, at the latest a second later. Source: certificate-sign-in §0.3.
    ///
    /// # Errors
    /// When the database does not answer; the caller starts again.
    pub async fn follow_changes(&self) -> Result<(), EngineError> {
        let mut changes = self.store.watch_changes(self.store.last_change().await?).await?;
        self.reload_snapshot().await?;
        loop {
            let change = changes.next().await?;
            if let Err(error) = self.follow(&change).await {
                tracing::error!(%error, kind = ?change.kind, "a change was not followed; what is in memory stays in force");
            }
        }
    }

    async fn follow(&self, change: &Change) -> Result<(), EngineError> {
        match change.kind {
            ChangeKind::Tenant | ChangeKind::Configuration => self.reload_snapshot().await,
            ChangeKind::User => {
                let user = change.id.as_deref().and_then(|id| id.parse().ok());
                match (change.tenant, user) {
                    (Some(tenant), Some(user)) => self.directory.forget_user(tenant, user).await,
                    _ => self.directory.forget_users(),
                }
                Ok(())
            }
            ChangeKind::Group | ChangeKind::Role => {
                self.directory.forget_users();
                Ok(())
            }
            ChangeKind::Application | ChangeKind::ServicePrincipal => {
                self.directory.forget_applications();
                Ok(())
            }
            ChangeKind::PermissionGrant => {
                self.directory.forget_consent();
                Ok(())
            }
            ChangeKind::DeniedCertificate => {
                self.reload_snapshot().await?;
                self.end_sessions_of_denial(change).await
            }
            ChangeKind::Key => self.reload_keys().await,
            ChangeKind::Crl => {
                let authority = change.id.as_deref().and_then(|id| id.parse::<AuthorityId>().ok());
                match authority {
                    Some(authority) => self.crls.reload(authority).await,
                    None => Ok(()),
                }
            }
            ChangeKind::Ended => Ok(()),
        }
    }
}
