//! Use case: a revocation list arrived; whoever signed in with a certificate it lists is out.

use jiff::Timestamp;

use lanyard_audit::{ClientApp, SignInKind};
use lanyard_directory::TenantId;
use lanyard_pki::{AuthorityId, RevokedEntry, SerialNumber};
use lanyard_storage::Write;
use lanyard_verdict::{Code, Refusal, RuleId};

use crate::session::Session;
use crate::{Engine, EngineError};

impl Engine {
    /// Ends sessions and refresh tokens of newly revoked certificates whenever a list arrives. Never returns.
    ///
    /// Using one is refused from the moment the list is swapped in (`REVOKED-MEANS-OUT`); this writes it down and tells
    /// the log.
    pub async fn end_revoked_sessions(&self) {
        let mut arrivals = self.crls.arrivals();
        loop {
            let authorities = match arrivals.recv().await {
                Ok(authority) => vec![authority],
                // So many lists at once that some notices were dropped: look at all of them.
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => self
                    .wanted_crls()
                    .iter()
                    .map(|wanted| wanted.authority.id())
                    .collect(),
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
            };
            for authority in authorities {
                match self.end_sessions_of_revoked(authority).await {
                    Ok(0) => {}
                    Ok(ended) => tracing::info!(%authority, ended, "sessions of revoked certificates ended"),
                    Err(error) => {
                        tracing::error!(%authority, %error, "sessions of revoked certificates were not marked as ended; their use is refused all the same");
                    }
                }
            }
        }
    }

    /// Ends what rests on revoked certificates of one authority; returns how many certificates that were.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn end_sessions_of_revoked(&self, authority: AuthorityId) -> Result<usize, EngineError> {
        let now = self.now();
        let mut ended = 0;
        let view = self.revocation();
        for serial in self
            .store
            .certificates_in_use(authority.0, now.as_microsecond())
            .await?
        {
            let Ok(number) = SerialNumber::try_from(serial.clone()) else {
                continue;
            };
            let Some(entry) = view.status_of(&authority, &number) else {
                continue;
            };
            self.end_one(authority, &serial, &entry, now).await?;
            ended += 1;
        }
        Ok(ended)
    }

    async fn end_one(
        &self,
        authority: AuthorityId,
        serial: &str,
        entry: &RevokedEntry,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let reason = format!("certificate {serial} was revoked ({:?})", entry.reason);
        let mut unit = Vec::new();
        for row in self.store.sessions_by_certificate(authority.0, serial).await? {
            let Ok(session) = serde_json::from_str::<Session>(&row.body) else {
                continue;
            };
            if row.ended_us.is_none() {
                unit.push(self.session_ended_row(&session, row.tenant, &reason)?);
            }
        }
        let now_us = now.as_microsecond();
        unit.push(Write::EndSessionsByCertificate {
            issuer: authority.0,
            serial: serial.to_owned(),
            ended_us: now_us,
            reason: reason.clone(),
        });
        unit.push(Write::RevokeGrantsByCertificate {
            issuer: authority.0,
            serial: serial.to_owned(),
            revoked_us: now_us,
            reason,
        });
        self.store.commit(unit).await?;
        Ok(())
    }

    fn session_ended_row(
        &self,
        session: &Session,
        tenant: TenantId,
        reason: &str,
    ) -> Result<Write, EngineError> {
        let refusal = Refusal::new(
            Code::CERTIFICATE_REVOKED,
            RuleId::new("REVOKED-MEANS-OUT"),
            format!("The session ended: {reason}."),
        );
        self.event_row(
            tenant,
            session,
            SignInKind::NonInteractiveUser,
            ClientApp::Browser,
            &refusal,
        )
    }
}
