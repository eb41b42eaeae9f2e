//! What this crate writes is read by OpenSSL and NSS, which share no code with it.
//! Where one of the two programs is missing, its test says so and stops; `cargo xtask test` installs both.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop at the first surprise and say what they skip"
)]

use std::path::Path;
use std::process::{Command, Output};

use jiff::Timestamp;
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, CrlProfile, ExtendedKeyUsage, Extension, KeyAlgorithm, Keypair,
    RevocationReason, ServerProfile, UserProfile, Validity,
};

fn validity() -> Validity {
    Validity::years_from("2026-01-01T00:00:00Z".parse().unwrap(), 10)
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<Output> {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("{program} is not here ({error}): this check was not made");
            None
        }
    }
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn authorities(algorithm: KeyAlgorithm) -> (CertificateAuthority, CertificateAuthority) {
    let root = CertificateAuthority::root(
        &AuthorityProfile::new("Example Root", validity())
            .subject_attribute(lanyard_testkit::DnType::CountryName, "US")
            .subject_attribute(lanyard_testkit::DnType::OrganizationName, "Example Agency")
            .key_algorithm(algorithm),
    )
    .unwrap();
    let issuing = root
        .issue_authority(
            &AuthorityProfile::new("Example Issuing CA 1", validity())
                .path_length(0)
                .key_algorithm(algorithm),
        )
        .unwrap();
    (root, issuing)
}

#[test]
fn openssl_validates_the_chain_and_prints_the_names_and_policies() {
    for algorithm in [
        KeyAlgorithm::P256,
        KeyAlgorithm::P384,
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::Ed25519,
    ] {
        let (root, issuing) = authorities(algorithm);
        let user = issuing
            .issue_user(
                &UserProfile::new("Alice Example", validity())
                    .key_algorithm(algorithm)
                    .user_principal_name("alice@example.test")
                    .mail_address("alice@mail.example.test")
                    .policy("2.16.840.1.101.3.2.1.3.13")
                    .policy("1.2.3.4")
                    .serial(&[0x1e, 0x8c, 0x97])
                    .extended_key_usages(&[ExtendedKeyUsage::ClientAuth, ExtendedKeyUsage::SmartCardLogon])
                    .crl_distribution_point("http://crl.example.test/one.crl"),
            )
            .unwrap();
        let server = root
            .issue_server(&ServerProfile::new(
                &["login.example.test", "*.x.test"],
                validity(),
            ))
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: String| std::fs::write(folder.path().join(name), content).unwrap();
        write("root.pem", root.certificate_pem());
        write("issuing.pem", issuing.certificate_pem());
        write("user.pem", user.certificate_pem());
        write("server.pem", server.certificate_pem());

        let moment = "1780000000";
        let arguments = [
            "verify",
            "-attime",
            moment,
            "-purpose",
            "sslclient",
            "-x509_strict",
            "-CAfile",
            "root.pem",
            "-untrusted",
            "issuing.pem",
            "user.pem",
        ];
        let Some(verified) = run("openssl", &arguments, folder.path()) else {
            return;
        };
        assert!(verified.status.success(), "{algorithm:?}: {}", text(&verified));

        let arguments = [
            "verify",
            "-attime",
            moment,
            "-purpose",
            "sslserver",
            "-verify_hostname",
            "a.x.test",
            "-CAfile",
            "root.pem",
            "server.pem",
        ];
        let verified = run("openssl", &arguments, folder.path()).unwrap();
        assert!(verified.status.success(), "{algorithm:?}: {}", text(&verified));

        let shown = text(
            &run(
                "openssl",
                &["x509", "-in", "user.pem", "-noout", "-text"],
                folder.path(),
            )
            .unwrap(),
        );
        for expected in [
            "alice@example.test",
            "alice@mail.example.test",
            "2.16.840.1.101.3.2.1.3.13",
            "1.2.3.4",
            "0x1e8c97",
            "http://crl.example.test/one.crl",
            "TLS Web Client Authentication",
        ] {
            assert!(
                shown.contains(expected),
                "{algorithm:?}: no {expected} in\n{shown}"
            );
        }
    }
}

