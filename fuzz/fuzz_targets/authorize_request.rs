//! Any bytes as the query of an authorize request: whatever may be redirected goes to a registered place.
#![no_main]

#[path = "../application.rs"]
mod application;

use application::APPLICATION;
use lanyard_tokens::{AuthorizeRequest, AuthorizeSettings, EndpointVersion, Parameters};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(parameters) = Parameters::parse(bytes) else {
        return;
    };
    let _ = lanyard_tokens::authorize_request::client_id(&parameters);
    for version in [EndpointVersion::V1, EndpointVersion::V2] {
        let target =
            match AuthorizeRequest::read(&parameters, &APPLICATION, version, &AuthorizeSettings::default()) {
                Ok(request) => Some(request.target.redirect_uri),
                Err(refusal) => refusal.target.map(|target| target.redirect_uri),
            };
        if let Some(uri) = target {
            application::assert_registered(&uri);
        }
    }
});
