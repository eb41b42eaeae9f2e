//! The status of one certificate from a pool of CRLs, as RFC 5280 §6.3.3 prescribes.

use lanyard_verdict::{Code, RuleId, Step, StepResult};

use super::leaf::is_within;
use super::record::{Failure, Item, Reach};
use super::search::Search;
use crate::certificate::general_name::GeneralName;
use crate::crl::distribution_point::{DistributionPoint, DistributionPointName, Reasons};
use crate::crl::pool::{CrlPool, PoolCrl};
use crate::name::CanonicalName;
use crate::signature::Hash;
use crate::{Certificate, RevocationReason};

/// How deep the validation of one CRL's signer may lead to another's.
pub(super) const MAX_SIGNER_DEPTH: usize = 4;

/// What a pool says about a certificate.
enum Finding {
    /// Not listed, for these reasons.
    Clear(Reasons),
    Revoked(RevocationReason),
}

impl<'a> Search<'a, '_> {
    /// Looks for the certificate at `position` of `certificates` (leaf first, root last) in every CRL that covers it.
    ///
    /// Rule `CRL-STATUS`: each distribution point's CRLs count for the reasons they cover; scope, signer, dates and a
    /// fitting delta are checked; the certificate is revoked when listed (500171) and of unknown status, hence refused
    /// (500175), until CRLs for every reason were found. Source: RFC 5280 §6.3.3.
    pub(super) fn status_is_clear(
        &mut self,
        pool: &'a CrlPool,
        certificates: &[&'a Certificate],
        position: usize,
    ) -> Result<(), Failure> {
        let Some(certificate) = certificates.get(position).copied() else {
            return Ok(());
        };
        let issuer = &certificate.contents().issuer;
        let own_points = certificate
            .contents()
            .extensions
            .distribution_points
            .as_deref()
            .unwrap_or_default();
        // CRLs of the issuer that no distribution point mentions may fill what is missing.
        let issuer_point = DistributionPoint {
            name: Some(DistributionPointName::Full(vec![GeneralName::Directory(
                issuer.clone(),
            )])),
            ..DistributionPoint::default()
        };
        let mut covered = Reasons::NONE;
        for point in own_points.iter().chain([&issuer_point]) {
            for crl in &pool.crls {
                if covered == Reasons::ALL {
                    break;
                }
                match self.consult(pool, crl, point, covered, certificates, position)? {
                    None => {}
                    Some(Finding::Clear(reasons)) => covered = covered.union(reasons),
                    Some(Finding::Revoked(reason)) => return Err(self.revoked(certificate, crl, reason)),
                }
            }
        }
        let facts = certificate.facts();
        let inputs = [
            ("certificate", facts.subject.to_string()),
            ("serial_number", facts.serial_number.to_hex()),
            ("crls", pool.len().to_string()),
        ];
        if covered == Reasons::ALL {
            self.record.passed("CRL-STATUS", &inputs);
            return Ok(());
        }
        let detail = if covered == Reasons::NONE {
            format!("no usable CRL covers '{}'", facts.subject)
        } else {
            format!("the CRLs at hand cover '{}' for some reasons only", facts.subject)
        };
        Err(self
            .record
            .failed(Reach::Crl, Code::CRL_MISSING, "CRL-STATUS", &inputs, detail))
    }

    fn revoked(&mut self, certificate: &Certificate, crl: &PoolCrl, reason: RevocationReason) -> Failure {
        let facts = certificate.facts();
        let inputs = [
            ("certificate", facts.subject.to_string()),
            ("serial_number", facts.serial_number.to_hex()),
            ("crl_issuer", crl.issuer_name.to_string()),
            (
                "crl_number",
                crl.extensions
                    .number
                    .as_ref()
                    .map_or_else(|| "none".to_owned(), ToString::to_string),
            ),
            ("reason", reason.to_string()),
        ];
        let detail = format!(
            "'{}' is revoked ({reason}) by a CRL of '{}'",
            facts.subject, crl.issuer_name
        );
        self.record.failed(
            Reach::Revoked,
            Code::CERTIFICATE_REVOKED,
            "CRL-STATUS",
            &inputs,
            detail,
        )
    }

    /// What one CRL, together with the best delta for it, adds; `None` when it does not apply.
    fn consult(
        &mut self,
        pool: &'a CrlPool,
        crl: &'a PoolCrl,
        point: &DistributionPoint,
        covered: Reasons,
        certificates: &[&'a Certificate],
        position: usize,
    ) -> Result<Option<Finding>, Failure> {
        let Some(certificate) = certificates.get(position).copied() else {
            return Ok(None);
        };
        self.record.spend(Item::Step, 1)?;
        if crl.is_delta() || !covers(crl, point, certificate) {
            return Ok(None);
        }
        if let Some(objection) = self.objection_to(crl) {
            self.passed_over(crl, certificate, objection);
            return Ok(None);
        }
        let own_reasons = crl
            .extensions
            .issuing_distribution_point
            .as_ref()
            .and_then(|scope| scope.only_some_reasons)
            .unwrap_or(Reasons::ALL);
        let reasons = own_reasons.intersection(point.reasons.unwrap_or(Reasons::ALL));
        if reasons.is_within(covered) {
            return Ok(None);
        }
        let Some(signer) = self.signer_of(pool, crl, certificates, position)? else {
            let because = "its signature verifies with no trusted key of its issuer".to_owned();
            self.passed_over(crl, certificate, because);
            return Ok(None);
        };
        let issuer = &certificate.contents().issuer;
        let serial = &certificate.facts().serial_number;
        let delta = self.delta_for(pool, crl, signer)?;
        let listed = delta
            .and_then(|delta| delta.entry(issuer, serial))
            .or_else(|| crl.entry(issuer, serial));
        Ok(Some(match listed {
            None | Some(RevocationReason::RemoveFromCrl) => Finding::Clear(reasons),
            Some(reason) => Finding::Revoked(reason),
        }))
    }

    /// Why a CRL cannot be used at all: not understood, not dated, not current, signed over a refused hash.
    fn objection_to(&self, crl: &PoolCrl) -> Option<String> {
        if let Some(objection) = &crl.objection {
            return Some(objection.clone());
        }
        let Some(next_update) = crl.next_update else {
            return Some("it does not say when the next one follows".to_owned());
        };
        if !is_within(crl.this_update, next_update, self.profile, self.now) {
            return Some(format!(
                "it is valid from {} to {next_update}; it is {}",
                crl.this_update, self.now
            ));
        }
        if !self.profile.allow_sha1_signatures && crl.algorithm.hash() == Some(Hash::Sha1) {
            return Some("it is signed over SHA-1".to_owned());
        }
        let oddity = issuing_oddity(crl).filter(|_| self.profile.strict_issuing);
        oddity.map(str::to_owned)
    }

    /// Writes down why a CRL of the right issuer was passed over.
    fn passed_over(&mut self, crl: &PoolCrl, certificate: &Certificate, because: String) {
        self.record.push(
            Step::new(RuleId::new("CRL-STATUS"), StepResult::Skipped)
                .with("certificate", certificate.facts().subject.to_string())
                .with("crl_issuer", crl.issuer_name.to_string())
                .with(
                    "crl_number",
                    crl.extensions
                        .number
                        .as_ref()
                        .map_or_else(|| "none".to_owned(), ToString::to_string),
                )
                .with("because", because),
        );
    }

    /// The newest delta that builds on `crl`: same issuer, key, scope, and numbers that fit.
    fn delta_for(
        &mut self,
        pool: &'a CrlPool,
        crl: &PoolCrl,
        signer: &Certificate,
    ) -> Result<Option<&'a PoolCrl>, Failure> {
        let Some(number) = &crl.extensions.number else {
            return Ok(None);
        };
        let mut candidates: Vec<&'a PoolCrl> = pool
            .crls
            .iter()
            .filter(|delta| {
                delta.issuer == crl.issuer
                    && delta.encoded_scope() == crl.encoded_scope()
                    && delta.extensions.authority_key_identifier == crl.extensions.authority_key_identifier
                    && delta
                        .extensions
                        .delta_base_number
                        .as_ref()
                        .is_some_and(|base| base <= number)
                    && delta
                        .extensions
                        .number
                        .as_ref()
                        .is_some_and(|delta| delta >= number)
                    && self.objection_to(delta).is_none()
            })
            .collect();
        candidates.sort_unstable_by(|one, other| other.extensions.number.cmp(&one.extensions.number));
        for delta in candidates {
            self.record.spend(Item::Signature, delta.check_weight())?;
            if delta.is_signed_with(&signer.contents().key) {
                return Ok(Some(delta));
            }
        }
        Ok(None)
    }

    /// The certificate whose key signed the CRL, when it may sign CRLs and has a path to the same root.
    fn signer_of(
        &mut self,
        pool: &'a CrlPool,
        crl: &PoolCrl,
        certificates: &[&'a Certificate],
        position: usize,
    ) -> Result<Option<&'a Certificate>, Failure> {
        let mut above: Vec<&'a Certificate> = certificates.iter().skip(position + 1).copied().collect();
        let on_path = above.len();
        let trust = self.trust;
        above.extend(
            trust
                .indices_by_subject(&crl.issuer)
                .iter()
                .filter_map(|index| trust.at(*index))
                .map(|authority| &authority.certificate),
        );
        for (index, signer) in above.into_iter().enumerate() {
            let contents = signer.contents();
            let may_sign = contents
                .extensions
                .key_usage
                .is_none_or(|usage| usage.crl_signing());
            if contents.subject != crl.issuer || !may_sign {
                continue;
            }
            self.record.spend(Item::Signature, crl.check_weight())?;
            if !crl.is_signed_with(&contents.key) {
                continue;
            }
            // A signer on the path is being validated with the path; one whose own status is just being asked may be
            // covered by the CRL it signed.
            let is_known = index < on_path || self.signers.contains(&signer);
            if is_known || self.signer_is_trusted(pool, signer, certificates)? {
                return Ok(Some(signer));
            }
        }
        Ok(None)
    }
}

