//! Any text as a redirect URI: nothing but the registered places matches.
#![no_main]

#[path = "../application.rs"]
mod application;

use application::APPLICATION;
use lanyard_directory::RedirectUriKind;
use lanyard_tokens::redirect_uri::{check_registration, is_spa_origin, registered_match};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok((uri, _)) = registered_match(&APPLICATION, Some(text)) {
        application::assert_registered(&uri);
    }
    for kind in [
        RedirectUriKind::Web,
        RedirectUriKind::Spa,
        RedirectUriKind::PublicClient,
    ] {
        let _ = check_registration(text, kind);
    }
    if is_spa_origin(&APPLICATION, text) {
        assert_eq!(text, "https://spa.example.test");
    }
});
