//! Any bytes as a CSV file of users: read or refused with a sentence; the lines of rows never fall.
//! A lone carriage return ends a row, and no line.
#![no_main]

use std::path::Path;

use lanyard_exchange::read_csv;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match read_csv(Path::new("users.csv"), bytes) {
    Ok(rows) => {
        assert!(rows.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        for (_, user) in rows {
            let ids = &user.certificate_user_ids;
            assert!(ids.iter().all(|id| !id.is_empty() && id.trim() == id));
        }
    }
    Err(error) => assert!(!error.to_string().is_empty()),
});
