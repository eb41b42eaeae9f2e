//! The registered application that the targets ask for.
#![allow(dead_code)]

use std::sync::LazyLock;

use lanyard_directory::Application;

pub static APPLICATION: LazyLock<Application> = LazyLock::new(|| {
    serde_json::from_str(include_str!("seeds/application.json")).expect("the seed is an application")
});

/// Panics when an answer would go anywhere but to a registered place.
pub fn assert_registered(uri: &str) {
    let exactly = APPLICATION
        .redirect_uris
        .iter()
        .any(|registered| registered.uri == uri);
    let loopback = ["http://localhost", "http://127.0.0.1"].iter().any(|start| {
        uri.strip_prefix(start).is_some_and(|rest| {
            let after_port = rest.strip_prefix(':').map_or(rest, |port| {
                port.trim_start_matches(|sign: char| sign.is_ascii_digit())
            });
            after_port.is_empty() || after_port.starts_with('/')
        })
    });
    assert!(exactly || loopback, "an answer would go to {uri}");
}
