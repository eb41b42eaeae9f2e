//! Every operation of the permission table over HTTP: with the least that is needed it is done and audited, with one thing less it
//! is refused and nothing has happened.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod server;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::Method;
use lanyard_directory::{
    AppRoleAssignment, Application, DirectoryRole, Operation, PrincipalType, RoleAssignment, User,
    graph_app_roles, graph_permission_scopes,
};
use lanyard_engine::administer::{ApplicationChange, DeviceChange, GroupChange};
use lanyard_testkit::{AuthorityProfile, CertificateAuthority};
use lanyard_tokens::GRAPH_APP_ID;
use serde_json::{Value, json};
use server::{Answer, Server, validity};
use uuid::Uuid;

const X509: &str =
    "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate";
const PKIS: &str = "/v1.0/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations";

/// What an operation takes besides itself, because its request does something else, too.
fn also(operation: &Operation) -> &'static [&'static Operation] {
    match operation.name {
        "read app role assignments" => &[&Operation::READ_BASIC_PROFILES],
        "change delegated permission grants" => &[&Operation::READ_APPLICATIONS],
        "change app role assignments" | "change application permissions of the directory API" => &[
            &Operation::READ_APPLICATIONS,
            &Operation::READ_APP_ROLE_ASSIGNMENTS,
        ],
        "revoke sign-in sessions of administrators" => &[&Operation::REVOKE_SESSIONS],
        "change users who are administrators" => &[&Operation::CHANGE_CERTIFICATE_USER_IDS],
        "change role-assignable groups" => &[&Operation::CHANGE_GROUP],
        _ => &[],
    }
}

struct World {
    server: Server,
    /// The person who asks.
    person: User,
    /// A token of an application with every application permission; what counts is what it holds.
    application: String,
    application_principal: Uuid,
    tokens: RefCell<HashMap<Vec<String>, String>>,
    count: Cell<u32>,
}

impl World {
    async fn new() -> Self {
        let server = Server::start().await;
        let person = server.user("person", &[]).await;
        let all: Vec<String> = graph_app_roles().into_iter().map(|role| role.value).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let application = server.application(&all).await;
        let held = server
            .store
            .app_role_assignments_to(server.tenant.id, GRAPH_APP_ID, None, 99)
            .await
            .unwrap();
        Self {
            application_principal: held[0].principal,
            server,
            person,
            application,
            tokens: RefCell::default(),
            count: Cell::default(),
        }
    }

