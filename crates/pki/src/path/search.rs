//! The search for a path from the leaf to a root.

use jiff::Timestamp;
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Verdict};

use super::leaf;
use super::record::{Failure, Reach, Record};
use super::status::MAX_SIGNER_DEPTH;
use crate::crl::CrlPool;
use crate::evaluate::{ChainOutcome, TrustedChain};
use crate::profile::Purpose;
use crate::revocation::{CrlRequest, RevocationView};
use crate::{Certificate, Profile, TrustStore};

/// Where the status of certificates comes from.
#[derive(Clone, Copy)]
pub(crate) enum RevocationSource<'a> {
    /// The CRLs configured at the authorities (the server).
    View(&'a RevocationView),
    /// CRLs handed over with the question; the statuses of this many certificates from the leaf up are asked for.
    Pool(&'a CrlPool, usize),
}

/// One search for a path in progress.
pub(crate) struct Search<'a, 'r> {
    pub(super) leaf: &'a Certificate,
    pub(super) trust: &'a TrustStore,
    pub(super) revocation: RevocationSource<'a>,
    pub(super) profile: &'a Profile,
    pub(super) now: Timestamp,
    pub(super) record: &'r mut Record,
    /// CRLs that the first otherwise good path lacks.
    needed: Option<Vec<CrlRequest>>,
    /// CRL signers whose paths are being validated, outermost first; empty in the search for the leaf itself.
    pub(super) signers: Vec<&'a Certificate>,
    /// The only root that counts, in a search for a CRL signer.
    root: Option<&'a Certificate>,
}

/// Whether the search goes on.
enum Progress {
    /// This branch is done; try the next candidate.
    Continue,
    Found(Box<TrustedChain>),
    /// A budget is used up.
    Stop(Failure),
}

/// What one complete path came to.
pub(super) enum PathOutcome {
    Trusted(Box<TrustedChain>),
    Needed(Vec<CrlRequest>),
    Fallen(Failure),
}

/// Evaluates `leaf`: the whole search, with its record made into a verdict.
pub(crate) fn run(
    leaf: &Certificate,
    trust: &TrustStore,
    revocation: RevocationSource<'_>,
    profile: &Profile,
    now: Timestamp,
) -> Verdict<ChainOutcome> {
    let mut record = Record::new(profile.budgets);
    let mut search = Search {
        leaf,
        trust,
        revocation,
        profile,
        now,
        record: &mut record,
        needed: None,
        signers: Vec::new(),
        root: None,
    };
    let found = match leaf::check(search.record, leaf, profile, now) {
        Ok(()) => search.extend(&mut Vec::new()),
        Err(failure) => Progress::Stop(failure),
    };
    let needed = search.needed.take();
    let stopped = match found {
        Progress::Found(chain) => {
            let (steps, _) = record.finish();
            return Verdict {
                outcome: ChainOutcome::Trusted(*chain),
                steps,
            };
        }
        Progress::Continue => None,
        Progress::Stop(failure) => Some(failure),
    };
    if let Some(failure) = &stopped
        && failure.reach == Reach::Budget
    {
        record.push(
            Step::new(RuleId::new("PATH-BUDGET"), StepResult::Failed)
                .with("detail", failure.refusal.detail.clone()),
        );
    }
    let (steps, best) = record.finish();
    let outcome = match (stopped, needed) {
        (Some(failure), _) => ChainOutcome::Refused(failure.refusal),
        (None, Some(needed)) => ChainOutcome::CrlNeeded(needed),
        (None, None) => ChainOutcome::Refused(best.map_or_else(
            || {
                Refusal::new(
                    Code::ISSUER_NOT_TRUSTED,
                    RuleId::new("PATH-ISSUER-BY-KEY"),
                    "no path to a root of the trust store was found",
                )
            },
            |failure| failure.refusal,
        )),
    };
    Verdict { outcome, steps }
}

impl<'a> Search<'a, '_> {
    /// Whether a CRL signer has a path of its own to the root of `certificates`, statuses included.
    ///
    /// Rule `CRL-SIGNER`: a CRL signed by a key that is not on the path counts only when that key's certificate has a
    /// valid path to the same root, and is not itself revoked; signers that lead to further signers end after four.
    /// Source: RFC 5280 §6.3.3 f.
    pub(super) fn signer_is_trusted(
        &mut self,
        pool: &'a CrlPool,
        signer: &'a Certificate,
        certificates: &[&'a Certificate],
    ) -> Result<bool, Failure> {
        if self.signers.len() >= MAX_SIGNER_DEPTH {
            return Ok(false);
        }
        let root = self.root.or_else(|| certificates.last().copied());
        if root == Some(signer) {
            return Ok(true);
        }
        let kept = self.record.swap_best(None);
        let mut signers = self.signers.clone();
        signers.push(signer);
        let mut search = Search {
            leaf: signer,
            trust: self.trust,
            revocation: RevocationSource::Pool(pool, usize::MAX),
            profile: self.profile,
            now: self.now,
            record: &mut *self.record,
            needed: None,
            signers,
            root,
        };
        let found = match leaf::check_signer(search.record, signer, search.profile, search.now) {
            Ok(()) => search.extend(&mut Vec::new()),
            Err(_) => Progress::Continue,
        };
        self.record.swap_best(kept);
        match found {
            Progress::Found(_) => Ok(true),
            Progress::Continue => Ok(false),
            Progress::Stop(failure) => Err(failure),
        }
    }

    /// Tries every candidate above the path.
    ///
    /// Rule `PATH-EVERY-CANDIDATE`: all stored authorities that fit are tried, those valid now and roots first; the
    /// first path that validates completely counts. Source: certificate-sign-in §3.1 PB-4.
    fn extend(&mut self, path: &mut Vec<usize>) -> Progress {
        let candidates = match self.candidates(path) {
            Ok(candidates) => candidates,
            Err(failure) => {
                self.record.note(failure);
                return Progress::Continue;
            }
        };
        for candidate in candidates {
            let outcome = self.try_candidate(path, candidate);
            match outcome {
                Progress::Continue => {}
                done => return done,
            }
        }
        Progress::Continue
    }

    fn try_candidate(&mut self, path: &mut Vec<usize>, candidate: usize) -> Progress {
        let Some(authority) = self.trust.at(candidate) else {
            return Progress::Continue;
        };
        if self.is_on_path(path, candidate, &authority.certificate) {
            return Progress::Continue;
        }
        if let Err(failure) = self.stands_above(path, candidate, authority) {
            if failure.reach == Reach::Budget {
                return Progress::Stop(failure);
            }
            self.record.note(failure);
            return Progress::Continue;
        }
        path.push(candidate);
        let progress = if authority.is_root {
            if self.root.is_none_or(|root| *root == authority.certificate) {
                self.finish_path(path)
            } else {
                Progress::Continue
            }
        } else if path.len() >= self.profile.depth() || self.has_too_many_intermediates(path) {
            let failure = self.too_deep(path.len());
            self.record.note(failure);
            Progress::Continue
        } else {
            self.extend(path)
        };
        path.pop();
        progress
    }

    fn finish_path(&mut self, path: &[usize]) -> Progress {
        match self.judge(path) {
            PathOutcome::Trusted(chain) => return Progress::Found(chain),
            PathOutcome::Needed(requests) => {
                self.needed.get_or_insert(requests);
            }
            PathOutcome::Fallen(failure) if failure.reach == Reach::Budget => {
                return Progress::Stop(failure);
            }
            PathOutcome::Fallen(failure) => self.record.note(failure),
        }
        Progress::Continue
    }

    /// Rule `PATH-DEPTH`: a path holds at most the profile's number of authorities, root included (Entra: 10), and of
    /// intermediates, self-issued ones not counted, where that is bounded; longer ones are refused (500176). Source:
    /// certificate-sign-in §3.1 PB-6.
    fn too_deep(&mut self, depth: usize) -> Failure {
        let limit = self.profile.depth();
        let bound = self.profile.max_intermediates;
        let inputs = [
            ("authorities", depth.to_string()),
            ("limit", limit.to_string()),
            (
                "limit_of_intermediates",
                bound.map_or_else(|| "none".to_owned(), |bound| bound.to_string()),
            ),
        ];
        let detail = match bound {
            Some(bound) => {
                format!("no root within {limit} authorities and {bound} intermediates above the certificate")
            }
            None => format!("no root within {limit} authorities above the certificate"),
        };
        self.record.failed(
            Reach::Path,
            Code::ISSUER_NOT_TRUSTED,
            "PATH-DEPTH",
            &inputs,
            detail,
        )
    }

    /// Whether the authorities on a path that has not reached a root yet are more than the bound.
    fn has_too_many_intermediates(&self, path: &[usize]) -> bool {
        self.profile.max_intermediates.is_some_and(|bound| {
            let counted = path
                .iter()
                .filter_map(|index| self.trust.at(*index))
                .filter(|authority| !authority.certificate.is_self_issued());
            counted.count() > bound
        })
    }

    /// CRL signers are asked for no purpose.
    pub(super) fn purpose(&self) -> Purpose {
        if self.signers.is_empty() {
            self.profile.purpose
        } else {
            Purpose::Any
        }
    }

    pub(super) fn top(&self, path: &[usize]) -> &'a Certificate {
        path.last()
            .and_then(|index| self.trust.at(*index))
            .map_or(self.leaf, |authority| &authority.certificate)
    }

    pub(super) fn certificates(&self, path: &[usize]) -> Vec<&'a Certificate> {
        std::iter::once(self.leaf)
            .chain(
                path.iter()
                    .filter_map(|index| self.trust.at(*index))
                    .map(|authority| &authority.certificate),
            )
            .collect()
    }

    /// A certificate, or another one with the same name and key, never stands twice on a path.
    pub(super) fn is_on_path(&self, path: &[usize], candidate: usize, certificate: &Certificate) -> bool {
        path.contains(&candidate)
            || self
                .certificates(path)
                .iter()
                .any(|below| below.has_same_subject_and_key(certificate))
    }
}
