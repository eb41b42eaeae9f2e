//! Containers and authorities, one by one.

use http::Method;
use lanyard_directory::DirectoryRole;
use lanyard_testkit::AuthorityProfile;
use serde_json::{Value, json};

use crate::server::{Server, validity};
use crate::{DELETED, PKIS, WRITE, certificate, container, trusted};

/// GRAPH-RESTORE PKI-NAME
#[tokio::test]
async fn containers_come_and_go() {
    let server = Server::start().await;
    let admin = server
        .person(
            "ada",
            WRITE,
            &[DirectoryRole::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR],
        )
        .await;
    assert_eq!(
        server.get(&admin, PKIS).await.expect(200).json()["value"],
        json!([])
    );
    for name in [json!(""), json!("x".repeat(257)), Value::Null, json!(7)] {
        server
            .post(&admin, PKIS, json!({ "displayName": name }))
            .await
            .expect(400);
    }
    let path = container(&server, &admin, "Contoso PKI").await;
    let read = server.get(&admin, &path).await.expect(200);
    assert_eq!(
        read.json()["@odata.type"],
        "#microsoft.graph.certificateBasedAuthPki"
    );
    assert_eq!(read.json()["displayName"], "Contoso PKI");
    let renamed = server
        .patch(&admin, &path, json!({ "displayName": "Corp PKI" }))
        .await
        .expect(200);
    assert_eq!(renamed.json()["displayName"], "Corp PKI");
    let late = [("if-match", read.header("etag").unwrap())];
    server
        .send(
            &admin,
            Method::PATCH,
            &path,
            &late,
            Some(json!({ "displayName": "Late" })),
        )
        .await
        .expect(412);

    let authorities = format!("{path}/certificateAuthorities");
    server
        .post(&admin, &authorities, certificate(&server.root))
        .await
        .expect(201);
    assert_eq!(trusted(&server), 1);
    server.delete(&admin, &path).await.expect(204);
    assert_eq!(trusted(&server), 0);
    server.get(&admin, &path).await.expect(404);
    server.get(&admin, &authorities).await.expect(404);
    let list = format!("{DELETED}/microsoft.graph.certificateBasedAuthPki");
    let deleted = server.get(&admin, &list).await.expect(200).json()["value"][0].clone();
    assert_eq!(deleted["displayName"], "Corp PKI");
    assert!(deleted["deletedDateTime"].is_string());
    let item = format!("{DELETED}/{}", deleted["id"].as_str().unwrap());
    server.get(&admin, &item).await.expect(200);
    server
        .post(&admin, &format!("{item}/restore"), Value::Null)
        .await
        .expect(200);
    assert_eq!(trusted(&server), 1, "its authorities came back with it");
    server.delete(&admin, &path).await.expect(204);
    server.delete(&admin, &item).await.expect(204);
    server.get(&admin, &item).await.expect(404);

    let activities: Vec<String> = server.audits().await.into_iter().map(|row| row.0).collect();
    for activity in [
        "Create PublicKeyInfrastructure",
        "Update PublicKeyInfrastructure",
        "Create CertificateAuthority",
        "Delete PublicKeyInfrastructure",
        "Restore PublicKeyInfrastructure",
        "Hard Delete PublicKeyInfrastructure",
    ] {
        assert!(
            activities.iter().any(|told| told == activity),
            "{activity}: {activities:?}"
        );
    }
}