    fn next(&self) -> u32 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }

    /// The application holds these permissions and no others.
    async fn as_application(&self, permissions: &[&str]) -> String {
        let (store, tenant) = (&self.server.store, self.server.tenant.id);
        let held = store
            .app_role_assignments_of(tenant, self.application_principal)
            .await
            .unwrap();
        let mut writes: Vec<lanyard_storage::Write> = held
            .iter()
            .map(|held| lanyard_storage::Write::RemoveAppRoleAssignment {
                tenant,
                assignment: held.id,
            })
            .collect();
        for role in graph_app_roles()
            .iter()
            .filter(|role| permissions.contains(&role.value.as_str()))
        {
            writes.push(lanyard_storage::Write::AddAppRoleAssignment(AppRoleAssignment {
                id: Uuid::new_v4(),
                tenant,
                principal: self.application_principal,
                principal_type: PrincipalType::ServicePrincipal,
                resource: GRAPH_APP_ID,
                app_role: role.id,
                created: self.server.engine.now(),
            }));
        }
        store.commit(writes).await.unwrap();
        self.application.clone()
    }

    /// The person holds these roles and no others, through an application with these permissions.
    async fn as_person(&self, scopes: &[&str], roles: &[DirectoryRole]) -> String {
        let (store, tenant) = (&self.server.store, self.server.tenant.id);
        let mut key: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        key.sort();
        key.dedup();
        if key.is_empty() {
            key.push("AuditLog.Read.All".to_owned());
        }
        let known = self.tokens.borrow().get(&key).cloned();
        let token = match known {
            Some(token) => token,
            None => {
                let names: Vec<&str> = key.iter().map(String::as_str).collect();
                let token = self.server.sign_in(&self.person, &names).await;
                self.tokens.borrow_mut().insert(key, token.clone());
                token
            }
        };
        // What an attempt before did to the person is undone.
        let now = store.user(tenant, self.person.id).await.unwrap().unwrap();
        let reset = User {
            sign_in_sessions_valid_from: self.person.sign_in_sessions_valid_from,
            ..now
        };
        store.update_user(&reset, &[]).await.unwrap();
        for held in store.role_assignments(tenant).await.unwrap() {
            if held.principal == self.person.id {
                store.remove_role_assignment(tenant, held.id).await.unwrap();
            }
        }
        for role in roles {
            let assignment = RoleAssignment {
                id: Uuid::new_v4(),
                tenant,
                principal: self.person.id,
                role: *role,
            };
            store.add_role_assignment(&assignment).await.unwrap();
        }
        token
    }

    async fn user(&self, roles: &[DirectoryRole]) -> String {
        let name = format!("user{}", self.next());
        self.server.user(&name, roles).await.id.to_string()
    }

    async fn group(&self, assignable: bool) -> String {
        let new = GroupChange {
            display_name: Some("Group".to_owned()),
            mail_nickname: Some("group".to_owned()),
            security_enabled: Some(true),
            is_assignable_to_role: Some(assignable),
            ..GroupChange::default()
        };
        let operator = self.server.operator();
        let made = self.server.engine.add_group(&operator, &new).await.unwrap();
        made.id.to_string()
    }

    async fn registered(&self) -> Application {
        let new = ApplicationChange {
            display_name: Some("Application".to_owned()),
            ..ApplicationChange::default()
        };
        let operator = self.server.operator();
        self.server.engine.add_application(&operator, &new).await.unwrap()
    }

    async fn principal(&self) -> String {
        let app_id = self.registered().await.app_id.to_string();
        let operator = self.server.operator();
        let made = self.server.engine.add_service_principal(&operator, &app_id);
        made.await.unwrap().0.id.to_string()
    }

    async fn directory_api(&self) -> String {
        let operator = self.server.operator();
        let key = GRAPH_APP_ID.to_string();
        let found = self.server.engine.read_service_principal(&operator, &key, true);
        found.await.unwrap().0.id.to_string()
    }

    async fn device(&self) -> String {
        let new = DeviceChange {
            device_id: Some(Uuid::new_v4()),
            display_name: Some("Device".to_owned()),
            operating_system: Some("Linux".to_owned()),
            operating_system_version: Some("6".to_owned()),
            ..DeviceChange::default()
        };
        let operator = self.server.operator();
        let made = self.server.engine.add_device(&operator, &new).await.unwrap();
        made.id.to_string()
    }

    /// The request that performs an operation, on objects of its own. An operation without a request here is a mistake.
    async fn request(&self, operation: &Operation) -> (Method, String, Option<Value>) {
        let n = self.next();
        let get = |path: &str| (Method::GET, path.to_owned(), None);
        let post = |path: String, body: Value| (Method::POST, path, Some(body));
        let patch = |path: String, body: Value| (Method::PATCH, path, Some(body));
        let admin = [DirectoryRole::HELPDESK_ADMINISTRATOR];
        let ids = json!({ "authorizationInfo": { "certificateUserIds": [format!("X509:<PN>p{n}@mil")] } });
        let link = |id: &str| json!({ "@odata.id": format!("https://graph.example.test/v1.0/directoryObjects/{id}") });
        match operation.name {
            "read the own profile" => get("/v1.0/me"),
            "read basic profiles" => get("/v1.0/users?$select=id,displayName"),
            "read users" => get("/v1.0/directory/deletedItems/microsoft.graph.user"),
            "create users" => post(
                "/v1.0/users".to_owned(),
                json!({
                    "accountEnabled": true, "displayName": "New", "mailNickname": "new",
                    "userPrincipalName": format!("new{n}@contoso.example"),
                    "passwordProfile": { "password": "unusable", "forceChangePasswordNextSignIn": false }
                }),
            ),
            "change users" => patch(
                format!("/v1.0/users/{}", self.user(&[]).await),
                json!({ "department": "IT" }),
            ),
            "enable and disable users" => patch(
                format!("/v1.0/users/{}", self.user(&[]).await),
                json!({ "accountEnabled": false }),
            ),
            "change certificate user ids" => patch(format!("/v1.0/users/{}", self.user(&[]).await), ids),
            "change users who are administrators" => {
                patch(format!("/v1.0/users/{}", self.user(&admin).await), ids)
            }
            "delete and restore users" => (
                Method::DELETE,
                format!("/v1.0/users/{}", self.user(&[]).await),
                None,
            ),
            "revoke sign-in sessions" => {
                let user = self.user(&[]).await;
                post(format!("/v1.0/users/{user}/revokeSignInSessions"), Value::Null)
            }
            "revoke sign-in sessions of administrators" => {
                let user = self.user(&admin).await;
                post(format!("/v1.0/users/{user}/revokeSignInSessions"), Value::Null)
            }
            "revoke the own sign-in sessions" => {
                post("/v1.0/me/revokeSignInSessions".to_owned(), Value::Null)
            }
            "read groups" => get("/v1.0/groups"),
            "read members of groups" => get(&format!("/v1.0/groups/{}/members", self.group(false).await)),
            "read memberships of users" => get(&format!("/v1.0/users/{}/memberOf", self.user(&[]).await)),
            "create groups" => post(
                "/v1.0/groups".to_owned(),
                json!({ "displayName": "New", "mailEnabled": false, "mailNickname": "new", "securityEnabled": true }),
            ),
            "change groups" => patch(
                format!("/v1.0/groups/{}", self.group(false).await),
                json!({ "description": "x" }),
            ),
            "change role-assignable groups" => patch(
                format!("/v1.0/groups/{}", self.group(true).await),
                json!({ "description": "x" }),
            ),
            "delete and restore groups" => (
                Method::DELETE,
                format!("/v1.0/groups/{}", self.group(false).await),
                None,
            ),
            "change members of groups" => post(
                format!("/v1.0/groups/{}/members/$ref", self.group(false).await),
                link(&self.user(&[]).await),
            ),
            "read applications" => get("/v1.0/applications"),
            "register applications" => post("/v1.0/applications".to_owned(), json!({ "displayName": "New" })),
            "change applications" => patch(
                format!("/v1.0/applications/{}", self.registered().await.id),
                json!({ "notes": "x" }),
            ),
            "read app role assignments" => get(&format!(
                "/v1.0/users/{}/appRoleAssignments",
                self.user(&[]).await
            )),
            "read delegated permission grants" => get("/v1.0/oauth2PermissionGrants"),
            "change delegated permission grants" => post(
                "/v1.0/oauth2PermissionGrants".to_owned(),
                json!({
                    "clientId": self.principal().await, "consentType": "AllPrincipals",
                    "resourceId": self.directory_api().await, "scope": "User.Read"
                }),
            ),
            "change app role assignments" => {
                let resource = self.principal().await;
                let nothing = Uuid::nil();
                post(
                    format!("/v1.0/servicePrincipals/{resource}/appRoleAssignedTo"),
                    json!({ "principalId": self.user(&[]).await, "resourceId": resource, "appRoleId": nothing }),
                )
            }
            "change application permissions of the directory API" => {
                let resource = self.directory_api().await;
                post(
                    format!("/v1.0/servicePrincipals/{resource}/appRoleAssignedTo"),
                    json!({ "principalId": self.principal().await, "resourceId": resource, "appRoleId": graph_app_roles()[0].id }),
                )
            }
            "read devices" => get("/v1.0/devices"),
            "register devices" => post(
                "/v1.0/devices".to_owned(),
                json!({
                    "accountEnabled": true, "deviceId": Uuid::new_v4(), "displayName": "New", "operatingSystem": "Linux",
                    "operatingSystemVersion": "6", "alternativeSecurityIds": [{ "type": 2, "key": "YWJj" }]
                }),
            ),
            "change devices" => patch(
                format!("/v1.0/devices/{}", self.device().await),
                json!({ "displayName": "x" }),
            ),
            "enable and disable devices" => patch(
                format!("/v1.0/devices/{}", self.device().await),
                json!({ "accountEnabled": false }),
            ),
            "read the logs" => get("/v1.0/auditLogs/directoryAudits"),
            "read the organization" => get("/v1.0/organization"),
            "read domains" => get("/v1.0/domains"),
            "read the authentication methods policy" => get(X509),
            "change the authentication methods policy" => patch(
                X509.to_owned(),
                json!({
                    "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
                    "authenticationModeConfiguration": { "rules": [{
                        "x509CertificateRuleType": "policyOID", "identifier": format!("1.2.3.{n}"),
                        "x509CertificateAuthenticationMode": "x509CertificateMultiFactor" }] }
                }),
            ),
            "read directory roles" => get("/v1.0/roleManagement/directory/roleAssignments"),
            "change directory role assignments" => post(
                "/v1.0/roleManagement/directory/roleAssignments".to_owned(),
                json!({
                    "principalId": self.user(&[]).await, "directoryScopeId": "/",
                    "roleDefinitionId": DirectoryRole::REPORTS_READER.0
                }),
            ),
            "read the certificate authorities of the organization" => get(&self.classic()),
            "change the certificate authorities of the organization" => {
                let profile = AuthorityProfile::new(&format!("Root {n}"), validity());
                let root = CertificateAuthority::root(&profile).unwrap();
                let certificate = BASE64.encode(root.certificate_der());
                post(
                    self.classic(),
                    json!({ "certificateAuthorities": [{ "isRootAuthority": true, "certificate": certificate }] }),
                )
            }
            "read the public key infrastructures" => get(PKIS),
            "change the public key infrastructures" => {
                post(PKIS.to_owned(), json!({ "displayName": format!("PKI {n}") }))
            }
            "read the conditional access policies" => get("/v1.0/identity/conditionalAccess/policies"),
            "read the authentication strengths" => get("/v1.0/policies/authenticationStrengthPolicies"),
            other => panic!("the operation '{other}' has no request here"),
        }
    }

    fn classic(&self) -> String {
        let tenant = self.server.tenant.id;
        format!("/v1.0/organization/{tenant}/certificateBasedAuthConfiguration")
    }

    /// Performs an operation with a token, and tells whether it was done; if not, nothing has happened.
    async fn may(&self, operation: &Operation, token: &str, who: &str) -> bool {
        let (method, path, body) = self.request(operation).await;
        // What the request is about, as far as it is there already.
        let about: Vec<Uuid> = match method {
            Method::PATCH | Method::DELETE => path.rsplit('/').next().and_then(|id| id.parse().ok()),
            _ => None,
        }
        .into_iter()
        .collect();
        let operator = self.server.operator();
        let object = async || {
            let all = &lanyard_engine::ObjectKind::ALL;
            let found = self.server.engine.read_objects(&operator, &about, all);
            format!("{:?}", found.await.unwrap())
        };
        let (rows, was) = (self.server.audits().await, object().await);
        let answer: Answer = self.server.send(token, method.clone(), &path, &[], body).await;
        let (rows_after, is) = (self.server.audits().await, object().await);
        let status = answer.status.as_u16();
        let what = format!("{}: {who}: {method} {path}: {}", operation.name, answer.text);
        if !answer.status.is_success() {
            assert!(
                status == 403 || (status == 400 && path.contains("/me")),
                "{status} {what}"
            );
            assert_eq!(rows, rows_after, "an audit row: {what}");
            assert_eq!(was, is, "a change: {what}");
            return false;
        }
        if operation.reads {
            assert_eq!(rows, rows_after, "an audit row: {what}");
        } else {
            let (_, _, told) = &rows_after[0];
            assert_ne!(rows.first(), rows_after.first(), "no audit row: {what}");
            assert_ne!(told["old"], told["new"], "{what}");
        }
        true
    }
}

