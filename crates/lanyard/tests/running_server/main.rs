//! The built program over real TLS: the wire contract, hostile requests, the operator's commands, stops and crashes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod certificate_hints;
mod demo;
mod flow;
mod graph;
mod hostile_requests;
mod installation;
mod leaves;
mod operators;
mod own_tenant;
mod raw_handshake;
mod strangers;
mod wire_contract;

/// The browser that `lanyard demo --once` uses; it knows nothing of the program around it.
#[allow(dead_code, reason = "not every part is needed here")]
#[path = "../../src/demo/scripted_browser.rs"]
mod scripted_browser;
