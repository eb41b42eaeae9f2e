//! Groups, applications, roles, devices, the organization, logs and deleted things over the directory API.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod server;

use http::Method;
use lanyard_directory::DirectoryRole;
use lanyard_testkit::UserProfile;
use serde_json::{Value, json};
use server::{GRAPH, Server};

const EVENTUAL: &[(&str, &str)] = &[("consistencylevel", "eventual")];

fn group(name: &str) -> Value {
    json!({ "displayName": name, "mailEnabled": false, "mailNickname": "nick", "securityEnabled": true })
}

fn reference(id: &str) -> Value {
    json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}") })
}

fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {value}"))
        .to_owned()
}

/// GRAPH-DELETE-REF DIRECTORY-GROUP-KIND GRAPH-EXPAND
#[tokio::test]
async fn groups_and_who_belongs_to_them() {
    let server = Server::start().await;
    let token = server
        .application(&["Group.ReadWrite.All", "User.Read.All", "Directory.Read.All"])
        .await;
    let ada = server
        .user("ada", &[DirectoryRole::GLOBAL_READER])
        .await
        .id
        .to_string();
    let outer = text(
        &server
            .post(&token, "/v1.0/groups", group("Outer"))
            .await
            .expect(201)
            .json(),
        "id",
    );
    let mut with_member = group("Inner");
    with_member["members@odata.bind"] = json!([format!("{GRAPH}/v1.0/users/{ada}")]);
    let inner = text(
        &server
            .post(&token, "/v1.0/groups", with_member)
            .await
            .expect(201)
            .json(),
        "id",
    );
    let members = format!("/v1.0/groups/{outer}/members");
    server
        .post(&token, &format!("{members}/$ref"), reference(&inner))
        .await
        .expect(204);
    let again = server
        .post(&token, &format!("{members}/$ref"), reference(&inner))
        .await;
    assert_eq!(
        again.failure(),
        (400, "Request_MultipleObjectsWithSameKeyValue".to_owned())
    );
    let stranger = "00000000-0000-4000-8000-000000000001";
    assert_eq!(
        server
            .post(&token, &format!("{members}/$ref"), reference(stranger))
            .await
            .failure()
            .0,
        404
    );
    assert_eq!(
        server
            .post(&token, &format!("{members}/$ref"), reference(&outer))
            .await
            .failure()
            .0,
        400
    );
    let direct = server.get(&token, &members).await.expect(200).json();
    assert_eq!(direct["value"][0]["@odata.type"], "#microsoft.graph.group");
    assert_eq!(direct["value"].as_array().unwrap().len(), 1);
    let all = server
        .get(&token, &format!("/v1.0/groups/{outer}/transitiveMembers"))
        .await
        .expect(200)
        .json();
    let mut kinds: Vec<String> = all["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "@odata.type"))
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["#microsoft.graph.group", "#microsoft.graph.user"]);
    let expanded = server
        .get(
            &token,
            &format!("/v1.0/groups/{inner}?$select=displayName&$expand=members($select=id)"),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        expanded["members"],
        json!([{ "@odata.type": "#microsoft.graph.user", "id": ada }])
    );
    let of_ada = server
        .get(&token, &format!("/v1.0/users/{ada}/transitiveMemberOf"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        of_ada["value"].as_array().unwrap().len(),
        3,
        "two groups and a role: {of_ada}"
    );
    let direct = server
        .get(&token, &format!("/v1.0/users/{ada}/memberOf?$select=displayName"))
        .await
        .expect(200)
        .json();
    assert_eq!(direct["value"].as_array().unwrap().len(), 2);
    let asked = json!({ "groupIds": [outer, stranger] });
    let checked = server
        .post(&token, &format!("/v1.0/users/{ada}/checkMemberGroups"), asked)
        .await
        .expect(200);
    assert_eq!(checked.json()["value"], json!([outer]));
    let ask = json!({ "securityEnabledOnly": true });
    let ids = server
        .post(&token, &format!("/v1.0/users/{ada}/getMemberGroups"), ask)
        .await
        .expect(200);
    assert_eq!(ids.json()["value"].as_array().unwrap().len(), 2);
    assert_eq!(
        server
            .delete(&token, &format!("{members}/{inner}"))
            .await
            .failure()
            .0,
        400
    );
    server
        .delete(&token, &format!("{members}/{inner}/$ref"))
        .await
        .expect(204);
    assert_eq!(
        server
            .delete(&token, &format!("{members}/{inner}/$ref"))
            .await
            .failure()
            .0,
        404
    );
    server
        .patch(
            &token,
            &format!("/v1.0/groups/{outer}"),
            json!({ "description": "x" }),
        )
        .await
        .expect(204);
    let found = server
        .get(
            &token,
            "/v1.0/groups?$filter=startsWith(displayName,'OUT')&$select=description",
        )
        .await;
    assert_eq!(found.expect(200).json()["value"], json!([{ "description": "x" }]));
    let sorted = server
        .get(
            &token,
            "/v1.0/groups?$orderby=displayName%20desc&$select=displayName&$top=1",
        )
        .await
        .json();
    assert_eq!(sorted["value"], json!([{ "displayName": "Outer" }]));
    let link = text(&sorted, "@odata.nextLink");
    let next = server
        .get(&token, link.strip_prefix(GRAPH).unwrap())
        .await
        .expect(200)
        .json();
    assert_eq!(next["value"], json!([{ "displayName": "Inner" }]));
    assert!(next.get("@odata.nextLink").is_none());
    let mut dynamic = group("Dynamic");
    dynamic["groupTypes"] = json!(["DynamicMembership"]);
    assert_eq!(
        server.post(&token, "/v1.0/groups", dynamic).await.failure().0,
        400
    );
    let mut roles = group("Roles");
    roles["isAssignableToRole"] = json!(true);
    assert_eq!(server.post(&token, "/v1.0/groups", roles).await.failure().0, 403);
    let many: Vec<String> = (0..21)
        .map(|_| format!("{GRAPH}/v1.0/directoryObjects/{ada}"))
        .collect();
    let body = json!({ "members@odata.bind": many });
    assert_eq!(
        server
            .patch(&token, &format!("/v1.0/groups/{outer}"), body)
            .await
            .failure()
            .0,
        400
    );
}

/// DIRECTORY-SOFT-DELETE
#[tokio::test]
async fn what_was_deleted_comes_back_with_what_it_belonged_to() {
    let server = Server::start().await;
    let token = server
        .application(&[
            "Group.ReadWrite.All",
            "User.ReadWrite.All",
            "Application.ReadWrite.All",
            "User.DeleteRestore.All",
        ])
        .await;
    let ada = server.user("ada", &[]).await.id.to_string();
    let ids = json!({ "authorizationInfo": { "certificateUserIds": ["X509:<PN>ada@mil"] } });
    server
        .patch(&token, &format!("/v1.0/users/{ada}"), ids.clone())
        .await
        .expect(204);
    let team = text(
        &server
            .post(&token, "/v1.0/groups", group("Team"))
            .await
            .expect(201)
            .json(),
        "id",
    );
    server
        .post(
            &token,
            &format!("/v1.0/groups/{team}/members/$ref"),
            reference(&ada),
        )
        .await
        .expect(204);
    server
        .delete(&token, &format!("/v1.0/users/{ada}"))
        .await
        .expect(204);
    let listed = server
        .get(&token, "/v1.0/directory/deletedItems/microsoft.graph.user")
        .await
        .expect(200)
        .json();
    assert_eq!(listed["value"][0]["id"], ada);
    let one = server
        .get(
            &token,
            &format!("/v1.0/directory/deletedItems/{ada}?$select=deletedDateTime"),
        )
        .await
        .expect(200);
    assert!(one.json()["deletedDateTime"].is_string());
    let restored = server
        .send(
            &token,
            Method::POST,
            &format!("/v1.0/directory/deletedItems/{ada}/restore"),
            &[],
            None,
        )
        .await;
    assert_eq!(restored.expect(200).json()["id"], ada);
    let members = server
        .get(&token, &format!("/v1.0/groups/{team}/members"))
        .await
        .expect(200)
        .json();
    assert_eq!(members["value"][0]["id"], ada);
    let read = server
        .get(&token, &format!("/v1.0/users/{ada}?$select=authorizationInfo"))
        .await
        .expect(200)
        .json();
    assert_eq!(read["authorizationInfo"], ids["authorizationInfo"]);

    server
        .delete(&token, &format!("/v1.0/groups/{team}"))
        .await
        .expect(204);
    let path = format!("/v1.0/directory/deletedItems/{team}");
    server
        .send(&token, Method::POST, &format!("{path}/restore"), &[], None)
        .await
        .expect(200);
    let members = server
        .get(&token, &format!("/v1.0/groups/{team}/members"))
        .await
        .expect(200)
        .json();
    assert_eq!(members["value"][0]["id"], ada);
    server
        .delete(&token, &format!("/v1.0/groups/{team}"))
        .await
        .expect(204);
    server.delete(&token, &path).await.expect(204);
    assert_eq!(server.get(&token, &path).await.failure().0, 404);

    server
        .delete(&token, &format!("/v1.0/users/{ada}"))
        .await
        .expect(204);
    server.user("ada", &[]).await;
    let path = format!("/v1.0/directory/deletedItems/{ada}/restore");
    let taken = server.send(&token, Method::POST, &path, &[], None).await;
    assert_eq!(
        taken.failure(),
        (400, "Request_MultipleObjectsWithSameKeyValue".to_owned())
    );
    let day = 24 * 3600 * 1_000_000;
    let later = server.clock.now().as_microsecond() + 31 * day;
    server
        .store
        .purge_expired(later, lanyard_storage::Retention::default())
        .await
        .unwrap();
    assert_eq!(
        server
            .send(&token, Method::POST, &path, &[], None)
            .await
            .failure()
            .0,
        404
    );
}

/// GRAPH-SECRET-ONCE GRAPH-APPLICATION-BODY GRAPH-ALTERNATE-KEY DIRECTORY-KEY-CREDENTIALS DIRECTORY-PERMISSION-DISABLED-FIRST
#[tokio::test]
async fn applications_with_secrets_and_certificates() {
    let server = Server::start().await;
    let token = server.application(&["Application.ReadWrite.All"]).await;
    let scope = "5f8c59db-677d-491f-a6b8-5f174b11ec10";
    let new = json!({
        "displayName": "Portal", "signInAudience": "AzureADMyOrg",
        "web": { "redirectUris": ["https://portal.example/cb"], "implicitGrantSettings": { "enableIdTokenIssuance": false } },
        "api": { "requestedAccessTokenVersion": 2, "oauth2PermissionScopes": [{ "id": scope, "value": "Read", "type": "User", "isEnabled": true }] },
        "requiredResourceAccess": [{ "resourceAppId": "00000003-0000-0000-c000-000000000000",
            "resourceAccess": [{ "id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope" }] }]
    });
    let made = server
        .post(&token, "/v1.0/applications", new.clone())
        .await
        .expect(201)
        .json();
    let (id, app_id) = (text(&made, "id"), text(&made, "appId"));
    let path = format!("/v1.0/applications/{id}");
    let by_client_id = server
        .get(&token, &format!("/v1.0/applications(appId='{app_id}')"))
        .await
        .expect(200)
        .json();
    assert_eq!(by_client_id["id"], id);
    assert_eq!(
        by_client_id["requiredResourceAccess"],
        new["requiredResourceAccess"]
    );
    let secret = json!({ "passwordCredential": { "displayName": "s1" } });
    let secret = server
        .post(&token, &format!("{path}/addPassword"), secret)
        .await
        .expect(200)
        .json();
    assert!(text(&secret, "secretText").len() > 30);
    let read = server.get(&token, &path).await.expect(200);
    assert!(!read.text.contains(&text(&secret, "secretText")));
    let body = read.json();
    assert_eq!(body["passwordCredentials"][0]["keyId"], secret["keyId"]);
    assert_eq!(body["passwordCredentials"][0]["secretText"], Value::Null);
    let remove = json!({ "keyId": secret["keyId"] });
    server
        .post(&token, &format!("{path}/removePassword"), remove.clone())
        .await
        .expect(204);
    assert_eq!(
        server
            .post(&token, &format!("{path}/removePassword"), remove)
            .await
            .failure()
            .0,
        400
    );

    let certificate = server
        .root
        .issue_user(&UserProfile::new("Daemon", server::validity()))
        .unwrap();
    let der = data_encoding::BASE64.encode(certificate.certificate_der());
    let keys = json!({ "keyCredentials": [{ "type": "AsymmetricX509Cert", "usage": "Verify", "key": der }] });
    server.patch(&token, &path, keys).await.expect(204);
    let key = server.get(&token, &path).await.json()["keyCredentials"][0].clone();
    assert_eq!(
        (text(&key, "displayName"), &key["key"]),
        ("CN=Daemon".to_owned(), &Value::Null)
    );
    let kept = json!({ "keyCredentials": [{ "keyId": key["keyId"] }] });
    server.patch(&token, &path, kept).await.expect(204);
    assert_eq!(server.get(&token, &path).await.json()["keyCredentials"][0], key);
    assert_eq!(
        server
            .patch(&token, &path, json!({ "keyCredentials": [{}] }))
            .await
            .failure()
            .0,
        400
    );
    for bad in [
        json!({ "web": { "implicitGrantSettings": { "enableIdTokenIssuance": true } } }),
        json!({ "web": { "redirectUris": ["http://elsewhere.example/cb"] } }),
        json!({ "api": { "oauth2PermissionScopes": [] } }),
        json!({ "signInAudience": "PersonalMicrosoftAccount" }),
        json!({ "groupMembershipClaims": "Everything" }),
        json!({ "colour": "red" }),
    ] {
        assert_eq!(
            server.patch(&token, &path, bad.clone()).await.failure().0,
            400,
            "{bad}"
        );
    }
    let disable = json!({ "api": { "oauth2PermissionScopes": [{ "id": scope, "value": "Read", "isEnabled": false }] } });
    server.patch(&token, &path, disable).await.expect(204);
    server
        .patch(&token, &path, json!({ "api": { "oauth2PermissionScopes": [] } }))
        .await
        .expect(204);
    let listed = "/v1.0/applications?$filter=displayName%20eq%20'PORTAL'&$select=id";
    assert_eq!(
        server.get(&token, listed).await.expect(200).json()["value"],
        json!([{ "id": id }])
    );
    server.delete(&token, &path).await.expect(204);
    assert_eq!(server.get(&token, &path).await.failure().0, 404);
    let restore = format!("/v1.0/directory/deletedItems/{id}/restore");
    server
        .send(&token, Method::POST, &restore, &[], None)
        .await
        .expect(200);
    server.get(&token, &path).await.expect(200);
    let audits = server.audits().await;
    assert!(
        audits
            .iter()
            .all(|(_, _, body)| !body.to_string().contains(&text(&secret, "secretText")))
    );
    assert!(
        audits
            .iter()
            .any(|row| row.0.starts_with("Update application – Certificates"))
    );
}

/// DIRECTORY-SERVICE-PRINCIPAL
#[tokio::test]
async fn service_principals_their_roles_and_consent() {
    let server = Server::start().await;
    let token = server
        .application(&[
            "Application.ReadWrite.All",
            "Application.Read.All",
            "AppRoleAssignment.ReadWrite.All",
            "DelegatedPermissionGrant.ReadWrite.All",
            "User.Read.All",
            "Directory.Read.All",
        ])
        .await;
    let role = "5f8c59db-677d-491f-a6b8-5f174b11ec11";
    let new = json!({ "displayName": "Archive", "appRoles": [{ "id": role, "value": "Admin", "isEnabled": true }],
        "api": { "oauth2PermissionScopes": [{ "id": "5f8c59db-677d-491f-a6b8-5f174b11ec12", "value": "Read", "isEnabled": true }] } });
    let archive = server
        .post(&token, "/v1.0/applications", new)
        .await
        .expect(201)
        .json();
    let principal = json!({ "appId": archive["appId"] });
    let archive = server
        .post(&token, "/v1.0/servicePrincipals", principal.clone())
        .await
        .expect(201)
        .json();
    let again = server.post(&token, "/v1.0/servicePrincipals", principal).await;
    assert_eq!(
        again.failure(),
        (400, "Request_MultipleObjectsWithSameKeyValue".to_owned())
    );
    let path = format!("/v1.0/servicePrincipals/{}", text(&archive, "id"));
    server
        .patch(&token, &path, json!({ "appRoleAssignmentRequired": true }))
        .await
        .expect(204);
    assert_eq!(
        server.get(&token, &path).await.json()["appRoleAssignmentRequired"],
        true
    );
    let graph = "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";
    let graph = server.get(&token, graph).await.expect(200).json();
    assert_eq!(graph["displayName"], "Microsoft Graph");
    let own = format!("/v1.0/servicePrincipals/{}", text(&graph, "id"));
    assert_eq!(
        server
            .patch(&token, &own, json!({ "accountEnabled": false }))
            .await
            .failure()
            .0,
        400
    );

    let ada = server.user("ada", &[]).await.id.to_string();
    let give = json!({ "principalId": ada, "resourceId": archive["id"], "appRoleId": role });
    let given = server
        .post(
            &token,
            &format!("/v1.0/users/{ada}/appRoleAssignments"),
            give.clone(),
        )
        .await
        .expect(201)
        .json();
    assert_eq!(
        (text(&given, "principalType"), text(&given, "resourceDisplayName")),
        ("User".to_owned(), "Archive".to_owned())
    );
    assert_eq!(
        server
            .post(&token, &format!("{path}/appRoleAssignedTo"), give)
            .await
            .failure()
            .0,
        400
    );
    let to = server
        .get(&token, &format!("{path}/appRoleAssignedTo"))
        .await
        .expect(200)
        .json();
    assert_eq!(to["value"][0]["principalDisplayName"], "ada");
    let of = server
        .get(&token, &format!("/v1.0/users/{ada}/appRoleAssignments"))
        .await
        .expect(200)
        .json();
    assert_eq!(of["value"][0]["id"], given["id"]);
    let id = text(&given, "id");
    server
        .delete(&token, &format!("{path}/appRoleAssignedTo/{id}"))
        .await
        .expect(204);
    assert_eq!(
        server
            .delete(&token, &format!("{path}/appRoleAssignedTo/{id}"))
            .await
            .failure()
            .0,
        404
    );

    let daemon = server
        .get(
            &token,
            "/v1.0/servicePrincipals?$filter=displayName%20eq%20'Daemon'",
        )
        .await
        .expect(200)
        .json();
    let grant = json!({ "clientId": daemon["value"][0]["id"], "consentType": "AllPrincipals", "resourceId": archive["id"], "scope": "Read" });
    let made = server
        .post(&token, "/v1.0/oauth2PermissionGrants", grant.clone())
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&made["clientId"], &made["resourceId"], &made["scope"]),
        (&grant["clientId"], &grant["resourceId"], &grant["scope"])
    );
    let path = format!("/v1.0/oauth2PermissionGrants/{}", text(&made, "id"));
    assert_eq!(
        server.get(&token, "/v1.0/oauth2PermissionGrants").await.json()["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    server.delete(&token, &path).await.expect(204);
    assert_eq!(server.get(&token, &path).await.failure().0, 404);
}

/// DIRECTORY-ROLE-HOLDER LAST-GLOBAL-ADMINISTRATOR GRAPH-ROLE-DEFINITION
#[tokio::test]
async fn directory_roles_are_given_and_taken() {
    let server = Server::start().await;
    let token = server
        .application(&["RoleManagement.ReadWrite.Directory", "User.Read.All"])
        .await;
    let definitions = "/v1.0/roleManagement/directory/roleDefinitions";
    let all = server.get(&token, definitions).await.expect(200).json();
    assert_eq!(
        all["value"].as_array().unwrap().len(),
        DirectoryRole::BUILT_IN.len()
    );
    let role = DirectoryRole::USER_ADMINISTRATOR.0.to_string();
    let one = server
        .get(&token, &format!("{definitions}/{role}?$select=displayName"))
        .await
        .expect(200)
        .json();
    assert_eq!(one["displayName"], "User Administrator");
    let ada = server.user("ada", &[]).await.id.to_string();
    let assignments = "/v1.0/roleManagement/directory/roleAssignments";
    let give = json!({ "@odata.type": "#microsoft.graph.unifiedRoleAssignment", "principalId": ada, "roleDefinitionId": role, "directoryScopeId": "/" });
    let given = server
        .post(&token, assignments, give.clone())
        .await
        .expect(201)
        .json();
    assert_eq!(server.post(&token, assignments, give).await.failure().0, 400);
    for (name, value) in [
        ("roleDefinitionId", ada.as_str()),
        ("principalId", role.as_str()),
        ("directoryScopeId", "/administrativeUnits/1"),
    ] {
        let mut bad = json!({ "principalId": ada, "roleDefinitionId": DirectoryRole::GLOBAL_READER.0, "directoryScopeId": "/" });
        bad[name] = json!(value);
        assert!(
            [400, 404].contains(&server.post(&token, assignments, bad).await.status.as_u16()),
            "{name}"
        );
    }
    let found = format!("{assignments}?$filter=principalId%20eq%20'{ada}'&$expand=principal");
    let found = server.get(&token, &found).await.expect(200).json();
    assert_eq!(
        found["value"][0]["principal"]["userPrincipalName"],
        "ada@contoso.example"
    );
    let held = server
        .get(&token, "/v1.0/directoryRoles")
        .await
        .expect(200)
        .json();
    assert_eq!(held["value"][0]["roleTemplateId"], role);
    let members = server
        .get(
            &token,
            &format!("/v1.0/directoryRoles/roleTemplateId={role}/members"),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(members["value"][0]["id"], ada);
    server
        .delete(&token, &format!("{assignments}/{}", text(&given, "id")))
        .await
        .expect(204);
    let global = DirectoryRole::GLOBAL_ADMINISTRATOR.0;
    let path = format!("/v1.0/directoryRoles/{global}/members");
    server
        .post(&token, &format!("{path}/$ref"), reference(&ada))
        .await
        .expect(204);
    let last = server.delete(&token, &format!("{path}/{ada}/$ref")).await;
    assert_eq!(last.failure().0, 400);
    assert!(last.text.contains("LAST-GLOBAL-ADMINISTRATOR"));
    let bob = server.user("bob", &[]).await.id.to_string();
    server
        .post(&token, &format!("{path}/$ref"), reference(&bob))
        .await
        .expect(204);
    server
        .delete(&token, &format!("{path}/{ada}/$ref"))
        .await
        .expect(204);
    assert_eq!(server.audits().await[0].0, "Remove member from role");
}

/// GRAPH-NEW-DEVICE
#[tokio::test]
async fn devices_and_the_organization() {
    let server = Server::start().await;
    let scopes = &["Directory.AccessAsUser.All"];
    let token = server
        .person("manager", scopes, &[DirectoryRole::INTUNE_ADMINISTRATOR])
        .await;
    let device_id = "4c299165-6e8f-4b45-a5ba-c5d250a707ff";
    let new = json!({ "accountEnabled": true, "alternativeSecurityIds": [{ "type": 2, "key": "Y3YxN2E1MWFlYw==" }], "deviceId": device_id,
        "displayName": "Laptop", "operatingSystem": "Windows", "operatingSystemVersion": "10" });
    let made = server
        .post(&token, "/v1.0/devices", new.clone())
        .await
        .expect(201)
        .json();
    assert_eq!(
        server
            .post(&token, "/v1.0/devices", new.clone())
            .await
            .failure()
            .1,
        "Request_MultipleObjectsWithSameKeyValue"
    );
    let mut incomplete = new;
    incomplete["deviceId"] = Value::Null;
    assert_eq!(
        server.post(&token, "/v1.0/devices", incomplete).await.failure().0,
        400
    );
    let path = format!("/v1.0/devices(deviceId='{device_id}')");
    assert_eq!(
        server.get(&token, &path).await.expect(200).json()["id"],
        made["id"]
    );
    server
        .patch(
            &token,
            &path,
            json!({ "accountEnabled": false, "isCompliant": true }),
        )
        .await
        .expect(204);
    let found = "/v1.0/devices?$filter=accountEnabled%20eq%20false&$count=true";
    let found = server
        .send(&token, Method::GET, found, EVENTUAL, None)
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&found["@odata.count"], &found["value"][0]["isCompliant"]),
        (&json!(1), &json!(true))
    );
    let helper = server
        .person("helper", scopes, &[DirectoryRole::CLOUD_DEVICE_ADMINISTRATOR])
        .await;
    server
        .patch(&helper, &path, json!({ "accountEnabled": true }))
        .await
        .expect(204);
    assert_eq!(
        server
            .patch(&helper, &path, json!({ "isCompliant": false }))
            .await
            .failure()
            .0,
        403
    );
    server.delete(&token, &path).await.expect(204);
    assert_eq!(server.get(&token, &path).await.failure().0, 404);

    let organization = server.get(&token, "/v1.0/organization").await.expect(200).json();
    assert_eq!(
        organization["value"][0]["verifiedDomains"][0]["name"],
        "contoso.example"
    );
    let path = format!("/v1.0/organization/{}", server.tenant.id);
    assert_eq!(
        server.get(&token, &path).await.expect(200).json()["displayName"],
        "Contoso"
    );
    let domains = server.get(&token, "/v1.0/domains").await.expect(200).json();
    assert_eq!(domains["value"][0]["id"], "contoso.example");
    assert_eq!(
        server
            .get(&token, "/v1.0/domains/elsewhere.example")
            .await
            .failure()
            .0,
        404
    );
}

