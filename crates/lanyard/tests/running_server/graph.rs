//! The directory API over real TLS, with real tokens, beside the operator's commands on the same database.

use serde_json::{Value, json};

use crate::demo::demo;

const X509: &str =
    "v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate";

#[tokio::test]
async fn an_application_reads_policy_and_stores_over_tls() {
    let demo = demo();
    let tenant = ["--tenant", "agency.example"];
    let admin = |arguments: &[&str]| demo.ok(&[&["admin"], arguments, &tenant].concat());
    let registered = admin(&["app", "create", "Directory reader"]);
    let client = registered
        .trim()
        .trim_end_matches('.')
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned();
    let secret = admin(&["app", "add-secret", &client])
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let port = demo.address().port();
    let graph = format!("https://graph.lanyard.localhost:{port}");
    let root = reqwest::Certificate::from_pem(&demo.tls_root()).unwrap();
    let http = ["graph.lanyard.localhost", "login.lanyard.localhost", "localhost"]
        .into_iter()
        .fold(reqwest::Client::builder().no_proxy(), |client, host| {
            client.resolve(host, demo.address())
        })
        .tls_certs_only([root])
        .build()
        .unwrap();
    let token = async || {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client.as_str()),
            ("client_secret", secret.as_str()),
            ("scope", &format!("{graph}//.default")),
        ];
        let tenant = demo.text("/tenant_id");
        let address = format!("https://login.lanyard.localhost:{port}/{tenant}/oauth2/v2.0/token");
        let answer: Value = http
            .post(address)
            .form(&form)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        answer["access_token"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned()
    };
    let get = async |token: &str, url: String| {
        let answer = http.get(url).bearer_auth(token).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, body) = get(&token().await, format!("{graph}/{X509}")).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (403, &json!("Authorization_RequestDenied"))
    );
    admin(&[
        "app",
        "grant",
        &client,
        "--application",
        "Policy.Read.All",
        "--application",
        "PublicKeyInfrastructure.Read.All",
    ]);
    let token = token().await;
    for base in [
        &graph,
        &format!("https://localhost:{port}"),
        &format!("https://login.lanyard.localhost:{port}"),
    ] {
        let (status, body) = get(&token, format!("{base}/{X509}")).await;
        assert_eq!(status, 200, "{base}: {body}");
        assert_eq!(body["state"], "enabled");
        let context = body["@odata.context"].as_str().unwrap();
        assert!(
            context.starts_with(&format!("{base}/v1.0/$metadata#")) || base.contains("login"),
            "{context}"
        );
    }
    // The graph host is no login host.
    let (page, _) = (
        http.get(format!("{graph}/common/oauth2/v2.0/authorize"))
            .send()
            .await
            .unwrap()
            .status(),
        (),
    );
    assert_eq!(page.as_u16(), 404);

    let name = "Rehearsal PKI";
    admin(&["pki", "create", name]);
    let list = || {
        get(
            &token,
            format!("{graph}/beta/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations"),
        )
    };
    let (status, body) = list().await;
    assert_eq!(status, 200, "{body}");
    let names: Vec<&str> = body["value"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|pki| pki["displayName"].as_str())
        .collect();
    assert!(names.contains(&name), "{names:?}");
    let bundle = demo.home.join("bundle.p7b");
    let rehearsal = lanyard_testkit::CertificateAuthority::root(&lanyard_testkit::AuthorityProfile::new(
        "Rehearsal Root",
        lanyard_testkit::Validity::days_from(jiff::Timestamp::now(), 30),
    ))
    .unwrap();
    std::fs::write(&bundle, rehearsal.certificate_pem()).unwrap();
    let uploaded = admin(&[
        "--output",
        "json",
        "pki",
        "upload",
        name,
        bundle.to_str().unwrap(),
    ]);
    let uploaded: Value = serde_json::from_str(&uploaded).unwrap();
    assert_eq!(uploaded[0]["type"], "root", "{uploaded}");
    let again = demo.run(&[
        "admin",
        "--tenant",
        "agency.example",
        "pki",
        "upload",
        name,
        bundle.to_str().unwrap(),
    ]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("Duplicate certificate"));
    let authority = uploaded[0]["id"].as_str().unwrap();
    admin(&[
        "pki",
        "change",
        name,
        authority,
        "--hint",
        "true",
        "--crl-url",
        "http://crl.example/x.crl",
    ]);
    let shown = admin(&["--output", "json", "pki", "authorities", name]);
    assert!(
        shown.contains("http://crl.example/x.crl") && shown.contains("\"yes\""),
        "{shown}"
    );
    admin(&["pki", "remove", name, authority]);
    assert!(admin(&["pki", "deleted"]).contains("Rehearsal Root"));
    admin(&["pki", "restore", authority]);
    admin(&["pki", "delete", name]);
    assert!(!admin(&["pki", "list"]).contains(name));

    let patch = demo.home.join("patch.json");
    let policy: Value = serde_json::from_str(&admin(&["policy", "get"])).unwrap();
    std::fs::write(&patch, policy.to_string()).unwrap();
    assert!(admin(&["policy", "patch", patch.to_str().unwrap()]).contains("in force"));
    let wrong = json!({ "@odata.type": policy["@odata.type"], "state": "on" });
    std::fs::write(&patch, wrong.to_string()).unwrap();
    let refused = demo.run(&[
        "admin",
        "--tenant",
        "agency.example",
        "policy",
        "patch",
        patch.to_str().unwrap(),
    ]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("state:"));
}