/// A duty that the issuer of a CRL neglected (RFC 5280 §5.2.1, §5.2.3); only the plain profile minds.
fn issuing_oddity(crl: &PoolCrl) -> Option<&'static str> {
    let extensions = &crl.extensions;
    let missing = if extensions.number.is_none() {
        Some("it has no CRL number")
    } else if extensions.authority_key_identifier.is_none() {
        Some("it has no authority key identifier")
    } else {
        None
    };
    extensions.oddities.first().copied().or(missing)
}

/// RFC 5280 §6.3.3 b: whether a complete CRL speaks for this distribution point of this certificate.
fn covers(crl: &PoolCrl, point: &DistributionPoint, certificate: &Certificate) -> bool {
    let issuer = &certificate.contents().issuer;
    let scope = crl.extensions.issuing_distribution_point.as_ref();
    let issuer_fits = if point.crl_issuers.is_empty() {
        crl.issuer == *issuer
    } else {
        point.crl_issuers.contains(&crl.issuer) && scope.is_some_and(|scope| scope.is_indirect)
    };
    if !issuer_fits {
        return false;
    }
    let Some(scope) = scope else {
        return true;
    };
    let is_authority = certificate.is_authority();
    if (scope.only_user_certificates && is_authority)
        || (scope.only_ca_certificates && !is_authority)
        || scope.only_attribute_certificates
    {
        return false;
    }
    let Some(scope_name) = &scope.name else {
        return true;
    };
    let covered = scope_name.names(&crl.issuer);
    point_names(point, issuer)
        .iter()
        .any(|name| covered.contains(name))
}

/// The names a distribution point goes by: its own, else those of its CRL issuers.
fn point_names(point: &DistributionPoint, issuer: &CanonicalName) -> Vec<GeneralName> {
    match &point.name {
        Some(name) => {
            let base = point.crl_issuers.first().unwrap_or(issuer);
            name.names(base)
        }
        None => point
            .crl_issuers
            .iter()
            .cloned()
            .map(GeneralName::Directory)
            .collect(),
    }
}
