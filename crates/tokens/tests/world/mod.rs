//! The applications and people the tests speak of.
#![allow(dead_code, unreachable_pub, reason = "every test file uses another part")]
#![allow(clippy::unwrap_used, reason = "test data")]

use jiff::{SignedDuration, Timestamp};
use lanyard_directory::{
    AppId, Application, PermissionScope, RedirectUri, RedirectUriKind, SignInAudience, Tenant, TenantId,
    TokenAlgorithm, User, UserId, UserType,
};
use lanyard_tokens::{Authority, GRAPH_APP_ID, Parameters, SignInFacts};
use uuid::Uuid;

pub const TENANT: TenantId = TenantId(Uuid::from_u128(0x7e00));
pub const PORTAL: AppId = AppId(Uuid::from_u128(0xa001));
pub const ARCHIVE: AppId = AppId(Uuid::from_u128(0xa002));
pub const ALICE: UserId = UserId(Uuid::from_u128(0xa11ce));

pub fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

pub fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

pub fn authority() -> Authority {
    Authority::new("https://login.example.test")
}

pub fn tenant() -> Tenant {
    Tenant {
        id: TENANT,
        display_name: "Contoso".to_owned(),
        domains: vec!["contoso.example".to_owned()],
        created: now(),
    }
}

pub fn alice() -> User {
    User {
        id: ALICE,
        tenant: TENANT,
        user_principal_name: "alice@contoso.example".to_owned(),
        display_name: "Alice Ámbar".to_owned(),
        given_name: Some("Alice".to_owned()),
        surname: Some("Ámbar".to_owned()),
        mail: Some("alice@mail.example".to_owned()),
        on_premises_user_principal_name: None,
        account_enabled: true,
        user_type: UserType::Member,
        certificate_user_ids: Vec::new(),
        certificate_used_last: false,
        profile: Default::default(),
        sign_in_sessions_valid_from: now() - hours(1000),
        created: now() - hours(2000),
    }
}

pub fn sign_in() -> SignInFacts {
    SignInFacts {
        session_id: Uuid::from_u128(0x51d),
        auth_time: now() - hours(1),
        amr: vec!["x509".to_owned(), "rsa".to_owned(), "mfa".to_owned()],
        acrs: Vec::new(),
        ip: Some("192.0.2.7".parse().unwrap()),
        by_device_code: false,
    }
}

pub fn application(app_id: AppId, redirect_uris: &[(&str, RedirectUriKind)]) -> Application {
    Application {
        id: Uuid::from_u128(1),
        app_id,
        tenant: TENANT,
        display_name: "Portal".to_owned(),
        sign_in_audience: SignInAudience::AzureADMyOrg,
        redirect_uris: redirect_uris
            .iter()
            .map(|(uri, kind)| RedirectUri {
                uri: (*uri).to_owned(),
                kind: *kind,
            })
            .collect(),
        logout_url: None,
        identifier_uris: Vec::new(),
        permission_scopes: Vec::new(),
        app_roles: Vec::new(),
        access_token_version: 2,
        is_fallback_public_client: false,
        client_secrets: Vec::new(),
        key_credentials: Vec::new(),
        token_algorithm: TokenAlgorithm::RS256,
        optional_id_token_claims: Vec::new(),
        optional_access_token_claims: Vec::new(),
        consent_not_needed: false,
        required_resource_access: Vec::new(),
        group_membership_claims: lanyard_directory::GroupMembershipClaims::None,
        details: Default::default(),
        created: now(),
    }
}

pub fn portal() -> Application {
    application(PORTAL, &[("https://portal.example/cb", RedirectUriKind::Web)])
}

pub fn scope(value: &str) -> PermissionScope {
    PermissionScope {
        id: Uuid::from_u128(2),
        value: value.to_owned(),
        admin_only: false,
        enabled: true,
        consent_text: format!("{value} your data"),
    }
}

pub fn graph() -> Application {
    let mut graph = application(GRAPH_APP_ID, &[]);
    graph.identifier_uris = vec!["https://graph.example.test".to_owned()];
    graph.permission_scopes = vec![scope("User.Read"), scope("Mail.Read")];
    graph.access_token_version = 1;
    graph
}

pub fn archive() -> Application {
    let mut archive = application(ARCHIVE, &[]);
    archive.identifier_uris = vec!["api://archive".to_owned(), "https://archive.example/".to_owned()];
    let mut disabled = scope("Old");
    disabled.enabled = false;
    let mut admin = scope("Purge");
    admin.admin_only = true;
    archive.permission_scopes = vec![scope("Read"), scope("Write"), disabled, admin];
    archive
}

pub fn parameters(pairs: &[(&str, &str)]) -> Parameters {
    Parameters::from_pairs(pairs.iter().copied())
}
