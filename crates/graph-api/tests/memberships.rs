//! What people and groups belong to, objects by id alone, and lists narrowed to one type.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use http::Method;
use lanyard_directory::DirectoryRole;
use serde_json::{Value, json};
use server::{GRAPH, Server};

const EVENTUAL: &[(&str, &str)] = &[("ConsistencyLevel", "eventual")];

struct House {
    server: Server,
    reader: String,
    ada: String,
    inner: String,
    outer: String,
}

/// Ada, a Global Reader, belongs to a group without security within a security group.
async fn house() -> House {
    let server = Server::start().await;
    let writer = server.application(&["Group.ReadWrite.All"]).await;
    let ada = server
        .user("ada", &[DirectoryRole::GLOBAL_READER])
        .await
        .id
        .to_string();
    let group = async |name: &str, security: bool, member: &str| {
        let body = json!({
            "displayName": name, "mailEnabled": false, "mailNickname": "nick", "securityEnabled": security,
            "members@odata.bind": [format!("{GRAPH}/v1.0/directoryObjects/{member}")]
        });
        let made = server
            .post(&writer, "/v1.0/groups", body)
            .await
            .expect(201)
            .json();
        made["id"].as_str().unwrap().to_owned()
    };
    let inner = group("Inner", false, &ada).await;
    let outer = group("Outer", true, &inner).await;
    let reader = server
        .application(&["Directory.Read.All", "RoleManagement.Read.Directory"])
        .await;
    House {
        server,
        reader,
        ada,
        inner,
        outer,
    }
}