#[test]
fn openssl_reads_the_revocation_list_and_refuses_the_revoked() {
    for algorithm in [KeyAlgorithm::P256, KeyAlgorithm::Rsa2048] {
        let (root, issuing) = authorities(algorithm);
        let alice = issuing
            .issue_user(&UserProfile::new("Alice", validity()))
            .unwrap();
        let mallory = issuing
            .issue_user(&UserProfile::new("Mallory", validity()))
            .unwrap();
        let at: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
        let until: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
        let list = CrlProfile::new(4242, at, until)
            .revoke_because(mallory.serial(), at, RevocationReason::KeyCompromise)
            .revoke(&[0x80, 1]);
        let crl = issuing.crl(&list).unwrap();
        let root_crl = root.crl(&CrlProfile::new(1, at, until)).unwrap();

        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("list.crl"), &crl).unwrap();
        std::fs::write(folder.path().join("root.crl"), &root_crl).unwrap();
        std::fs::write(folder.path().join("root.pem"), root.certificate_pem()).unwrap();
        std::fs::write(folder.path().join("issuing.pem"), issuing.certificate_pem()).unwrap();
        let to_pem = [
            "crl",
            "-inform",
            "DER",
            "-in",
            "list.crl",
            "-out",
            "list.pem",
            "-text",
            "-CAfile",
            "issuing.pem",
        ];
        let Some(shown) = run("openssl", &to_pem, folder.path()) else {
            return;
        };
        assert!(text(&shown).contains("verify OK"), "{}", text(&shown));
        let shown = std::fs::read_to_string(folder.path().join("list.pem")).unwrap();
        for expected in ["4242", "Key Compromise", "8001", "Authority Key Identifier"] {
            assert!(shown.contains(expected), "no {expected} in\n{shown}");
        }
        let to_pem = ["crl", "-inform", "DER", "-in", "root.crl", "-out", "root.crl.pem"];
        run("openssl", &to_pem, folder.path()).unwrap();
        for (who, certificate, good) in [("alice", &alice, true), ("mallory", &mallory, false)] {
            let file = format!("{who}.pem");
            std::fs::write(folder.path().join(&file), certificate.certificate_pem()).unwrap();
            let arguments = [
                "verify",
                "-attime",
                "1780000000",
                "-crl_check_all",
                "-CAfile",
                "root.pem",
                "-untrusted",
                "issuing.pem",
                "-CRLfile",
                "list.pem",
                "-CRLfile",
                "root.crl.pem",
                &file,
            ];
            let verified = run("openssl", &arguments, folder.path()).unwrap();
            assert_eq!(verified.status.success(), good, "{who}: {}", text(&verified));
            assert_eq!(
                text(&verified).contains("revoked"),
                !good,
                "{who}: {}",
                text(&verified)
            );
        }
    }
}

#[test]
fn parts_of_a_list_can_be_left_out_and_added() {
    let (_, issuing) = authorities(KeyAlgorithm::P256);
    let at: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
    let odd = CrlProfile::new(7, at, at)
        .without_next_update()
        .without_number()
        .without_authority_key_identifier()
        .delta_of(6)
        .next_publish(at)
        .extension(Extension {
            oid: "1.2.3.4.5".to_owned(),
            critical: true,
            value_der: vec![5, 0],
        });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("odd.crl"), issuing.crl(&odd).unwrap()).unwrap();
    let show = ["crl", "-inform", "DER", "-in", "odd.crl", "-noout", "-text"];
    let Some(shown) = run("openssl", &show, folder.path()) else {
        return;
    };
    let shown = text(&shown);
    assert!(shown.contains("Next Update: NONE"), "{shown}");
    assert!(shown.contains("Delta CRL Indicator: critical"), "{shown}");
    assert!(shown.contains("1.2.3.4.5: critical"), "{shown}");
    assert!(!shown.contains("Authority Key Identifier"), "{shown}");
    assert!(!shown.contains("CRL Number"), "{shown}");
}

