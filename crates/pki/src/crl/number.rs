//! CRL numbers and the rule that they rise.

use std::cmp::Ordering;
use std::fmt;

use lanyard_verdict::{Code, Refusal, RuleId};
use serde::{Deserialize, Serialize};

use crate::facts::{NotHex, hex_decode, hex_lower};

/// A CRL number: a non-negative integer of up to 20 octets (RFC 5280 §5.2.3). As text in serde: lower-case hex.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CrlNumber(Box<[u8]>);

impl CrlNumber {
    /// From big-endian octets; leading zero octets do not count.
    #[must_use]
    pub fn from_big_endian(octets: &[u8]) -> Self {
        let start = octets
            .iter()
            .position(|octet| *octet != 0)
            .unwrap_or(octets.len());
        Self(octets.get(start..).unwrap_or_default().into())
    }

    /// Big-endian octets without leading zeros; empty for zero.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<u64> for CrlNumber {
    fn from(number: u64) -> Self {
        Self::from_big_endian(&number.to_be_bytes())
    }
}

impl PartialOrd for CrlNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CrlNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0
            .len()
            .cmp(&other.0.len())
            .then_with(|| self.0.cmp(&other.0))
    }
}

impl fmt::Display for CrlNumber {
    /// Decimal; hex after `0x` when longer than 16 octets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() > 16 {
            return write!(formatter, "0x{}", hex_lower(&self.0));
        }
        let value = self
            .0
            .iter()
            .fold(0_u128, |sum, octet| (sum << 8) | u128::from(*octet));
        write!(formatter, "{value}")
    }
}

impl fmt::Debug for CrlNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl From<CrlNumber> for String {
    fn from(number: CrlNumber) -> Self {
        if number.0.is_empty() {
            "00".to_owned()
        } else {
            hex_lower(&number.0)
        }
    }
}

impl TryFrom<String> for CrlNumber {
    type Error = NotHex;

    fn try_from(text: String) -> Result<Self, NotHex> {
        hex_decode(&text).map(|octets| Self::from_big_endian(&octets))
    }
}

/// The highest CRL number ever accepted from one URL of one authority, and the bytes it came with. Kept across restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighestCrl {
    /// The number; `None` when that CRL had none.
    pub number: Option<CrlNumber>,
    /// [`crate::CrlIndex::fingerprint`] of the CRL with that number.
    pub fingerprint: [u8; 32],
}

/// Whether a freshly fetched CRL may follow what was seen before.
///
/// Rule `CRL-NUMBER-RISES`: a CRL with a lower number than the highest one accepted before is refused as a replay, and
/// so is one with the same number and other bytes, or one without a number after numbered ones. Source:
/// certificate-sign-in §4.4 CA-5.
///
/// # Errors
/// The refusal (500174) with both numbers.
pub fn number_rises(previous: Option<&HighestCrl>, fresh: &HighestCrl) -> Result<(), Refusal> {
    let refuse = |detail: String| {
        Err(Refusal::new(
            Code::CRL_UNUSABLE,
            RuleId::new("CRL-NUMBER-RISES"),
            detail,
        ))
    };
    let Some(previous) = previous else {
        return Ok(());
    };
    if previous.fingerprint == fresh.fingerprint {
        return Ok(());
    }
    match (&previous.number, &fresh.number) {
        (None, _) => Ok(()),
        (Some(highest), None) => refuse(format!(
            "the CRL has no number although number {highest} was accepted before"
        )),
        (Some(highest), Some(number)) => match number.cmp(highest) {
            Ordering::Greater => Ok(()),
            Ordering::Equal => refuse(format!(
                "the CRL has number {number} like the one accepted before, but other contents"
            )),
            Ordering::Less => refuse(format!(
                "the CRL has number {number}, lower than number {highest} accepted before"
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(number: Option<u64>, bytes: u8) -> HighestCrl {
        HighestCrl {
            number: number.map(CrlNumber::from),
            fingerprint: [bytes; 32],
        }
    }

    /// Names the rule CRL-NUMBER-RISES.
    #[test]
    fn numbers_rise() {
        let cases = [
            (None, seen(Some(1), 1), true),
            (Some(seen(Some(1), 1)), seen(Some(2), 2), true),
            (Some(seen(Some(2), 2)), seen(Some(1), 1), false),
            (Some(seen(Some(2), 2)), seen(Some(2), 2), true),
            (Some(seen(Some(2), 2)), seen(Some(2), 3), false),
            (Some(seen(Some(2), 2)), seen(None, 3), false),
            (Some(seen(None, 2)), seen(None, 3), true),
            (Some(seen(Some(255), 2)), seen(Some(256), 3), true),
            (Some(seen(Some(256), 2)), seen(Some(255), 3), false),
        ];
        for (previous, fresh, accepted) in cases {
            assert_eq!(
                number_rises(previous.as_ref(), &fresh).is_ok(),
                accepted,
                "{previous:?} {fresh:?}"
            );
        }
    }

    #[test]
    fn numbers_compare_and_print_as_numbers() {
        assert!(CrlNumber::from(256) > CrlNumber::from(255));
        assert_eq!(CrlNumber::from(1000).to_string(), "1000");
        assert_eq!(CrlNumber::from(0).to_string(), "0");
        assert_eq!(
            CrlNumber::from_big_endian(&[1; 20]).to_string(),
            format!("0x{}", "01".repeat(20))
        );
        let text = String::from(CrlNumber::from(0x1234));
        assert_eq!(text, "1234");
        assert_eq!(CrlNumber::try_from(text).unwrap(), CrlNumber::from(0x1234));
    }
}
