//! Issuer hints: which CA names the TLS request for a certificate carries.

use std::collections::BTreeSet;

/// A stored CA that could be named.
#[derive(Clone, Copy, Debug)]
pub struct HintCandidate<'a> {
    /// DER of its subject name.
    pub subject_der: &'a [u8],
    /// Whether it is a root.
    pub is_root: bool,
    /// Its `isIssuerHintEnabled` flag.
    pub is_hint_enabled: bool,
}

/// The names to send and those that did not fit, as indices into the candidates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuerHints {
    /// To be sent, in this order.
    pub sent: Vec<usize>,
    /// Left out because the list would be too long; to be logged.
    pub cut: Vec<usize>,
}

/// Chooses the CA names to send. An entry costs its DER and two octets of length.
///
/// Rule `HINT-FLAGGED`: when at least one CA has the hint flag only flagged CAs are named, otherwise all; each name is
/// sent once. Source: certificate-sign-in §2.5 IH-3.
///
/// Rule `HINT-LIMIT`: intermediates come before roots, and names that would exceed the limit are cut. Source:
/// certificate-sign-in §2.5 IH-4.
#[must_use]
pub fn issuer_hints(candidates: &[HintCandidate<'_>], max_bytes: usize) -> IssuerHints {
    let only_flagged = candidates.iter().any(|candidate| candidate.is_hint_enabled);
    let mut chosen: Vec<(usize, &HintCandidate<'_>)> = candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| !only_flagged || candidate.is_hint_enabled)
        .collect();
    // Stable: within roots and within intermediates the stored order stays.
    chosen.sort_by_key(|(_, candidate)| candidate.is_root);

    let mut named: BTreeSet<&[u8]> = BTreeSet::new();
    let mut hints = IssuerHints::default();
    let mut used_bytes: usize = 0;
    for (index, candidate) in chosen {
        if !named.insert(candidate.subject_der) {
            continue;
        }
        let cost = candidate.subject_der.len().saturating_add(2);
        if used_bytes.saturating_add(cost) > max_bytes {
            hints.cut.push(index);
        } else {
            used_bytes = used_bytes.saturating_add(cost);
            hints.sent.push(index);
        }
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(subject_der: &[u8], is_root: bool, is_hint_enabled: bool) -> HintCandidate<'_> {
        HintCandidate {
            subject_der,
            is_root,
            is_hint_enabled,
        }
    }

    #[test]
    fn all_without_flags_intermediates_first() {
        let hints = issuer_hints(
            &[
                candidate(b"root", true, false),
                candidate(b"issuing", false, false),
            ],
            1024,
        );
        assert_eq!(hints.sent, [1, 0]);
        assert!(hints.cut.is_empty());
    }

    #[test]
    fn one_flag_narrows_the_list() {
        // HINT-FLAGGED
        let candidates = [
            candidate(b"root", true, false),
            candidate(b"issuing", false, true),
            candidate(b"other", false, false),
            candidate(b"issuing", false, true),
        ];
        assert_eq!(issuer_hints(&candidates, 1024).sent, [1]);
    }

    #[test]
    fn what_does_not_fit_is_cut() {
        // HINT-LIMIT: 10 + 2 octets each
        let candidates = [
            candidate(b"root-aaaaa", true, true),
            candidate(b"issuing-aa", false, true),
            candidate(b"issuing-bb", false, true),
        ];
        let hints = issuer_hints(&candidates, 24);
        assert_eq!(hints.sent, [1, 2]);
        assert_eq!(hints.cut, [0]);
        assert_eq!(issuer_hints(&candidates, 23).cut, [2, 0]);
    }
}
