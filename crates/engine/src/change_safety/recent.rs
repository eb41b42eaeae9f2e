//! The certificates that people used lately, from the sign-in log.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;

use lanyard_directory::{TenantId, UserId};
use lanyard_pki::Certificate;
use lanyard_storage::{Cursor, SignInFilter};
use serde::Deserialize;
use uuid::Uuid;

use crate::{Engine, EngineError};

/// Rows of the log that are read at most for one report.
const MAX_ROWS: usize = 20_000;
/// Pairs of account and certificate that are judged at most.
const MAX_CERTIFICATES: usize = 5_000;
const PAGE: u32 = 1_000;
/// Rows that are read of one account.
const ROWS_OF_ACCOUNT: u32 = 20;

/// What is needed of a [`SignInRecord`](lanyard_audit::SignInRecord): thousands are read, and the trace is most of each.
#[derive(Deserialize)]
struct Used {
    created: Timestamp,
    user: Option<UsedBy>,
    #[serde(default)]
    replay: Option<UsedCertificate>,
}

#[derive(Deserialize)]
struct UsedBy {
    id: Uuid,
}

#[derive(Deserialize)]
struct UsedCertificate {
    #[serde(default)]
    certificate: Option<String>,
}

fn beginning(since: Timestamp) -> Cursor {
    Cursor {
        created_us: since.as_microsecond(),
        id: Uuid::nil(),
    }
}

/// A certificate an account was used with.
pub(super) struct RecentCertificate {
    pub(super) user: UserId,
    pub(super) certificate: Certificate,
    pub(super) last_used: Timestamp,
}

/// Each pair of account and certificate once, the most recently used first.
#[derive(Default)]
pub(super) struct RecentCertificates {
    pub(super) pairs: Vec<RecentCertificate>,
    seen: HashSet<(UserId, [u8; 32])>,
    /// The certificates as the log has them.
    texts: HashSet<(UserId, String)>,
    /// The whole time was looked at.
    pub(super) complete: bool,
}

impl RecentCertificates {
    /// Adds pairs that are not there yet.
    pub(super) fn extend(&mut self, pairs: Vec<RecentCertificate>) {
        for pair in pairs {
            if self
                .seen
                .insert((pair.user, pair.certificate.facts().sha256_thumbprint))
            {
                self.pairs.push(pair);
            }
        }
    }

    fn add(&mut self, body: &str) {
        let Ok(record) = serde_json::from_str::<Used>(body) else {
            return;
        };
        let (Some(user), Some(replay)) = (record.user, record.replay) else {
            return;
        };
        let user = UserId(user.id);
        let Some(text) = replay.certificate else { return };
        // Most rows repeat a pair: nothing is read twice.
        if self.texts.contains(&(user, text.clone())) {
            return;
        }
        let certificate = BASE64
            .decode(&text)
            .ok()
            .and_then(|der| Certificate::parse(&der).ok());
        self.texts.insert((user, text));
        let Some(certificate) = certificate else { return };
        if self.seen.insert((user, certificate.facts().sha256_thumbprint)) {
            self.pairs.push(RecentCertificate {
                user,
                certificate,
                last_used: record.created,
            });
        }
    }
}

impl Engine {
    /// The certificates an account was used with lately, by its newest rows.
    pub(super) async fn certificates_of_account(
        &self,
        tenant: TenantId,
        since: Timestamp,
        user: UserId,
    ) -> Result<Vec<RecentCertificate>, EngineError> {
        let filter = SignInFilter {
            after: Some(beginning(since)),
            user: Some(user),
            limit: Some(ROWS_OF_ACCOUNT),
            ..SignInFilter::default()
        };
        let mut known = RecentCertificates::default();
        let rows = self.store.sign_ins(tenant, &filter).await?;
        rows.iter().for_each(|row| known.add(&row.body));
        Ok(known.pairs)
    }

    /// The certificates presented since a moment, by everybody or by one account.
    pub(super) async fn recent_certificates(
        &self,
        tenant: TenantId,
        since: Timestamp,
        user: Option<UserId>,
    ) -> Result<RecentCertificates, EngineError> {
        let mut known = RecentCertificates::default();
        let mut before = None;
        let mut rows_read = 0;
        while rows_read < MAX_ROWS && known.pairs.len() < MAX_CERTIFICATES {
            let filter = SignInFilter {
                before,
                after: Some(beginning(since)),
                user,
                limit: Some(PAGE),
                ..SignInFilter::default()
            };
            let rows = self.store.sign_ins(tenant, &filter).await?;
            rows.iter().for_each(|row| known.add(&row.body));
            rows_read += rows.len();
            match rows.last() {
                Some(last) if rows.len() == PAGE as usize => before = Some(last.cursor()),
                _ => {
                    known.complete = true;
                    break;
                }
            }
        }
        Ok(known)
    }
}
