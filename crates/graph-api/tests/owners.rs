//! Who owns groups, applications and service principals, and what owners may do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use lanyard_directory::DirectoryRole;
use serde_json::{Value, json};
use server::Server;

fn reference(id: &str) -> Value {
    json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}") })
}

fn ids(answer: &Value) -> Vec<&str> {
    let items = answer["value"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap()).collect()
}

async fn group(server: &Server, token: &str, assignable: bool) -> String {
    let body = json!({
        "displayName": "Team", "mailEnabled": false, "mailNickname": "team", "securityEnabled": true, "isAssignableToRole": assignable
    });
    let made = server.post(token, "/v1.0/groups", body).await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

/// DIRECTORY-OWNERS
#[tokio::test]
async fn owners_come_and_go() {
    let server = Server::start().await;
    let token = server
        .application(&[
            "Group.ReadWrite.All",
            "Directory.Read.All",
            "Application.ReadWrite.All",
        ])
        .await;
    let ada = server.user("ada", &[]).await.id.to_string();
    let bob = server.user("bob", &[]).await.id.to_string();
    let made = server
        .post(&token, "/v1.0/applications", json!({ "displayName": "Portal" }))
        .await;
    let made = made.expect(201).json();
    let app_id = made["appId"].as_str().unwrap().to_owned();
    let principal = server
        .post(&token, "/v1.0/servicePrincipals", json!({ "appId": app_id }))
        .await;
    let principal = principal.expect(201).json()["id"].as_str().unwrap().to_owned();
    let team = group(&server, &token, false).await;
    for (object, last_may_go) in [
        (format!("groups/{team}"), false),
        (format!("applications(appId='{app_id}')"), true),
        (format!("servicePrincipals/{principal}"), true),
    ] {
        let path = format!("/v1.0/{object}/owners");
        let first = server.get(&token, &path).await.expect(200).json();
        for (owner, expected) in [
            (&ada, 204),
            (&ada, 400),
            (&bob, 204),
            (&team, 404),
            (&principal, 204),
        ] {
            let added = server
                .post(&token, &format!("{path}/$ref"), reference(owner))
                .await;
            assert_eq!(added.status.as_u16(), expected, "{path} {owner} {}", added.text);
        }
        let there = server.get(&token, &path).await.expect(200).json();
        assert_eq!(ids(&there).len(), ids(&first).len() + 3);
        let users = server.get(&token, &format!("{path}/microsoft.graph.user")).await;
        assert_eq!(ids(&users.expect(200).json()).len(), 2);
        let expanded = server
            .get(
                &token,
                &format!("/v1.0/{object}?$select=id&$expand=owners($select=id)"),
            )
            .await
            .expect(200)
            .json();
        assert_eq!(expanded["owners"].as_array().unwrap().len(), ids(&there).len());
        server.delete(&token, &format!("{path}/{ada}")).await.expect(400);
        server
            .delete(&token, &format!("{path}/{ada}/$ref"))
            .await
            .expect(204);
        server
            .delete(&token, &format!("{path}/{ada}/$ref"))
            .await
            .expect(404);
        let audit = &server.audits().await[0];
        assert!(audit.0.starts_with("Remove owner from "), "{}", audit.0);
        assert_eq!(audit.2["old"]["owner"], ada);
        for owner in ids(&there).into_iter().filter(|id| *id != ada && *id != bob) {
            server
                .delete(&token, &format!("{path}/{owner}/$ref"))
                .await
                .expect(204);
        }
        let last = server.delete(&token, &format!("{path}/{bob}/$ref")).await;
        assert_eq!(last.status.as_u16() == 204, last_may_go, "{path}: {}", last.text);
        if last_may_go {
            server
                .post(&token, &format!("{path}/$ref"), reference(&bob))
                .await
                .expect(204);
        }
    }
    let owned = server
        .get(&token, &format!("/v1.0/users/{bob}/ownedObjects"))
        .await;
    assert_eq!(ids(&owned.expect(200).json()).len(), 3);
    let own = server
        .get(
            &token,
            &format!("/v1.0/users/{bob}/ownedObjects/microsoft.graph.group"),
        )
        .await;
    assert_eq!(ids(&own.expect(200).json()), [team.as_str()]);
    // Who is gone owns nothing; what comes back has the owners that are still there.
    let path = format!("/v1.0/groups/{team}/owners");
    server
        .post(&token, &format!("{path}/$ref"), reference(&ada))
        .await
        .expect(204);
    server
        .delete(&token, &format!("/v1.0/groups/{team}"))
        .await
        .expect(204);
    let operator = server.operator();
    server.engine.remove_user(&operator, &bob).await.unwrap();
    let restore = format!("/v1.0/directory/deletedItems/{team}/restore");
    server.post(&token, &restore, Value::Null).await.expect(200);
    assert_eq!(
        ids(&server.get(&token, &path).await.expect(200).json()),
        [ada.as_str()]
    );
}

/// PERMISSION-OWNER
#[tokio::test]
async fn owners_change_what_they_own_and_nothing_else() {
    let server = Server::start().await;
    let operator = server
        .application(&[
            "Group.ReadWrite.All",
            "RoleManagement.ReadWrite.Directory",
            "Application.ReadWrite.All",
        ])
        .await;
    let ada = server.user("ada", &[]).await;
    let id = ada.id.to_string();
    let scopes = &[
        "Group.ReadWrite.All",
        "Application.ReadWrite.All",
        "GroupMember.Read.All",
    ];
    let token = server.sign_in(&ada, scopes).await;
    let (mine, other, privileged) = (
        group(&server, &operator, false).await,
        group(&server, &operator, false).await,
        group(&server, &operator, true).await,
    );
    for owned in [&mine, &privileged] {
        let path = format!("/v1.0/groups/{owned}/owners/$ref");
        server.post(&operator, &path, reference(&id)).await.expect(204);
    }
    let change = json!({ "description": "mine" });
    for (group, expected) in [(&mine, 204), (&other, 403), (&privileged, 403)] {
        let path = format!("/v1.0/groups/{group}");
        server.patch(&token, &path, change.clone()).await.expect(expected);
        let members = format!("{path}/members/$ref");
        server
            .post(&token, &members, reference(&id))
            .await
            .expect(expected);
        let owners = format!("{path}/owners/$ref");
        let friend = server.user(&format!("friend-{group}"), &[]).await.id.to_string();
        server
            .post(&token, &owners, reference(&friend))
            .await
            .expect(expected);
        let end = format!("{path}/members/{id}/$ref");
        server.delete(&token, &end).await.expect(expected);
    }
    // What does not exist is refused like what is not owned.
    let nowhere = "/v1.0/groups/00000000-0000-4000-8000-000000000001";
    server.patch(&token, nowhere, change.clone()).await.expect(404);
    let reader = server.person("eve", &["Group.Read.All"], &[]).await;
    server.patch(&reader, nowhere, change).await.expect(403);
    server
        .delete(&token, &format!("/v1.0/groups/{other}"))
        .await
        .expect(403);
    server
        .delete(&token, &format!("/v1.0/groups/{mine}"))
        .await
        .expect(204);
}

/// PERMISSION-OWNER
#[tokio::test]
async fn an_application_manages_the_applications_it_made() {
    let server = Server::start().await;
    let pipeline = server.application(&["Application.ReadWrite.OwnedBy"]).await;
    let other = server.application(&["Application.ReadWrite.All"]).await;
    let make = async |token: &str| {
        let made = server
            .post(token, "/v1.0/applications", json!({ "displayName": "Made" }))
            .await;
        let made = made.expect(201).json();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("id"), text("appId"))
    };
    let (own, foreign) = (make(&pipeline).await, make(&other).await);
    for ((id, app_id), expected) in [(&own, 0), (&foreign, 403)] {
        let or = |status: u16| if expected == 0 { status } else { expected };
        let path = format!("/v1.0/applications/{id}");
        server
            .patch(&pipeline, &path, json!({ "notes": "x" }))
            .await
            .expect(or(204));
        let secret = format!("{path}/addPassword");
        server.post(&pipeline, &secret, json!({})).await.expect(or(200));
        let principal = json!({ "appId": app_id });
        server
            .post(&pipeline, "/v1.0/servicePrincipals", principal)
            .await
            .expect(or(201));
        server.delete(&pipeline, &path).await.expect(or(204));
    }
    // An application developer goes on with what he or she registered.
    let scopes = &["Application.ReadWrite.All"];
    let token = server
        .person("dev", scopes, &[DirectoryRole::APPLICATION_DEVELOPER])
        .await;
    let (id, _) = make(&token).await;
    let path = format!("/v1.0/applications/{id}");
    server
        .patch(&token, &path, json!({ "notes": "x" }))
        .await
        .expect(204);
    let path = format!("/v1.0/applications/{}", foreign.0);
    server
        .patch(&token, &path, json!({ "notes": "x" }))
        .await
        .expect(403);
}
