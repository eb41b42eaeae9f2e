//! Both trust stores present: certificate-sign-in §2.4 and §12.2 T6.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may end at the first thing that is not as it should be"
)]

mod world;

use lanyard_pki::{StoreChoice, StoredAuthority, choose_between_stores};
use world::*;

/// Names TRUST-STORE-CHOICE.
#[test]
fn the_entry_that_counts() {
    use StoreChoice::{ClassicHasTheCrl, CrlUrlsDiffer, OnlyInClassicStore, OnlyInPkiStore, PkiStoreFirst};
    let world = world();
    let entry = |url: Option<&str>| StoredAuthority {
        base_crl_url: url.map(str::to_owned),
        ..stored(&world.issuing, false)
    };
    let cases = [
        // URL in the PKI store, URL in the classic store, whether the classic CRL is valid, what counts, with which URL
        (None, None, true, PkiStoreFirst, None),
        (None, Some("a"), true, ClassicHasTheCrl, Some("a")),
        (None, Some("a"), false, PkiStoreFirst, None),
        (Some("a"), Some("a"), true, PkiStoreFirst, Some("a")),
        (Some("a"), Some("b"), true, CrlUrlsDiffer, Some("b")),
        (Some("a"), Some("b"), false, CrlUrlsDiffer, Some("b")),
        (Some("a"), None, true, PkiStoreFirst, Some("a")),
    ];
    for (pki, classic, is_valid, choice, url) in cases {
        let chosen = choose_between_stores(vec![entry(pki)], vec![entry(classic)], |_| is_valid);
        assert_eq!(chosen.len(), 1);
        assert_eq!(chosen[0].choice, choice, "{pki:?} {classic:?} {is_valid}");
        assert_eq!(chosen[0].stored.base_crl_url.as_deref(), url);
        assert_eq!(
            choice.is_classic(),
            matches!(choice, ClassicHasTheCrl | CrlUrlsDiffer)
        );
        assert!(!choice.reason().is_empty());
    }
    let chosen = choose_between_stores(vec![entry(None)], vec![stored(&world.root, true)], |_| true);
    let choices: Vec<StoreChoice> = chosen.iter().map(|chosen| chosen.choice).collect();
    assert_eq!(choices, [OnlyInPkiStore, OnlyInClassicStore]);
}
