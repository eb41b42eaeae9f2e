//! Any text as a sealed value: none opens, because nobody here has the key.
#![no_main]

use std::sync::LazyLock;

use lanyard_tokens::{MasterKey, SealKind, SealingKeys, sealed};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static KEYS: LazyLock<SealingKeys> = LazyLock::new(|| {
    SealingKeys::new((1, &MasterKey::new([7; 32])), &[(2, &MasterKey::new([8; 32]))]).expect("keys")
});

fuzz_target!(|text: &str| {
    let now = "2026-06-01T00:00:00Z".parse().expect("a time");
    for kind in SealKind::ALL {
        assert!(sealed::open::<Value>(kind, None, text, now, &KEYS).is_err());
    }
});