/// GRAPH-LOG-INDEX
#[tokio::test]
async fn logs_are_filtered_and_paged() {
    let server = Server::start().await;
    let token = server
        .application(&["AuditLog.Read.All", "User.ReadWrite.All"])
        .await;
    for name in ["ada", "bob", "cem"] {
        let user = server.user(name, &[]).await;
        server.sign_in(&user, &["User.Read"]).await;
    }
    let all = server
        .get(&token, "/v1.0/auditLogs/signIns")
        .await
        .expect(200)
        .json();
    let rows = all["value"].as_array().unwrap().clone();
    assert!(rows.len() >= 3 && rows.iter().all(|row| row["isInteractive"] == true));
    let ada = "/v1.0/auditLogs/signIns?$filter=userPrincipalName%20eq%20'ADA@contoso.example'%20and%20status/errorCode%20eq%200";
    let ada = server.get(&token, ada).await.expect(200).json();
    assert!(!ada["value"].as_array().unwrap().is_empty());
    assert!(
        ada["value"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["userPrincipalName"] == "ada@contoso.example")
    );
    let mut seen = Vec::new();
    let mut next = "/v1.0/auditLogs/signIns?$top=1&$orderby=createdDateTime&$select=id".to_owned();
    loop {
        let page = server.get(&token, &next).await.expect(200).json();
        seen.extend(
            page["value"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| text(row, "id")),
        );
        match page["@odata.nextLink"].as_str() {
            Some(link) => next = link.strip_prefix(GRAPH).unwrap().to_owned(),
            None => break,
        }
    }
    let mut newest_first: Vec<String> = rows.iter().map(|row| text(row, "id")).collect();
    newest_first.reverse();
    assert_eq!(seen, newest_first);
    let one = server
        .get(&token, &format!("/v1.0/auditLogs/signIns/{}", seen[0]))
        .await
        .expect(200)
        .json();
    assert_eq!(one["id"], json!(seen[0]));
    let others = "/beta/auditLogs/signIns?$filter=signInEventTypes/any(t:t%20ne%20'interactiveUser')";
    let others = server.get(&token, others).await.expect(200).json();
    assert!(
        others["value"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["isInteractive"] == false)
    );

    let user = server.user("dan", &[]).await.id.to_string();
    server
        .patch(
            &token,
            &format!("/v1.0/users/{user}"),
            json!({ "jobTitle": "Chief" }),
        )
        .await
        .expect(204);
    for filter in [
        format!("targetResources/any(t:t/id eq '{user}')"),
        "activityDisplayName eq 'Update user' and category eq 'UserManagement'".to_owned(),
        "initiatedBy/app/displayName eq 'Daemon' and loggedByService eq 'Core Directory' and result eq 'success' and activityDisplayName eq 'Update user'".to_owned(),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("$filter", &filter).finish();
        let found = server.get(&token, &format!("/v1.0/auditLogs/directoryAudits?{query}")).await.expect(200).json();
        let row = &found["value"][0];
        assert_eq!(row["activityDisplayName"], "Update user", "{filter}");
        assert_eq!(row["targetResources"][0]["userPrincipalName"], "dan@contoso.example");
        let changed = &row["targetResources"][0]["modifiedProperties"];
        assert_eq!(*changed, json!([{ "displayName": "jobTitle", "oldValue": null, "newValue": "\"Chief\"" }]));
        let id = text(row, "id");
        assert_eq!(server.get(&token, &format!("/v1.0/auditLogs/directoryAudits/{id}")).await.expect(200).json()["id"], json!(id));
    }
    let nobody = server.application(&["User.Read.All"]).await;
    assert_eq!(
        server.get(&nobody, "/v1.0/auditLogs/signIns").await.failure().0,
        403
    );
}
