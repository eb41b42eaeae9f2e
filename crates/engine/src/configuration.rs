//! What an administrator configures per tenant: one versioned document.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use lanyard_certificate_policy::{MethodPolicy, PolicySettings};
use lanyard_directory::UserId;

use crate::pki_store::{PkiAuthority, PublicKeyInfrastructure};

/// Trust store, certificate method policy and settings of a tenant. Stored as one JSON document, replaced whole.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantConfiguration {
    /// The classic trust store.
    pub certificate_authorities: Vec<ConfiguredAuthority>,
    /// The PKI store.
    pub public_key_infrastructures: Vec<PublicKeyInfrastructure>,
    /// The x509 method configuration, in Graph's shape.
    pub x509_policy: MethodPolicy,
    /// Settings beyond Entra's.
    pub settings: TenantSettings,
}

impl TenantConfiguration {
    /// The authorities of the PKI store that count: not deleted, in a container that is not.
    pub fn pki_authorities(&self) -> impl Iterator<Item = &PkiAuthority> {
        self.public_key_infrastructures
            .iter()
            .filter(|container| container.deleted.is_none())
            .flat_map(PublicKeyInfrastructure::present)
    }
}

/// One certification authority of the classic store. Source: certificate-sign-in §2.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfiguredAuthority {
    /// Name shown to administrators.
    pub display_name: String,
    /// Chosen by the administrator, not guessed (TS-7).
    pub is_root_authority: bool,
    /// Base64 of the DER certificate.
    pub certificate: String,
    /// Where this authority's complete CRL is published.
    #[serde(default)]
    pub certificate_revocation_list_url: Option<String>,
    /// Further addresses of the complete CRL, asked in this order when the ones before do not give it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_certificate_revocation_list_urls: Vec<String>,
    /// How many hours after its nextUpdate a CRL of this authority that cannot be renewed still counts; `None`: as the
    /// tenant's setting says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crl_grace_hours: Option<u16>,
    /// Where its delta CRL is published.
    #[serde(default)]
    pub delta_certificate_revocation_list_url: Option<String>,
    /// Narrows the issuer hints: if any authority has this flag, only flagged ones are sent.
    #[serde(default)]
    pub is_issuer_hint_enabled: bool,
    /// When it was added.
    pub added: Timestamp,
}

/// Settings of a tenant that go beyond Entra's policy objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct TenantSettings {
    /// Limits and options of bindings, rules and `amr`.
    pub policy: PolicySettings,
    /// Ask "stay signed in?" after signing in.
    pub ask_to_stay_signed_in: bool,
    /// Require-CRL applies to every authority of the chain, not only to the issuing one (certificate-sign-in §4.2).
    pub require_crl_for_all_authorities: bool,
    /// Signatures with SHA-1 are accepted (certificate-sign-in §3.3). Dangerous.
    pub allow_sha1_signatures: bool,
    /// Tolerance for the clocks of others, at most 300 seconds (certificate-sign-in §3.2).
    pub clock_skew_secs: u16,
    /// How many hours after its nextUpdate a CRL that cannot be renewed still counts; 0: not at all. At most 720.
    pub crl_grace_hours: u16,
    /// People may consent to applications for themselves.
    pub users_may_consent: bool,
    /// Accounts outside every scope of the method (certificate-sign-in §8.4–§8.5), for the day a policy is wrong.
    pub emergency_accounts: Vec<UserId>,
    /// What a change may do to the people who sign in.
    pub change_guard: ChangeGuard,
}

/// How much a change may do before it has to be forced. Source: certificate-sign-in §7.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ChangeGuard {
    /// Sign-ins of the last so many days are judged again.
    pub days: u16,
    /// So many percent of the people who signed in lately may be refused afterwards.
    pub max_cut_off_percent: u8,
}

impl Default for ChangeGuard {
    fn default() -> Self {
        Self {
            days: 30,
            max_cut_off_percent: 20,
        }
    }
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            policy: PolicySettings::default(),
            ask_to_stay_signed_in: true,
            require_crl_for_all_authorities: false,
            allow_sha1_signatures: false,
            clock_skew_secs: 0,
            crl_grace_hours: 0,
            users_may_consent: true,
            emergency_accounts: Vec::new(),
            change_guard: ChangeGuard::default(),
        }
    }
}
