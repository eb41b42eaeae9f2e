//! What goes into a download and what comes out.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::EgressRules;

/// What administrators may set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DownloadSettings {
    /// Fetch `https:` addresses too. Off by default: a list is signed, and fetching it over TLS may need itself.
    pub https: bool,
    /// PEM certificates that HTTPS servers must chain to; `None`: those of the system.
    pub https_roots_pem: Option<String>,
    /// Accept bodies in other forms than DER, too: for files that are no lists.
    pub any_form: bool,
    /// Where connections may go.
    pub egress: EgressRules,
    /// Most seconds to wait for a connection; 5 when not set.
    pub connect_timeout_secs: Option<u64>,
}

/// Limits of one attempt.
#[derive(Clone, Copy, Debug)]
pub struct DownloadLimits {
    /// Most octets of the body.
    pub max_bytes: u64,
    /// Most time from the first connection to the last octet, redirects included.
    pub timeout: Duration,
}

/// What the copy at hand came with, to be asked whether it is still current.
#[derive(Clone, Debug, Default)]
pub struct ConditionalHeaders {
    /// `ETag`
    pub etag: Option<String>,
    /// `Last-Modified`
    pub last_modified: Option<String>,
}

/// A download that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Downloaded {
    /// 304: the copy at hand is current.
    NotModified,
    /// A body that begins like DER.
    Body {
        /// The octets as published.
        octets: Vec<u8>,
        /// `ETag` of the answer.
        etag: Option<String>,
        /// `Last-Modified` of the answer.
        last_modified: Option<String>,
        /// Where it came from after redirects, without query.
        final_url: String,
        /// How long it took.
        elapsed: Duration,
    },
}

/// The HTTP client cannot be set up.
#[derive(Debug, Error)]
#[error("the downloader cannot be set up: {0}")]
pub struct SetupError(#[from] reqwest::Error);
