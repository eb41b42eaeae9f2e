//! Requests nobody should send: each gets a clear answer, and nothing changes.

use reqwest::{Client, Method};

use crate::demo::demo;

#[tokio::test]
async fn each_gets_a_clear_answer_and_changes_nothing() {
    let demo = demo();
    let tenant = demo.text("/tenant_id");
    let login = demo.text("/login_url");
    let browser = demo.browser(tenant, None);
    let http: &Client = browser.http();
    let client = demo.text("/applications/web/client_id");
    let uri = demo.text("/applications/web/redirect_uri");
    let port = demo.address().port();
    let certauth = format!("https://{}:{port}", demo.text("/certauth_host"));
    let url = |path: &str| format!("{login}/{tenant}/{path}");
    let authorize = |tenant: &str, uri: &str| {
        format!(
            "{login}/{tenant}/oauth2/v2.0/authorize?client_id={client}&response_type=code&scope=openid&redirect_uri={uri}"
        )
    };
    let form = "application/x-www-form-urlencoded";
    let big = "x".repeat(3 << 20);
    // What it is, verb, address, content type, body, statuses that are right.
    type Row<'a> = (&'a str, Method, String, &'a str, &'a str, &'a [u16]);
    let rows: Vec<Row<'_>> = vec![
        (
            "an unknown tenant",
            Method::GET,
            authorize("nowhere.example", uri),
            "",
            "",
            &[400, 404],
        ),
        (
            "a strange redirect URI",
            Method::GET,
            authorize(tenant, "https://evil.example/"),
            "",
            "",
            &[400],
        ),
        (
            "a script as redirect URI",
            Method::GET,
            authorize(tenant, "javascript:alert(1)"),
            "",
            "",
            &[400],
        ),
        (
            "no client",
            Method::GET,
            url("oauth2/v2.0/authorize"),
            "",
            "",
            &[400],
        ),
        (
            "an unknown path",
            Method::GET,
            url("no/such/thing"),
            "",
            "",
            &[404],
        ),
        (
            "a path upwards",
            Method::GET,
            url("..%2f..%2fetc/passwd"),
            "",
            "",
            &[400, 404],
        ),
        (
            "a wrong verb",
            Method::DELETE,
            url("oauth2/v2.0/token"),
            "",
            "",
            &[405],
        ),
        (
            "GET of the token endpoint",
            Method::GET,
            url("oauth2/v2.0/token"),
            "",
            "",
            &[400, 405],
        ),
        (
            "GET of the login form",
            Method::GET,
            url("login"),
            "",
            "",
            &[400, 404, 405],
        ),
        (
            "an empty token request",
            Method::POST,
            url("oauth2/v2.0/token"),
            form,
            "",
            &[400],
        ),
        (
            "a broken escape",
            Method::POST,
            url("oauth2/v2.0/token"),
            form,
            "grant_type=%ZZ&client_id=%",
            &[400],
        ),
        (
            "an unknown grant",
            Method::POST,
            url("oauth2/v2.0/token"),
            form,
            "grant_type=password&client_id=x",
            &[400, 401],
        ),
        (
            "a parameter twice",
            Method::POST,
            url("oauth2/v2.0/token"),
            form,
            "grant_type=a&grant_type=b",
            &[400],
        ),
        (
            "a huge token request",
            Method::POST,
            url("oauth2/v2.0/token"),
            form,
            &big,
            &[400, 413],
        ),
        (
            "a huge login form",
            Method::POST,
            url("login"),
            form,
            &big,
            &[400, 413],
        ),
        (
            "an empty login form",
            Method::POST,
            url("login"),
            form,
            "",
            &[400],
        ),
        (
            "a made-up login form",
            Method::POST,
            url("login"),
            form,
            "ctx=a&flowtoken=b&certificatetoken=c",
            &[400],
        ),
        (
            "a made-up consent",
            Method::POST,
            url("consent"),
            form,
            "ctx=a&consent=accept",
            &[400, 403],
        ),
        (
            "a made-up answer",
            Method::POST,
            url("kmsi"),
            form,
            "ctx=a&stay=yes",
            &[400, 403],
        ),
        (
            "no JSON",
            Method::POST,
            url("GetCredentialType"),
            "application/json",
            "{",
            &[400],
        ),
        (
            "the wrong JSON",
            Method::POST,
            url("GetCredentialType"),
            "application/json",
            "[1]",
            &[400],
        ),
        (
            "UserInfo without a token",
            Method::GET,
            format!("{login}/oidc/userinfo"),
            "",
            "",
            &[400, 401],
        ),
        (
            "the certificate host's form at the login host",
            Method::POST,
            url("certauth"),
            form,
            "ctx=a",
            &[404, 405],
        ),
        (
            "a login page at the certificate host",
            Method::GET,
            format!("{certauth}/{tenant}/oauth2/v2.0/authorize"),
            "",
            "",
            &[404, 421],
        ),
        (
            "metrics at the public port",
            Method::GET,
            format!("{login}/metrics"),
            "",
            "",
            &[404],
        ),
        (
            "readiness at the public port",
            Method::GET,
            format!("{login}/readyz"),
            "",
            "",
            &[404],
        ),
    ];
    let before = demo.ok(&["admin", "user", "list", "--tenant", "agency.example"]);
    for (what, method, url, content_type, body, expected) in rows {
        let mut request = http.request(method, &url).body(body.to_owned());
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            // The server may close while an oversize body is still being sent.
            Err(error) if body.len() > 1 << 20 => {
                assert!(!error.is_timeout(), "{what}: {error}");
                continue;
            }
            Err(error) => panic!("{what}: {error}"),
        };
        let status = answer.status().as_u16();
        assert!(
            expected.contains(&status),
            "{what}: {status}, expected {expected:?}"
        );
        assert!(answer.headers().get("location").is_none(), "{what}");
        let text = answer.text().await.unwrap();
        assert!(
            !text.contains("<script>alert") && !text.contains("panicked"),
            "{what}"
        );
    }
    assert_eq!(
        demo.ok(&["admin", "user", "list", "--tenant", "agency.example"]),
        before
    );
}

#[tokio::test]
async fn another_host_is_misdirected() {
    let demo = demo();
    let tenant = demo.text("/tenant_id");
    let browser = demo.browser(tenant, None);
    for host in [
        "evil.example",
        "certauth.lanyard.localhost",
        "login.lanyard.localhost.evil.example",
    ] {
        let request = browser
            .http()
            .get(format!(
                "{}/common/v2.0/.well-known/openid-configuration",
                demo.text("/login_url")
            ))
            .version(reqwest::Version::HTTP_11)
            .header("host", host);
        if let Ok(answer) = request.send().await {
            assert_eq!(answer.status().as_u16(), 421, "{host}");
        }
    }
}
