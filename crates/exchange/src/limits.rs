//! How much a file may hold.

/// Longest CSV file, in octets; a longer one is refused, never cut.
pub const MAX_CSV_BYTES: u64 = 512 * 1024 * 1024;
/// Longest JSON file, in octets.
pub const MAX_JSON_BYTES: u64 = 1024 * 1024 * 1024;
/// Most objects of all files together.
pub(crate) const MAX_OBJECTS: usize = 5_000_000;
/// Objects that do not translate are listed up to this number and counted beyond.
pub(crate) const MAX_LISTED: usize = 10_000;
