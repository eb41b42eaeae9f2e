//! The error catalogue holds together.

use std::collections::BTreeSet;

use lanyard_verdict::{Code, OAuthError};

#[test]
fn every_number_is_unique_and_every_name_too() {
    let mut numbers = BTreeSet::new();
    let mut names = BTreeSet::new();
    for entry in Code::catalogue() {
        assert!(numbers.insert(entry.code), "{} twice", entry.code);
        assert!(names.insert(entry.name), "{} twice", entry.name);
    }
    assert!(numbers.len() > 100);
}

#[test]
fn every_entry_speaks() {
    for entry in Code::catalogue() {
        for sentence in [entry.text, entry.hint] {
            assert!(sentence.ends_with('.'), "{}: {sentence}", entry.code);
            assert!(sentence.len() > 8, "{}: {sentence}", entry.code);
            assert!(!sentence.contains('{'), "{}: {sentence}", entry.code);
        }
    }
}

#[test]
fn numbers_without_public_source_are_absent() {
    let absent = [
        500_184, 500_185, 500_186, 500_188, 1_001_001, 1_001_002, 1_001_004, 1_001_005, 1_001_006, 1_001_007,
        1_001_008, 130_500, 130_502, 130_507,
    ];
    for number in absent {
        assert!(Code::catalogue().all(|entry| entry.code.number() != number));
    }
}

#[test]
fn codes_map_to_oauth_errors() {
    // code, at authorize, rule ERROR-TOKEN-ENDPOINT: at token
    let table = [
        (Code::REDIRECT_URI_MISMATCH, "invalid_request", "invalid_grant"),
        (Code::USER_NOT_FOUND, "invalid_request", "invalid_grant"),
        (Code::NO_SESSION, "login_required", "login_required"),
        (Code::SESSION_REVOKED, "login_required", "invalid_grant"),
        (
            Code::STRONG_AUTHENTICATION_REQUIRED,
            "interaction_required",
            "invalid_grant",
        ),
        (
            Code::STRENGTH_NOT_MET,
            "interaction_required",
            "interaction_required",
        ),
        (Code::CONSENT_REQUIRED, "consent_required", "invalid_grant"),
        (Code::BLOCKED_BY_ACCESS_POLICY, "access_denied", "invalid_grant"),
        (Code::CERTIFICATE_REVOKED, "access_denied", "access_denied"),
        (
            Code::APPLICATION_UNKNOWN,
            "invalid_request",
            "unauthorized_client",
        ),
        (Code::CLIENT_SECRET_WRONG, "invalid_client", "invalid_client"),
        (Code::CODE_ALREADY_REDEEMED, "invalid_grant", "invalid_grant"),
        (Code::SEVERAL_RESOURCES, "invalid_scope", "invalid_scope"),
        (Code::RESOURCE_UNKNOWN, "invalid_resource", "invalid_resource"),
        (
            Code::GRANT_TYPE_NOT_SUPPORTED,
            "unsupported_grant_type",
            "unsupported_grant_type",
        ),
        (
            Code::RESPONSE_TYPE_NOT_ENABLED,
            "unsupported_response_type",
            "unsupported_response_type",
        ),
        (Code::TENANT_UNKNOWN, "invalid_tenant", "invalid_tenant"),
        (Code::INSTANCE_UNKNOWN, "invalid_instance", "invalid_instance"),
        (
            Code::AUTHORIZATION_PENDING,
            "authorization_pending",
            "authorization_pending",
        ),
        (Code::DEVICE_CODE_EXPIRED, "expired_token", "expired_token"),
        (Code::LOOP_DETECTED, "server_error", "server_error"),
    ];
    for (code, authorize, token) in table {
        assert_eq!(code.oauth_error().as_str(), authorize, "{code}");
        assert_eq!(code.oauth_error_at_token().as_str(), token, "{code}");
    }
}

#[test]
fn suberrors_make_libraries_show_a_page() {
    assert_eq!(
        Code::STRONG_AUTHENTICATION_REQUIRED.suberror(),
        Some("basic_action")
    );
    assert_eq!(Code::GRANT_REVOKED.suberror(), Some("bad_token"));
    assert_eq!(Code::GRANT_EXPIRED.suberror(), None);
}

#[test]
fn interrupts_are_told_from_failures() {
    // LOG-INTERRUPT
    assert!(Code::KEEP_ME_SIGNED_IN_INTERRUPT.is_interrupt());
    assert!(!Code::CERTIFICATE_REVOKED.is_interrupt());
}

#[test]
fn wire_form_and_statuses() {
    assert_eq!(Code::CERTIFICATE_NOT_BOUND_TO_USER.to_string(), "AADSTS1001009");
    assert_eq!(OAuthError::InvalidClient.http_status(), 401);
    assert_eq!(OAuthError::TemporarilyUnavailable.http_status(), 503);
    assert_eq!(OAuthError::InvalidGrant.http_status(), 400);
    let stored = serde_json::to_string(&Code::USER_DISABLED).unwrap();
    assert_eq!(stored, "50057");
    assert_eq!(
        serde_json::from_str::<Code>(&stored).unwrap(),
        Code::USER_DISABLED
    );
    let old: Code = serde_json::from_str("12345").unwrap();
    assert!(old.entry().is_none());
    assert_eq!(old.oauth_error(), OAuthError::ServerError);
}
