//! What a draft would do, asked over the directory API, and warnings of a change.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lanyard_certificate_policy::{MethodPolicy, Switch};
use lanyard_directory::DirectoryRole;
use lanyard_engine::administer::NewAuthority;
use serde_json::{Value, json};
use server::{Server, actor};
use uuid::Uuid;

const X509: &str =
    "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate";
const TYPE: &str = "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration";

fn path() -> String {
    format!("{X509}/lanyard.whatIf")
}

/// A tenant in which three people signed in.
async fn used() -> (Server, [String; 3], Uuid) {
    let server = Server::start().await;
    let tenant = server.tenant.id;
    let authority = NewAuthority {
        certificate: server.root.certificate_der().to_vec(),
        is_root_authority: true,
        ..NewAuthority::default()
    };
    server
        .engine
        .add_authority(&actor(), tenant, authority)
        .await
        .unwrap();
    let policy = MethodPolicy {
        state: Switch::Enabled,
        ..MethodPolicy::default()
    };
    server
        .engine
        .set_method_policy(&actor(), tenant, policy)
        .await
        .unwrap();
    let mut ids = Vec::new();
    for name in ["ann", "ben", "cay"] {
        let user = server.user(name, &[]).await;
        server.try_sign_in(&user).await.unwrap();
        ids.push(user.id.to_string());
    }
    let group = server
        .engine
        .create_group(&actor(), tenant, "Pilots")
        .await
        .unwrap();
    server
        .engine
        .add_group_member(&actor(), &group, "ann@contoso.example")
        .await
        .unwrap();
    (server, ids.try_into().unwrap(), group.id.0)
}

fn only_for(group: Uuid) -> Value {
    json!({ "@odata.type": TYPE, "includeTargets": [{ "targetType": "group", "id": group }] })
}

/// GRAPH-WHAT-IF
#[tokio::test]
async fn a_draft_is_judged_and_nothing_changes() {
    let (server, [ann, ..], group) = used().await;
    let token = server
        .application(&[
            "Policy.ReadWrite.AuthenticationMethod",
            "Organization.ReadWrite.All",
            "PublicKeyInfrastructure.ReadWrite.All",
            "User.ReadWrite.All",
            "User.EnableDisableAccount.All",
            "User.Read.All",
            "GroupMember.ReadWrite.All",
            "AuditLog.Read.All",
        ])
        .await;
    let version = server
        .engine
        .tenant_configuration(server.tenant.id)
        .await
        .unwrap()
        .0;
    let thumbprint = lanyard_engine::certificate_of(&BASE64.encode(server.root.certificate_der()))
        .map(|certificate| data_encoding::HEXUPPER.encode(&certificate.facts().sha256_thumbprint))
        .unwrap();
    let cases = [
        (json!({ "policy": only_for(group) }), 3, 2),
        (
            json!({ "policy": { "@odata.type": TYPE, "state": "disabled" } }),
            3,
            3,
        ),
        (
            json!({ "policy": { "@odata.type": TYPE, "issuerHintsConfiguration": { "state": "enabled" } } }),
            3,
            0,
        ),
        (json!({ "certificateAuthorities": [] }), 3, 3),
        (
            json!({ "certificateAuthorities": [{ "isRootAuthority": true, "certificate": BASE64.encode(server.root.certificate_der()) }] }),
            3,
            0,
        ),
        (json!({ "withoutAuthorities": [thumbprint] }), 3, 3),
        (
            json!({ "user": { "id": "ben@contoso.example", "accountEnabled": false } }),
            1,
            1,
        ),
        (
            json!({ "user": { "id": ann, "certificateUserIds": ["X509:<PN>ann@mil"] } }),
            1,
            0,
        ),
        (
            json!({ "membership": { "groupId": group, "leaves": [ann] } }),
            1,
            0,
        ),
        (
            json!({ "policy": only_for(group), "membership": { "groupId": group, "leaves": [ann] } }),
            3,
            3,
        ),
    ];
    for (draft, people, cut_off) in cases {
        let report = server
            .post(&token, &path(), draft.clone())
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&report["people"], &report["cutOff"]),
            (&json!(people), &json!(cut_off)),
            "{draft}: {report}"
        );
        assert_eq!(report["changes"].as_array().unwrap().len(), cut_off, "{draft}");
    }
    let report = server
        .post(&token, &path(), json!({ "policy": only_for(group) }))
        .await
        .json();
    assert_eq!(report["cutOffPercent"], 67);
    assert_eq!(report["changes"][0]["before"]["signsIn"], true);
    assert!(report["changes"][0]["after"]["rule"].is_string());
    assert_eq!(
        server
            .engine
            .tenant_configuration(server.tenant.id)
            .await
            .unwrap()
            .0,
        version
    );

    for (draft, status, target) in [
        (json!({}), 400, ""),
        (json!([]), 400, ""),
        (json!({ "nonsense": 1 }), 400, "nonsense"),
        (json!({ "policy": {} }), 400, "@odata.type"),
        (
            json!({ "policy": { "@odata.type": TYPE, "state": "perhaps" } }),
            400,
            "state",
        ),
        (json!({ "withoutAuthorities": ["00"] }), 400, "withoutAuthorities"),
        (
            json!({ "withoutAuthorities": vec!["00"; 1_001] }),
            400,
            "withoutAuthorities",
        ),
        (
            json!({ "certificateAuthorities": {} }),
            400,
            "certificateAuthorities",
        ),
        (
            json!({ "certificateAuthorities": [{ "isRootAuthority": true }] }),
            400,
            "certificateAuthorities[0].certificate",
        ),
        (json!({ "user": { "accountEnabled": false } }), 400, "user.id"),
        (
            json!({ "user": { "id": "nobody", "accountEnabled": false } }),
            404,
            "",
        ),
        (
            json!({ "membership": { "groupId": "x" } }),
            400,
            "membership.groupId",
        ),
        (
            json!({ "membership": { "groupId": Uuid::nil(), "joins": [] } }),
            404,
            "",
        ),
    ] {
        let answer = server.post(&token, &path(), draft.clone()).await.expect(status);
        if !target.is_empty() {
            assert_eq!(
                answer.json()["error"]["target"],
                target,
                "{draft}: {}",
                answer.text
            );
        }
    }
    server
        .post(&token, &path().replace("x509Certificate", "fido2"), json!({}))
        .await
        .expect(404);
    server.post("", &path(), json!({})).await.expect(401);
    server.get(&token, &path()).await.expect(405);
}

