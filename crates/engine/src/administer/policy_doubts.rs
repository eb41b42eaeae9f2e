//! What is doubtful about a policy together with the trust stores it stands on.

use lanyard_certificate_policy::Finding;

use crate::TenantConfiguration;
use crate::snapshot::chosen_authorities;

/// Authorities that are named one by one; the others are counted.
const NAMED: usize = 10;

/// Doubts that the policy alone does not show.
///
/// Rule `POLICY-DOUBTS`: a policy is saved with a warning when the method is on and no certification authority is stored, or when
/// lists are demanded of an issuing authority that has no address for them and is not exempted. Source: certificate-sign-in
/// §4.6, §8.3.
pub(crate) fn doubts_of(configuration: &TenantConfiguration) -> Vec<Finding> {
    let policy = &configuration.x509_policy;
    let Ok(authorities) = chosen_authorities(configuration) else {
        return Vec::new();
    };
    if !policy.is_enabled() {
        return Vec::new();
    }
    if authorities.is_empty() {
        let sentence = "There is no certification authority in a trust store: nobody can sign in.";
        return vec![Finding::warning("state", sentence)];
    }
    if !policy.requires_crl() {
        return Vec::new();
    }
    let without: Vec<String> = authorities
        .iter()
        .filter(|authority| {
            let stored = &authority.stored;
            let issues_for_people = !stored.is_root || configuration.settings.require_crl_for_all_authorities;
            issues_for_people && stored.base_crl_url.is_none() && !stored.crl_check_exempt
        })
        .map(|authority| authority.stored.certificate.facts().subject.to_string())
        .collect();
    let more = without.len().saturating_sub(NAMED);
    let mut findings: Vec<Finding> = without
        .iter()
        .take(NAMED)
        .map(|name| {
            let sentence = format!("'{name}' has no address of a revocation list and is not exempted: its certificates are refused.");
            Finding::warning("crlValidationConfiguration", sentence)
        })
        .collect();
    if more > 0 {
        let sentence = format!("{more} further authorities have no address of a revocation list.");
        findings.push(Finding::warning("crlValidationConfiguration", sentence));
    }
    findings
}
