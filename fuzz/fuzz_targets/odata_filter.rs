//! Any text as an OData filter: what is read and written reads back as the same filter.
#![no_main]

// The parser alone: the crate it lives in would bring a server and a database along.
#[allow(dead_code, unused_imports, reason = "only the parser is fuzzed")]
#[path = "../../crates/graph-api/src/odata/mod.rs"]
mod odata;

use libfuzzer_sys::fuzz_target;
use odata::Filter;

fuzz_target!(|text: &str| {
    if let Ok(filter) = Filter::parse(text) {
        let written = filter.to_string();
        // Written out, a filter may be longer than what is read; then it is refused, and never read as another one.
        match Filter::parse(&written) {
            Ok(again) => assert_eq!(again, filter, "{text:?} became {written:?}"),
            Err(error) => assert!(written.len() > text.len(), "{text:?} became {written:?}: {error}"),
        }
    }
});