#[test]
fn openssl_and_nss_import_the_pfx() {
    for algorithm in [KeyAlgorithm::P256, KeyAlgorithm::Rsa2048] {
        let (root, issuing) = authorities(algorithm);
        let profile = UserProfile::new("Alice Example", validity()).key_algorithm(algorithm);
        let alice = issuing.issue_user(&profile).unwrap();
        let pfx = alice
            .pfx(
                "lanyard demo",
                &[issuing.certificate_der(), root.certificate_der()],
            )
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("alice.pfx"), &pfx).unwrap();

        let open = [
            "pkcs12",
            "-in",
            "alice.pfx",
            "-passin",
            "pass:lanyard demo",
            "-nodes",
        ];
        if let Some(opened) = run("openssl", &open, folder.path()) {
            assert!(opened.status.success(), "{}", text(&opened));
            let shown = text(&opened);
            assert!(shown.contains("BEGIN PRIVATE KEY"), "{shown}");
            assert_eq!(shown.matches("BEGIN CERTIFICATE").count(), 3, "{shown}");
            let open = ["pkcs12", "-in", "alice.pfx", "-passin", "pass:wrong", "-nodes"];
            assert!(!run("openssl", &open, folder.path()).unwrap().status.success());
        }
        let create = ["-d", "sql:.", "-N", "--empty-password"];
        let Some(created) = run("certutil", &create, folder.path()) else {
            continue;
        };
        assert!(created.status.success(), "{}", text(&created));
        let import = ["-d", "sql:.", "-i", "alice.pfx", "-W", "lanyard demo", "-K", ""];
        let imported = run("pk12util", &import, folder.path()).unwrap();
        assert!(imported.status.success(), "{}", text(&imported));
        let listed = text(&run("certutil", &["-d", "sql:.", "-L"], folder.path()).unwrap());
        assert!(listed.contains("u,u,u"), "the key did not come along:\n{listed}");
        let keys = text(&run("certutil", &["-d", "sql:.", "-K"], folder.path()).unwrap());
        assert!(keys.contains("< 0>"), "{keys}");
    }
}

#[test]
fn an_authority_read_back_issues_as_before() {
    let (_, issuing) = authorities(KeyAlgorithm::P256);
    let from_pem =
        CertificateAuthority::load(issuing.certificate_pem().as_bytes(), &issuing.key().pem()).unwrap();
    let from_der = CertificateAuthority::load(issuing.certificate_der(), &issuing.key().pem()).unwrap();
    for again in [from_pem, from_der] {
        assert_eq!(again.certificate_der(), issuing.certificate_der());
        assert_eq!(again.key_identifier(), issuing.key_identifier());
        assert_eq!(again.key_identifier().len(), 20);
        let key = Keypair::generate(KeyAlgorithm::P256).unwrap();
        let profile = UserProfile::new("Alice", validity()).key(&key).serial(&[5]);
        let (one, two) = (
            issuing.issue_user(&profile).unwrap(),
            again.issue_user(&profile).unwrap(),
        );
        // The signed part; ECDSA signatures after it differ each time, in length too.
        let without_signature = |der: &[u8]| der[4..321].to_vec();
        assert_eq!(
            without_signature(one.certificate_der()),
            without_signature(two.certificate_der())
        );
    }
    assert!(CertificateAuthority::load(b"nonsense", &issuing.key().pem()).is_err());
    assert!(CertificateAuthority::load(issuing.certificate_der(), "nonsense").is_err());
}

#[test]
fn profiles_can_be_wrong_on_purpose() {
    let (_, issuing) = authorities(KeyAlgorithm::P256);
    let bare = UserProfile::new("Bare", validity())
        .without_subject_key_identifier()
        .without_authority_key_identifier()
        .key_usages(&[])
        .extended_key_usages(&[]);
    let bare = issuing.issue_user(&bare).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bare.pem"), bare.certificate_pem()).unwrap();
    if let Some(shown) = run(
        "openssl",
        &["x509", "-in", "bare.pem", "-noout", "-text"],
        folder.path(),
    ) {
        assert!(!text(&shown).contains("X509v3 extensions"), "{}", text(&shown));
    }
    assert_ne!(bare.with_broken_signature(), bare.certificate_der());
    assert!(
        issuing
            .issue_user(&UserProfile::new("Bad", validity()).policy("not an oid"))
            .is_err()
    );
    assert!(
        issuing
            .issue_user(&UserProfile::new("Bad", validity()).mail_address("ü@example.test"))
            .is_err()
    );
}
