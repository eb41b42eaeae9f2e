//! What callers of the directory API read: pages of users, groups, applications, roles, devices and logs.

mod applications;
mod devices;
mod groups;
mod logs;
mod objects;
mod organization;
mod roles;
mod users;

pub use applications::sha1_base64;
pub use devices::DeviceScan;
pub use logs::{AuditPlace, LogWindow, SignInSearch, activity_named};
pub use objects::{DirectoryObject, ObjectKind};
pub use users::{ProfileView, UserScan};
