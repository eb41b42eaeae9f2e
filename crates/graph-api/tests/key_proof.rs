//! Applications that roll their own certificates: `addKey` and `removeKey` with proof.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use lanyard_testkit::{IssuedCertificate, UserProfile};
use lanyard_tokens::jws;
use serde_json::{Value, json};
use server::{Server, validity};

fn issued(server: &Server) -> IssuedCertificate {
    let profile = UserProfile::new("App", validity());
    server.root.issue_user(&profile).unwrap()
}

fn proof(certificate: &IssuedCertificate, claims: &Value) -> String {
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, certificate.certificate_der()));
    let header = json!({ "alg": "ES256", "typ": "JWT", "x5t#S256": thumbprint });
    let input = jws::signing_input(&header, claims.as_object().unwrap());
    let key =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, certificate.key().pkcs8_der()).unwrap();
    let signature = key.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
    jws::join(input, signature.as_ref())
}

/// KEY-PROOF DIRECTORY-KEY-ROLL
#[tokio::test]
async fn a_certificate_is_rolled_by_proof_of_another() {
    let server = Server::start().await;
    let admin = server.application(&["Application.ReadWrite.All"]).await;
    let made = server
        .post(&admin, "/v1.0/applications", json!({ "displayName": "Roller" }))
        .await
        .expect(201)
        .json();
    let path = format!("/v1.0/applications/{}", made["id"].as_str().unwrap());
    let (first, second) = (issued(&server), issued(&server));
    let credential = |certificate: &IssuedCertificate| json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": BASE64.encode(certificate.certificate_der()) });
    let claims = |jti: &str, changes: Value| {
        let now = server.clock.now().as_second();
        let mut claims = json!({
            "aud": "00000002-0000-0000-c000-000000000000", "iss": made["id"], "nbf": now, "exp": now + 600, "jti": jti
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    };
    let add = async |token: &str, proof: &str| {
        let body =
            json!({ "keyCredential": credential(&second), "passwordCredential": null, "proof": proof });
        server.post(token, &format!("{path}/addKey"), body).await
    };
    // The first key comes by PATCH: there is nothing to prove it with.
    let good = proof(&first, &claims("0", json!({})));
    add(&admin, &good).await.expect(400);
    let keys = json!({ "keyCredentials": [credential(&first)] });
    server.patch(&admin, &path, keys).await.expect(204);
    let far = server.clock.now().as_second() + 7200;
    for (what, wrong) in [
        ("not a token", "x.y.z".to_owned()),
        ("another key", proof(&second, &claims("1", json!({})))),
        (
            "another audience",
            proof(
                &first,
                &claims("2", json!({ "aud": "https://login.example.test" })),
            ),
        ),
        (
            "another issuer",
            proof(
                &first,
                &claims("3", json!({ "iss": "6c5f7a2e-1111-4222-8333-444455556666" })),
            ),
        ),
        ("too long", proof(&first, &claims("4", json!({ "exp": far })))),
        ("over", proof(&first, &claims("5", json!({ "exp": 1_000 })))),
    ] {
        let refused = add(&admin, &wrong).await;
        assert_eq!(
            refused.json()["error"]["target"],
            "proof",
            "{what}: {}",
            refused.text
        );
    }
    let reader = server.application(&["Application.Read.All"]).await;
    add(&reader, &good).await.expect(403);
    let added = add(&admin, &good).await.expect(200).json();
    assert!(added["keyId"].is_string() && added["key"].is_null(), "{added}");
    let audit = &server.audits().await[0];
    assert!(audit.0.contains("Certificates and secrets"), "{}", audit.0);
    let again = add(&admin, &good).await;
    assert!(again.expect(400).text.contains("used before"));
    let now = server.get(&admin, &path).await.json();
    assert_eq!(now["keyCredentials"].as_array().unwrap().len(), 2);
    // The new key proves that the old one may go.
    let old = now["keyCredentials"][0]["keyId"].clone();
    let remove = async |key_id: &Value, proof: &str| {
        let body = json!({ "keyId": key_id, "proof": proof });
        server.post(&admin, &format!("{path}/removeKey"), body).await
    };
    let fresh = proof(&second, &claims("6", json!({})));
    remove(&made["id"], &fresh).await.expect(400);
    remove(&old, &fresh).await.expect(204);
    let now = server.get(&admin, &path).await.json();
    assert_eq!(now["keyCredentials"][0]["keyId"], added["keyId"]);
    assert_eq!(now["keyCredentials"].as_array().unwrap().len(), 1);
}

/// DIRECTORY-KEY-ROLL: an application without any permission rolls its own certificate, and nobody else's.
#[tokio::test]
async fn an_application_needs_no_permission_for_its_own() {
    let server = Server::start().await;
    let admin = server.application(&["Application.ReadWrite.All"]).await;
    let (own, other) = (server.application(&[]).await, server.application(&[]).await);
    let payload = URL_SAFE_NO_PAD.decode(own.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    let app_id = claims["appid"].as_str().or(claims["azp"].as_str()).unwrap();
    let found = server
        .get(
            &admin,
            &format!("/v1.0/applications(appId='{app_id}')?$select=id"),
        )
        .await;
    let id = found.expect(200).json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1.0/applications/{id}");
    let (first, second) = (issued(&server), issued(&server));
    let keys = json!({ "keyCredentials": [{ "key": BASE64.encode(first.certificate_der()) }] });
    server.patch(&admin, &path, keys).await.expect(204);
    for (token, expected) in [(&other, 403), (&own, 200)] {
        let now = server.clock.now().as_second();
        let claims = json!({
            "aud": "00000002-0000-0000-c000-000000000000", "iss": id, "nbf": now, "exp": now + 60, "jti": expected.to_string()
        });
        let body = json!({
            "keyCredential": { "type": "AsymmetricX509Cert", "usage": "Verify", "key": BASE64.encode(second.certificate_der()) },
            "proof": proof(&first, &claims)
        });
        server
            .post(token, &format!("{path}/addKey"), body)
            .await
            .expect(expected);
    }
    server
        .patch(&own, &path, json!({ "notes": "x" }))
        .await
        .expect(403);
}
