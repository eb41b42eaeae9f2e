//! One store over two databases: SQLite inside the process, or PostgreSQL; one text for each statement.
//!
//! Owns: the tables, their migrations, the unit of work and how it becomes durable, and the list of changes that other
//! nodes follow. Does not own: what a row means. Aggregates are kept as the columns that are looked up, sorted or
//! unique, and a JSON body. Times are microseconds since 1970, UTC (`…_us`).
//!
//! On SQLite one thread writes and commits in groups, readers have their own connections. A unit of
//! work is acknowledged when it is durable, and not before; it happens whole or not at all.

mod app_role_assignments;
mod applications;
mod audits;
mod backup;
mod bulk;
mod bulk_lookup;
mod change;
mod command;
mod configurations;
mod crls;
mod database;
mod database_url;
mod deleted;
mod denied_certificates;
mod device_codes;
mod devices;
mod download_lock;
mod error;
mod grants;
mod group_pages;
mod groups;
mod housekeeping;
mod kept_policies;
mod keys;
mod migrations;
mod nested_members;
mod once;
mod owners;
mod postgres;
mod roles;
mod rows;
mod sessions;
mod sign_ins;
mod sqlite;
mod sqlite_unit;
mod sqlite_writer;
mod statements;
mod store;
mod stored_form;
mod tenants;
#[cfg(test)]
#[path = "../tests/throwaway_postgres/mod.rs"]
mod throwaway_postgres;
mod user_pages;
mod user_with_groups;
mod users;
mod value;
mod watch;
mod write;

pub use applications::GrantScan;
pub use audits::AuditRow;
pub use change::{Change, ChangeKind};
pub use crls::{CrlHeader, CrlHistoryRow, CrlRow};
pub use database_url::DatabaseUrl;
pub use deleted::{DeletedKind, DeletedRow};
pub use denied_certificates::DeniedCertificateRow;
pub use device_codes::DeviceCodeRow;
pub use download_lock::DownloadLock;
pub use error::StorageError;
pub use grants::GrantRow;
pub use group_pages::MemberObject;
pub use groups::{Member, MemberKind};
pub use housekeeping::{Purged, Retention};
pub use kept_policies::{KeptKind, KeptPolicyRow};
pub use keys::KeyRow;
pub use owners::{Ownership, OwnershipKind};
pub use sessions::SessionRow;
pub use sign_ins::{Cursor, SignInFilter, SignInRow};
pub use store::Store;
pub use user_pages::{KeyPlace, KeyRange, UserOrder};
pub use user_with_groups::UserWithGroups;
pub use watch::ChangeWatch;
pub use write::{UnitOfWork, Write};
