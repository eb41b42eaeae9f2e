//! What the product remembers about sign-ins and changes, and how it reads.
//!
//! Owns: [`SignInRecord`] and [`DirectoryAuditRecord`], their stored form (serde) and their Graph JSON, the names of
//! activities, the certificate's additional details, and [`render_tree`], which makes a trace readable.
//! Does not own: storage, retention, filtering, or any decision. Certificate facts and user properties kept for replay
//! come in as JSON, so that this crate needs to know neither.
//!
//! Source: certificate-sign-in §9, directory-policy-tokens §8.1 and §8.2.

mod activity;
mod authentication_detail;
mod certificate_details;
mod directory_audit;
mod directory_audit_json;
mod parties;
mod render;
mod sign_in;
mod sign_in_json;
mod status;

pub use activity::Activity;
pub use authentication_detail::AuthenticationDetail;
pub use certificate_details::{
    BindingDetails, CertificateDetails, CrlCheckDetails, LegacyStore, LevelDetails,
};
pub use directory_audit::{
    AuditResult, DirectoryAuditRecord, Initiator, ModifiedProperty, TargetResource, TargetType,
};
pub use parties::{AppCredential, Application, Resource, ServicePrincipal, SignInUser};
pub use render::render_tree;
pub use sign_in::{
    AuthenticationRequirement, ClientApp, ConditionalAccessStatus, DeviceDetails, KeyValue, ReplayInputs,
    SignInKind, SignInRecord,
};
pub use status::SignInStatus;
