//! Many authorities by one file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, CrlProfile};
use serde_json::{Value, json};

use crate::server::{Server, validity};
use crate::{WRITE, container, trusted};

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

    async fn upload(&self, token: &str, pki: &str, url: &str, hash: &str) -> crate::server::Answer {
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
