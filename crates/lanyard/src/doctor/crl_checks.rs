//! Checks of one revocation list. Source: certificate-sign-in §11.4.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use url::{Host, Url};

use lanyard_pki::{
    CrlFacts, CrlIndex, CrlKind, HighestCrl, IngestOptions, StoredAuthority, TrustStore, number_rises,
};

use super::finding::{CheckResult, Finding};
use crate::crl::{grace_until, span};

/// A slower download deserves a warning.
const SLOW: Duration = Duration::from_secs(12);
/// A larger list deserves a warning.
const LARGE_OCTETS: usize = 44_000_000;
const SECONDS_OF_A_DAY: i64 = 86_400;

/// Whether the address has the form that works everywhere: http, a host with a dot, a file name with an extension.
pub(super) fn address(text: &str) -> Finding {
    let finding = |result, detail: String| Finding::new("crl-address", result, detail);
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return finding(CheckResult::Failed, format!("{text}: {error}")),
    };
    let mut odd = Vec::new();
    match url.scheme() {
        "http" => {}
        "https" => odd.push("it is https: fetching it may need the very list it names"),
        _ => {
            return finding(
                CheckResult::Failed,
                format!("{text}: only http addresses are fetched"),
            );
        }
    }
    let has_dot = match url.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.').contains('.'),
        Some(Host::Ipv4(address)) => !IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => !IpAddr::V6(address).is_loopback(),
        None => false,
    };
    if !has_dot {
        odd.push("its host is not a full name");
    }
    let file = url.path_segments().and_then(Iterator::last).unwrap_or_default();
    if !file
        .rsplit_once('.')
        .is_some_and(|(stem, extension)| !stem.is_empty() && !extension.is_empty())
    {
        odd.push("its path does not end in a file name with an extension");
    }
    if odd.is_empty() {
        finding(CheckResult::Ok, text.to_owned())
    } else {
        finding(CheckResult::Warning, format!("{text}: {}", odd.join("; ")))
    }
}

/// How long it took and how much came.
pub(super) fn download(octets: usize, elapsed: Duration) -> Finding {
    let mut detail = format!("{octets} octets in {} ms", elapsed.as_millis());
    let mut result = CheckResult::Ok;
    if elapsed > SLOW {
        result = CheckResult::Warning;
        detail.push_str("; sign-ins wait at most 10 s for it");
    }
    if octets > LARGE_OCTETS {
        result = CheckResult::Warning;
        detail.push_str("; lists above 44 MB come near the limit");
    }
    Finding::new("crl-download", result, detail)
}

/// The list that sign-ins use now, when the published one cannot be looked at.
pub(super) fn in_use(
    index: Option<&CrlIndex>,
    authority: &StoredAuthority,
    alarm_days: u16,
    now: Timestamp,
) -> Finding {
    match index {
        None => Finding::new(
            "crl-in-use",
            CheckResult::Failed,
            "no list is at hand: sign-ins that need it fail",
        ),
        Some(index) => {
            let (result, detail) = dates(
                index.this_update(),
                index.next_publish(),
                Some(index.next_update()),
                alarm_days,
                now,
            );
            match grace_until(index, authority) {
                Some(until) if now > index.next_update() && now <= until => Finding::new(
                    "crl-in-use",
                    CheckResult::Warning,
                    format!("{detail}; it counts in its grace period until {until}"),
                ),
                _ => Finding::new("crl-in-use", result, detail),
            }
        }
    }
}

/// A list as its server gives it out now.
pub(super) struct Published<'a> {
    pub(super) octets: &'a [u8],
    pub(super) kind: CrlKind,
    pub(super) authority: &'a StoredAuthority,
    /// The one in use.
    pub(super) highest: Option<HighestCrl>,
}

impl Published<'_> {
    /// Form, key identifier, signature, dates, number.
    pub(super) fn checks(&self, trust: &TrustStore, alarm_days: u16, now: Timestamp) -> Vec<Finding> {
        let facts = match CrlFacts::read(self.octets) {
            Ok(facts) => facts,
            Err(error) => {
                let detail = format!("what the server gives out is no DER CRL: {error}");
                return vec![Finding::new("crl-form", CheckResult::Failed, detail)];
            }
        };
        let (result, detail) = dates(
            facts.this_update,
            facts.next_publish,
            facts.next_update,
            alarm_days,
            now,
        );
        let mut findings = vec![
            form(&facts, self.kind),
            self.key(&facts, trust),
            Finding::new("crl-dates", result, detail),
        ];
        // Judged at its first moment: the dates are a check of their own.
        let issuer = &self.authority.certificate;
        let options = IngestOptions::default();
        match CrlIndex::ingest(self.octets, issuer, self.kind, &options, facts.this_update) {
            Ok(index) => {
                let detail = format!("verified ({})", facts.signature_algorithm);
                findings.push(Finding::new("crl-signature", CheckResult::Ok, detail));
                let number = index
                    .number()
                    .map_or_else(|| "(none)".to_owned(), ToString::to_string);
                findings.push(match number_rises(self.highest.as_ref(), &index.highest()) {
                    Ok(()) => Finding::new("crl-number", CheckResult::Ok, number),
                    Err(refusal) => Finding::new("crl-number", CheckResult::Failed, refusal.detail),
                });
            }
            Err(refusal) => {
                let detail = format!("{} ({} by {})", refusal.detail, refusal.code, refusal.rule);
                findings.push(Finding::new("crl-signature", CheckResult::Failed, detail));
            }
        }
        findings
    }

    /// Whether the list names this authority's key, and if not, whose.
    fn key(&self, facts: &CrlFacts, trust: &TrustStore) -> Finding {
        let finding = |result, detail: String| Finding::new("crl-key", result, detail);
        let own = &self.authority.certificate.facts().subject_key_identifier;
        let Some(named) = &facts.authority_key_identifier else {
            let detail = "the list does not say whose key signed it (no authority key identifier)";
            return finding(CheckResult::Warning, detail.to_owned());
        };
        if own.as_ref() == Some(named) {
            return finding(CheckResult::Ok, format!("key identifier {named}"));
        }
        let other = trust.by_subject_key_identifier(named).next();
        let whose = other.map_or_else(
            || "no stored authority has that key".to_owned(),
            |(_, other)| format!("that is the key of '{}'", other.certificate.facts().subject),
        );
        finding(
            CheckResult::Failed,
            format!("the list names key identifier {named}: {whose}"),
        )
    }
}

