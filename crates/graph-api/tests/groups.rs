//! Groups, who belongs to them, and what was deleted, over the directory API.
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
use server::{GRAPH, Server};

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
