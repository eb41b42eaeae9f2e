//! A tenant as files: what Microsoft Graph answers, saved as JSON, and users as CSV; read into the installation and written
//! from it.
//!
//! Owns: the shapes of the files, their limits, what of them does not translate, and the order in which things are brought.
//! Does not own: any decision (the engine checks and saves), the command line (the binary asks and prints).
//! Sources: certificate-sign-in §2, §8.2, directory-policy-tokens §2, §3.1, §4.1.

mod bring;
mod csv_file;
mod csv_groups;
mod csv_users;
mod error;
mod export;
mod found;
mod limits;
mod not_translated;
mod objects;
mod read;
mod shapes;

pub use bring::{Brought, bring};
pub use csv_groups::{CSV_GROUP_COLUMNS, CsvGroups, read_csv_groups};
pub use csv_users::{CSV_COLUMNS, read_csv};
pub use error::ExchangeError;
pub use export::{ExportedFile, export};
pub use found::Found;
pub use limits::{MAX_CSV_BYTES, MAX_JSON_BYTES};
pub use not_translated::{NotTranslated, Untranslated};
pub use read::{read_document, read_files};
