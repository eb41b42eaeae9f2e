//! Applications, service principals, their roles and consent over the directory API.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod server;

use http::Method;
use lanyard_testkit::UserProfile;
use serde_json::{Value, json};
use server::Server;

fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {value}"))
        .to_owned()
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
