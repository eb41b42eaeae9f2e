//! The classic trust store over the directory API.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::Method;
use lanyard_directory::DirectoryRole;
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, Validity};
use serde_json::{Value, json};
use server::{Server, validity};

const ID: &str = "29728ade-6ae4-4ee9-9103-412912537da5";
const WRITE: &[&str] = &["Organization.ReadWrite.All"];

fn path(server: &Server) -> String {
    format!(
        "/v1.0/organization/{}/certificateBasedAuthConfiguration",
        server.tenant.id
    )
}

fn entry(authority: &CertificateAuthority, is_root: bool) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.certificateAuthority",
        "isRootAuthority": is_root,
        "certificate": BASE64.encode(authority.certificate_der())
    })
}

fn body(entries: &[Value]) -> Value {
    json!({ "certificateAuthorities": entries })
}

fn issuing(root: &CertificateAuthority) -> CertificateAuthority {
    root.issue_authority(&AuthorityProfile::new("Issuing", validity()))
        .unwrap()
}

/// GRAPH-CLASSIC-STORE CLASSIC-REPLACE TRUST-BOTH-STORES
#[tokio::test]
async fn a_post_replaces_the_list_and_is_in_force() {
    let server = Server::start().await;
    let admin = server
        .person("ada", WRITE, &[DirectoryRole::GLOBAL_ADMINISTRATOR])
        .await;
    let path = path(&server);
    assert_eq!(
        server.get(&admin, &path).await.expect(200).json()["value"],
        json!([])
    );
    server.get(&admin, &format!("{path}/{ID}")).await.expect(404);

    let issuing = issuing(&server.root);
    let mut child = entry(&issuing, false);
    child["certificateRevocationListUrl"] = json!("http://crl.example/issuing.crl");
    let created = server
        .post(&admin, &path, body(&[entry(&server.root, true), child]))
        .await
        .expect(201);
    let resource = created.json();
    assert_eq!(resource["id"], ID);
    assert_eq!(
        resource["@odata.type"],
        "#microsoft.graph.certificateBasedAuthConfiguration"
    );
    assert_eq!(resource.get("@lanyard.warnings"), None);
    let second = &resource["certificateAuthorities"][1];
    assert_eq!(second["isRootAuthority"], false);
    assert_eq!(second["certificate"], BASE64.encode(issuing.certificate_der()));
    assert_eq!(
        second["certificateRevocationListUrl"],
        "http://crl.example/issuing.crl"
    );
    assert_eq!(second["deltaCertificateRevocationListUrl"], Value::Null);
    assert_eq!(second["issuer"], "CN=Issuing");
    let identifier = data_encoding::HEXUPPER.encode(issuing.key_identifier());
    assert_eq!(second["issuerSki"], identifier);
    let trusted = |server: &Server| {
        server
            .engine
            .snapshot()
            .tenant(server.tenant.id)
            .unwrap()
            .trust
            .len()
    };
    assert_eq!(trusted(&server), 2);
    assert_eq!(
        server.get(&admin, &path).await.json()["value"][0]["certificateAuthorities"],
        resource["certificateAuthorities"]
    );
    server.get(&admin, &format!("{path}/{ID}")).await.expect(200);

    let (activity, actor, audit) = server.audits().await.remove(0);
    assert_eq!(
        (activity.as_str(), actor.as_str()),
        ("Set Company Information", "ada@contoso.example")
    );
    assert_eq!(audit["property"], "TrustedCAsForPasswordlessAuth");
    assert_eq!(audit["old"], json!([]));
    assert_eq!(
        audit["new"][1]["trustedIssuerSKI"]
            .as_str()
            .unwrap()
            .to_uppercase(),
        identifier
    );

    // Of the second list only what it holds is left; an intermediate without its root is doubtful.
    let replaced = server
        .post(&admin, &path, body(&[entry(&issuing, false)]))
        .await
        .expect(201);
    let warning = replaced.json()["@lanyard.warnings"][0]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(warning.contains("nobody can sign in below it"), "{warning}");
    assert_eq!(trusted(&server), 1);

    let late = [("if-match", created.header("etag").unwrap())];
    server
        .send(&admin, Method::POST, &path, &late, Some(body(&[])))
        .await
        .expect(412);
    server.delete(&admin, &format!("{path}/{ID}")).await.expect(204);
    assert_eq!(trusted(&server), 0);
    assert_eq!(server.get(&admin, &path).await.json()["value"], json!([]));
}

