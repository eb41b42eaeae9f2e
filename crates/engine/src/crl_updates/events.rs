//! When a list gets into trouble, and when it is out of it.

use tokio::sync::broadcast;

use lanyard_pki::{AuthorityId, CrlKind};
use lanyard_verdict::{Code, Refusal};

use super::{CrlKey, CrlUpdates, lock};

/// What is wrong with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It cannot be had or used.
    Failed,
    /// Its server gives out one with a number that fell.
    NumberRolledBack,
    /// Its server gives out one that the authority did not sign.
    SignatureMismatch,
}

/// A list got into trouble, into another one, or out of it (`None`).
#[derive(Clone, Debug)]
pub(crate) struct CrlEvent {
    pub(crate) authority: AuthorityId,
    pub(crate) kind: CrlKind,
    pub(crate) trouble: Option<Trouble>,
    pub(crate) refusal: Option<Refusal>,
}

impl Trouble {
    fn of(refusal: &Refusal) -> Self {
        if refusal.rule.as_str() == "CRL-NUMBER-RISES" {
            Self::NumberRolledBack
        } else if refusal.code == Code::CRL_NOT_FROM_ISSUER {
            Self::SignatureMismatch
        } else {
            Self::Failed
        }
    }
}

impl CrlUpdates {
    /// Tells of each change in what is wrong with a list.
    pub(crate) fn events(&self) -> broadcast::Receiver<CrlEvent> {
        self.events.subscribe()
    }

    pub(super) fn note_outcome(&self, key: CrlKey, outcome: Result<&(), &Refusal>) {
        let trouble = outcome.err().map(Trouble::of);
        let before = {
            let mut troubles = lock(&self.troubles);
            match trouble {
                Some(trouble) => troubles.insert(key, trouble),
                None => troubles.remove(&key),
            }
        };
        if before != trouble {
            // Nobody may be listening: a command line run writes nothing.
            let _ = self.events.send(CrlEvent {
                authority: key.0,
                kind: key.1,
                trouble,
                refusal: outcome.err().cloned(),
            });
        }
    }
}