fn form(facts: &CrlFacts, kind: CrlKind) -> Finding {
    let is_delta = facts.delta_base_number.is_some();
    let finding = |result, detail: String| Finding::new("crl-form", result, detail);
    match (kind, is_delta) {
        (CrlKind::Base, true) => finding(
            CheckResult::Failed,
            "a delta CRL where the complete one is configured".to_owned(),
        ),
        (CrlKind::Delta, false) => finding(
            CheckResult::Failed,
            "a complete CRL where the delta CRL is configured".to_owned(),
        ),
        _ if facts.oddities.is_empty() => finding(CheckResult::Ok, format!("{} entries", facts.entry_count)),
        _ => finding(
            CheckResult::Warning,
            format!("{} entries; {}", facts.entry_count, facts.oddities.join("; ")),
        ),
    }
}

/// An alarm comes before the end, but not in the first half of a short life.
fn dates(
    this_update: Timestamp,
    next_publish: Option<Timestamp>,
    next_update: Option<Timestamp>,
    alarm_days: u16,
    now: Timestamp,
) -> (CheckResult, String) {
    let Some(next_update) = next_update else {
        return (CheckResult::Failed, format!("from {this_update}, without an end"));
    };
    let publish = next_publish.map_or_else(String::new, |at| format!(", next publish {at}"));
    let detail = format!(
        "from {this_update}{publish}, until {next_update} ({} left)",
        span(next_update, now)
    );
    let left = next_update.as_second() - now.as_second();
    let life = next_update.as_second() - this_update.as_second();
    if now < this_update {
        return (CheckResult::Failed, format!("{detail}: it has not begun"));
    }
    if left <= 0 {
        return (CheckResult::Failed, format!("{detail}: it is over"));
    }
    if left < i64::from(alarm_days) * SECONDS_OF_A_DAY && left < life / 2 {
        return (CheckResult::Warning, format!("{detail}: it ends soon"));
    }
    if next_publish.is_some_and(|at| at < now) {
        return (
            CheckResult::Warning,
            format!("{detail}: the next one should be there by now"),
        );
    }
    (CheckResult::Ok, detail)
}

/// Tells the checks of the two lists apart.
pub(super) fn named_after(kind: CrlKind, mut findings: Vec<Finding>) -> Vec<Finding> {
    if kind == CrlKind::Delta {
        for finding in &mut findings {
            finding.check = format!("delta-{}", finding.check);
        }
    }
    findings
}

/// Checks of a further address carry its place in the order.
pub(super) fn of_address(place: usize, mut findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &mut findings {
        finding.check = format!("{}-{place}", finding.check);
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, result) in [
            ("http://crl.agency.example/root.crl", CheckResult::Ok),
            ("http://10.1.2.3/root.crl", CheckResult::Ok),
            ("https://crl.agency.example/root.crl", CheckResult::Warning),
            ("http://localhost/root.crl", CheckResult::Warning),
            ("http://crl.agency.example/", CheckResult::Warning),
            ("http://crl.agency.example/crl", CheckResult::Warning),
            ("ldap://crl.agency.example/cn=root", CheckResult::Failed),
            ("nonsense", CheckResult::Failed),
        ] {
            assert_eq!(address(text).result, result, "{text}");
        }
    }

    #[test]
    fn downloads() {
        let second = Duration::from_secs(1);
        assert_eq!(download(1_000, second).result, CheckResult::Ok);
        assert_eq!(download(1_000, 13 * second).result, CheckResult::Warning);
        assert_eq!(download(45_000_000, second).result, CheckResult::Warning);
    }

    #[test]
    fn alarms_come_before_the_end_but_not_in_the_first_half() {
        let at = |hours: i64| Timestamp::from_second(hours * 3_600).unwrap();
        let week = 7 * 24;
        for (now, publish, end, result) in [
            (1, None, Some(week), CheckResult::Ok),
            (week - 47, None, Some(week), CheckResult::Warning),
            (week - 49, None, Some(week), CheckResult::Ok),
            (week, None, Some(week), CheckResult::Failed),
            (-1, None, Some(week), CheckResult::Failed),
            (1, None, None, CheckResult::Failed),
            (11, None, Some(24), CheckResult::Ok),
            (13, None, Some(24), CheckResult::Warning),
            (11, Some(10), Some(24), CheckResult::Warning),
        ] {
            let found = dates(at(0), publish.map(at), end.map(at), 2, at(now));
            assert_eq!(found.0, result, "{now} {publish:?} {end:?}: {}", found.1);
        }
    }
}
