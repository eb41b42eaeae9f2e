//! Which stored authorities may stand above a certificate, and what is asked of each.

use lanyard_verdict::Code;

use super::issuer;
use super::leaf::is_within;
use super::record::{Failure, Item, Reach, Record};
use super::search::Search;
use crate::profile::IssuerMatch;
use crate::signature::SignatureFailure;
use crate::{Certificate, StoredAuthority};

impl<'a> Search<'a, '_> {
    /// The stored authorities that may have issued the topmost certificate.
    ///
    /// Rule `PATH-ISSUER-BY-KEY`: issuers come only from the trust store, by authority key identifier = subject key
    /// identifier; by name only when the certificate has no authority key identifier. None found: 500176. Source:
    /// certificate-sign-in §3.1 PB-1 to PB-3, PB-7.
    pub(super) fn candidates(&mut self, path: &[usize]) -> Result<Vec<usize>, Failure> {
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
                let is_current = is_within(facts.not_before, facts.not_after, self.profile, self.now);
                let key_fits = wanted.is_none() || facts.subject_key_identifier.as_ref() == wanted;
                (!key_fits, !is_current, !authority.is_root, index)
            })
            .collect();
        ordered.sort_unstable();
        Ok(ordered.into_iter().map(|(_, _, _, index)| index).collect())
    }

    /// Everything that is asked of a candidate: names chain, its own checks, and at last its signature.
    pub(super) fn stands_above(
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
