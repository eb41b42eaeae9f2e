//! ETags of directory objects: two administrators at a time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use http::Method;
use serde_json::{Value, json};
use server::Server;

const PERMISSIONS: &[&str] = &[
    "User.ReadWrite.All",
    "Group.ReadWrite.All",
    "Application.ReadWrite.All",
    "Device.ReadWrite.All",
    "Directory.Read.All",
];

/// One object of each kind with a change and another change of it.
async fn objects(server: &Server, token: &str) -> Vec<(String, Value, Value)> {
    let made = async |path: &str, body: Value| {
        let made = server.post(token, path, body).await.expect(201).json();
        made["id"].as_str().unwrap().to_owned()
    };
    let ada = server.user("ada", &[]).await.id.to_string();
    let group =
        json!({ "displayName": "G", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true });
    let group = made("/v1.0/groups", group).await;
    let application = made("/v1.0/applications", json!({ "displayName": "A" })).await;
    let read = server
        .get(token, &format!("/v1.0/applications/{application}"))
        .await;
    let principal = json!({ "appId": read.json()["appId"] });
    let principal = made("/v1.0/servicePrincipals", principal).await;
    let device = lanyard_engine::administer::DeviceChange {
        device_id: Some("6c5f7a2e-1111-4222-8333-444455556666".parse().unwrap()),
        display_name: Some("D".to_owned()),
        operating_system: Some("Linux".to_owned()),
        operating_system_version: Some("6".to_owned()),
        ..Default::default()
    };
    let device = server
        .engine
        .add_device(&server.operator(), &device)
        .await
        .unwrap();
    vec![
        (
            format!("users/{ada}"),
            json!({ "department": "IT" }),
            json!({ "department": "HR" }),
        ),
        (
            format!("groups/{group}"),
            json!({ "description": "x" }),
            json!({ "description": "y" }),
        ),
        (
            format!("servicePrincipals/{principal}"),
            json!({ "accountEnabled": false }),
            json!({ "accountEnabled": true }),
        ),
        (
            format!("applications/{application}"),
            json!({ "notes": "x" }),
            json!({ "notes": "y" }),
        ),
        (
            format!("devices/{}", device.id),
            json!({ "displayName": "x" }),
            json!({ "displayName": "y" }),
        ),
    ]
}

/// GRAPH-ETAG OBJECT-VERSION
#[tokio::test]
async fn a_change_is_made_on_the_version_it_names_only() {
    let server = Server::start().await;
    let token = server.application(PERMISSIONS).await;
    for (object, change, other) in objects(&server, &token).await {
        let path = format!("/v1.0/{object}");
        let read = server.get(&token, &path).await.expect(200);
        let tag = read.header("etag").unwrap().to_owned();
        let send = async |method: Method, tag: &str, body: Option<Value>| {
            let headers = [("if-match", tag)];
            server.send(&token, method, &path, &headers, body).await
        };
        send(Method::PATCH, &tag, Some(change.clone())).await.expect(204);
        let before = server.audits().await;
        for stale in [tag.as_str(), "W/\"1\"", "nonsense", "\"a\", \"b\""] {
            let refused = send(Method::PATCH, stale, Some(other.clone())).await;
            assert_eq!(
                refused.failure(),
                (412, "Request_PreconditionFailed".to_owned()),
                "{object} {stale}"
            );
            assert_eq!(send(Method::DELETE, stale, None).await.status.as_u16(), 412);
        }
        assert_eq!(server.audits().await, before, "{object}: nothing happened");
        let now = server.get(&token, &path).await.expect(200);
        assert_ne!(now.header("etag").unwrap(), tag);
        send(Method::PATCH, "*", Some(other)).await.expect(204);
        send(Method::PATCH, "*", Some(change)).await.expect(204);
        let again = server.get(&token, &path).await.expect(200);
        assert_eq!(again.header("etag"), now.header("etag"), "the same again");
        let tag = again.header("etag").unwrap().to_owned();
        send(Method::DELETE, &tag, None).await.expect(204);
    }
}

/// Secrets that two administrators add at the same moment are both there.
#[tokio::test]
async fn changes_at_the_same_moment_do_not_undo_each_other() {
    let server = Server::start().await;
    let token = server.application(PERMISSIONS).await;
    let made = server
        .post(&token, "/v1.0/applications", json!({ "displayName": "A" }))
        .await;
    let path = format!(
        "/v1.0/applications/{}",
        made.expect(201).json()["id"].as_str().unwrap()
    );
    let add = format!("{path}/addPassword");
    let all = tokio::join!(
        server.post(&token, &add, json!({})),
        server.post(&token, &add, json!({})),
        server.post(&token, &add, json!({})),
        server.patch(&token, &path, json!({ "notes": "x" })),
    );
    for (answer, expected) in [(all.0, 200), (all.1, 200), (all.2, 200), (all.3, 204)] {
        answer.expect(expected);
    }
    let now = server.get(&token, &path).await.json();
    assert_eq!(now["passwordCredentials"].as_array().unwrap().len(), 3);
    assert_eq!(now["notes"], "x");
}

/// Who sees basic profiles only learns nothing about the rest from a tag.
#[tokio::test]
async fn a_basic_profile_has_no_tag() {
    let server = Server::start().await;
    let token = server.application(&["User.ReadBasic.All"]).await;
    let ada = server.user("ada", &[]).await.id;
    let read = server
        .get(&token, &format!("/v1.0/users/{ada}"))
        .await
        .expect(200);
    assert!(read.header("etag").is_none() && !read.text.contains("etag"));
}
