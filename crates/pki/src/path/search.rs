//! The search for a path from the leaf to a root.

use jiff::Timestamp;
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Verdict};

use super::record::{Failure, Item, Reach, Record};
use super::status::MAX_SIGNER_DEPTH;
use super::{issuer, leaf, policies};
use crate::crl::CrlPool;
use crate::evaluate::{ChainOutcome, TrustedChain};
use crate::profile::{IssuerMatch, Purpose};
use crate::revocation::{self, AuthorityCrlStatus, CrlDecision, CrlRequest, RevocationView};
use crate::signature::SignatureFailure;
use crate::{AuthorityId, Certificate, Profile, StoredAuthority, TrustStore};

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
    revocation: RevocationSource<'a>,
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
enum PathOutcome {
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
        } else if path.len() >= self.profile.depth() {
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

    /// Rule `PATH-DEPTH`: a path holds at most the profile's number of authorities, root included (Entra: 10); longer
    /// ones are refused (500176). Source: certificate-sign-in §3.1 PB-6.
    fn too_deep(&mut self, depth: usize) -> Failure {
        let limit = self.profile.depth();
        let inputs = [("authorities", depth.to_string()), ("limit", limit.to_string())];
        let detail = format!("no root within {limit} authorities above the certificate");
        self.record.failed(
            Reach::Path,
            Code::ISSUER_NOT_TRUSTED,
            "PATH-DEPTH",
            &inputs,
            detail,
        )
    }

    /// CRL signers are asked for no purpose.
    fn purpose(&self) -> Purpose {
        if self.signers.is_empty() {
            self.profile.purpose
        } else {
            Purpose::Any
        }
    }

    fn top(&self, path: &[usize]) -> &'a Certificate {
        path.last()
            .and_then(|index| self.trust.at(*index))
            .map_or(self.leaf, |authority| &authority.certificate)
    }

    fn certificates(&self, path: &[usize]) -> Vec<&'a Certificate> {
        std::iter::once(self.leaf)
            .chain(
                path.iter()
                    .filter_map(|index| self.trust.at(*index))
                    .map(|authority| &authority.certificate),
            )
            .collect()
    }

    /// A certificate, or another one with the same name and key, never stands twice on a path.
    fn is_on_path(&self, path: &[usize], candidate: usize, certificate: &Certificate) -> bool {
        path.contains(&candidate)
            || self
                .certificates(path)
                .iter()
                .any(|below| below.has_same_subject_and_key(certificate))
    }

    /// The stored authorities that may have issued the topmost certificate.
    ///
    /// Rule `PATH-ISSUER-BY-KEY`: issuers come only from the trust store, by authority key identifier = subject key
    /// identifier; by name only when the certificate has no authority key identifier. None found: 500176. Source:
    /// certificate-sign-in §3.1 PB-1 to PB-3, PB-7.
    fn candidates(&mut self, path: &[usize]) -> Result<Vec<usize>, Failure> {
        let trust = self.trust;
        let child = self.top(path);
        let contents = child.contents();
        let wanted = child.facts().authority_key_identifier.as_ref();
        let found = match (self.profile.issuer_match, wanted) {
            (IssuerMatch::KeyIdentifier, Some(identifier)) => trust.indices_by_key_identifier(identifier),
            _ => trust.indices_by_subject(&contents.issuer),
        };
        let inputs = [
            ("certificate", child.facts().subject.to_string()),
            ("issuer", child.facts().issuer.to_string()),
            (
                "authority_key_identifier",
                wanted.map_or_else(|| "none".to_owned(), ToString::to_string),
            ),
            ("candidates", found.len().to_string()),
        ];
        if found.is_empty() {
            let detail = format!(
                "no stored authority issued '{}': issuer '{}', authority key identifier {}",
                child.facts().subject,
                child.facts().issuer,
                wanted.map_or_else(|| "none".to_owned(), ToString::to_string)
            );
            let code = Code::ISSUER_NOT_TRUSTED;
            let reach = Reach::NoIssuer;
            return Err(self
                .record
                .failed(reach, code, "PATH-ISSUER-BY-KEY", &inputs, detail));
        }
        self.record.passed("PATH-ISSUER-BY-KEY", &inputs);
        let mut ordered: Vec<(bool, bool, bool, usize)> = found
            .iter()
            .filter_map(|index| trust.at(*index).map(|authority| (*index, authority)))
            .map(|(index, authority)| {
                let facts = authority.certificate.facts();
                let is_current = leaf::is_within(facts.not_before, facts.not_after, self.profile, self.now);
                let key_fits = wanted.is_none() || facts.subject_key_identifier.as_ref() == wanted;
                (!key_fits, !is_current, !authority.is_root, index)
            })
            .collect();
        ordered.sort_unstable();
        Ok(ordered.into_iter().map(|(_, _, _, index)| index).collect())
    }

    /// Everything that is asked of a candidate: names chain, its own checks, and at last its signature.
    fn stands_above(
        &mut self,
        path: &[usize],
        candidate: usize,
        authority: &'a StoredAuthority,
    ) -> Result<(), Failure> {
        self.record.spend(Item::Step, 1)?;
        let below = self.certificates(path);
        let child = self.top(path);
        names_chain(self.record, child, &authority.certificate)?;
        let context = issuer::Context {
            is_root: authority.is_root,
            purpose: self.purpose(),
            profile: self.profile,
            now: self.now,
        };
        issuer::check(self.record, &authority.certificate, &below, &context)?;
        self.signature_verifies(path, candidate, child, &authority.certificate)
    }

    /// Rule `PATH-SIGNATURE`: a certificate's signature verifies with the key of its issuer. Source:
    /// certificate-sign-in §3.2.
    fn signature_verifies(
        &mut self,
        path: &[usize],
        candidate: usize,
        child: &Certificate,
        issuer: &Certificate,
    ) -> Result<(), Failure> {
        let remembered = path
            .last()
            .and_then(|below| self.trust.remembered(*below, candidate));
        let outcome = match remembered {
            Some(true) => Ok(()),
            Some(false) => Err(SignatureFailure::Wrong),
            None => {
                self.record.spend(Item::Signature, 1)?;
                let outcome = issuer.contents().key.verify(
                    &child.contents().signature_algorithm,
                    child.signed_part(),
                    child.signature(),
                );
                if let Some(below) = path.last() {
                    self.trust.remember(*below, candidate, outcome.is_ok());
                }
                outcome
            }
        };
        let inputs = [
            ("certificate", child.facts().subject.to_string()),
            ("authority", issuer.facts().subject.to_string()),
            ("algorithm", child.contents().signature_algorithm.to_string()),
        ];
        let why = match outcome {
            Ok(()) => {
                self.record.passed("PATH-SIGNATURE", &inputs);
                return Ok(());
            }
            Err(SignatureFailure::Wrong) => "does not verify with",
            Err(SignatureFailure::Unsuitable) => "is of an algorithm that does not fit",
        };
        let detail = format!(
            "the signature of '{}' {why} the key of '{}'",
            child.facts().subject,
            issuer.facts().subject
        );
        Err(self.record.failed(
            Reach::Issuer,
            Code::ISSUER_NOT_TRUSTED,
            "PATH-SIGNATURE",
            &inputs,
            detail,
        ))
    }

    /// What can only be said about a complete path: policies, then revocation.
    fn judge(&mut self, path: &[usize]) -> PathOutcome {
        let certificates = self.certificates(path);
        let policies = match policies::process(self.record, &certificates, &self.profile.policies) {
            Ok(policies) => policies,
            Err(failure) => return PathOutcome::Fallen(failure),
        };
        let statuses = match self.statuses(path, &certificates) {
            Ok(statuses) => statuses,
            Err(outcome) => return outcome,
        };
        let authorities: Vec<(AuthorityId, Certificate)> = path
            .iter()
            .filter_map(|index| {
                Some((
                    self.trust.id_at(*index)?,
                    self.trust.at(*index)?.certificate.clone(),
                ))
            })
            .collect();
        let Some((issuing_authority, issuing_certificate)) = authorities.first() else {
            return PathOutcome::Needed(Vec::new());
        };
        let names_its_issuer = self.leaf.facts().authority_key_identifier.is_some();
        PathOutcome::Trusted(Box::new(TrustedChain {
            leaf: self.leaf.clone(),
            issuing_authority: *issuing_authority,
            issuer_key_identifier: issuing_certificate
                .facts()
                .subject_key_identifier
                .clone()
                .filter(|_| names_its_issuer),
            authorities,
            crl_status: statuses,
            policies,
        }))
    }

    fn statuses(
        &mut self,
        path: &[usize],
        certificates: &[&'a Certificate],
    ) -> Result<Vec<AuthorityCrlStatus>, PathOutcome> {
        match self.revocation {
            RevocationSource::View(view) => self.statuses_from_view(view, path, certificates),
            RevocationSource::Pool(pool, count) => {
                // From the root down: what a revoked authority signed says nothing.
                for position in (0..path.len().min(count)).rev() {
                    self.status_is_clear(pool, certificates, position)
                        .map_err(PathOutcome::Fallen)?;
                }
                Ok(Vec::new())
            }
        }
    }

    fn statuses_from_view(
        &mut self,
        view: &RevocationView,
        path: &[usize],
        certificates: &[&Certificate],
    ) -> Result<Vec<AuthorityCrlStatus>, PathOutcome> {
        self.key_identifiers_are_there(path, certificates)?;
        let mut statuses = Vec::with_capacity(path.len());
        let mut needed = Vec::new();
        for (position, (index, child)) in path.iter().zip(certificates).enumerate() {
            let (Some(authority), Some(id)) = (self.trust.at(*index), self.trust.id_at(*index)) else {
                continue;
            };
            let is_issuing = position == 0;
            let (decision, step) =
                revocation::decide(view, id, authority, child, is_issuing, self.profile, self.now);
            self.record.push(step);
            match decision {
                CrlDecision::Status(status) => statuses.push(AuthorityCrlStatus {
                    authority: id,
                    status,
                }),
                CrlDecision::Needed(mut requests) => needed.append(&mut requests),
                CrlDecision::Refused(refusal) => {
                    let reach = if refusal.code == Code::CERTIFICATE_REVOKED {
                        Reach::Revoked
                    } else {
                        Reach::Crl
                    };
                    return Err(PathOutcome::Fallen(Failure { reach, refusal }));
                }
            }
        }
        if needed.is_empty() {
            Ok(statuses)
        } else {
            Err(PathOutcome::Needed(needed))
        }
    }

    /// Rule `PATH-KEY-IDENTIFIERS-WITH-CRL`: when any CRL is configured on the path, a certificate without an authority
    /// key identifier is refused (500176). Source: certificate-sign-in §3.1 PB-3.
    fn key_identifiers_are_there(
        &mut self,
        path: &[usize],
        certificates: &[&Certificate],
    ) -> Result<(), PathOutcome> {
        let uses_crl = path
            .iter()
            .filter_map(|index| self.trust.at(*index))
            .any(|authority| authority.base_crl_url.is_some() && !authority.crl_check_exempt);
        if !uses_crl {
            return Ok(());
        }
        let lacking = certificates
            .iter()
            .take(path.len())
            .find(|certificate| certificate.facts().authority_key_identifier.is_none());
        let Some(lacking) = lacking else {
            return Ok(());
        };
        let subject = lacking.facts().subject.to_string();
        let detail =
            format!("'{subject}' has no authority key identifier, which is mandatory where CRLs are checked");
        let inputs = [("certificate", subject)];
        let (code, rule) = (Code::ISSUER_NOT_TRUSTED, "PATH-KEY-IDENTIFIERS-WITH-CRL");
        Err(PathOutcome::Fallen(self.record.failed(
            Reach::Crl,
            code,
            rule,
            &inputs,
            detail,
        )))
    }
}

/// Rule `PATH-NAMES-CHAIN`: a certificate's issuer is its issuer's subject, compared as RFC 5280 §7.1 says (500176).
/// Source: certificate-sign-in §3.2; RFC 5280 §6.1.3 a 4.
fn names_chain(record: &mut Record, child: &Certificate, issuer: &Certificate) -> Result<(), Failure> {
    if child.contents().issuer == issuer.contents().subject {
        return Ok(());
    }
    let inputs = [
        ("issuer", child.facts().issuer.to_string()),
        ("authority", issuer.facts().subject.to_string()),
    ];
    let detail = format!(
        "'{}' names '{}' as its issuer, the authority with that key is '{}'",
        child.facts().subject,
        child.facts().issuer,
        issuer.facts().subject
    );
    Err(record.failed(
        Reach::Issuer,
        Code::ISSUER_NOT_TRUSTED,
        "PATH-NAMES-CHAIN",
        &inputs,
        detail,
    ))
}
