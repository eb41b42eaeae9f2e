//! The continuous self-test: how long every revocation list and authority is still good, as metrics and alarms.

use std::collections::HashSet;
use std::sync::Mutex;

use lanyard_engine::Engine;
use lanyard_pki::{AuthorityId, CrlKind};

use crate::crl::grace_until;

/// An alarm is raised when less than this is left, once half of the list's life is over.
const ALARM_SECS: i64 = 2 * 86_400;

/// Remembers which alarms were raised, so that each is logged once.
#[derive(Default)]
pub(crate) struct CrlWatch {
    raised: Mutex<HashSet<(AuthorityId, CrlKind)>>,
    /// Lists that were not there at the last look: just after the start they are still on their way.
    missing: Mutex<HashSet<(AuthorityId, CrlKind)>>,
    in_grace: Mutex<HashSet<(AuthorityId, CrlKind)>>,
}

impl CrlWatch {
    /// Looks at every list that sign-ins depend on.
    pub(crate) fn look(&self, engine: &Engine) {
        let (view, now) = (engine.revocation(), engine.now().as_second());
        let (mut alarms, mut graces) = (0, HashSet::new());
        let (mut raised, mut missing) = (HashSet::new(), HashSet::new());
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
            let grace_until = index.and_then(|index| grace_until(index, &wanted.authority));
            let in_grace = left < 0 && grace_until.is_some_and(|until| now <= until.as_second());
            metrics::gauge!("lanyard_crl_grace_in_use", &labels).set(if in_grace { 1.0 } else { 0.0 });
            let faults = engine.crls().address_faults(id, wanted.kind).len();
            metrics::gauge!("lanyard_crl_addresses_failed", &labels)
                .set(approximate(i64::try_from(faults).unwrap_or(i64::MAX)));
            if in_grace && !is_in(&self.in_grace, &(id, wanted.kind)) {
                tracing::warn!(authority = %facts.subject, kind = ?wanted.kind, ?grace_until, "a CRL has expired and counts in its grace period only: sign-ins that need it fail when that ends");
            }
            if in_grace {
                graces.insert((id, wanted.kind));
            }
            if left < ALARM_SECS && left <= life / 2 {
                alarms += 1;
                let list = (id, wanted.kind);
                let is_late = index.is_some() || is_in(&self.missing, &list);
                if index.is_none() {
                    missing.insert(list);
                }
                if is_late && !is_in(&self.raised, &list) {
                    tracing::warn!(authority = %facts.subject, kind = ?wanted.kind, seconds_left = left, "a CRL ends soon or is missing: sign-ins that need it will fail");
                }
                if is_late {
                    raised.insert(list);
                }
            }
            metrics::gauge!("lanyard_authority_seconds_until_not_after", "authority" => facts.subject.to_string(), "sha256" => id.to_string())
                .set(approximate(facts.not_after.as_second() - now));
        }
        metrics::gauge!("lanyard_crl_alarms").set(approximate(alarms));
        for (kept, now) in [
            (&self.raised, raised),
            (&self.missing, missing),
            (&self.in_grace, graces),
        ] {
            if let Ok(mut kept) = kept.lock() {
                *kept = now;
            }
        }
    }
}

fn is_in(lists: &Mutex<HashSet<(AuthorityId, CrlKind)>>, list: &(AuthorityId, CrlKind)) -> bool {
    lists.lock().is_ok_and(|lists| lists.contains(list))
}

/// Gauges are floating-point numbers; seconds and counts fit without loss.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
fn approximate(number: i64) -> f64 {
    number as f64
}
