//! When is a list due again? Pure: time and chance are arguments.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The times of the copy at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListTimes {
    /// thisUpdate
    pub this_update: Timestamp,
    /// nextUpdate
    pub next_update: Timestamp,
    /// Next CRL Publish (1.3.6.1.4.1.311.21.4)
    pub next_publish: Option<Timestamp>,
    /// When the server last gave it or said that it is current.
    pub fetched: Timestamp,
}

/// What became of the attempts since the last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Failures in a row.
    pub failures: u32,
    /// When the last of them ended.
    pub last_failure: Option<Timestamp>,
}

/// Settings of the schedule.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RenewalSettings {
    /// A copy older than this is asked for again (conditionally) although it is still valid; 3600.
    pub max_cache_age_secs: u32,
    /// Wait after the first failure, doubled with each further one; 30.
    pub first_retry_secs: u32,
    /// Longest wait after failures; 900.
    pub longest_retry_secs: u32,
    /// Most seconds by which renewals are spread; 300.
    pub spread_secs: u32,
}

impl Default for RenewalSettings {
    fn default() -> Self {
        Self {
            max_cache_age_secs: 3600,
            first_retry_secs: 30,
            longest_retry_secs: 900,
            spread_secs: 300,
        }
    }
}

/// Rule `CRL-RENEWAL-TIMES`: a list is asked for again at half and at nine tenths of its life, from Next CRL Publish on,
/// when it is older than the cache age, and at its end, whichever comes first after the last success, spread by chance
/// but never past its end; after failures with growing pauses; a list that is not there is due at once, one that was
/// just given not before the first pause is over, however old it is.
/// Source: certificate-sign-in §4.4 CA-3, CA-4, CA-7.
///
/// `chance` is a number from 0 (inclusive) to 1 (exclusive).
#[must_use]
pub fn next_renewal(
    times: Option<&ListTimes>,
    attempts: Attempts,
    settings: &RenewalSettings,
    now: Timestamp,
    chance: f64,
) -> Timestamp {
    let by_life = times.map_or(now, |times| by_life(times, settings, chance));
    match attempts.last_failure {
        Some(failed) if attempts.failures > 0 => {
            by_life.max(after_failure(failed, attempts.failures, settings, chance))
        }
        _ => by_life,
    }
}

fn by_life(times: &ListTimes, settings: &RenewalSettings, chance: f64) -> Timestamp {
    let life = times
        .next_update
        .duration_since(times.this_update)
        .max(SignedDuration::ZERO);
    let at_share = |tenths: i32| later(times.this_update, life / 10 * tenths);
    let cache_age = SignedDuration::from_secs(settings.max_cache_age_secs.into());
    let moments = [
        Some(at_share(5)),
        Some(at_share(9)),
        times.next_publish,
        Some(later(times.fetched, cache_age)),
        Some(times.next_update),
    ];
    let coming = moments
        .into_iter()
        .flatten()
        .filter(|moment| *moment > times.fetched);
    // A copy fetched after its end is due at once.
    let first = coming.min().unwrap_or(times.fetched).min(times.next_update);
    let spread = SignedDuration::from_secs(settings.spread_secs.into()).min(life / 20);
    let spread_out = later(first, spread.mul_by(chance)).min(times.next_update.max(first));
    spread_out.max(later(times.fetched, first_pause(settings)))
}

fn first_pause(settings: &RenewalSettings) -> SignedDuration {
    SignedDuration::from_secs(settings.first_retry_secs.into())
}

fn after_failure(failed: Timestamp, failures: u32, settings: &RenewalSettings, chance: f64) -> Timestamp {
    let doublings = failures.saturating_sub(1).min(16);
    let pause = u64::from(settings.first_retry_secs) << doublings;
    let pause = pause.min(settings.longest_retry_secs.into());
    let pause = SignedDuration::from_secs(i64::try_from(pause).unwrap_or(i64::MAX));
    later(failed, pause + (pause / 4).mul_by(chance))
}

fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// A share of a duration.
trait MulBy {
    fn mul_by(self, share: f64) -> Self;
}

impl MulBy for SignedDuration {
    fn mul_by(self, share: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a share of milliseconds stays within them"
        )]
        let millis = (self.as_millis() as f64 * share) as i64;
        Self::from_millis(millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-01-{text}Z").parse().unwrap()
    }

    /// Ten days of life, a cache age of thirty days so that it does not come first.
    fn ten_days(fetched: &str) -> ListTimes {
        ListTimes {
            this_update: at("01T00:00:00"),
            next_update: at("11T00:00:00"),
            next_publish: None,
            fetched: at(fetched),
        }
    }

    fn patient() -> RenewalSettings {
        RenewalSettings {
            max_cache_age_secs: 30 * 86_400,
            ..RenewalSettings::default()
        }
    }

    fn due(times: &ListTimes, settings: &RenewalSettings, chance: f64) -> Timestamp {
        next_renewal(
            Some(times),
            Attempts::default(),
            settings,
            at("02T00:00:00"),
            chance,
        )
    }

    #[test]
    fn crl_renewal_times_table() {
        // CRL-RENEWAL-TIMES
        for (fetched, expected) in [
            ("01T00:00:00", "06T00:00:00"),
            ("05T23:59:00", "06T00:00:00"),
            ("06T00:00:00", "10T00:00:00"),
            ("10T00:00:00", "11T00:00:00"),
            ("12T00:00:00", "12T00:00:30"),
        ] {
            assert_eq!(
                due(&ten_days(fetched), &patient(), 0.0),
                at(expected),
                "fetched {fetched}"
            );
        }
        let published = ListTimes {
            next_publish: Some(at("03T12:00:00")),
            ..ten_days("01T00:00:00")
        };
        assert_eq!(due(&published, &patient(), 0.0), at("03T12:00:00"));
        let again = ListTimes {
            fetched: at("03T12:00:01"),
            ..published
        };
        assert_eq!(due(&again, &patient(), 0.0), at("06T00:00:00"));
        let hourly = RenewalSettings::default();
        assert_eq!(due(&ten_days("01T00:00:00"), &hourly, 0.0), at("01T01:00:00"));
        assert_eq!(due(&ten_days("01T00:00:00"), &hourly, 0.5), at("01T01:02:30"));
        let now = at("02T00:00:00");
        assert_eq!(next_renewal(None, Attempts::default(), &hourly, now, 0.9), now);
    }

    #[test]
    fn pauses_grow_to_a_limit() {
        let failed = at("02T00:00:00");
        let pause = |failures: u32, chance: f64| {
            let attempts = Attempts {
                failures,
                last_failure: Some(failed),
            };
            let next = next_renewal(None, attempts, &RenewalSettings::default(), failed, chance);
            next.duration_since(failed).as_secs()
        };
        let pauses: Vec<i64> = [1, 2, 3, 5, 6, 100, u32::MAX]
            .map(|failures| pause(failures, 0.0))
            .to_vec();
        assert_eq!(pauses, [30, 60, 120, 480, 900, 900, 900]);
        assert_eq!(pause(1, 0.999), 37);
    }

    proptest! {
        #[test]
        fn never_past_the_end_and_never_before_the_last_success(
            life in 0_i64..40_000_000, age in 0_i64..40_000_000, publish in proptest::option::of(0_i64..40_000_000), chance in 0.0..1.0_f64,
        ) {
            let start = at("01T00:00:00");
            let after = |secs: i64| start + SignedDuration::from_secs(secs);
            let times = ListTimes {
                this_update: start, next_update: after(life), next_publish: publish.map(after), fetched: after(age.min(life)),
            };
            let due = due(&times, &RenewalSettings::default(), chance);
            let pause = SignedDuration::from_secs(30);
            prop_assert!(due <= times.next_update.max(times.fetched + pause));
            prop_assert!(due >= times.fetched + pause);
        }
    }
}
