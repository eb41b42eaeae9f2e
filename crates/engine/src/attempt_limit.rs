//! How often one address may fail before anything is proven.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use lanyard_verdict::{Code, RuleId};

use crate::{Engine, Problem, RequestFacts};

/// Addresses remembered at most, in two halves: when one is full the older one is forgotten.
const MOST_SOURCES: usize = 65_536;

/// Failures that one address may make. Behind one address may sit a whole organisation, so the default is generous, and
/// whoever proves a certificate is never held up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptLimits {
    /// At once.
    pub burst: u32,
    /// And then in every minute; 0: no limit at all.
    pub per_minute: u32,
}

impl Default for AttemptLimits {
    fn default() -> Self {
        Self {
            burst: 600,
            per_minute: 120,
        }
    }
}

/// Buckets by address (IPv4) or by /64 (IPv6, where one customer has at least that much).
#[derive(Debug)]
pub(crate) struct AttemptLimit {
    limits: AttemptLimits,
    sources: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<IpAddr, Bucket>,
    old: HashMap<IpAddr, Bucket>,
}

/// Failures not forgiven yet, at a moment.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    failures: f64,
    as_of: Timestamp,
}

impl AttemptLimit {
    pub(crate) fn new(limits: AttemptLimits) -> Self {
        Self {
            limits,
            sources: Mutex::default(),
        }
    }

    /// Counts a failure; the error are the seconds after which another one is allowed.
    pub(crate) fn charge(&self, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        if self.limits.per_minute == 0 {
            return Ok(());
        }
        let per_second = f64::from(self.limits.per_minute) / 60.0;
        self.with_bucket(address, now, |bucket| {
            let over = bucket.failures + 1.0 - f64::from(self.limits.burst.max(1));
            if over <= 0.0 {
                bucket.failures += 1.0;
                return Ok(());
            }
            let wait = (over / per_second).ceil().clamp(1.0, 3600.0);
            // Between 1 and 3600, and whole.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped above"
            )]
            let wait = wait as u32;
            Err(wait)
        })
    }

    /// Takes a count back: what was begun came to a good end.
    pub(crate) fn refund(&self, address: IpAddr, now: Timestamp) {
        self.with_bucket(address, now, |bucket| {
            bucket.failures = (bucket.failures - 1.0).max(0.0);
        });
    }

    fn with_bucket<T>(&self, address: IpAddr, now: Timestamp, act: impl FnOnce(&mut Bucket) -> T) -> T {
        let source = source_of(address);
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let Generations { young, old } = &mut *sources;
        if !young.contains_key(&source) {
            if young.len() >= MOST_SOURCES / 2 {
                *old = std::mem::take(young);
            }
            let known = old.remove(&source);
            young.insert(
                source,
                known.unwrap_or(Bucket {
                    failures: 0.0,
                    as_of: now,
                }),
            );
        }
        let fresh = Bucket {
            failures: 0.0,
            as_of: now,
        };
        let bucket = young.entry(source).or_insert(fresh);
        let elapsed = now.duration_since(bucket.as_of).as_secs_f64().max(0.0);
        let forgiven = elapsed * f64::from(self.limits.per_minute) / 60.0;
        bucket.failures = (bucket.failures - forgiven).max(0.0);
        bucket.as_of = now;
        act(bucket)
    }
}

fn source_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
    }
}

