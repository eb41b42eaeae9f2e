//! Rows to begin with.

use jiff::Timestamp;
use lanyard_directory::{
    AppId, Application, Group, GroupId, SignInAudience, Tenant, TenantId, TokenAlgorithm, User, UserId,
    UserType,
};
use lanyard_storage::{Cursor, GrantRow, SessionRow, SignInRow, Store};
use uuid::Uuid;

pub(crate) fn now() -> Timestamp {
    "2026-11-21T10:00:00.123456Z".parse().unwrap()
}

pub(crate) async fn tenant(store: &Store) -> TenantId {
    let id = TenantId(Uuid::new_v4());
    let domains = vec!["contoso.example".to_owned()];
    store
        .insert_tenant(&Tenant {
            id,
            display_name: "Contoso".to_owned(),
            domains,
            created: now(),
        })
        .await
        .unwrap();
    id
}

pub(crate) fn user(tenant: TenantId, upn: &str) -> User {
    User {
        id: UserId(Uuid::new_v4()),
        tenant,
        user_principal_name: upn.to_owned(),
        display_name: "Adele Vance – Straße №1".to_owned(),
        given_name: None,
        surname: None,
        mail: None,
        on_premises_user_principal_name: None,
        account_enabled: true,
        user_type: UserType::Member,
        certificate_user_ids: vec![],
        certificate_used_last: Default::default(),
        profile: Default::default(),
        sign_in_sessions_valid_from: now(),
        created: now(),
    }
}

pub(crate) fn group(tenant: TenantId, name: &str) -> Group {
    Group {
        id: GroupId(Uuid::new_v4()),
        tenant,
        display_name: name.to_owned(),
        mail_nickname: "group".to_owned(),
        description: None,
        details: Default::default(),
        created: now(),
    }
}

pub(crate) fn application(tenant: TenantId, uris: &[&str]) -> Application {
    Application {
        id: Uuid::new_v4(),
        app_id: AppId(Uuid::new_v4()),
        tenant,
        display_name: "Portal".to_owned(),
        sign_in_audience: SignInAudience::AzureADMyOrg,
        redirect_uris: vec![],
        logout_url: None,
        identifier_uris: uris.iter().map(|&uri| uri.to_owned()).collect(),
        permission_scopes: vec![],
        app_roles: vec![],
        access_token_version: 2,
        is_fallback_public_client: false,
        client_secrets: vec![],
        key_credentials: vec![],
        token_algorithm: TokenAlgorithm::RS256,
        optional_id_token_claims: vec![],
        optional_access_token_claims: vec![],
        consent_not_needed: false,
        required_resource_access: Vec::new(),
        group_membership_claims: lanyard_directory::GroupMembershipClaims::None,
        details: Default::default(),
        created: now(),
    }
}

pub(crate) fn sign_in(tenant: TenantId, created_us: i64) -> SignInRow {
    SignInRow {
        id: Uuid::new_v4(),
        tenant,
        created_us,
        correlation_id: Uuid::new_v4(),
        user_id: None,
        upn_key: None,
        app_id: None,
        error_code: 0,
        kind: 1,
        body: r#"{"quote":"it's \"so\" – ünï"}"#.to_owned(),
    }
}

pub(crate) fn session(tenant: TenantId, user: UserId, id: u8) -> SessionRow {
    SessionRow {
        id_hash: [id; 32],
        tenant,
        user,
        created_us: 100,
        last_seen_us: 100,
        expires_us: 1_000,
        ended_us: None,
        ended_reason: None,
        certificate_issuer: Some([7; 32]),
        certificate_serial: Some("0a1b".to_owned()),
        certificate_sha256: Some([8; 32]),
        body: "{}".to_owned(),
    }
}

pub(crate) fn grant(tenant: TenantId, user: UserId, id: u8) -> GrantRow {
    GrantRow {
        id: [id; 16],
        tenant,
        user,
        client: AppId(Uuid::new_v4()),
        session: Some([id; 32]),
        created_us: 100,
        last_used_us: 100,
        expires_us: 1_000,
        revoked_us: None,
        revoked_reason: None,
        certificate_issuer: Some([7; 32]),
        certificate_serial: Some("0a1b".to_owned()),
        certificate_sha256: Some([8; 32]),
        body: "{}".to_owned(),
    }
}

pub(crate) async fn all_sign_ins(store: &Store, tenant: TenantId) -> Vec<SignInRow> {
    store
        .sign_ins_after(tenant, Cursor::START, 1_000_000)
        .await
        .unwrap()
}
