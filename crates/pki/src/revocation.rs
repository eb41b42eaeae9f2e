//! What is known about revocation at one moment, and the decision per authority.

mod decision;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use lanyard_verdict::Refusal;
use serde::{Deserialize, Serialize};

use crate::AuthorityId;
use crate::crl::{CrlIndex, CrlKind, CrlNumber, RevokedEntry};
use decision::listed;

pub(crate) use decision::{CrlDecision, CrlQuestion, decide};

/// One CRL of one authority, as far as it is known.
#[derive(Clone, Debug, Default)]
pub enum CrlSlot {
    /// Not fetched yet.
    #[default]
    Absent,
    /// Fetching or ingesting failed, and nothing usable is at hand.
    Failed(Refusal),
    /// At hand. It may have grown old; that is looked at in each evaluation.
    Available(Arc<CrlIndex>),
    /// At hand, but it could not be renewed when that was needed: counts only in a grace period.
    NotRenewed {
        /// The one at hand.
        index: Arc<CrlIndex>,
        /// Why it could not be renewed.
        refusal: Refusal,
    },
}

/// Everything known about revocation at one moment. Immutable; a clone costs one reference count.
#[derive(Clone, Debug, Default)]
pub struct RevocationView(Arc<HashMap<AuthorityId, (CrlSlot, CrlSlot)>>);

impl RevocationView {
    /// A view without any CRL.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The slot of one CRL.
    #[must_use]
    pub fn slot(&self, authority: &AuthorityId, kind: CrlKind) -> &CrlSlot {
        match (self.0.get(authority), kind) {
            (Some((base, _)), CrlKind::Base) => base,
            (Some((_, delta)), CrlKind::Delta) => delta,
            (None, _) => &CrlSlot::Absent,
        }
    }

    /// The index of one CRL, when it is there.
    #[must_use]
    pub fn index(&self, authority: &AuthorityId, kind: CrlKind) -> Option<&Arc<crate::CrlIndex>> {
        match self.slot(authority, kind) {
            CrlSlot::Available(index) | CrlSlot::NotRenewed { index, .. } => Some(index),
            CrlSlot::Absent | CrlSlot::Failed(_) => None,
        }
    }

    /// The same view with one slot changed.
    #[must_use]
    pub fn with(&self, authority: AuthorityId, kind: CrlKind, slot: CrlSlot) -> Self {
        let mut slots = HashMap::clone(&self.0);
        let (base, delta) = slots.entry(authority).or_default();
        match kind {
            CrlKind::Base => *base = slot,
            CrlKind::Delta => *delta = slot,
        }
        Self(Arc::new(slots))
    }

    /// What base and delta together say about a certificate of this authority, whatever their dates.
    ///
    /// For ending sessions when a new CRL arrives. Delta before base: `removeFromCRL` in the delta releases.
    #[must_use]
    pub fn status_of(&self, authority: &AuthorityId, serial: &crate::SerialNumber) -> Option<RevokedEntry> {
        let index = |kind| self.index(authority, kind);
        listed(index(CrlKind::Base), index(CrlKind::Delta), serial)
    }
}

impl FromIterator<(AuthorityId, CrlKind, CrlSlot)> for RevocationView {
    fn from_iter<I: IntoIterator<Item = (AuthorityId, CrlKind, CrlSlot)>>(slots: I) -> Self {
        let mut map: HashMap<AuthorityId, (CrlSlot, CrlSlot)> = HashMap::new();
        for (authority, kind, slot) in slots {
            let (base, delta) = map.entry(authority).or_default();
            match kind {
                CrlKind::Base => *base = slot,
                CrlKind::Delta => *delta = slot,
            }
        }
        Self(Arc::new(map))
    }
}

/// A CRL that has to be at hand before the question can be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrlRequest {
    /// Whose CRL.
    pub authority: AuthorityId,
    /// Which of the two.
    pub kind: CrlKind,
    /// Why the one at hand, if any, is not enough.
    pub reason: CrlRequestReason,
    /// How to refuse when it cannot be had: fetch once, then put the failure (or this) into the slot and ask again.
    pub otherwise: Refusal,
}

/// Why a CRL has to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CrlRequestReason {
    /// None is at hand.
    Absent,
    /// The one at hand is past its nextUpdate.
    Expired,
    /// Base and delta at hand do not belong together.
    BaseAndDeltaDisagree,
}

/// What was done about the CRL of one authority of a trusted path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityCrlStatus {
    /// The authority.
    pub authority: AuthorityId,
    /// What was done.
    pub status: CrlStatus,
}

/// What was done about a CRL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum CrlStatus {
    /// Looked up, not listed.
    Checked {
        /// Number of the complete CRL.
        number: Option<CrlNumber>,
        /// Its thisUpdate.
        this_update: Timestamp,
        /// Its nextUpdate.
        next_update: Timestamp,
        /// Number of the delta CRL, when one was used.
        delta_number: Option<CrlNumber>,
        /// Until when an expired CRL counts because of a grace period, when one was used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grace_until: Option<Timestamp>,
    },
    /// No CRL URL is configured for this authority and none is required.
    SkippedNoDistributionPoint,
    /// Checking is switched off for this authority.
    SkippedExempt,
}
