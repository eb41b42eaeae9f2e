//! Any bytes as a file of Graph JSON: read or refused with a sentence, and what does not translate is named in plain letters.
#![no_main]

use std::path::Path;

use lanyard_exchange::{Found, read_document};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut found = Found::default();
    let name = Path::new("members-00000000-0000-0000-0000-000000000001.json");
    let outcome = read_document(&mut found, name, bytes);
    if let Err(error) = &outcome {
        assert!(!error.to_string().is_empty());
    }
    for one in found.untranslated.list() {
        let shown = format!("{}{}", one.kind, one.object);
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert!(!one.reason.is_empty());
    }
    // Read once more it is the same: nothing depends on what was read before.
    let mut again = Found::default();
    assert_eq!(outcome.is_ok(), read_document(&mut again, name, bytes).is_ok());
    assert_eq!(found.summary(), again.summary());
});
