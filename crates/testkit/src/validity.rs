use jiff::{SignedDuration, Timestamp};

/// From when to when a certificate is valid. Both ends are included; seconds are the finest unit written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First second of validity.
    pub not_before: Timestamp,
    /// Last second of validity.
    pub not_after: Timestamp,
}

impl Validity {
    /// Exactly these two moments. Nothing checks their order: a profile may be nonsense on purpose.
    #[must_use]
    pub const fn new(not_before: Timestamp, not_after: Timestamp) -> Self {
        Self {
            not_before,
            not_after,
        }
    }

    /// `days` days (of 24 hours) from `not_before`.
    #[must_use]
    pub fn days_from(not_before: Timestamp, days: u32) -> Self {
        let length = SignedDuration::from_hours(24 * i64::from(days));
        Self {
            not_before,
            not_after: not_before.saturating_add(length).unwrap_or(Timestamp::MAX),
        }
    }

    /// `years` years (of 365 days) from `not_before`.
    #[must_use]
    pub fn years_from(not_before: Timestamp, years: u32) -> Self {
        Self::days_from(not_before, years.saturating_mul(365))
    }
}
