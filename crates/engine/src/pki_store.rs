//! The PKI store: containers of authorities, deleted ones included for 30 days.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a deleted container or authority can be restored. Source: certificate-sign-in §0.3.
pub(crate) const RESTORABLE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The longest an upload may take; one that seems to run longer was interrupted. Source: certificate-sign-in §0.3.
pub(crate) const UPLOAD_TIME: SignedDuration = SignedDuration::from_mins(30);

/// A container of authorities. Source: certificate-sign-in §2.3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKeyInfrastructure {
    /// Object id.
    pub id: Uuid,
    /// Name shown to administrators, at most 256 characters.
    pub display_name: String,
    /// How the last upload came out.
    pub status: UploadStatus,
    /// What the last upload refused or found doubtful.
    #[serde(default)]
    pub status_details: Option<String>,
    /// When it was changed last.
    pub last_modified: Timestamp,
    /// When it was deleted; its authorities count for nothing since.
    #[serde(default)]
    pub deleted: Option<Timestamp>,
    /// Its authorities.
    #[serde(default)]
    pub authorities: Vec<PkiAuthority>,
}

/// How an upload came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UploadStatus {
    /// There was none.
    NotStarted,
    /// It goes on.
    Running,
    /// Everything was stored.
    Succeeded,
    /// Nothing was stored.
    Failed,
}

impl UploadStatus {
    /// As Graph writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "notStarted",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// An authority of the PKI store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PkiAuthority {
    /// Object id.
    pub id: Uuid,
    /// Name shown to administrators.
    pub display_name: String,
    /// Trust anchor or intermediate.
    pub is_root: bool,
    /// Base64 of the DER certificate.
    pub certificate: String,
    /// Where its complete CRL is published.
    #[serde(default)]
    pub certificate_revocation_list_url: Option<String>,
    /// Where its delta CRL is published.
    #[serde(default)]
    pub delta_certificate_revocation_list_url: Option<String>,
    /// Narrows the issuer hints.
    #[serde(default)]
    pub is_issuer_hint_enabled: bool,
    /// When it was added.
    pub created: Timestamp,
    /// When it was deleted; it counts for nothing since.
    #[serde(default)]
    pub deleted: Option<Timestamp>,
}

impl PublicKeyInfrastructure {
    /// Its authorities that were not deleted one by one.
    pub fn present(&self) -> impl Iterator<Item = &PkiAuthority> {
        self.authorities
            .iter()
            .filter(|authority| authority.deleted.is_none())
    }

    /// How the last upload came out, as far as can be told now.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> UploadStatus {
        match self.status {
            UploadStatus::Running if now.duration_since(self.last_modified) > UPLOAD_TIME => {
                UploadStatus::Failed
            }
            status => status,
        }
    }
}