fn flat(alternatives: &[&[&'static str]]) -> Vec<&'static str> {
    alternatives.iter().copied().flatten().copied().collect()
}

fn with<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    base.iter().chain(more).copied().collect()
}

/// PERMISSION-APPLICATION CHANGE-AUDITED: each alternative is enough; all permissions but those are not.
#[tokio::test]
async fn applications_need_one_of_the_permissions() {
    let world = World::new().await;
    let all: Vec<String> = graph_app_roles().into_iter().map(|role| role.value).collect();
    for operation in Operation::all() {
        let others: Vec<&'static str> = also(operation)
            .iter()
            .flat_map(|other| other.application.first().copied().unwrap_or_default())
            .copied()
            .collect();
        for alternative in operation.application {
            let held = with(alternative, &others);
            let token = world.as_application(&held).await;
            assert!(
                world.may(operation, &token, &format!("{held:?}")).await,
                "{}: {held:?}",
                operation.name
            );
            for less in alternative.iter().filter(|_| alternative.len() > 1) {
                let held: Vec<&str> = alternative.iter().copied().filter(|name| name != less).collect();
                let token = world.as_application(&held).await;
                assert!(!world.may(operation, &token, &format!("{held:?}")).await);
            }
        }
        let enough = flat(operation.application);
        let held: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .filter(|name| !enough.contains(name))
            .collect();
        let token = world.as_application(&held).await;
        assert!(
            !world.may(operation, &token, "all others").await,
            "{}",
            operation.name
        );
    }
}

/// PERMISSION-DELEGATED CHANGE-AUDITED: the permission and each of the roles are enough; the permission with all other roles, or all
/// other permissions with the role, are not. The role matrix of certificate-sign-in §8.7 (acceptance row API) is part of it.
#[tokio::test]
async fn people_need_a_permission_and_one_of_the_roles() {
    let world = World::new().await;
    let all: Vec<String> = graph_permission_scopes()
        .into_iter()
        .map(|scope| scope.value)
        .collect();
    for operation in Operation::all() {
        let others: Vec<&'static str> = also(operation)
            .iter()
            .flat_map(|other| other.delegated.first().copied().unwrap_or_default())
            .copied()
            .collect();
        let Some(least) = operation.delegated.first() else {
            continue;
        };
        let scopes = with(least, &others);
        let role_of = |operation: &Operation| operation.roles.first().copied();
        let besides: Vec<DirectoryRole> = also(operation)
            .iter()
            .filter_map(|other| role_of(other))
            .collect();
        let sufficient = |role: &DirectoryRole| {
            operation.roles.is_empty()
                || operation.roles.contains(role)
                || *role == DirectoryRole::GLOBAL_ADMINISTRATOR
                || (operation.reads && *role == DirectoryRole::GLOBAL_READER)
        };
        for role in operation
            .roles
            .iter()
            .chain(&[DirectoryRole::GLOBAL_ADMINISTRATOR])
        {
            let mut roles = vec![*role];
            roles.extend(besides.iter().filter(|other| *other != role));
            let token = world.as_person(&scopes, &roles).await;
            assert!(
                world.may(operation, &token, &format!("{role:?}")).await,
                "{}: {scopes:?} {}",
                operation.name,
                role.display_name().unwrap()
            );
        }
        if !operation.roles.is_empty() {
            let none: Vec<DirectoryRole> = DirectoryRole::BUILT_IN
                .iter()
                .map(|(role, _)| *role)
                .filter(|role| !sufficient(role))
                .collect();
            let token = world.as_person(&scopes, &none).await;
            assert!(
                !world.may(operation, &token, "all other roles").await,
                "{}",
                operation.name
            );
            let token = world.as_person(&scopes, &[]).await;
            assert!(
                !world.may(operation, &token, "no role").await,
                "{}",
                operation.name
            );
        }
        let enough = flat(operation.delegated);
        let less: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .filter(|name| !enough.contains(name))
            .collect();
        let token = world
            .as_person(&less, &[DirectoryRole::GLOBAL_ADMINISTRATOR])
            .await;
        assert!(
            !world.may(operation, &token, "all other permissions").await,
            "{}",
            operation.name
        );
    }
}

/// The change of a user that the table does not tell apart: names and certificate user ids at once need both.
#[tokio::test]
async fn a_change_of_several_kinds_needs_all_of_them() {
    let world = World::new().await;
    let scopes = ["User.ReadWrite.All"];
    let body = json!({
        "department": "IT", "authorizationInfo": { "certificateUserIds": ["X509:<PN>both@mil"] }
    });
    let user = world.user(&[]).await;
    let path = format!("/v1.0/users/{user}");
    let (users, ids) = (
        DirectoryRole::USER_ADMINISTRATOR,
        DirectoryRole::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    );
    for (roles, expected) in [(vec![users], 403), (vec![ids], 403), (vec![users, ids], 204)] {
        let token = world.as_person(&scopes, &roles).await;
        world
            .server
            .patch(&token, &path, body.clone())
            .await
            .expect(expected);
    }
}
