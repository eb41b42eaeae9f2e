//! What the store means for sign-in: precedence, hints, dates, deletion, scopes.

use lanyard_testkit::{AuthorityProfile, CertificateAuthority, Validity};
use serde_json::{Value, json};

use crate::server::{Server, validity};
use crate::{DELETED, WRITE, certificate, container};

/// TRUST-STORE-CHOICE TRUST-BOTH-STORES: the two cases in which the classic entry wins, and the one in which it does not.
#[tokio::test]
async fn both_stores() {
    use lanyard_pki::{AuthorityId, Certificate, StoreChoice};
    let server = Server::start().await;
    let admin = server
        .application(&[
            "PublicKeyInfrastructure.ReadWrite.All",
            "Organization.ReadWrite.All",
        ])
        .await;
    let list = format!(
        "{}/certificateAuthorities",
        container(&server, &admin, "Corp").await
    );
    let authority =
        |name: &str| CertificateAuthority::root(&AuthorityProfile::new(name, validity())).unwrap();
    let table = [
        (
            authority("Same"),
            Some("http://x/a"),
            Some("http://x/a"),
            StoreChoice::PkiStoreFirst,
        ),
        (authority("None"), None, None, StoreChoice::PkiStoreFirst),
        (
            authority("Classic"),
            None,
            Some("http://x/c"),
            StoreChoice::ClassicHasTheCrl,
        ),
        (
            authority("Differ"),
            Some("http://x/1"),
            Some("http://x/2"),
            StoreChoice::CrlUrlsDiffer,
        ),
        (
            authority("Pki"),
            Some("http://x/3"),
            None,
            StoreChoice::PkiStoreFirst,
        ),
    ];
    let mut classic = Vec::new();
    for (authority, pki_url, classic_url, _) in &table {
        let mut body = certificate(authority);
        body["certificateRevocationListUrl"] = json!(pki_url);
        server.post(&admin, &list, body).await.expect(201);
        let mut body = certificate(authority);
        body["certificateRevocationListUrl"] = json!(classic_url);
        body["isRootAuthority"] = json!(true);
        classic.push(body);
    }
    let path = format!(
        "/v1.0/organization/{}/certificateBasedAuthConfiguration",
        server.tenant.id
    );
    server
        .post(&admin, &path, json!({ "certificateAuthorities": classic }))
        .await
        .expect(201);
    let snapshot = server.engine.snapshot();
    let tenant = snapshot.tenant(server.tenant.id).unwrap();
    assert_eq!(tenant.trust.len(), table.len(), "each counts once");
    for (authority, _, classic_url, choice) in &table {
        let id = AuthorityId::of(&Certificate::parse(authority.certificate_der()).unwrap());
        assert_eq!(tenant.store_choice(&id), Some(*choice));
        if choice.is_classic() {
            let url = tenant.trust.authority(&id).unwrap().base_crl_url.as_deref();
            assert_eq!(url, *classic_url);
        }
    }
}

/// Hints follow the stores at once: flagged authorities only, when one has the flag.
#[tokio::test]
async fn hints_follow_the_stores() {
    let server = Server::start().await;
    let admin = server
        .application(&[
            "PublicKeyInfrastructure.ReadWrite.All",
            "Policy.ReadWrite.AuthenticationMethod",
        ])
        .await;
    let list = format!(
        "{}/certificateAuthorities",
        container(&server, &admin, "Corp").await
    );
    let hints = |server: &Server| {
        server
            .engine
            .snapshot()
            .tenant(server.tenant.id)
            .unwrap()
            .issuer_hints()
    };
    let on = json!({
        "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
        "issuerHintsConfiguration": { "state": "enabled" }
    });
    server
        .patch(
            &admin,
            "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/X509Certificate",
            on,
        )
        .await
        .expect(204);
    let issuing = server
        .root
        .issue_authority(&AuthorityProfile::new("Issuing", validity()))
        .unwrap();
    server
        .post(&admin, &list, certificate(&server.root))
        .await
        .expect(201);
    let added = server
        .post(&admin, &list, certificate(&issuing))
        .await
        .expect(201)
        .json();
    assert_eq!(
        hints(&server),
        [issuing.subject_der().to_vec(), server.root.subject_der().to_vec()]
    );
    let one = format!("{list}/{}", added["id"].as_str().unwrap());
    server
        .patch(&admin, &one, json!({ "isIssuerHintEnabled": true }))
        .await
        .expect(200);
    assert_eq!(hints(&server), [issuing.subject_der().to_vec()]);
    server.delete(&admin, &one).await.expect(204);
    assert_eq!(hints(&server), [server.root.subject_der().to_vec()]);
}

