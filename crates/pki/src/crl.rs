//! Certificate revocation lists.

pub(crate) mod distribution_point;
mod entries;
mod index;
mod ingest;
mod inspect;
mod number;
pub(crate) mod pool;
pub(crate) mod read;
mod reason;
mod serials;
mod stored;

pub use index::{CrlIndex, RevokedEntry};
pub(crate) use ingest::is_current;
pub use ingest::{CrlKind, IngestOptions};
pub use inspect::CrlFacts;
pub use number::{CrlNumber, HighestCrl, number_rises};
pub use pool::CrlPool;
pub use reason::RevocationReason;
pub use stored::StoredIndexDamaged;