impl Engine {
    /// Counts an attempt that failed before anything was proven, or says that there were too many.
    ///
    /// Rule `ATTEMPT-LIMIT`: an address (an IPv6 /64) that fails too often before it proves anything is answered 429 with the time
    /// to wait, and such attempts write no more rows; a sign-in with a certificate that is trusted is never held up and
    /// gives its count back. Source: certificate-sign-in §10 (50053), directory-policy-tokens §1.10.
    pub(crate) fn count_failure(&self, facts: &RequestFacts) -> Result<(), Box<Problem>> {
        let Err(retry_after_secs) = self.attempts.charge(facts.ip_address, self.now()) else {
            return Ok(());
        };
        metrics::counter!("lanyard_attempts_limited_total").increment(1);
        let detail = format!(
            "Too many attempts from this address failed. Wait {retry_after_secs} seconds, then try again."
        );
        let mut problem = Problem::new(Code::ACCOUNT_LOCKED, detail, facts, self.now());
        problem.rule = Some(RuleId::new("ATTEMPT-LIMIT"));
        problem.http_status = 429;
        problem.retry_after_secs = Some(retry_after_secs);
        Err(Box::new(problem))
    }

    /// A sign-in that came to a good end gives back what its way there cost.
    pub(crate) fn forgive_attempt(&self, facts: &RequestFacts) {
        self.attempts.refund(facts.ip_address, self.now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(secs: i64) -> Timestamp {
        Timestamp::from_second(1_772_366_400 + secs).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn limit(burst: u32, per_minute: u32) -> AttemptLimit {
        AttemptLimit::new(AttemptLimits { burst, per_minute })
    }

    #[test]
    fn failures_are_counted_by_address_and_forgiven_by_time() {
        // ATTEMPT-LIMIT
        let limit = limit(3, 30);
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..3 {
            assert_eq!(limit.charge(here, moment(0)), Ok(()));
        }
        assert_eq!(limit.charge(here, moment(0)), Err(2));
        assert_eq!(limit.charge(here, moment(1)), Err(1), "asking costs nothing");
        assert_eq!(limit.charge(there, moment(0)), Ok(()));
        assert_eq!(limit.charge(here, moment(2)), Ok(()));
        assert_eq!(limit.charge(here, moment(2)), Err(2));
        for _ in 0..3 {
            assert_eq!(limit.charge(here, moment(1000)), Ok(()));
        }
        assert!(limit.charge(here, moment(1000)).is_err());
        // A clock that goes back forgives nothing and breaks nothing.
        assert!(limit.charge(here, moment(0)).is_err());
    }

    #[test]
    fn what_came_to_a_good_end_is_given_back() {
        let limit = limit(2, 1);
        for _ in 0..100 {
            assert_eq!(limit.charge(address("192.0.2.1"), moment(0)), Ok(()));
            limit.refund(address("192.0.2.1"), moment(0));
        }
        limit.refund(address("192.0.2.1"), moment(0));
        assert_eq!(limit.charge(address("192.0.2.1"), moment(0)), Ok(()));
        assert_eq!(limit.charge(address("192.0.2.1"), moment(0)), Ok(()));
        assert_eq!(limit.charge(address("192.0.2.1"), moment(0)), Err(60));
    }

    #[test]
    fn one_ipv6_network_is_one_source() {
        let limit = limit(1, 1);
        assert!(limit.charge(address("2001:db8::1"), moment(0)).is_ok());
        assert!(limit.charge(address("2001:db8::2"), moment(0)).is_err());
        assert!(limit.charge(address("2001:db8:0:1::1"), moment(0)).is_ok());
        assert!(limit.charge(address("192.0.2.1"), moment(0)).is_ok());
        assert!(limit.charge(address("::ffff:192.0.2.1"), moment(0)).is_err());
    }

    #[test]
    fn the_memory_is_bounded_and_zero_means_no_limit() {
        let limit = limit(1, 1);
        for number in 0..200_000_u32 {
            let source = IpAddr::V4(std::net::Ipv4Addr::from(number));
            assert!(limit.charge(source, moment(0)).is_ok());
        }
        let sources = limit.sources.lock().unwrap();
        assert!(sources.young.len() + sources.old.len() <= MOST_SOURCES);
        let unlimited = super::tests::limit(1, 0);
        assert!((0..100).all(|_| unlimited.charge(address("192.0.2.1"), moment(0)).is_ok()));
    }
}
