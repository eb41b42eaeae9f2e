//! How many requests an application may make in a tenant.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::Timestamp;
use lanyard_engine::{AppId, Caller, CallerIdentity};
use uuid::Uuid;

use crate::error::GraphError;

/// Applications that are counted at once; when there are more, those that have rested are forgotten.
const MAX_COUNTED: usize = 10_000;

/// So many objects looked at count as one request.
const OBJECTS_OF_A_REQUEST: usize = 100;

/// How many requests are answered.
#[derive(Clone, Copy, Debug)]
pub struct ThrottleSettings {
    /// At once.
    pub burst: u32,
    /// In the long run, each second.
    pub per_second: u32,
}

impl Default for ThrottleSettings {
    /// Source: directory-policy-tokens §2.1: 8000 in ten seconds.
    fn default() -> Self {
        Self {
            burst: 8000,
            per_second: 800,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    seen: Timestamp,
}

/// Counts the requests of each application in each tenant.
#[derive(Debug)]
pub(crate) struct Throttle {
    settings: ThrottleSettings,
    buckets: Mutex<HashMap<(Uuid, AppId), Bucket>>,
}

impl Throttle {
    pub(crate) fn new(settings: ThrottleSettings) -> Self {
        Self {
            settings,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Counts what a request has looked at against its application: a hundred objects as much as a request. The next requests
    /// wait for it.
    pub(crate) fn charge(&self, caller: &Caller, looked_at: usize) {
        let Some(client) = client_of(caller) else { return };
        let mut buckets = match self.buckets.lock() {
            Ok(buckets) => buckets,
            Err(poisoned) => poisoned.into_inner(),
        };
        if let Some(bucket) = buckets.get_mut(&(caller.tenant.0, client)) {
            let units = u32::try_from(looked_at / OBJECTS_OF_A_REQUEST).unwrap_or(u32::MAX);
            bucket.left -= f64::from(units);
        }
    }

    /// Rule `GRAPH-THROTTLE`: each application has 8,000 requests at once and 800 each second in a tenant, a hundred objects that a
    /// filter looks at counting as one; beyond, the answer is 429 `TooManyRequests` with `Retry-After` in seconds, inside a batch
    /// too. Source: directory-policy-tokens §2.1.
    pub(crate) fn take(&self, caller: &Caller, now: Timestamp) -> Result<(), GraphError> {
        let Some(client) = client_of(caller) else {
            return Ok(());
        };
        let (burst, rate) = (
            f64::from(self.settings.burst),
            f64::from(self.settings.per_second),
        );
        let mut buckets = match self.buckets.lock() {
            Ok(buckets) => buckets,
            Err(poisoned) => poisoned.into_inner(),
        };
        let refilled = |bucket: &Bucket| {
            let seconds = now.duration_since(bucket.seen).as_secs_f64().max(0.0);
            (bucket.left + seconds * rate).min(burst)
        };
        if buckets.len() >= MAX_COUNTED {
            buckets.retain(|_, bucket| refilled(bucket) < burst);
        }
        let bucket = buckets.entry((caller.tenant.0, client)).or_insert(Bucket {
            left: burst,
            seen: now,
        });
        bucket.left = refilled(bucket);
        bucket.seen = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        let missing = 1.0 - bucket.left;
        let seconds = if rate > 0.0 { (missing / rate).ceil() } else { 60.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 60")]
        let seconds = seconds.clamp(1.0, 60.0) as u32;
        Err(GraphError::throttled(seconds))
    }
}

fn client_of(caller: &Caller) -> Option<AppId> {
    match &caller.identity {
        CallerIdentity::User { client, .. } | CallerIdentity::Application { client, .. } => Some(*client),
        CallerIdentity::LocalOperator => None,
    }
}

#[cfg(test)]
mod tests {
    use lanyard_engine::{Rights, TenantId};

    use super::*;

    fn caller(client: u128) -> Caller {
        Caller {
            tenant: TenantId(Uuid::nil()),
            identity: CallerIdentity::Application {
                client: AppId(Uuid::from_u128(client)),
                service_principal: Uuid::nil(),
                display_name: String::new(),
            },
            rights: Rights::Application {
                permissions: Vec::new(),
            },
            ip_address: None,
            correlation_id: Uuid::nil(),
            expected: None,
        }
    }

    /// GRAPH-THROTTLE
    #[test]
    fn what_is_looked_at_counts() {
        let throttle = Throttle::new(ThrottleSettings {
            burst: 100,
            per_second: 10,
        });
        let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        throttle.take(&caller(1), start).unwrap();
        throttle.charge(&caller(1), 99);
        throttle.take(&caller(1), start).unwrap();
        throttle.charge(&caller(1), 25_000);
        let refused = throttle.take(&caller(1), start).unwrap_err();
        assert_eq!(
            refused.retry_after_secs,
            Some(16),
            "153 missing at ten each second"
        );
        let later = start + jiff::SignedDuration::from_secs(16);
        assert!(throttle.take(&caller(1), later).is_ok());
        assert!(throttle.take(&caller(2), start).is_ok());
    }

    /// GRAPH-THROTTLE
    #[test]
    fn each_application_has_its_own_bucket() {
        let throttle = Throttle::new(ThrottleSettings {
            burst: 3,
            per_second: 2,
        });
        let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for _ in 0..3 {
            throttle.take(&caller(1), start).unwrap();
        }
        let refused = throttle.take(&caller(1), start).unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.code), (429, "TooManyRequests"));
        assert_eq!(refused.retry_after_secs, Some(1));
        throttle.take(&caller(2), start).unwrap();
        let later = start + jiff::SignedDuration::from_millis(500);
        throttle.take(&caller(1), later).unwrap();
        assert!(throttle.take(&caller(1), later).is_err());
        let rested = start + jiff::SignedDuration::from_secs(60);
        for _ in 0..3 {
            throttle.take(&caller(1), rested).unwrap();
        }
        assert!(throttle.take(&caller(1), rested).is_err());
    }
}
