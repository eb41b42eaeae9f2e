//! The x509 sign-in method: whose certificate is it, how strong is it, and may this person use it.
//!
//! Owns: the method's policy object and its validation, username binding and `certificateUserIds`, authentication
//! binding (strength and required affinity), CA scoping, targeting, issuer hints, and what follows from a certificate's
//! strength (the multifactor table, `amr`). [`evaluate_certificate`] asks all questions in order; the server, explain
//! and what-if all make that same call.
//! Does not own: trust in a certificate (`pki`), users and groups (plain values come in), storage, the clock.
//!
//! Rules come from certificate-sign-in §2.5, §5, §6, §7.3, §8 and directory-policy-tokens §1.12.

mod amr;
mod certificate_user_id;
mod combination;
mod computed_user_ids;
mod deny_list;
mod evaluate;
mod finding;
mod issuer_hints;
mod letter_case;
mod method_policy;
mod multifactor;
mod patch;
mod scope;
mod settings;
mod strength;
mod strength_rule;
mod target;
mod trusted_chain;
mod user_binding;
mod username_binding;
mod validation;
mod write_user_ids;

pub use amr::{AmrMapping, amr_values};
pub use certificate_user_id::{CertificateUserId, CertificateUserIdError};
pub use combination::{CertificateCombination, CombinationOutcome, meets_combination};
pub use computed_user_ids::{ComputedUserIds, certificate_user_ids};
pub use deny_list::{DeniedCertificate, DenyList};
pub use evaluate::{CertificateEvaluation, CertificateOutcome, evaluate_certificate};
pub use finding::{Finding, Severity};
pub use issuer_hints::{HintCandidate, IssuerHints, issuer_hints};
pub use method_policy::{
    CertificateAuthorityScope, CrlValidationConfiguration, IssuerHintsConfiguration, MethodPolicy, Switch,
};
pub use multifactor::{NextStep, OtherFactors, PasswordFactor, PolicyDemand, next_after_certificate};
pub use scope::{ScopeOutcome, scope};
pub use settings::PolicySettings;
pub use strength::{DecidedBy, IssuingAuthority, StrengthOutcome, strength};
pub use strength_rule::{
    AuthenticationMode, AuthenticationModeConfiguration, IssuerIdentifier, PolicyOid, RuleMatch, StrengthRule,
};
pub use target::{Target, TargetId, TargetOutcome, in_scope};
pub use trusted_chain::chain_key_identifiers;
pub use user_binding::{Affinity, CertificateField, UserBinding, UserProperty};
pub use username_binding::{BindingOutcome, BoundBy, UserBindingProperties, bind};
pub use validation::PolicyContext;
pub use write_user_ids::{canonical_certificate_user_ids, check_certificate_user_ids};
