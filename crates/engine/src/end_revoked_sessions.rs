//! Use case: a revocation list or a denial arrived; whoever signed in with a certificate it names is out.

use jiff::Timestamp;

use lanyard_audit::{ClientApp, SignInKind};
use lanyard_certificate_policy::DeniedCertificate;
use lanyard_directory::TenantId;
use lanyard_pki::{AuthorityId, Name, RevokedEntry, SerialNumber};
use lanyard_storage::{Change, SessionRow, StorageError, Write};
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
        let rows = self.store.sessions_by_certificate(authority.0, serial).await?;
        self.end_sessions(rows, &reason, now).await?;
        let now_us = now.as_microsecond();
        let unit = vec![
            // Sessions whose contents nobody can read any more have no row to write.
            Write::EndSessionsByCertificate {
                issuer: authority.0,
                serial: serial.to_owned(),
                ended_us: now_us,
                reason: reason.clone(),
            },
            Write::RevokeGrantsByCertificate {
                issuer: authority.0,
                serial: serial.to_owned(),
                revoked_us: now_us,
                reason,
            },
        ];
        self.store.commit(unit).await?;
        Ok(())
    }

    /// Ends what rests on the certificate that a change denied, if it is denied still.
    pub(crate) async fn end_sessions_of_denial(&self, change: &Change) -> Result<(), EngineError> {
        let Some(tenant) = change.tenant else {
            return Ok(());
        };
        let snapshot = self.snapshot();
        let entry = snapshot.tenant(tenant).and_then(|tenant| {
            let mut entries = tenant.denied.entries().iter();
            entries.find(|entry| Some(entry.id.to_string()) == change.id)
        });
        if let Some(entry) = entry {
            self.end_sessions_of_denied(tenant, entry).await?;
        }
        Ok(())
    }

    /// Ends sessions and refresh tokens of a tenant that came from a denied certificate; returns how many sessions.
    pub(crate) async fn end_sessions_of_denied(
        &self,
        tenant: TenantId,
        entry: &DeniedCertificate,
    ) -> Result<usize, EngineError> {
        let now = self.now();
        let revoked_us = now.as_microsecond();
        let reason = format!(
            "the certificate was denied by an administrator ({})",
            entry.reason
        );
        let (mut rows, mut unit) = (Vec::new(), Vec::new());
        let thumbprint = entry
            .sha256_thumbprint
            .as_deref()
            .and_then(crate::session::authority_octets);
        if let Some(sha256) = thumbprint {
            rows.extend(self.store.live_sessions_by_thumbprint(tenant, sha256).await?);
            unit.push(Write::RevokeGrantsByThumbprint {
                tenant,
                sha256,
                revoked_us,
                reason: reason.clone(),
            });
        }
        if let (Some(issuer), Some(serial)) = (&entry.issuer, &entry.serial_number) {
            for authority in self.authorities_named(tenant, issuer) {
                let serial = serial.to_hex();
                let found = self.store.sessions_by_certificate(authority.0, &serial).await?;
                rows.extend(found.into_iter().filter(|row| row.tenant == tenant));
                unit.push(Write::RevokeGrantsOfTenantByCertificate {
                    tenant,
                    issuer: authority.0,
                    serial,
                    revoked_us,
                    reason: reason.clone(),
                });
            }
        }
        let ended = self.end_sessions(rows, &reason, now).await?;
        self.store.commit(unit).await?;
        Ok(ended)
    }

    fn authorities_named(&self, tenant: TenantId, name: &Name) -> Vec<AuthorityId> {
        let snapshot = self.snapshot();
        snapshot.tenant(tenant).map_or_else(Vec::new, |tenant| {
            tenant
                .trust
                .authorities()
                .filter(|(_, authority)| {
                    authority
                        .certificate
                        .facts()
                        .subject
                        .matches_name_either_order(name)
                })
                .map(|(id, _)| id)
                .collect()
        })
    }

    /// Ends each session together with its row of the log; one that another node ended meanwhile gets no second row.
    async fn end_sessions(
        &self,
        rows: Vec<SessionRow>,
        reason: &str,
        now: Timestamp,
    ) -> Result<usize, EngineError> {
        let mut ended = 0;
        for row in rows.into_iter().filter(|row| row.ended_us.is_none()) {
            let Ok(session) = serde_json::from_str::<Session>(&row.body) else {
                continue;
            };
            let unit = vec![
                Write::EndLiveSession {
                    id_hash: row.id_hash,
                    ended_us: now.as_microsecond(),
                    reason: reason.to_owned(),
                },
                self.session_ended_row(&session, row.tenant, reason)?,
            ];
            match self.store.commit(unit).await {
                Ok(()) => ended += 1,
                Err(StorageError::AlreadyEnded { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(ended)
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
