//! UTCTime and GeneralizedTime as instants.

use jiff::Timestamp;

use super::{DerError, Reader, tag};

/// The next element as an instant: UTCTime (1950–2049) or GeneralizedTime, both with seconds and `Z`.
///
/// Source: RFC 5280 §4.1.2.5. The end of the year 9999 ("no well-defined expiration") becomes the greatest instant
/// that can be expressed.
pub(crate) fn time(reader: &mut Reader<'_>) -> Result<Timestamp, DerError> {
    let element = reader.element()?;
    from_contents(element.tag, element.contents)
}

/// An instant from an identifier octet and contents.
pub(crate) fn from_contents(tag: u8, contents: &[u8]) -> Result<Timestamp, DerError> {
    const WRONG: DerError = DerError::Value("a time that is not written as RFC 5280 demands");
    let (year, rest) = match tag {
        tag::UTC_TIME if contents.len() == 13 => {
            let short = two_digits(contents, 0).ok_or(WRONG)?;
            let century = if short >= 50 { 1900 } else { 2000 };
            (century + short, contents.get(2..).ok_or(WRONG)?)
        }
        tag::GENERALIZED_TIME if contents.len() == 15 => {
            let high = two_digits(contents, 0).ok_or(WRONG)?;
            let low = two_digits(contents, 2).ok_or(WRONG)?;
            (high * 100 + low, contents.get(4..).ok_or(WRONG)?)
        }
        _ => return Err(WRONG),
    };
    let field = |at: usize, lowest: i64, highest: i64| {
        two_digits(rest, at)
            .filter(|value| (lowest..=highest).contains(value))
            .ok_or(WRONG)
    };
    let month = field(0, 1, 12)?;
    let day = field(2, 1, days_in_month(year, month))?;
    let hour = field(4, 0, 23)?;
    let minute = field(6, 0, 59)?;
    let second = field(8, 0, 59)?;
    if rest.get(10) != Some(&b'Z') {
        return Err(WRONG);
    }
    let seconds = ((days_since_epoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Ok(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
}

fn two_digits(text: &[u8], at: usize) -> Option<i64> {
    match text.get(at..at + 2)? {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
        }
        _ => None,
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day comes last.
const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let cases: [(u8, &[u8], &str); 5] = [
            (tag::UTC_TIME, b"250325155458Z", "2025-03-25T15:54:58Z"),
            (tag::UTC_TIME, b"500101000000Z", "1950-01-01T00:00:00Z"),
            (tag::UTC_TIME, b"491231235959Z", "2049-12-31T23:59:59Z"),
            (tag::GENERALIZED_TIME, b"20500101120100Z", "2050-01-01T12:01:00Z"),
            (tag::GENERALIZED_TIME, b"20000229000000Z", "2000-02-29T00:00:00Z"),
        ];
        for (tag, contents, expected) in cases {
            assert_eq!(from_contents(tag, contents).unwrap().to_string(), expected);
        }
        assert_eq!(
            from_contents(tag::GENERALIZED_TIME, b"99991231235959Z").unwrap(),
            Timestamp::MAX
        );
        for wrong in [
            &b"250229000000Z"[..],
            b"2503251554Z",
            b"250325155458+",
            b"251325155458Z",
        ] {
            assert!(from_contents(tag::UTC_TIME, wrong).is_err());
        }
    }
}
