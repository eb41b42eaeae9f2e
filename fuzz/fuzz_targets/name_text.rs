//! Any text as a distinguished name: what is read and written reads back as the same name.
#![no_main]

use lanyard_pki::Name;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(name) = Name::parse_text(text) {
        let again = Name::parse_text(&name.to_string()).expect("what we write we can read");
        assert!(name.matches_name_either_order(&again), "{text:?} became {again}");
        let _ = (name.to_encoding_order_text(), name.matches_encoding_order(text));
    }
});
