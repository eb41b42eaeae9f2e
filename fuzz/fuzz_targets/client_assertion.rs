//! Any text as a client assertion: none is accepted, because nobody here has the registered key.
#![no_main]

#[path = "../application.rs"]
mod application;

use application::APPLICATION;
use lanyard_tokens::client_assertion::{claimed_client, verify};
use lanyard_tokens::{AssertionContext, Authority};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let authority = Authority::new("https://login.example.test");
    let now = "2026-06-01T00:00:00Z".parse().expect("a time");
    let context = AssertionContext {
        authority: &authority,
        tenant_names: &["example.test"],
        now,
    };
    let _ = claimed_client(text);
    assert!(verify(text, &APPLICATION, &context).is_err(), "{text}");
});
