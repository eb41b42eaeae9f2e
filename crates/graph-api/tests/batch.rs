//! `$batch` and throttling.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use serde_json::{Value, json};
use server::Server;

fn by_id(body: &Value, id: &str) -> Value {
    let responses = body["responses"].as_array().unwrap();
    responses.iter().find(|one| one["id"] == id).unwrap().clone()
}

/// GRAPH-BATCH
#[tokio::test]
async fn requests_of_a_batch_are_answered_each_by_itself() {
    let server = Server::start().await;
    let token = server.application(&["User.ReadWrite.All"]).await;
    let json_type = json!({ "Content-Type": "application/json" });
    let new = json!({ "accountEnabled": true, "displayName": "Eve", "mailNickname": "eve", "userPrincipalName": "eve@contoso.example" });
    let batch = json!({ "requests": [
        { "id": "3", "method": "GET", "url": "/users/eve@contoso.example?$select=jobTitle", "dependsOn": ["2"] },
        { "id": "1", "method": "POST", "url": "/users", "headers": json_type, "body": new },
        { "id": "2", "method": "PATCH", "url": "users/eve@contoso.example", "headers": json_type, "body": { "jobTitle": "Chief" }, "dependsOn": ["1"] },
        { "id": "4", "method": "GET", "url": "/users/nobody@contoso.example" },
        { "id": "5", "method": "GET", "url": "/users", "dependsOn": ["4"] },
        { "id": "6", "method": "GET", "url": "/users?$filter=endsWith(mail,'x')&$count=true", "headers": { "ConsistencyLevel": "eventual" } },
        { "id": "7", "method": "GET", "url": "/auditLogs/signIns" },
        { "id": "8", "method": "POST", "url": "/$batch", "headers": json_type, "body": { "requests": [] } },
    ] });
    let body = server
        .post(&token, "/v1.0/$batch", batch)
        .await
        .expect(200)
        .json();
    let statuses: Vec<(String, u64)> = ["1", "2", "3", "4", "5", "6", "7", "8"]
        .iter()
        .map(|id| ((*id).to_owned(), by_id(&body, id)["status"].as_u64().unwrap()))
        .collect();
    let expected = [
        ("1", 201),
        ("2", 204),
        ("3", 200),
        ("4", 404),
        ("5", 424),
        ("6", 200),
        ("7", 403),
        ("8", 404),
    ];
    let expected: Vec<(String, u64)> = expected
        .iter()
        .map(|(id, status)| ((*id).to_owned(), *status))
        .collect();
    assert_eq!(statuses, expected);
    assert_eq!(by_id(&body, "3")["body"]["jobTitle"], "Chief");
    assert_eq!(
        by_id(&body, "4")["body"]["error"]["code"],
        "Request_ResourceNotFound"
    );
    assert!(by_id(&body, "2").get("body").is_none());
    let inner = &by_id(&body, "5")["body"]["error"]["innerError"];
    assert_eq!(inner["request-id"].as_str().unwrap().len(), 36);
    assert!(inner["date"].as_str().unwrap().starts_with("2026-"));
}

/// GRAPH-BATCH
#[tokio::test]
async fn malformed_batches_are_refused_whole() {
    let server = Server::start().await;
    let token = server.application(&["User.Read.All"]).await;
    let get = |id: &str| json!({ "id": id, "method": "GET", "url": "/users" });
    let many: Vec<Value> = (0..21).map(|number| get(&number.to_string())).collect();
    let mut circle = [get("1"), get("2")];
    circle[0]["dependsOn"] = json!(["2"]);
    circle[1]["dependsOn"] = json!(["1"]);
    for bad in [
        json!({}),
        json!({ "requests": [] }),
        json!({ "requests": many }),
        json!({ "requests": [get("1"), get("1")] }),
        json!({ "requests": circle }),
        json!({ "requests": [{ "id": "1", "method": "GET", "url": "/users", "dependsOn": ["9"] }] }),
        json!({ "requests": [{ "id": "1", "method": "TRACE", "url": "/users" }] }),
        json!({ "requests": [{ "id": "1", "method": "GET", "url": "https://elsewhere.example/users" }] }),
        json!({ "requests": [{ "id": "1", "method": "POST", "url": "/users", "body": {} }] }),
        json!({ "requests": [{ "id": "1", "method": "GET" }] }),
    ] {
        let answer = server.post(&token, "/v1.0/$batch", bad.clone()).await;
        assert_eq!(answer.failure(), (400, "Request_BadRequest".to_owned()), "{bad}");
    }
    let without = json!({ "requests": [get("1")] });
    server.post("", "/v1.0/$batch", without).await.expect(401);
    // Nothing of a batch that is refused is done, however well some of it is formed.
    let writer = server.application(&["User.ReadWrite.All"]).await;
    let new = json!({ "accountEnabled": true, "displayName": "Eve", "mailNickname": "eve", "userPrincipalName": "eve@contoso.example" });
    let good = json!({ "id": "0", "method": "POST", "url": "/users", "headers": { "Content-Type": "application/json" }, "body": new });
    let batch = json!({ "requests": [good, circle[0], circle[1]] });
    server.post(&writer, "/v1.0/$batch", batch).await.expect(400);
    server
        .get(&writer, "/v1.0/users/eve@contoso.example")
        .await
        .expect(404);
}
