//! Everything that can go wrong with one download, and the error number each of it gets.

use std::time::Duration;

use thiserror::Error;

/// Why a download gave no list. The texts name the host at most, never a query or credentials.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DownloadFault {
    /// The address is no URL, has credentials in it, or is too long.
    #[error("the address of the list cannot be used: {0}")]
    BadAddress(&'static str),
    /// A scheme other than those allowed; `ldap:` is the usual one.
    #[error("the scheme {0:?} is not fetched")]
    SchemeRefused(String),
    /// Every address of the host is refused by the egress rules.
    #[error("the host {0} leads only to addresses that the egress rules refuse")]
    AddressRefused(String),
    /// A redirect left the scheme.
    #[error("the server redirects to another scheme ({0:?})")]
    RedirectToOtherScheme(String),
    /// A redirect without a usable target, or more than three.
    #[error("the server redirects too often or nowhere")]
    BadRedirect,
    /// No connection, no name, or the connection broke before an answer.
    #[error("the server {host} cannot be reached: {reason}")]
    Unreachable {
        /// Host asked for.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// An answer other than 200.
    #[error("the server answered HTTP {0}")]
    Status(u16),
    /// The time was over.
    #[error("no complete list within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// More octets than allowed, announced or received.
    #[error("the list has more than {limit} octets")]
    TooLarge {
        /// Most octets allowed.
        limit: u64,
    },
    /// No octets at all.
    #[error("the server sent an empty body")]
    Empty,
    /// The body ended before its end.
    #[error("the body ended after {received} octets")]
    Truncated {
        /// Octets received.
        received: u64,
    },
    /// PEM, HTML or anything else that does not begin like DER.
    #[error("the body is not DER ({0})")]
    NotDer(&'static str),
}

impl DownloadFault {
    /// Rule `FETCH-FAULT-CODES`: every way a download fails has one number: 500173 for a server that cannot be had or
    /// does not answer 200, 500174 for an empty or broken-off body, 2205011 for a body that is not DER, 2205012 when
    /// the time is over, 2205014 when it is too big. Source: certificate-sign-in §4.3 DL-2, DL-5, DL-6, §4.8.
    #[must_use]
    pub fn code_number(&self) -> u32 {
        match self {
            Self::BadAddress(_)
            | Self::SchemeRefused(_)
            | Self::AddressRefused(_)
            | Self::RedirectToOtherScheme(_)
            | Self::BadRedirect
            | Self::Unreachable { .. }
            | Self::Status(_) => 500_173,
            Self::Empty | Self::Truncated { .. } => 500_174,
            Self::NotDer(_) => 2_205_011,
            Self::TimedOut(_) => 2_205_012,
            Self::TooLarge { .. } => 2_205_014,
        }
    }

    /// Short word for metrics.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::BadAddress(_) => "bad_address",
            Self::SchemeRefused(_) => "scheme_refused",
            Self::AddressRefused(_) => "address_refused",
            Self::RedirectToOtherScheme(_) | Self::BadRedirect => "bad_redirect",
            Self::Unreachable { .. } => "unreachable",
            Self::Status(_) => "status",
            Self::TimedOut(_) => "timed_out",
            Self::TooLarge { .. } => "too_large",
            Self::Empty => "empty",
            Self::Truncated { .. } => "truncated",
            Self::NotDer(_) => "not_der",
        }
    }
}
