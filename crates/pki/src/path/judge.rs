//! What can only be said about a complete path.

use lanyard_verdict::Code;

use super::policies;
use super::record::{Failure, Reach};
use super::search::{PathOutcome, RevocationSource, Search};
use crate::evaluate::TrustedChain;
use crate::revocation::{self, AuthorityCrlStatus, CrlDecision, CrlQuestion, RevocationView};
use crate::{AuthorityId, Certificate};

impl<'a> Search<'a, '_> {
    /// What can only be said about a complete path: policies, then revocation.
    pub(super) fn judge(&mut self, path: &[usize]) -> PathOutcome {
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
            let mut graces = Vec::new();
            let (decision, step) = revocation::decide(
                CrlQuestion {
                    view,
                    id,
                    authority,
                    child,
                    issued_the_leaf: is_issuing,
                    profile: self.profile,
                    now: self.now,
                },
                &mut graces,
            );
            for grace in graces {
                self.record.push(grace);
            }
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
