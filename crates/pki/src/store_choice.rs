//! Which entry counts when an authority stands in both trust stores.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{AuthorityId, StoredAuthority};

/// An authority with the store its entry was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenAuthority {
    /// The entry that counts.
    pub stored: StoredAuthority,
    /// Why this one.
    pub choice: StoreChoice,
}

/// Why an entry of one store counts. Goes into the sign-in log (certificate-sign-in §9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StoreChoice {
    /// It stands in the PKI store only.
    OnlyInPkiStore,
    /// It stands in the classic store only.
    OnlyInClassicStore,
    /// It stands in both, and the PKI store goes before.
    PkiStoreFirst,
    /// The PKI entry has no CRL URL, the classic one a valid CRL.
    ClassicHasTheCrl,
    /// The two entries have different CRL URLs.
    CrlUrlsDiffer,
}

impl StoreChoice {
    /// Whether the classic store was used.
    #[must_use]
    pub const fn is_classic(self) -> bool {
        matches!(
            self,
            Self::OnlyInClassicStore | Self::ClassicHasTheCrl | Self::CrlUrlsDiffer
        )
    }

    /// One sentence for the log.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::OnlyInPkiStore => "The authority is in the PKI store only.",
            Self::OnlyInClassicStore => "The authority is in the classic store only.",
            Self::PkiStoreFirst => "The authority is in both stores; the PKI store goes first.",
            Self::ClassicHasTheCrl => {
                "The authority has no CRL URL in the PKI store and a valid CRL in the classic store."
            }
            Self::CrlUrlsDiffer => {
                "The authority's CRL URLs differ between the PKI store and the classic store."
            }
        }
    }
}

/// One list of authorities from both stores: those of the PKI store first, each authority once.
///
/// Rule `TRUST-STORE-CHOICE`: the PKI store goes before the classic one, except that the classic entry is used when the
/// PKI entry has no CRL URL and the classic one a valid CRL, or when the two CRL URLs differ. Source:
/// certificate-sign-in §2.4.
#[must_use]
pub fn choose_between_stores(
    pki_store: Vec<StoredAuthority>,
    classic_store: Vec<StoredAuthority>,
    classic_crl_is_valid: impl Fn(&AuthorityId) -> bool,
) -> Vec<ChosenAuthority> {
    let mut classic: HashMap<AuthorityId, StoredAuthority> = HashMap::new();
    let mut order = Vec::with_capacity(classic_store.len());
    for stored in classic_store {
        let id = AuthorityId::of(&stored.certificate);
        order.push(id);
        classic.entry(id).or_insert(stored);
    }
    let mut chosen = Vec::with_capacity(pki_store.len() + classic.len());
    for stored in pki_store {
        let id = AuthorityId::of(&stored.certificate);
        let Some(other) = classic.remove(&id) else {
            chosen.push(ChosenAuthority {
                stored,
                choice: StoreChoice::OnlyInPkiStore,
            });
            continue;
        };
        let (stored, choice) = match (&stored.base_crl_url, &other.base_crl_url) {
            (None, Some(_)) if classic_crl_is_valid(&id) => (other, StoreChoice::ClassicHasTheCrl),
            (Some(one), Some(another)) if one != another => (other, StoreChoice::CrlUrlsDiffer),
            _ => (stored, StoreChoice::PkiStoreFirst),
        };
        chosen.push(ChosenAuthority { stored, choice });
    }
    let rest = order.into_iter().filter_map(|id| classic.remove(&id));
    chosen.extend(rest.map(|stored| ChosenAuthority {
        stored,
        choice: StoreChoice::OnlyInClassicStore,
    }));
    chosen
}