/// PKI-CA-ADD PKI-CA-CHANGE GRAPH-PKI-CA-FIXED PKI-SOFT-DELETE PKI-RESTORE
#[tokio::test]
async fn authorities_one_by_one() {
    let server = Server::start().await;
    let admin = server.application(WRITE).await;
    let path = container(&server, &admin, "PKI").await;
    let list = format!("{path}/certificateAuthorities");
    let issuing = server
        .root
        .issue_authority(&AuthorityProfile::new("Issuing", validity()))
        .unwrap();
    let root = server
        .post(&admin, &list, certificate(&server.root))
        .await
        .expect(201)
        .json();
    assert_eq!(root["certificateAuthorityType"], "root", "self-signed");
    assert_eq!(root["displayName"], "CN=Root");
    assert_eq!(root["isIssuerHintEnabled"], false);
    assert_eq!(root["expirationDateTime"], "2030-12-31T00:00:00Z");
    assert_eq!(root.get("@lanyard.warnings"), None);

    let mut body = certificate(&issuing);
    body["displayName"] = json!("Contoso CA1");
    body["certificateRevocationListUrl"] = json!("http://crl.example/1.crl");
    for (property, wrong) in [
        ("thumbprint", json!("00")),
        ("expirationDateTime", json!("2030-01-01T00:00:00Z")),
        ("certificateAuthorityType", json!("root")),
        ("deltacertificateRevocationListUrl", json!("ftp://x/")),
        ("certificate", json!("")),
        ("trusted", json!(true)),
    ] {
        let mut wrong_body = body.clone();
        wrong_body[property] = wrong;
        let answer = server.post(&admin, &list, wrong_body).await.expect(400);
        assert_eq!(answer.json()["error"]["target"], property, "{}", answer.text);
    }
    let added = server.post(&admin, &list, body.clone()).await.expect(201).json();
    assert_eq!(added["certificateAuthorityType"], "intermediate");
    let twice = server.post(&admin, &list, body).await.expect(400);
    assert!(twice.text.contains("Duplicate certificate"), "{}", twice.text);
    assert_eq!(trusted(&server), 2);

    let one = format!("{list}/{}", added["id"].as_str().unwrap());
    let read = server.get(&admin, &one).await.expect(200).json();
    let mut whole = read.clone();
    whole["isIssuerHintEnabled"] = json!(true);
    whole["certificateRevocationListUrl"] = Value::Null;
    let changed = server.patch(&admin, &one, whole).await.expect(200).json();
    assert_eq!(changed["isIssuerHintEnabled"], true);
    assert_eq!(changed["certificateRevocationListUrl"], Value::Null);
    for (property, value) in [
        ("thumbprint", json!("00")),
        ("certificate", certificate(&server.root)["certificate"].clone()),
        ("id", json!("11111111-1111-1111-1111-111111111111")),
    ] {
        let answer = server
            .patch(&admin, &one, json!({ property: value }))
            .await
            .expect(400);
        assert_eq!(answer.json()["error"]["target"], property);
    }
    let wrong = json!({ "certificateAuthorityType": "root" });
    assert_eq!(
        server.patch(&admin, &one, wrong).await.expect(400).json()["error"]["target"],
        "certificateAuthorityType"
    );

    server.delete(&admin, &one).await.expect(204);
    assert_eq!(trusted(&server), 1);
    assert_eq!(
        server.get(&admin, &list).await.json()["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let deleted = format!("{DELETED}/microsoft.graph.certificateAuthorityDetail");
    assert_eq!(
        server.get(&admin, &deleted).await.json()["value"][0]["id"],
        added["id"]
    );
    let restore = format!("{DELETED}/{}/restore", added["id"].as_str().unwrap());
    server.post(&admin, &restore, Value::Null).await.expect(200);
    assert_eq!(trusted(&server), 2);
    server.post(&admin, &restore, Value::Null).await.expect(404);

    // After 30 days nothing can be brought back.
    server.delete(&admin, &one).await.expect(204);
    server.clock.advance(jiff::SignedDuration::from_hours(31 * 24));
    let admin = server.application(WRITE).await;
    assert_eq!(server.get(&admin, &deleted).await.json()["value"], json!([]));
    server.post(&admin, &restore, Value::Null).await.expect(404);
}

#[tokio::test]
async fn who_may() {
    let server = Server::start().await;
    let writer = server
        .person("otto", WRITE, &[DirectoryRole::AUTHENTICATION_ADMINISTRATOR])
        .await;
    server.get(&writer, PKIS).await.expect(200);
    server
        .post(&writer, PKIS, json!({ "displayName": "x" }))
        .await
        .expect(403);
    let reader = server.application(&["PublicKeyInfrastructure.Read.All"]).await;
    server.get(&reader, PKIS).await.expect(200);
    server
        .post(&reader, PKIS, json!({ "displayName": "x" }))
        .await
        .expect(403);
    server.get(&reader, &format!("{PKIS}/nonsense")).await.expect(404);
}
