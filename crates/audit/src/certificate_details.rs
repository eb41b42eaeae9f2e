//! The certificate's part of the additional details.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::KeyValue;

/// The certificate of a sign-in and what was found about it, on success and on failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CertificateDetails {
    /// Subject name.
    pub subject: String,
    /// Issuer name.
    pub issuer: String,
    /// Serial number, big-endian hex.
    pub serial_number: String,
    /// SHA-1 thumbprint in hex.
    pub sha1_thumbprint: String,
    /// SHA-256 thumbprint in hex.
    pub sha256_thumbprint: String,
    /// Subject key identifier in hex.
    pub subject_key_identifier: Option<String>,
    /// Authority key identifier in hex.
    pub authority_key_identifier: Option<String>,
    /// Start of validity.
    pub not_before: Option<Timestamp>,
    /// End of validity.
    pub not_after: Option<Timestamp>,
    /// Policy OIDs.
    pub policy_oids: Vec<String>,
    /// The username binding that matched.
    pub binding: Option<BindingDetails>,
    /// The strength.
    pub level: Option<LevelDetails>,
    /// Whether the CA was taken from the classic store, and why.
    pub legacy_store: Option<LegacyStore>,
    /// CAs whose scoping rule was met, by hex key identifier.
    pub scoped_by: Vec<String>,
    /// The chain's CAs by hex key identifier, issuing CA first.
    pub chain: Vec<String>,
    /// What was found about revocation, one entry per CA.
    pub crl_checks: Vec<CrlCheckDetails>,
}

/// The username binding that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BindingDetails {
    /// `PrincipalName`, …
    pub field: String,
    /// `userPrincipalName`, …
    pub user_property: String,
    /// The binding's priority.
    pub rank: u32,
}

/// The strength and what decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LevelDetails {
    /// `singleFactorAuthentication` or `multiFactorAuthentication`.
    pub level: String,
    /// `PolicyId`, `Issuer`, `IssuerAndPolicyId` or `Default`.
    pub decided_by: String,
    /// The deciding OID or issuer.
    pub identifier: Option<String>,
    /// `low` or `high`.
    pub required_affinity: String,
}

/// Which trust store was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LegacyStore {
    /// The classic store was used.
    pub used: bool,
    /// Why.
    pub reason: String,
}

/// What was found about one CA's revocation list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CrlCheckDetails {
    /// The CA by hex key identifier.
    pub authority: String,
    /// `checked`, `skipped:no-cdp`, `skipped:exempt` or `failed:<code>`.
    pub status: String,
    /// The list's thisUpdate.
    pub this_update: Option<Timestamp>,
    /// The list's nextUpdate.
    pub next_update: Option<Timestamp>,
    /// The list's number in hex.
    pub crl_number: Option<String>,
}

impl CertificateDetails {
    /// The pairs shown as *Additional details*; values that are not known are left out.
    ///
    /// Rule `LOG-CERTIFICATE-DETAILS`: the log says which certificate was shown, which binding matched, how strong it was
    /// and by which rule, on failures too. Source: certificate-sign-in §9.2.
    #[must_use]
    pub fn to_processing_details(&self) -> Vec<KeyValue> {
        let mut pairs = Vec::new();
        let mut say = |key: &str, value: String| {
            if !value.is_empty() {
                pairs.push(KeyValue::new(key, value));
            }
        };
        let time = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string()).unwrap_or_default();

        say("User certificate subject name", self.subject.clone());
        if let Some(binding) = &self.binding {
            let BindingDetails {
                field,
                user_property,
                rank,
            } = binding;
            say(
                "User certificate binding",
                format!("Certificate: {field}; User attribute: {user_property}; Rank: {rank}"),
            );
        }
        if let Some(level) = &self.level {
            say("User certificate authentication level", level.level.clone());
            say(
                "User certificate authentication level type",
                level.decided_by.clone(),
            );
            say(
                "User certificate authentication level identifier",
                level.identifier.clone().unwrap_or_default(),
            );
            say(
                "User certificate required affinity",
                level.required_affinity.clone(),
            );
        }
        if let Some(store) = &self.legacy_store {
            say("Is Legacy Store Used", u8::from(store.used).to_string());
            say("Legacy Store Use Information", store.reason.clone());
        }
        say("Certificate issuer scope SKI", self.scoped_by.join(", "));
        say("User certificate issuer", self.issuer.clone());
        say("User certificate serial number", self.serial_number.clone());
        say("User certificate thumbprint SHA-1", self.sha1_thumbprint.clone());
        say(
            "User certificate thumbprint SHA-256",
            self.sha256_thumbprint.clone(),
        );
        say(
            "User certificate SKI",
            self.subject_key_identifier.clone().unwrap_or_default(),
        );
        say(
            "User certificate AKI",
            self.authority_key_identifier.clone().unwrap_or_default(),
        );
        say("User certificate not before", time(self.not_before));
        say("User certificate not after", time(self.not_after));
        say("User certificate policy OIDs", self.policy_oids.join(", "));
        say("Certificate chain", self.chain.join(", "));
        for check in &self.crl_checks {
            let mut value = check.status.clone();
            for (name, known) in [
                ("thisUpdate", check.this_update.map(|moment| moment.to_string())),
                ("nextUpdate", check.next_update.map(|moment| moment.to_string())),
                ("CRL number", check.crl_number.clone()),
            ] {
                if let Some(known) = known {
                    value.push_str(&format!("; {name}: {known}"));
                }
            }
            say(&format!("CRL status {}", check.authority), value);
        }
        pairs
    }
}
