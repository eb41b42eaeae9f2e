//! The question "is this certificate trusted?" and its answer.

use jiff::Timestamp;
use lanyard_verdict::{Refusal, Verdict};

use crate::crl::CrlPool;
use crate::path::search::{self, RevocationSource};
use crate::revocation::{AuthorityCrlStatus, CrlRequest, RevocationView};
use crate::{AuthorityId, Certificate, KeyIdentifier, Profile, TrustStore};

/// The answer to "is this certificate trusted?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainOutcome {
    /// A path to a root validates completely.
    Trusted(TrustedChain),
    /// No path does.
    Refused(Refusal),
    /// A path is good as far as can be told, but these CRLs are neither present nor known to have failed.
    CrlNeeded(Vec<CrlRequest>),
}

/// A certificate with a completely validated path. Only this crate can make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedChain {
    pub(crate) leaf: Certificate,
    pub(crate) authorities: Vec<(AuthorityId, Certificate)>,
    pub(crate) issuing_authority: AuthorityId,
    pub(crate) issuer_key_identifier: Option<KeyIdentifier>,
    pub(crate) crl_status: Vec<AuthorityCrlStatus>,
    pub(crate) policies: Vec<String>,
}

impl TrustedChain {
    /// The certificate that was asked about.
    #[must_use]
    pub const fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The authority that signed the leaf.
    #[must_use]
    pub const fn issuing_authority(&self) -> AuthorityId {
        self.issuing_authority
    }

    /// The subject key identifier of the issuing authority; `None` when the leaf names no issuer key, so that rules
    /// about issuers by key identifier fail closed (certificate-sign-in §3.1 PB-3).
    #[must_use]
    pub const fn issuer_key_identifier(&self) -> Option<&KeyIdentifier> {
        self.issuer_key_identifier.as_ref()
    }

    /// The CA certificates of the path, the issuing one first, the root last.
    pub fn authorities(&self) -> impl ExactSizeIterator<Item = (AuthorityId, &Certificate)> {
        self.authorities
            .iter()
            .map(|(id, certificate)| (*id, certificate))
    }

    /// What was done about each authority's CRL, the issuing one first.
    #[must_use]
    pub fn crl_status(&self) -> &[AuthorityCrlStatus] {
        &self.crl_status
    }

    /// The user-constrained policy set (RFC 5280 §6.1.6) as sorted dotted OIDs; `2.5.29.32.0` means any policy.
    /// Not the leaf's literal policies: those are in its facts.
    #[must_use]
    pub fn policies(&self) -> &[String] {
        &self.policies
    }
}

/// Decides whether `leaf` is trusted at `now`, by the tenant's store and what is known about revocation.
///
/// Certificates that the client sent beside the leaf play no part (certificate-sign-in §3.1 PB-1). The verdict's steps
/// name every path that was tried and why it fell.
#[must_use]
pub fn evaluate(
    leaf: &Certificate,
    trust: &TrustStore,
    revocation: &RevocationView,
    profile: &Profile,
    now: Timestamp,
) -> Verdict<ChainOutcome> {
    search::run(leaf, trust, RevocationSource::View(revocation), profile, now)
}

/// The same question with CRLs handed over in a pool, as RFC 5280 §6.3.3 uses them: indirect and partitioned ones, those
/// of other signers, deltas. The statuses of the first `statuses` certificates from the leaf up are asked for; a status
/// that stays unknown refuses.
#[must_use]
pub fn evaluate_with_pool(
    leaf: &Certificate,
    trust: &TrustStore,
    crls: &CrlPool,
    statuses: usize,
    profile: &Profile,
    now: Timestamp,
) -> Verdict<ChainOutcome> {
    search::run(leaf, trust, RevocationSource::Pool(crls, statuses), profile, now)
}
