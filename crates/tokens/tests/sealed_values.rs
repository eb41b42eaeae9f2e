//! Sealed values: nothing opens that was changed, moved or kept too long.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test data"
)]

mod world;

use jiff::Timestamp;
use lanyard_directory::TenantId;
use lanyard_tokens::sealed::{open, seal};
use lanyard_tokens::{MasterKey, SealError, SealKind, SealRandom, SealingKeys};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use world::{TENANT, hours, now};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Payload {
    text: String,
    number: u64,
}

fn payload() -> Payload {
    Payload {
        text: "Ámbar".to_owned(),
        number: 7,
    }
}

fn keys() -> SealingKeys {
    SealingKeys::new((2, &MasterKey::new([2; 32])), &[(1, &MasterKey::new([1; 32]))]).unwrap()
}

fn random() -> SealRandom {
    SealRandom(std::array::from_fn(|index| index as u8))
}

fn sealed(kind: SealKind, tenant: TenantId) -> String {
    seal(kind, tenant, &payload(), now() + hours(1), random(), &keys()).unwrap()
}

fn opened(kind: SealKind, tenant: Option<TenantId>, text: &str, at: Timestamp) -> Result<Payload, SealError> {
    open::<Payload>(kind, tenant, text, at, &keys()).map(|opened| opened.payload)
}

#[test]
fn seal_bound() {
    // SEAL-BOUND
    let other = TenantId(Uuid::from_u128(9));
    for kind in SealKind::ALL {
        let text = sealed(kind, TENANT);
        let whole = open::<Payload>(kind, Some(TENANT), &text, now(), &keys()).unwrap();
        assert_eq!(
            (whole.payload, whole.tenant, whole.expires),
            (payload(), TENANT, now() + hours(1))
        );
        assert_eq!(whole.id.as_bytes()[..], random().0[12..]);
        assert_eq!(opened(kind, None, &text, now()).unwrap(), payload());
        assert_eq!(
            opened(kind, Some(other), &text, now()),
            Err(SealError::OtherTenant)
        );
        assert_eq!(
            opened(kind, Some(TENANT), &text, now() + hours(1)),
            Err(SealError::Expired)
        );
        for wrong in SealKind::ALL.into_iter().filter(|wrong| *wrong != kind) {
            let error = opened(wrong, Some(TENANT), &text, now()).unwrap_err();
            assert_eq!(error, SealError::NotAuthentic, "{kind:?} as {wrong:?}");
        }
        assert!(!text.contains("Ambar"));
    }
}

#[test]
fn keys_rotate() {
    let (one, two) = (MasterKey::new([1; 32]), MasterKey::new([2; 32]));
    let old = SealingKeys::new((1, &one), &[]).unwrap();
    let text = seal(
        SealKind::Context,
        TENANT,
        &payload(),
        now() + hours(1),
        random(),
        &old,
    )
    .unwrap();
    assert_eq!(
        opened(SealKind::Context, Some(TENANT), &text, now()).unwrap(),
        payload()
    );
    let new_only = SealingKeys::new((2, &two), &[]).unwrap();
    let refused = open::<Payload>(SealKind::Context, Some(TENANT), &text, now(), &new_only);
    assert_eq!(refused.unwrap_err(), SealError::UnknownKey);
    // The same id with another key: the id is not the secret.
    let impostor = SealingKeys::new((1, &two), &[]).unwrap();
    let refused = open::<Payload>(SealKind::Context, Some(TENANT), &text, now(), &impostor);
    assert_eq!(refused.unwrap_err(), SealError::NotAuthentic);
}

#[test]
fn sizes_are_bounded() {
    for kind in SealKind::ALL {
        let large = "x".repeat(kind.max_text_bytes());
        let refused = seal(kind, TENANT, &large, now() + hours(1), random(), &keys());
        assert_eq!(refused.unwrap_err(), SealError::TooLarge);
        let long = "A".repeat(kind.max_text_bytes() + 1);
        assert_eq!(opened(kind, None, &long, now()), Err(SealError::Malformed));
    }
}

#[test]
fn content_of_another_shape_is_refused() {
    let text = seal(
        SealKind::FlowToken,
        TENANT,
        &"only text",
        now() + hours(1),
        random(),
        &keys(),
    )
    .unwrap();
    assert_eq!(
        opened(SealKind::FlowToken, Some(TENANT), &text, now()),
        Err(SealError::Content)
    );
}

#[test]
fn every_changed_character_is_noticed() {
    let text = sealed(SealKind::AuthorizationCode, TENANT);
    for position in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(
            opened(SealKind::AuthorizationCode, Some(TENANT), &changed, now()).is_err(),
            "at {position}"
        );
    }
    for length in 0..text.len() {
        assert!(opened(SealKind::AuthorizationCode, Some(TENANT), &text[..length], now()).is_err());
    }
}

proptest! {
    #[test]
    fn opening_never_panics(text in "[A-Za-z0-9_-]{0,200}|\\PC{0,60}") {
        for kind in SealKind::ALL {
            prop_assert!(opened(kind, None, &text, now()).is_err());
        }
    }
}
