//! The x509 method policy over the directory API.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use http::Method;
use lanyard_directory::DirectoryRole;
use serde_json::{Value, json};
use server::{GRAPH, Server};

const X509: &str =
    "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate";
const TYPE: &str = "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration";
const READ: &[&str] = &["Policy.Read.AuthenticationMethod"];
const WRITE: &[&str] = &["Policy.ReadWrite.AuthenticationMethod"];

fn factory_default() -> Value {
    json!({
        "@odata.context": format!("{GRAPH}/v1.0/$metadata#policies/authenticationMethodsPolicy/authenticationMethodConfigurations/$entity"),
        "@odata.type": TYPE,
        "id": "X509Certificate",
        "state": "disabled",
        "certificateUserBindings": [
            { "x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 1, "trustAffinityLevel": "low" },
            { "x509CertificateField": "RFC822Name", "userProperty": "userPrincipalName", "priority": 2, "trustAffinityLevel": "low" },
            { "x509CertificateField": "SubjectKeyIdentifier", "userProperty": "certificateUserIds", "priority": 3, "trustAffinityLevel": "high" }
        ],
        "authenticationModeConfiguration": {
            "x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor",
            "x509CertificateDefaultRequiredAffinityLevel": "low",
            "rules": []
        },
        "issuerHintsConfiguration": { "state": "disabled" },
        "crlValidationConfiguration": { "state": "disabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": [] },
        "certificateAuthorityScopes": [],
        "excludeTargets": [],
        "includeTargets@odata.context": format!("{GRAPH}/v1.0/$metadata#policies/authenticationMethodsPolicy/authenticationMethodConfigurations('X509Certificate')/microsoft.graph.x509CertificateAuthenticationMethodConfiguration/includeTargets"),
        "includeTargets": [ { "targetType": "group", "id": "all_users", "isRegistrationRequired": false } ]
    })
}

fn enabled() -> Value {
    json!({ "@odata.type": TYPE, "state": "enabled" })
}

/// GRAPH-METHOD-NAME. Acceptance row API: GET default equals certificate-sign-in §8.2.
#[tokio::test]
async fn the_default_is_the_documented_resource_octet_by_octet() {
    let server = Server::start().await;
    let token = server.application(READ).await;
    let answer = server.get(&token, X509).await.expect(200);
    assert_eq!(answer.text, factory_default().to_string());
    for spelling in ["X509Certificate", "x509certificate"] {
        let path = X509.replace("x509Certificate", spelling);
        assert_eq!(server.get(&token, &path).await.expect(200).text, answer.text);
    }
    let beta = server
        .get(&token, &X509.replace("v1.0", "beta"))
        .await
        .expect(200);
    assert_eq!(beta.text, answer.text.replace("/v1.0/", "/beta/"));
    let other = server
        .get(&token, &X509.replace("x509Certificate", "Fido2"))
        .await;
    assert_eq!(other.failure(), (404, "Request_ResourceNotFound".to_owned()));
    let policy = server
        .get(&token, "/v1.0/policies/authenticationMethodsPolicy")
        .await
        .expect(200);
    assert_eq!(
        policy.json()["authenticationMethodConfigurations"][0]["id"],
        "X509Certificate"
    );
}

/// POLICY-CHANGE-AUDITED POLICY-RESET. Acceptance row API: DELETE restores defaults.
#[tokio::test]
async fn patch_then_get_then_delete() {
    let server = Server::start().await;
    let person = server
        .person(
            "ada",
            WRITE,
            &[DirectoryRole::AUTHENTICATION_POLICY_ADMINISTRATOR],
        )
        .await;
    let version = |server: &Server| server.engine.snapshot().tenant(server.tenant.id).unwrap().version;
    let first = version(&server);
    let answer = server.patch(&person, X509, enabled()).await.expect(204);
    assert_eq!(answer.text, "");
    assert_eq!(version(&server), first + 1, "in force when it is answered");
    let mut expected = factory_default();
    expected["state"] = json!("enabled");
    let read = server.get(&person, X509).await.expect(200);
    assert_eq!(read.text, expected.to_string());

    // What was read can be sent back as it is, and changes nothing.
    server.patch(&person, X509, read.json()).await.expect(204);
    assert_eq!(version(&server), first + 1);
    let audits = server.audits().await;
    let (activity, actor, body) = &audits[0];
    assert_eq!(activity, "Authentication Methods Policy Update");
    assert_eq!(actor, "ada@contoso.example");
    assert_eq!(body["property"], "AuthenticationMethodsPolicy");
    assert_eq!(body["old"]["state"], "disabled");
    assert_eq!(body["new"]["state"], "enabled");
    assert_eq!(
        body["initiatedBy"]["user"]["userPrincipalName"],
        "ada@contoso.example"
    );

    server.delete(&person, X509).await.expect(204);
    assert_eq!(
        server.get(&person, X509).await.text,
        factory_default().to_string()
    );
    assert_eq!(server.audits().await[0].0, "Authentication Methods Policy Reset");
}

/// Acceptance row API: PATCH without `@odata.type` is a 400.
#[tokio::test]
async fn every_mistake_is_a_400_that_points_at_the_property() {
    let server = Server::start().await;
    let token = server.application(WRITE).await;
    let binding = |field: &str, property: &str, priority: i64| json!({ "x509CertificateField": field, "userProperty": property, "priority": priority });
    let rule = |kind: &str, identifier: Value| {
        let mut rule = json!({ "x509CertificateRuleType": kind, "x509CertificateAuthenticationMode": "x509CertificateMultiFactor" });
        if !identifier.is_null() {
            rule["identifier"] = identifier;
        }
        json!({ "authenticationModeConfiguration": { "rules": [rule] } })
    };
    let scope = |groups: usize| {
        let groups: Vec<Value> = (0..groups)
            .map(|_| json!({ "id": "aaaaaaaa-bbbb-cccc-1111-222222222222", "targetType": "group" }))
            .collect();
        json!({ "subjectKeyIdentifier": "aa".repeat(20), "includeTargets": groups })
    };
    let table = [
        (
            json!({ "certificateUserBindings": [binding("PrincipalName", "userPrincipalName", -1)] }),
            "certificateUserBindings[0]",
        ),
        (
            json!({ "certificateUserBindings": [binding("PrincipalName", "userPrincipalName", 1), binding("RFC822Name", "userPrincipalName", 1)] }),
            "certificateUserBindings[1].priority",
        ),
        (
            json!({ "certificateUserBindings": [binding("PrincipalName", "mail", 1)] }),
            "certificateUserBindings[0]",
        ),
        (
            json!({ "certificateUserBindings": [binding("SubjectKeyIdentifier", "userPrincipalName", 1)] }),
            "certificateUserBindings[0]",
        ),
        (
            json!({ "certificateUserBindings": [binding("CommonName", "userPrincipalName", 1)] }),
            "certificateUserBindings[0]",
        ),
        (
            json!({ "certificateUserBindings": [], "state": "enabled" }),
            "certificateUserBindings",
        ),
        (
            rule("policyOID", Value::Null),
            "authenticationModeConfiguration.rules[0]",
        ),
        (
            rule("policyOID", json!("1.40.1")),
            "authenticationModeConfiguration.rules[0]",
        ),
        (
            rule("policyOID", json!("1.02.1")),
            "authenticationModeConfiguration.rules[0]",
        ),
        (
            rule("policyOID", json!("Medium assurance")),
            "authenticationModeConfiguration.rules[0]",
        ),
        (
            rule("issuerSubjectAndPolicyOID", json!("1.2.3")),
            "authenticationModeConfiguration.rules[0]",
        ),
        (
            json!({ "certificateAuthorityScopes": (0..31).map(|_| scope(1)).collect::<Vec<_>>() }),
            "certificateAuthorityScopes",
        ),
        (
            json!({ "certificateAuthorityScopes": [scope(1)] }),
            "certificateAuthorityScopes[0].subjectKeyIdentifier",
        ),
        (
            json!({ "crlValidationConfiguration": { "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": ["xyz"] } }),
            "crlValidationConfiguration.exemptedCertificateAuthoritiesSubjectKeyIdentifiers[0]",
        ),
        (json!({ "state": "on" }), "state"),
        (json!({ "id": "Fido2" }), "id"),
        (json!({ "certificateUserBinding": [] }), "certificateUserBinding"),
    ];
    for (mut body, target) in table {
        body["@odata.type"] = json!(TYPE);
        let answer = server.patch(&token, X509, body.clone()).await.expect(400);
        let error = &answer.json()["error"];
        assert_eq!(error["code"], "Request_BadRequest");
        assert_eq!(error["target"], target, "{body}: {error}");
        assert!(error["message"].as_str().unwrap().starts_with(target), "{error}");
    }
    for body in [
        json!({ "state": "enabled" }),
        json!({ "@odata.type": "#microsoft.graph.fido2" }),
    ] {
        let answer = server.patch(&token, X509, body).await.expect(400);
        assert_eq!(answer.json()["error"]["target"], "@odata.type");
    }
    for body in [json!([1]), Value::Null] {
        server.patch(&token, X509, body).await.expect(400);
    }
    assert_eq!(server.get(&token, X509).await.text, factory_default().to_string());
    let audits = server.audits().await;
    assert!(
        audits
            .iter()
            .all(|row| !row.0.starts_with("Authentication Methods"))
    );
}

/// GRAPH-IF-MATCH CONFIGURATION-NOT-OVERWRITTEN
#[tokio::test]
async fn two_administrators_do_not_overwrite_each_other() {
    let server = Server::start().await;
    let token = server.application(WRITE).await;
    let read = server.get(&token, X509).await.expect(200);
    let version = read.header("etag").unwrap().to_owned();
    assert!(version.starts_with("W/\""), "{version}");
    let send = async |body: Value, matching: &str| {
        let headers = [("if-match", matching)];
        server
            .send(&token, Method::PATCH, X509, &headers, Some(body))
            .await
    };
    send(enabled(), &version).await.expect(204);
    let hints = json!({ "@odata.type": TYPE, "issuerHintsConfiguration": { "state": "enabled" } });
    let late = send(hints.clone(), &version).await;
    assert_eq!(late.failure(), (412, "Request_PreconditionFailed".to_owned()));
    send(hints.clone(), "nonsense").await.expect(400);
    send(hints, "*").await.expect(204);
    let headers = [("if-match", version.as_str())];
    server
        .send(&token, Method::DELETE, X509, &headers, None)
        .await
        .expect(412);
    let now = server.get(&token, X509).await.json();
    assert_eq!(now["state"], "enabled");
    assert_eq!(now["issuerHintsConfiguration"]["state"], "enabled");
}

/// Acceptance row API: an unknown enumeration value is hidden without the Prefer header.
#[tokio::test]
async fn a_combined_rule_reads_as_unknown_unless_asked_for() {
    let server = Server::start().await;
    let token = server.application(WRITE).await;
    let body = json!({
        "@odata.type": TYPE,
        "authenticationModeConfiguration": { "rules": [{
            "x509CertificateRuleType": "issuerSubjectAndPolicyOID",
            "issuerSubjectIdentifier": "CN=Somebody",
            "policyOidIdentifier": "1.2.3",
            "x509CertificateAuthenticationMode": "x509CertificateMultiFactor"
        }] }
    });
    server.patch(&token, X509, body).await.expect(204);
    let kind = |answer: server::Answer| {
        answer.json()["authenticationModeConfiguration"]["rules"][0]["x509CertificateRuleType"].clone()
    };
    assert_eq!(kind(server.get(&token, X509).await), "unknownFutureValue");
    let headers = [("prefer", "include-unknown-enum-members")];
    let asked = server.send(&token, Method::GET, X509, &headers, None).await;
    assert_eq!(kind(asked), "issuerSubjectAndPolicyOID");
}
