//! One-shot validation by the server's own rules.

use std::sync::Arc;

use lanyard_verdict::Verdict;

use super::{CrlCheck, VerifyInputs, refusal_of, store};
use crate::crl::read::CrlParts;
use crate::{
    Certificate, ChainOutcome, CrlIndex, CrlKind, CrlSlot, IngestOptions, Profile, RevocationView,
    StoredAuthority, evaluate,
};

/// Builds the store and the view that a server with these authorities and CRLs would have, and asks them.
pub(super) fn verify(inputs: &VerifyInputs, profile: &Profile) -> Verdict<ChainOutcome> {
    let offered: Vec<Offered<'_>> = inputs.crls.iter().map(|der| Offered::new(der)).collect();
    let trust = store(inputs, |inputs, certificate, is_root| {
        let is_checked = match inputs.crl_check {
            CrlCheck::None => false,
            CrlCheck::Leaf => issued_the_leaf(certificate, &inputs.leaf),
            CrlCheck::Chain => true,
        };
        let has_delta = offered
            .iter()
            .any(|crl| crl.kind == CrlKind::Delta && crl.is_for(certificate));
        let given = || Some("given with the request".to_owned());
        StoredAuthority {
            certificate: certificate.clone(),
            is_root,
            base_crl_url: is_checked.then(given).flatten(),
            delta_crl_url: (is_checked && has_delta).then(given).flatten(),
            crl_check_exempt: !is_checked,
            further_base_crl_urls: Vec::new(),
            crl_grace_secs: 0,
        }
    });
    let options = IngestOptions::from(profile);
    let mut view = RevocationView::new();
    for (id, authority) in trust.authorities() {
        for crl in offered.iter().filter(|crl| crl.is_for(&authority.certificate)) {
            let slot = match CrlIndex::ingest(crl.der, &authority.certificate, crl.kind, &options, inputs.at)
            {
                Ok(index) => CrlSlot::Available(Arc::new(index)),
                Err(refusal) => CrlSlot::Failed(refusal),
            };
            if is_better(&slot, view.slot(&id, crl.kind)) {
                view = view.with(id, crl.kind, slot);
            }
        }
    }
    let mut verdict = evaluate(&inputs.leaf, &trust, &view, profile, inputs.at);
    // Nothing can be fetched here: a CRL that is not there is missing.
    if let (ChainOutcome::CrlNeeded(_), Some(refusal)) = (&verdict.outcome, refusal_of(&verdict.outcome)) {
        verdict.outcome = ChainOutcome::Refused(refusal);
    }
    verdict
}

/// A CRL as it was handed over.
struct Offered<'a> {
    der: &'a [u8],
    parts: Option<CrlParts<'a>>,
    kind: CrlKind,
}

impl<'a> Offered<'a> {
    fn new(der: &'a [u8]) -> Self {
        let parts = CrlParts::read(der).ok();
        let is_delta = parts
            .as_ref()
            .is_some_and(|parts| parts.extensions.delta_base_number.is_some());
        Self {
            der,
            parts,
            kind: if is_delta { CrlKind::Delta } else { CrlKind::Base },
        }
    }

    /// Whether an administrator would have configured it at this authority: same name, and same key if it says which.
    fn is_for(&self, authority: &Certificate) -> bool {
        let Some(parts) = &self.parts else {
            return false;
        };
        let named = parts.extensions.authority_key_identifier.as_ref();
        parts.canonical_issuer == authority.contents().subject
            && (named.is_none() || named == authority.facts().subject_key_identifier.as_ref())
    }
}

fn issued_the_leaf(authority: &Certificate, leaf: &Certificate) -> bool {
    match &leaf.facts().authority_key_identifier {
        Some(identifier) => authority.facts().subject_key_identifier.as_ref() == Some(identifier),
        None => authority.contents().subject == leaf.contents().issuer,
    }
}

fn is_better(new: &CrlSlot, old: &CrlSlot) -> bool {
    match (new, old) {
        (_, CrlSlot::Absent) | (CrlSlot::Available(_), CrlSlot::Failed(_)) => true,
        (CrlSlot::Available(new), CrlSlot::Available(old)) => new.number() > old.number(),
        _ => false,
    }
}
