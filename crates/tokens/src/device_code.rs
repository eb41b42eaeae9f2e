//! The device authorization grant: codes people type, and what a polling client is told.

use jiff::{SignedDuration, Timestamp};
use lanyard_verdict::{Code, OAuthError, RuleId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Authority, OAuthFailure};

/// Letters and digits that are not taken for one another and spell no words.
const ALPHABET: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ23456789";
/// Characters of a user code: 28^9 possibilities, a little over 43 bits.
const LENGTH: usize = 9;

/// Settings of the device grant. Source: directory-policy-tokens §0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeviceCodeSettings {
    /// Life of both codes.
    pub expires_in_secs: u32,
    /// Least time between two polls.
    pub interval_secs: u32,
}

impl Default for DeviceCodeSettings {
    fn default() -> Self {
        Self {
            expires_in_secs: 900,
            interval_secs: 5,
        }
    }
}

/// The code a person types.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserCode(String);

impl UserCode {
    /// Nine characters from 16 random octets; the bias of the division is below 2^-80.
    #[must_use]
    pub fn from_random(random: [u8; 16]) -> Self {
        let base = ALPHABET.len() as u128;
        let mut rest = u128::from_be_bytes(random);
        let mut text = String::with_capacity(LENGTH);
        for _ in 0..LENGTH {
            let index = usize::try_from(rest % base).unwrap_or_default();
            text.push(char::from(ALPHABET.get(index).copied().unwrap_or(b'B')));
            rest /= base;
        }
        Self(text)
    }

    /// Rule `DEVICE-USER-CODE`: a typed code counts in any case, blanks and hyphens do not count; it is nine characters of an
    /// alphabet without vowels, 0, 1 and Y. Source: directory-policy-tokens §1.9.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > 64 {
            return None;
        }
        let text: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let well_formed = text.len() == LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte));
        well_formed.then_some(Self(text))
    }

    /// The code as shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a device authorization stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeviceAuthorizationState {
    /// Nobody has entered the code yet, or nobody has confirmed.
    Pending,
    /// The user confirmed.
    Approved,
    /// The user refused.
    Declined,
    /// Tokens were issued.
    Redeemed,
}

/// Rule `DEVICE-POLL`: a poll is answered `slow_down` when it comes before the interval is over, `authorization_pending`
/// (70016) until the user decides, `authorization_declined` after a refusal, `expired_token` (70019) after the life of
/// the code; tokens are issued once (54005). Source: directory-policy-tokens §1.9.
///
/// `last_poll`: the poll before this one. On `slow_down` the caller adds five seconds to the stored interval.
pub fn poll(
    state: DeviceAuthorizationState,
    expires: Timestamp,
    last_poll: Option<Timestamp>,
    interval_secs: u32,
    now: Timestamp,
) -> Result<(), OAuthFailure> {
    const RULE: RuleId = RuleId::new("DEVICE-POLL");
    if now >= expires {
        return Err(OAuthFailure::new(Code::DEVICE_CODE_EXPIRED, RULE, ""));
    }
    match state {
        DeviceAuthorizationState::Approved => Ok(()),
        DeviceAuthorizationState::Declined => {
            Err(OAuthFailure::new(Code::CONSENT_DECLINED, RULE, "")
                .with_error(OAuthError::AuthorizationDeclined))
        }
        DeviceAuthorizationState::Redeemed => Err(OAuthFailure::new(Code::CODE_ALREADY_REDEEMED, RULE, "")),
        DeviceAuthorizationState::Pending => {
            let interval = SignedDuration::from_secs(i64::from(interval_secs));
            // One second is forgiven: clients sleep for the interval, not for the interval and the way.
            let early = last_poll
                .is_some_and(|last| now.duration_since(last) + SignedDuration::from_secs(1) < interval);
            let pending = OAuthFailure::new(Code::AUTHORIZATION_PENDING, RULE, "");
            Err(if early {
                pending.with_error(OAuthError::SlowDown)
            } else {
                pending
            })
        }
    }
}

/// The answer of the device authorization endpoint. Source: directory-policy-tokens §1.9.
///
/// Rule `DEVICE-NO-COMPLETE-URI`: the answer never holds a link that contains the user code, because such a link can be
/// mailed to a victim. Source: directory-policy-tokens §1.9.
#[must_use]
pub fn device_authorization_answer(
    authority: &Authority,
    user_code: &UserCode,
    device_code: &str,
    settings: &DeviceCodeSettings,
) -> Value {
    let uri = format!("{}/device", authority.login_base);
    let code = user_code.as_str();
    json!({
        "user_code": code,
        "device_code": device_code,
        "verification_uri": uri,
        "verification_url": uri,
        "expires_in": settings.expires_in_secs,
        "interval": settings.interval_secs,
        "message": format!("To sign in, use a web browser to open the page {uri} and enter the code {code} to authenticate."),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn device_user_code() {
        // DEVICE-USER-CODE
        let code = UserCode::parse(" fj5k-7qwr d").unwrap();
        assert_eq!(code.as_str(), "FJ5K7QWRD");
        for typed in [
            "",
            "FJ5K7QWR",
            "FJ5K7QWRDD",
            "FJ5K7QWRA",
            "FJ5K7QWR0",
            "\u{fb01}J5K7QWR",
            &"-".repeat(99),
        ] {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn device_poll() {
        use DeviceAuthorizationState::{Approved, Declined, Pending, Redeemed};
        let at = |seconds: i64| Timestamp::from_second(1_000_000 + seconds).unwrap();
        for (state, last, now, expected) in [
            (Pending, None, 0, "authorization_pending"),
            (Pending, Some(0), 5, "authorization_pending"),
            (Pending, Some(0), 4, "authorization_pending"),
            (Pending, Some(0), 3, "slow_down"),
            (Pending, Some(890), 900, "expired_token"),
            (Approved, Some(0), 1, "ok"),
            (Approved, Some(0), 900, "expired_token"),
            (Declined, Some(0), 5, "authorization_declined"),
            (Redeemed, Some(0), 5, "invalid_grant"),
        ] {
            let answer = poll(state, at(900), last.map(at), 5, at(now));
            let told = answer
                .as_ref()
                .map_or_else(|failure| failure.error.as_str(), |()| "ok");
            assert_eq!(told, expected, "{state:?} {last:?} {now}");
            if let Err(failure) = answer {
                assert_eq!(failure.rule, RuleId::new("DEVICE-POLL"));
            }
        }
    }

    #[test]
    fn device_no_complete_uri() {
        // DEVICE-NO-COMPLETE-URI
        let code = UserCode::from_random([7; 16]);
        let authority = Authority::new("https://login.example.test");
        let answer = device_authorization_answer(&authority, &code, "handle", &DeviceCodeSettings::default());
        assert!(answer.get("verification_uri_complete").is_none());
        assert!(
            !answer["verification_uri"]
                .as_str()
                .unwrap()
                .contains(code.as_str())
        );
        assert!(answer["message"].as_str().unwrap().contains(code.as_str()));
        assert_eq!(
            (answer["expires_in"].as_u64(), answer["interval"].as_u64()),
            (Some(900), Some(5))
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_typed(random: [u8; 16]) {
            let code = UserCode::from_random(random);
            prop_assert_eq!(UserCode::parse(&code.as_str().to_lowercase()), Some(code));
        }

        #[test]
        fn parse_never_panics(typed in "\\PC{0,80}") {
            let _ = UserCode::parse(&typed);
        }
    }
}