/// An expired authority is stored here with a warning.
#[tokio::test]
async fn expired_authorities_are_doubtful() {
    let server = Server::start().await;
    let admin = server.application(WRITE).await;
    let list = format!(
        "{}/certificateAuthorities",
        container(&server, &admin, "Corp").await
    );
    let old = Validity::days_from("2026-01-01T00:00:00Z".parse().unwrap(), 1);
    let expired = CertificateAuthority::root(&AuthorityProfile::new("Old", old)).unwrap();
    let added = server
        .post(&admin, &list, certificate(&expired))
        .await
        .expect(201)
        .json();
    assert!(
        added["@lanyard.warnings"][0]
            .as_str()
            .unwrap()
            .contains("expired"),
        "{added}"
    );
    server
        .post(&admin, &list, certificate(&server.root))
        .await
        .expect(201);
}

/// PKI-SOFT-DELETE through whole sign-ins: a deleted authority signs nobody in, a restored one does again; the log says which store.
#[tokio::test]
async fn a_deleted_authority_signs_nobody_in_until_it_is_restored() {
    // T5
    let server = Server::start().await;
    let admin = server
        .application(&[
            "PublicKeyInfrastructure.ReadWrite.All",
            "Organization.ReadWrite.All",
            "Policy.ReadWrite.AuthenticationMethod",
        ])
        .await;
    let user = server.user("ursula", &[]).await;
    let policy =
        "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate";
    let on = json!({ "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration", "state": "enabled" });
    server.patch(&admin, policy, on).await.expect(204);
    let pki = container(&server, &admin, "Corp").await;
    let list = format!("{pki}/certificateAuthorities");
    let added = server
        .post(&admin, &list, certificate(&server.root))
        .await
        .expect(201)
        .json();
    server.try_sign_in(&user).await.unwrap();
    let store = async || {
        let query = lanyard_engine::SignInQuery {
            limit: 50,
            ..Default::default()
        };
        let rows = server.engine.sign_ins(server.tenant.id, &query).await.unwrap();
        let with_certificate = rows.iter().find_map(|row| row.certificate.as_ref()).unwrap();
        let legacy = with_certificate.legacy_store.clone().unwrap();
        (legacy.used, legacy.reason)
    };
    assert_eq!(
        store().await,
        (false, "The authority is in the PKI store only.".to_owned())
    );

    let one = format!("{list}/{}", added["id"].as_str().unwrap());
    server.delete(&admin, &one).await.expect(204);
    assert!(server.try_sign_in(&user).await.is_err());
    let restore = format!("{DELETED}/{}/restore", added["id"].as_str().unwrap());
    server.post(&admin, &restore, Value::Null).await.expect(200);
    server.try_sign_in(&user).await.unwrap();
}

/// POLICY-SCOPE-PKI: and a deleted authority keeps its scoping rule, so that it does not come back for everybody.
#[tokio::test]
async fn scoping_rules_name_containers_and_outlive_deletion() {
    let server = Server::start().await;
    let admin = server
        .application(&[
            "PublicKeyInfrastructure.ReadWrite.All",
            "Policy.ReadWrite.AuthenticationMethod",
        ])
        .await;
    let policy =
        "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate";
    let group = server
        .engine
        .create_group(&crate::server::actor(), server.tenant.id, "Card holders")
        .await
        .unwrap();
    let pki = container(&server, &admin, "Contoso PKI").await;
    let list = format!("{pki}/certificateAuthorities");
    let added = server
        .post(&admin, &list, certificate(&server.root))
        .await
        .expect(201)
        .json();
    let body = |named: &str| {
        json!({
            "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
            "certificateAuthorityScopes": [{
                "subjectKeyIdentifier": added["issuerSubjectKeyIdentifier"],
                "publicKeyInfrastructureIdentifier": named,
                "includeTargets": [{ "id": group.id, "targetType": "group" }]
            }]
        })
    };
    let scope = async || server.get(&admin, policy).await.json()["certificateAuthorityScopes"][0].clone();
    let id = pki.rsplit('/').next().unwrap().to_owned();
    for named in ["Contoso PKI", id.as_str()] {
        server.patch(&admin, policy, body(named)).await.expect(204);
        assert_eq!(scope().await["publicKeyInfrastructureIdentifier"], "Contoso PKI");
    }
    server
        .patch(&admin, &pki, json!({ "displayName": "Corp PKI" }))
        .await
        .expect(200);
    assert_eq!(scope().await["publicKeyInfrastructureIdentifier"], "Corp PKI");
    container(&server, &admin, "Corp PKI").await;
    let twice = server.patch(&admin, policy, body("Corp PKI")).await.expect(400);
    assert_eq!(
        twice.json()["error"]["target"],
        "certificateAuthorityScopes[0].publicKeyInfrastructureIdentifier"
    );
    let one = format!("{list}/{}", added["id"].as_str().unwrap());
    server.delete(&admin, &one).await.expect(204);
    let read = server.get(&admin, policy).await.json();
    assert_eq!(read["certificateAuthorityScopes"].as_array().unwrap().len(), 1);
    let whole = json!({ "@odata.type": read["@odata.type"], "state": "enabled" });
    server.patch(&admin, policy, whole).await.expect(204);
}
