use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// A clock that stands still until it is told to move. Clones show the same time.
///
/// It implements no trait of ours, so that this crate stays at the bottom of the house: wrap
/// [`FakeClock::now`] where a clock is asked for.
#[derive(Clone, Debug)]
pub struct FakeClock(Arc<AtomicI64>);

impl FakeClock {
    /// A clock that shows `now` (microseconds are the finest unit kept).
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.as_microsecond())))
    }

    /// The time it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }

    /// Sets it, forwards or backwards.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_microsecond(), Ordering::SeqCst);
    }

    /// Moves it by `duration`; a negative one moves it back.
    pub fn advance(&self, duration: SignedDuration) {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time() {
        let start: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let clock = FakeClock::at(start);
        let seen_elsewhere = clock.clone();
        clock.advance(SignedDuration::from_secs(90));
        assert_eq!(seen_elsewhere.now(), "2026-11-21T12:01:30Z".parse().unwrap());
        clock.advance(SignedDuration::from_hours(-1));
        assert_eq!(seen_elsewhere.now(), "2026-11-21T11:01:30Z".parse().unwrap());
        clock.set(start);
        assert_eq!(seen_elsewhere.now(), start);
    }
}