/// WHAT-IF-PERMITTED
#[tokio::test]
async fn who_may_change_it_may_ask() {
    let (server, [ann, ..], group) = used().await;
    let drafts = [
        json!({ "policy": only_for(group) }),
        json!({ "certificateAuthorities": [] }),
        json!({ "user": { "id": ann, "accountEnabled": false } }),
        json!({ "membership": { "groupId": group, "leaves": [ann] } }),
    ];
    let scopes: [&[&str]; 4] = [
        &["Policy.ReadWrite.AuthenticationMethod"],
        &["Organization.ReadWrite.All"],
        &["User.EnableDisableAccount.All", "User.Read.All"],
        &["GroupMember.ReadWrite.All"],
    ];
    for (holds, scopes) in scopes.iter().enumerate() {
        let token = server.application(scopes).await;
        for (asks, draft) in drafts.iter().enumerate() {
            let answer = server.post(&token, &path(), draft.clone()).await;
            let status = if holds == asks { 200 } else { 403 };
            let answer = answer.expect(status);
            if holds == asks {
                let report = answer.json();
                assert_eq!(report["changes"], json!([]), "no names without the log");
                assert!(report["people"].as_u64().unwrap() > 0);
            }
        }
    }
    // A person needs the role, too.
    let scopes = &["Policy.ReadWrite.AuthenticationMethod", "AuditLog.Read.All"];
    let reader = server
        .person("rea", scopes, &[DirectoryRole::GLOBAL_READER])
        .await;
    server.post(&reader, &path(), drafts[0].clone()).await.expect(403);
    let roles = [
        DirectoryRole::AUTHENTICATION_POLICY_ADMINISTRATOR,
        DirectoryRole::REPORTS_READER,
    ];
    let administrator = server.person("pat", scopes, &roles).await;
    let report = server
        .post(&administrator, &path(), drafts[0].clone())
        .await
        .expect(200)
        .json();
    assert!(!report["changes"].as_array().unwrap().is_empty());
}

/// GRAPH-POLICY-WARNINGS POLICY-DOUBTS
#[tokio::test]
async fn a_change_tells_its_doubts() {
    let server = Server::start().await;
    let token = server
        .application(&["Policy.ReadWrite.AuthenticationMethod"])
        .await;
    let group = Uuid::from_u128(7);
    let warnings = async |body: Value| -> Vec<String> {
        let answer = server.patch(&token, X509, body).await.expect(204);
        answer
            .headers
            .get_all("lanyard-warning")
            .iter()
            .map(|value| value.to_str().unwrap().to_owned())
            .collect()
    };
    let quiet = warnings(json!({ "@odata.type": TYPE, "state": "disabled" })).await;
    // The factory's bindings have one doubt; the trust store is no matter while the method is off.
    assert_eq!(quiet.len(), 1, "{quiet:?}");
    assert!(quiet[0].contains("low affinity"), "{quiet:?}");
    let cases = [
        (json!({ "state": "enabled" }), "no certification authority"),
        (json!({ "state": "enabled" }), "targets everyone"),
        (json!({ "includeTargets": [] }), "for nobody"),
        (
            json!({ "includeTargets": [{ "targetType": "group", "id": group }] }),
            "There is no group",
        ),
        (
            json!({ "authenticationModeConfiguration": { "rules": [{
                "x509CertificateRuleType": "issuerSubject", "identifier": "CN=Z\u{eb}",
                "x509CertificateAuthenticationMode": "x509CertificateMultiFactor", "x509CertificateRequiredAffinityLevel": "low" }] } }),
            "CN=Z\\u00eb' names no authority",
        ),
    ];
    for (mut body, expected) in cases {
        body["@odata.type"] = json!(TYPE);
        let list = warnings(body.clone()).await;
        assert!(
            list.iter().any(|warning| warning.contains(expected)),
            "{body}: {list:?}"
        );
    }
}
