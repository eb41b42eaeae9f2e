//! The PKI store over the directory API.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod server;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::Method;
use lanyard_directory::DirectoryRole;
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, CrlProfile, Validity};
use serde_json::{Value, json};
use server::{Server, validity};

const PKIS: &str = "/v1.0/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations";
const DELETED: &str = "/v1.0/directory/deletedItems";
const WRITE: &[&str] = &["PublicKeyInfrastructure.ReadWrite.All"];

fn trusted(server: &Server) -> usize {
    server
        .engine
        .snapshot()
        .tenant(server.tenant.id)
        .unwrap()
        .trust
        .len()
}

async fn container(server: &Server, token: &str, name: &str) -> String {
    let made = server
        .post(token, PKIS, json!({ "displayName": name }))
        .await
        .expect(201)
        .json();
    assert_eq!(made["status"], "notStarted");
    format!("{PKIS}/{}", made["id"].as_str().unwrap())
}

fn certificate(authority: &CertificateAuthority) -> Value {
    json!({ "certificate": BASE64.encode(authority.certificate_der()) })
}

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

struct Bundle {
    root: CertificateAuthority,
    issuing: CertificateAuthority,
    file: Vec<u8>,
    hash: String,
}

/// Root, an authority below it that names the root's list, and an authority below that.
fn bundle() -> Bundle {
    let root = CertificateAuthority::root(&AuthorityProfile::new("Corp Root", validity())).unwrap();
    let profile = AuthorityProfile::new("Corp Issuing", validity());
    let issuing = root
        .issue_authority(&profile.crl_distribution_point("http://crl.example/root.crl"))
        .unwrap();
    let file = (root.certificate_pem() + &issuing.certificate_pem()).into_bytes();
    let hash = sha256(&file);
    Bundle {
        root,
        issuing,
        file,
        hash,
    }
}

fn sha256(octets: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, octets);
    data_encoding::HEXUPPER.encode(digest.as_ref())
}

impl Server {
    fn serve(&self, url: &str, octets: Vec<u8>) {
        self.web.files.lock().unwrap().insert(url.to_owned(), octets);
    }

    async fn upload(&self, token: &str, pki: &str, url: &str, hash: &str) -> server::Answer {
        let body = json!({ "uploadUrl": url, "sha256FileHash": hash });
        self.post(token, &format!("{pki}/upload"), body).await
    }

