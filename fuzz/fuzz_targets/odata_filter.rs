//! Any text as an OData filter: what is read and written reads back as the same filter.
#![no_main]

use lanyard_graph_api::odata::Filter;
use libfuzzer_sys::fuzz_target;

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
