//! Names of the metrics of this crate, and the guards that keep gauges honest.
//!
//! | name | labels | counts |
//! |---|---|---|
//! | `lanyard_connections_open` | | connections open now, handshakes included |
//! | `lanyard_connections_refused_total` | `reason` | connections closed at once |
//! | `lanyard_tls_handshakes_total` | `role` | handshakes that came to their end |
//! | `lanyard_tls_handshakes_failed_total` | `reason` | those that did not: `aborted`, `timeout`, `refused`, `not_tls` |
//! | `lanyard_tls_handshakes_with_certificate_total` | | handshakes with a proven client certificate |
//! | `lanyard_tls_handshakes_resumed_total` | `role` | resumed ones; never `certauth` |
//! | `lanyard_tls_certificates_unproven_total` | | certificates whose key could not be checked |
//! | `lanyard_http_misdirected_total` | | requests answered with 421 |

use metrics::{Gauge, counter, gauge};

use crate::connection_facts::ServedRole;

/// Why a handshake did not end well. All of these are ordinary: a browser gives up one to three handshakes before
/// each one with a certificate (real-clients §7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeFailure {
    /// The other side went away.
    Aborted,
    /// Too slow.
    Timeout,
    /// Plain HTTP was spoken.
    NotTls,
    /// The two sides did not agree, or one broke the protocol.
    Refused,
}

impl HandshakeFailure {
    fn label(self) -> &'static str {
        match self {
            Self::Aborted => "aborted",
            Self::Timeout => "timeout",
            Self::NotTls => "not_tls",
            Self::Refused => "refused",
        }
    }
}

pub(crate) fn handshake_failed(failure: HandshakeFailure) {
    counter!("lanyard_tls_handshakes_failed_total", "reason" => failure.label()).increment(1);
}

pub(crate) fn handshake_done(role: &ServedRole, with_certificate: bool, resumed: bool) {
    counter!("lanyard_tls_handshakes_total", "role" => role.label()).increment(1);
    if with_certificate {
        counter!("lanyard_tls_handshakes_with_certificate_total").increment(1);
    }
    if resumed {
        counter!("lanyard_tls_handshakes_resumed_total", "role" => role.label()).increment(1);
    }
}

pub(crate) fn certificate_unproven() {
    counter!("lanyard_tls_certificates_unproven_total").increment(1);
}

pub(crate) fn request_misdirected() {
    counter!("lanyard_http_misdirected_total").increment(1);
}

pub(crate) fn connection_over_address_cap() {
    counter!("lanyard_connections_refused_total", "reason" => "address_cap").increment(1);
}

/// Counts one open connection for as long as it lives.
pub(crate) struct OpenConnection(Gauge);

impl OpenConnection {
    pub(crate) fn new() -> Self {
        let gauge = gauge!("lanyard_connections_open");
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
