//! Reading the sign-in log.

use jiff::Timestamp;
use uuid::Uuid;

use lanyard_audit::SignInRecord;
use lanyard_directory::TenantId;
use lanyard_storage::{Cursor, SignInFilter};

use crate::{Engine, EngineError};

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct SignInQuery {
    /// Only this user principal name.
    pub user_name: Option<String>,
    /// Only this correlation id.
    pub correlation_id: Option<Uuid>,
    /// Only refused ones.
    pub refused_only: bool,
    /// At most so many.
    pub limit: u32,
}

impl Engine {
    /// Sign-ins of a tenant, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sign_ins(
        &self,
        tenant: TenantId,
        query: &SignInQuery,
    ) -> Result<Vec<SignInRecord>, EngineError> {
        let user = match &query.user_name {
            Some(name) => match self.store.user_by_upn(tenant, name).await? {
                Some(user) => Some(user.id),
                None => return Ok(Vec::new()),
            },
            None => None,
        };
        let filter = SignInFilter {
            user,
            correlation_id: query.correlation_id,
            limit: Some(if query.refused_only {
                query.limit.saturating_mul(20)
            } else {
                query.limit
            }),
            ..SignInFilter::default()
        };
        let rows = self.store.sign_ins(tenant, &filter).await?;
        let wanted = rows
            .iter()
            .filter(|row| !query.refused_only || row.error_code != 0);
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        wanted.take(limit).map(|row| record_of(&row.body)).collect()
    }

    /// Sign-ins after a row, oldest first: for following the log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sign_ins_after(
        &self,
        tenant: TenantId,
        last: Option<(Timestamp, Uuid)>,
    ) -> Result<Vec<SignInRecord>, EngineError> {
        let cursor = match last {
            Some((created, id)) => Cursor {
                created_us: created.as_microsecond(),
                id,
            },
            None => Cursor::START,
        };
        self.store
            .sign_ins_after(tenant, cursor, 500)
            .await?
            .iter()
            .map(|row| record_of(&row.body))
            .collect()
    }

    /// One sign-in by its id or the first characters of it.
    ///
    /// # Errors
    /// When the database cannot be read, or several rows fit.
    pub async fn sign_in(&self, tenant: TenantId, id: &str) -> Result<Option<SignInRecord>, EngineError> {
        self.store
            .sign_in(tenant, id)
            .await?
            .map(|row| record_of(&row.body))
            .transpose()
    }
}

fn record_of(body: &str) -> Result<SignInRecord, EngineError> {
    serde_json::from_str(body)
        .map_err(|error| EngineError::Configuration(format!("a sign-in log row: {error}")))
}
