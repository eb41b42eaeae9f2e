//! Limits of connections: every wait has an end and every crowd a size.

use std::time::Duration;

/// Settings of a listener. The defaults suit one node behind no proxy.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most open connections; further ones wait in the kernel's queue.
    pub max_connections: usize,
    /// Most open connections of one IPv4 address or one IPv6 /64; a further one is closed at once. `None`: no such cap,
    /// for a listener behind a proxy.
    pub max_connections_per_address: Option<usize>,
    /// From accept to the end of the TLS handshake.
    pub handshake_timeout: Duration,
    /// From the start of waiting for a request to the end of its headers (HTTP/1.1).
    pub header_read_timeout: Duration,
    /// Without any request in flight for this long, the connection is closed (at latest after twice the time).
    pub idle_timeout: Duration,
    /// From the end of the headers to the start of the answer; includes reading the body. Answered with 408.
    pub request_timeout: Duration,
    /// A connection this old is told to finish.
    pub max_connection_age: Duration,
    /// How long a connection that was told to finish may take to do so.
    pub drain_timeout: Duration,
    /// Most bytes of all headers of one request.
    pub max_header_bytes: usize,
    /// Most headers of one request (HTTP/1.1).
    pub max_headers: usize,
    /// Most requests at the same time on one HTTP/2 connection.
    pub http2_max_concurrent_streams: u32,
    /// Between two HTTP/2 pings; the other side has the same time to answer.
    pub http2_keep_alive_interval: Duration,
    /// Streams a client may reset before they were served, and resets of our own for its errors, before the
    /// connection is ended (floods of resets).
    pub http2_max_reset_streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 8192,
            max_connections_per_address: Some(2048),
            handshake_timeout: Duration::from_secs(10),
            header_read_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(60),
            max_connection_age: Duration::from_secs(3600),
            drain_timeout: Duration::from_secs(20),
            max_header_bytes: 64 * 1024,
            max_headers: 100,
            http2_max_concurrent_streams: 128,
            http2_keep_alive_interval: Duration::from_secs(30),
            http2_max_reset_streams: 64,
        }
    }
}
