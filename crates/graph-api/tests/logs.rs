//! Both logs over the directory API.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod server;

use serde_json::{Value, json};
use server::{GRAPH, Server};

fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {value}"))
        .to_owned()
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
