//! Directory roles, devices and the organization over the directory API.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod server;

use http::Method;
use lanyard_directory::DirectoryRole;
use serde_json::{Value, json};
use server::Server;

const EVENTUAL: &[(&str, &str)] = &[("consistencylevel", "eventual")];

fn reference(id: &str) -> Value {
    json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}") })
}

fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {value}"))
        .to_owned()
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
        .get(
            &token,
            &format!("{definitions}/{role}?$select=displayName,rolePermissions"),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(one["displayName"], "User Administrator");
    assert_eq!(
        one["rolePermissions"][0]["allowedResourceActions"],
        json!(DirectoryRole::USER_ADMINISTRATOR.allowed_actions())
    );
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
