//! Use cases: the only place where loading, deciding, saving and logging meet.
//!
//! Owns: one file per use case, the versioned policy snapshot, the CRL updates, the sealed state that travels with a
//! browser, and the small traits for what cannot be a plain value (clock, randomness, downloading).
//! Does not own: rules (domain crates decide), SQL (storage), HTTP and HTML (the fronts translate and render).
//!
//! The browser's way: [`Engine::begin_authorization`] → [`Engine::identify_user`] → [`Engine::present_certificate`] (on
//! the certauth host) → [`Engine::complete_certificate_sign_in`] → questions answered one by one → an
//! [`AuthorizationStep::Reply`]. The client's way: [`Engine::token`]. The pure heart is [`judge_certificate`].

pub mod administer;
mod administrator_consent;
mod application_access;
mod assignment;
mod attempt_limit;
mod authorization_code;
mod begin_authorization;
mod caller;
pub mod change_safety;
mod clock;
mod complete_certificate_sign_in;
mod configuration;
mod consent;
mod crl_source;
mod crl_updates;
mod device_sign_in;
mod directory;
mod directory_memory;
mod end_revoked_sessions;
mod engine;
mod error;
mod explain;
mod flow;
mod follow_changes;
mod identify_user;
mod judge;
mod judge_with_lists;
mod keys;
mod not_done;
mod outcome;
mod pki_store;
mod present_certificate;
mod problem;
mod proceed;
mod randomness;
mod request;
mod session;
mod settings;
mod sign_in_log;
mod sign_out;
mod snapshot;
mod step;
mod tell_of_lists;
mod text;
mod token;
mod user_info;
mod wanted_crls;
mod well_known;

pub use administer::certificate_of;
pub use attempt_limit::AttemptLimits;
pub use caller::{BearerFacts, Caller, CallerIdentity, version_of};
pub use clock::{Clock, SystemClock};
pub use configuration::{ChangeGuard, ConfiguredAuthority, TenantConfiguration, TenantSettings};
pub use consent::ConsentDecision;
pub use crl_source::{CrlDownload, CrlSource, DownloadFailure, DownloadedCrl};
pub use crl_updates::{AddressFault, CopyFacts, CrlUpdates, WantedCrl};
pub use directory::{
    AuditPlace, DeviceScan, DirectoryObject, LogWindow, ObjectKind, ProfileView, SignInSearch, UserScan,
    activity_named, sha1_base64,
};
pub use engine::{Engine, EngineParts};
pub use error::EngineError;
pub use explain::{ExplainRequest, Explanation, LiveExplainRequest, explain};
pub use judge::{
    AcceptedCertificate, CertificateOutcome, CertificateQuestion, judge_certificate, profile_of,
};
pub use not_done::NotDone;
pub use pki_store::{PkiAuthority, PublicKeyInfrastructure, UploadStatus};
pub use present_certificate::PresentedCertificate;
pub use problem::{CertificateSummary, Problem, Retry};
pub use randomness::{Randomness, SystemRandomness};
pub use request::RequestFacts;
pub use settings::{CrlLimits, Lifetimes, Settings};
pub use sign_in_log::SignInQuery;
pub use snapshot::{Snapshot, TenantSegment, TenantSnapshot};
pub use step::{
    AccountChoice, AuthorizationStep, CertificateHandover, ConsentPrompt, CredentialTypes, DevicePrompt,
    MethodPrompt, SessionChange, SignInPrompt, SignOut, StaySignedInPrompt, StepOutcome,
};
pub use token::TokenPost;

pub use lanyard_audit::{DirectoryAuditRecord, SignInKind, SignInRecord};
pub use lanyard_certificate_policy::{Finding, MethodPolicy, Severity};
pub use lanyard_directory::{
    AlternativeSecurityId, AppId, AppRole, AppRoleAssignment, Application, ClientSecret, ConsentType, Denial,
    Device, DirectoryRole, Group, GroupDetails, GroupId, GroupMembershipClaims, KeyCredential,
    OAuth2PermissionGrant, Operation, PermissionScope, PrincipalType, RedirectUriKind,
    RequiredResourceAccess, Rights, RoleAssignment, ServicePrincipal, SignInAudience, Tenant, TenantId, User,
    UserId, UserProfile, UserType,
};
pub use lanyard_storage::{
    DeletedKind, GrantScan, KeptKind, KeyPlace, KeyRange, Member, MemberKind, MemberObject, UserOrder,
};
pub use lanyard_tokens::discovery::{Realm, user_realm, user_realm_srf, user_realm_v2};
pub use lanyard_tokens::{
    Authority, AuthorizeAnswer, FailureContext, OAuthFailure, Parameters, TokenLifetimes,
};
pub use lanyard_verdict::{Code, CodeEntry, Input, OAuthError, RuleId};