    /// The container once its upload is over.
    async fn settled(&self, token: &str, pki: &str) -> Value {
        loop {
            let read = self.get(token, pki).await.json();
            if read["status"] != "running" {
                return read;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// PKI-UPLOAD PKI-UPLOAD-CRL-URL PKI-UPLOAD-LISTS GRAPH-PKI-UPLOAD
#[tokio::test]
async fn an_upload_fills_the_list_addresses_and_checks_them() {
    let server = Server::start().await;
    let admin = server.application(WRITE).await;
    let pki = container(&server, &admin, "Corp").await;
    let bundle = bundle();
    server.serve("https://files.example/corp.p7b", bundle.file.clone());
    // Somebody else's list lies where the root's should.
    let now = server.clock.now();
    let next = now + jiff::SignedDuration::from_hours(24);
    let foreign = server.root.crl(&CrlProfile::new(1, now, next)).unwrap();
    server.serve("http://crl.example/root.crl", foreign);
    server
        .upload(&admin, &pki, "https://files.example/corp.p7b", &bundle.hash)
        .await
        .expect(204);
    let done = server.settled(&admin, &pki).await;
    assert_eq!(done["status"], "succeeded", "{done}");
    let details = done["statusDetails"].as_str().unwrap();
    assert!(
        details.contains("No CRL address is known for 'CN=Corp Issuing'"),
        "{details}"
    );
    assert!(
        details.contains("The revocation list of 'CN=Corp Root'"),
        "{details}"
    );
    assert_eq!(trusted(&server), 2);
    let list = server
        .get(&admin, &format!("{pki}/certificateAuthorities"))
        .await
        .json();
    let by_name = |name: &str| {
        let list = list["value"].as_array().unwrap();
        list.iter()
            .find(|authority| authority["displayName"] == name)
            .unwrap()
            .clone()
    };
    // The address stands in the certificate the root issued, and is that of the root's own list.
    assert_eq!(
        by_name("CN=Corp Root")["certificateRevocationListUrl"],
        "http://crl.example/root.crl"
    );
    assert_eq!(by_name("CN=Corp Root")["certificateAuthorityType"], "root");
    assert_eq!(
        by_name("CN=Corp Issuing")["certificateRevocationListUrl"],
        Value::Null
    );
    assert_eq!(
        by_name("CN=Corp Issuing")["certificateAuthorityType"],
        "intermediate"
    );
    assert_eq!(
        by_name("CN=Corp Issuing")["certificate"],
        BASE64.encode(bundle.issuing.certificate_der())
    );
    let _ = bundle.root;
}

/// Wrong hash, too large, duplicate, a second one at the same time, no bundle at all: refused, and nothing is stored.
#[tokio::test]
async fn an_upload_that_is_wrong_stores_nothing() {
    // T4
    let server = Server::start().await;
    let admin = server.application(WRITE).await;
    let pki = container(&server, &admin, "Corp").await;
    let bundle = bundle();
    let large = vec![0x30; (2 << 20) + 1];
    let twice = [bundle.file.clone(), bundle.file.clone()].concat();
    server.serve("http://files.example/corp.p7b", bundle.file.clone());
    server.serve("http://files.example/large.p7b", large.clone());
    server.serve("http://files.example/twice.p7b", twice.clone());
    server.serve("http://files.example/page.html", b"<html>".to_vec());
    for (file, hash, reason) in [
        ("corp.p7b", sha256(b"another"), "The SHA-256 of the file is"),
        ("large.p7b", sha256(&large), "too large"),
        ("twice.p7b", sha256(&twice), "duplicate certificate"),
        ("page.html", sha256(b"<html>"), "not a PKCS #7 bundle"),
        ("absent.p7b", sha256(b""), "no such file"),
    ] {
        let url = format!("http://files.example/{file}");
        server.upload(&admin, &pki, &url, &hash).await.expect(204);
        let done = server.settled(&admin, &pki).await;
        assert_eq!(done["status"], "failed", "{file}");
        assert!(
            done["statusDetails"].as_str().unwrap().contains(reason),
            "{file}: {done}"
        );
        assert_eq!(trusted(&server), 0, "{file}");
    }
    for (url, hash, target) in [
        ("ftp://files.example/x", bundle.hash.clone(), "uploadUrl"),
        ("http://u:p@files.example/x", bundle.hash.clone(), "uploadUrl"),
        ("http://files.example/x", "abc".to_owned(), "sha256FileHash"),
    ] {
        let answer = server.upload(&admin, &pki, url, &hash).await.expect(400);
        assert_eq!(answer.json()["error"]["target"], target);
    }
    // One at a time; what is stored is not stored again.
    server.serve("http://files.example/slow.p7b", bundle.file.clone());
    server
        .upload(&admin, &pki, "http://files.example/slow.p7b", &bundle.hash)
        .await
        .expect(204);
    assert_eq!(server.get(&admin, &pki).await.json()["status"], "running");
    let second = server
        .upload(&admin, &pki, "http://files.example/corp.p7b", &bundle.hash)
        .await
        .expect(400);
    assert!(second.text.contains("is running"), "{}", second.text);
    server.web.gate.add_permits(9);
    assert_eq!(server.settled(&admin, &pki).await["status"], "succeeded");
    server
        .upload(&admin, &pki, "http://files.example/corp.p7b", &bundle.hash)
        .await
        .expect(204);
    let again = server.settled(&admin, &pki).await;
    assert_eq!(again["status"], "failed");
    assert!(
        again["statusDetails"]
            .as_str()
            .unwrap()
            .contains("Duplicate certificate"),
        "{again}"
    );
    assert_eq!(trusted(&server), 2);
}

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
        .create_group(&server::actor(), server.tenant.id, "Card holders")
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