fn ids(answer: &Value) -> Vec<String> {
    let mut ids: Vec<String> = answer["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().or(one.as_str()).unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

fn sorted(ids: &[&String]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn what_somebody_belongs_to_is_answered_in_every_way() {
    let House {
        server,
        reader,
        ada,
        inner,
        outer,
    } = house().await;
    let role = DirectoryRole::GLOBAL_READER.0.to_string();
    let stranger = "00000000-0000-4000-8000-000000000001".to_owned();
    for (question, body, expected) in [
        ("getMemberGroups", json!({}), vec![&inner, &outer]),
        (
            "getMemberGroups",
            json!({ "securityEnabledOnly": true }),
            vec![&outer],
        ),
        (
            "getMemberObjects",
            json!({ "securityEnabledOnly": false }),
            vec![&inner, &outer, &role],
        ),
        (
            "microsoft.graph.getMemberObjects",
            json!({ "securityEnabledOnly": true }),
            vec![&outer, &role],
        ),
        (
            "checkMemberGroups",
            json!({ "groupIds": [outer, stranger, role] }),
            vec![&outer],
        ),
        (
            "checkMemberObjects",
            json!({ "ids": [outer, stranger, role] }),
            vec![&outer, &role],
        ),
    ] {
        for whose in [format!("users/{ada}"), format!("directoryObjects/{ada}")] {
            let path = format!("/v1.0/{whose}/{question}");
            let found = server.post(&reader, &path, body.clone()).await.expect(200).json();
            assert_eq!(ids(&found), sorted(&expected), "{path}");
        }
    }
    let own = server.person("bob", &["User.Read"], &[]).await;
    let mine = server.post(&own, "/v1.0/me/getMemberObjects", json!({})).await;
    assert_eq!(mine.expect(200).json()["value"], json!([]));
    server
        .post(&own, &format!("/v1.0/users/{ada}/getMemberObjects"), json!({}))
        .await
        .expect(403);
    let path = format!("/v1.0/users/{ada}/checkMemberObjects");
    for wrong in [
        json!({}),
        json!({ "ids": vec![ada.clone(); 21] }),
        json!({ "ids": [], "more": 1 }),
    ] {
        server.post(&reader, &path, wrong).await.expect(400);
    }
}

/// GRAPH-CAST
#[tokio::test]
async fn a_list_is_narrowed_to_one_type() {
    let House {
        server,
        reader,
        ada,
        inner,
        outer,
    } = house().await;
    let role = DirectoryRole::GLOBAL_READER.0.to_string();
    for (path, expected) in [
        (format!("users/{ada}/memberOf"), vec![&inner, &role]),
        (
            format!("users/{ada}/memberOf/microsoft.graph.group"),
            vec![&inner],
        ),
        (
            format!("users/{ada}/memberOf/microsoft.graph.directoryRole"),
            vec![&role],
        ),
        (
            format!("users/{ada}/transitiveMemberOf/graph.group?$filter=displayName eq 'outer'"),
            vec![&outer],
        ),
        (
            format!("groups/{outer}/transitiveMembers/microsoft.graph.user"),
            vec![&ada],
        ),
        (
            format!("groups/{outer}/transitiveMembers/microsoft.graph.group"),
            vec![&inner],
        ),
        (format!("groups/{outer}/members/microsoft.graph.user"), vec![]),
        (format!("groups/{outer}/members/microsoft.graph.device"), vec![]),
        (
            format!("groups/{inner}/memberOf/microsoft.graph.group"),
            vec![&outer],
        ),
    ] {
        let path = format!("/v1.0/{}", path.replace(' ', "%20"));
        let found = server.get(&reader, &path).await.expect(200).json();
        assert_eq!(ids(&found), sorted(&expected), "{path}");
        if !path.contains('?') {
            let count = format!("{path}/$count");
            let plain = server.get(&reader, &count).await.status.as_u16();
            // Roles know no advanced mode.
            assert_eq!(plain, if path.contains("Role") { 200 } else { 400 }, "{count}");
            let counted = server.send(&reader, Method::GET, &count, EVENTUAL, None).await;
            assert_eq!(counted.expect(200).text, expected.len().to_string(), "{count}");
        }
    }
    let path = format!("/v1.0/groups/{outer}/transitiveMembers/microsoft.graph.user?$select=accountEnabled");
    let found = server.get(&reader, &path).await.expect(200).json();
    assert_eq!(
        found["value"][0]["accountEnabled"], true,
        "properties of the type"
    );
    let context = found["@odata.context"].as_str().unwrap();
    assert!(context.ends_with("$metadata#users(accountEnabled)"), "{context}");
    let wrong = format!("/v1.0/groups/{outer}/members/microsoft.graph.nothing");
    server.get(&reader, &wrong).await.expect(404);
}

/// GRAPH-OBJECTS-BY-ID
#[tokio::test]
async fn objects_are_found_by_id_alone() {
    let House {
        server,
        reader,
        ada,
        inner,
        ..
    } = house().await;
    let path = "/v1.0/directoryObjects/getByIds";
    let all = json!({ "ids": [ada, inner, "00000000-0000-4000-8000-000000000001"] });
    let found = server.post(&reader, path, all.clone()).await.expect(200).json();
    assert_eq!(ids(&found), sorted(&[&ada, &inner]));
    let typed = json!({ "ids": [ada, inner], "types": ["group"] });
    let found = server.post(&reader, path, typed.clone()).await.expect(200).json();
    assert_eq!(found["value"][0]["@odata.type"], "#microsoft.graph.group");
    assert_eq!(ids(&found), sorted(&[&inner]));
    let as_az_asks = json!({ "ids": [inner], "types": ["user", "group", "directoryObjectPartnerReference"] });
    let found = server.post(&reader, path, as_az_asks).await.expect(200).json();
    assert_eq!(ids(&found), sorted(&[&inner]));
    let none_here = json!({ "ids": [inner], "types": ["directoryObjectPartnerReference"] });
    let found = server.post(&reader, path, none_here).await.expect(200).json();
    assert_eq!(found["value"], json!([]));
    for wrong in [
        json!({}),
        json!({ "ids": ["x"] }),
        json!({ "ids": [ada], "types": ["contact"] }),
    ] {
        server.post(&reader, path, wrong).await.expect(400);
    }
    // What may not be read is as if it were not there; who may read nothing is refused.
    let users_only = server.application(&["User.Read.All"]).await;
    let found = server
        .post(&users_only, path, all.clone())
        .await
        .expect(200)
        .json();
    assert_eq!(ids(&found), sorted(&[&ada]));
    server.post(&users_only, path, typed).await.expect(403);
    let nothing = server.application(&["AuditLog.Read.All"]).await;
    server.post(&nothing, path, all).await.expect(403);
    let one = format!("/v1.0/directoryObjects/{ada}?$select=id,displayName");
    let found = server.get(&reader, &one).await.expect(200).json();
    assert_eq!(found["displayName"], "ada");
    assert_eq!(found["@odata.type"], "#microsoft.graph.user");
    server
        .get(&users_only, &format!("/v1.0/directoryObjects/{inner}"))
        .await
        .expect(404);
}
