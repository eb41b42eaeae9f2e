//! The continuous self-test: how long every revocation list and authority is still good, as metrics and alarms.

use std::collections::HashSet;
use std::sync::Mutex;

use lanyard_engine::Engine;
use lanyard_pki::{AuthorityId, CrlKind};

/// An alarm is raised when less than this is left, once half of the list's life is over.
const ALARM_SECS: i64 = 2 * 86_400;

/// Remembers which alarms were raised, so that each is logged once.
#[derive(Default)]
pub(crate) struct CrlWatch {
    raised: Mutex<HashSet<(AuthorityId, CrlKind)>>,
}

impl CrlWatch {
    /// Looks at every list that sign-ins depend on.
    pub(crate) fn look(&self, engine: &Engine) {
        let (view, now) = (engine.revocation(), engine.now().as_second());
        let mut alarms = HashSet::new();
        for wanted in engine.wanted_crls() {
            let id = wanted.authority.id();
            let facts = wanted.authority.certificate.facts();
            let labels = [
                ("authority", facts.subject.to_string()),
                ("sha256", id.to_string()),
                ("kind", format!("{:?}", wanted.kind).to_lowercase()),
            ];
            let index = view.index(&id, wanted.kind);
            let left = index.map_or(0, |index| index.next_update().as_second() - now);
            metrics::gauge!("lanyard_crl_seconds_until_next_update", &labels).set(approximate(left));
            if let Some(copy) = engine.crls().copy(id, wanted.kind) {
                metrics::gauge!("lanyard_crl_last_success_timestamp_seconds", &labels)
                    .set(approximate(copy.fetched.as_second()));
            }
            if let Some(index) = index {
                metrics::gauge!("lanyard_crl_entries", &labels)
                    .set(approximate(i64::try_from(index.len()).unwrap_or(i64::MAX)));
            }
            let life = index.map_or(0, |index| {
                index.next_update().as_second() - index.this_update().as_second()
            });
            if left < ALARM_SECS && left <= life / 2 {
                alarms.insert((id, wanted.kind));
                if self.is_new(&(id, wanted.kind)) {
                    tracing::warn!(authority = %facts.subject, kind = ?wanted.kind, seconds_left = left, "a CRL ends soon or is missing: sign-ins that need it will fail");
                }
            }
            metrics::gauge!("lanyard_authority_seconds_until_not_after", "authority" => facts.subject.to_string(), "sha256" => id.to_string())
                .set(approximate(facts.not_after.as_second() - now));
        }
        metrics::gauge!("lanyard_crl_alarms")
            .set(approximate(i64::try_from(alarms.len()).unwrap_or(i64::MAX)));
        if let Ok(mut raised) = self.raised.lock() {
            *raised = alarms;
        }
    }

    fn is_new(&self, list: &(AuthorityId, CrlKind)) -> bool {
        self.raised.lock().is_ok_and(|raised| !raised.contains(list))
    }
}

/// Gauges are floating-point numbers; seconds and counts fit without loss.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
fn approximate(number: i64) -> f64 {
    number as f64
}