/// TRUST-CA-ON-ADD TRUST-CA-ONCE TRUST-CA-DOUBTS
#[tokio::test]
async fn what_may_not_be_trusted_is_a_400_that_points_at_it() {
    let server = Server::start().await;
    let admin = server.application(WRITE).await;
    let path = path(&server);
    let issuing = issuing(&server.root);
    let plain = server
        .root
        .issue_authority(&AuthorityProfile::new("Plain", validity()).without_authority_mark())
        .unwrap();
    let with = |property: &str, value: Value| {
        let mut entry = entry(&issuing, false);
        entry[property] = value;
        entry
    };
    let table = [
        (entry(&issuing, true), "isRootAuthority"),
        (entry(&plain, false), "certificate"),
        (with("certificate", json!("AAAA")), "certificate"),
        (with("certificate", json!("?")), "certificate"),
        (with("certificate", Value::Null), "certificate"),
        (with("isRootAuthority", json!("yes")), "isRootAuthority"),
        (
            with("certificateRevocationListUrl", json!("ldap://x/y")),
            "certificateRevocationListUrl",
        ),
        (
            with("certificateRevocationListUrl", json!(7)),
            "certificateRevocationListUrl",
        ),
        (
            with("deltaCertificateRevocationListUrl", json!("http://x/d")),
            "deltaCertificateRevocationListUrl",
        ),
        (with("trusted", json!(true)), "trusted"),
    ];
    for (entry, property) in table {
        let answer = server
            .post(&admin, &path, body(std::slice::from_ref(&entry)))
            .await
            .expect(400);
        let expected = format!("certificateAuthorities[0].{property}");
        assert_eq!(
            answer.json()["error"]["target"],
            expected,
            "{entry}: {}",
            answer.text
        );
    }
    let twice = [entry(&issuing, false), entry(&issuing, false)];
    let answer = server.post(&admin, &path, body(&twice)).await.expect(400);
    assert!(
        answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("Duplicate certificate")
    );
    server.post(&admin, &path, json!({})).await.expect(400);
    server
        .post(
            &admin,
            "/v1.0/organization/nobody/certificateBasedAuthConfiguration",
            body(&[]),
        )
        .await
        .expect(404);
}

/// An expired stored authority has to go before another one comes.
#[tokio::test]
async fn an_expired_authority_blocks_adding() {
    let server = Server::start().await;
    let admin = server.application(WRITE).await;
    let path = path(&server);
    let short = Validity::days_from("2026-03-01T00:00:00Z".parse().unwrap(), 1);
    let expiring = CertificateAuthority::root(&AuthorityProfile::new("Short", short)).unwrap();
    server
        .post(&admin, &path, body(&[entry(&expiring, true)]))
        .await
        .expect(201);
    server.clock.advance(jiff::SignedDuration::from_hours(24));
    let admin = server.application(WRITE).await;
    let both = [entry(&expiring, true), entry(&server.root, true)];
    let answer = server.post(&admin, &path, body(&both)).await.expect(400);
    assert_eq!(
        answer.json()["error"]["target"],
        "certificateAuthorities[0].certificate"
    );
    server
        .post(&admin, &path, body(&[entry(&server.root, true)]))
        .await
        .expect(201);
    let answer = server.post(&admin, &path, body(&both)).await.expect(400);
    assert!(answer.text.contains("expired"), "{}", answer.text);
}

#[tokio::test]
async fn only_global_administrators_change_it() {
    let server = Server::start().await;
    let path = path(&server);
    let other = server
        .person(
            "otto",
            WRITE,
            &[DirectoryRole::AUTHENTICATION_POLICY_ADMINISTRATOR],
        )
        .await;
    let denied = server.post(&other, &path, body(&[])).await;
    assert_eq!(denied.failure(), (403, "Authorization_RequestDenied".to_owned()));
    let reader = server.application(&["Organization.Read.All"]).await;
    server.get(&reader, &path).await.expect(200);
    server.delete(&reader, &format!("{path}/{ID}")).await.expect(403);
}
