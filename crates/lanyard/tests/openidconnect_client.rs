//! The `openidconnect` crate as a relying party of a running demo: discovery, code with PKCE, ID token checks,
//! userinfo and refresh, with the sign-in done by a certificate.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};
use serde_json::Value;
use url::Url;

/// A running `lanyard demo` in a folder of its own.
struct Demo {
    process: Child,
    facts: Value,
    _folder: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home: PathBuf = folder.path().join("demo");
        let process = Command::new(env!("CARGO_BIN_EXE_lanyard"))
            .args(["demo", "--port", "18443", "--folder"])
            .arg(&home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut demo = Self {
            process,
            facts: Value::Null,
            _folder: folder,
        };
        let facts = home.join("demo.json");
        let begun = Instant::now();
        while !facts.is_file() {
            assert!(
                demo.process.try_wait().unwrap().is_none(),
                "the demo ended at once"
            );
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "the demo was not ready in time"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        demo.facts = serde_json::from_slice(&std::fs::read(facts).unwrap()).unwrap();
        demo
    }

    fn text(&self, pointer: &str) -> &str {
        self.facts
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("demo.json has no {pointer}"))
    }

    fn user(&self, name: &str) -> &Value {
        self.facts["users"]
            .as_array()
            .unwrap()
            .iter()
            .find(|user| user["name"] == name)
            .unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An HTTP client that trusts the demo, finds every host at its address and follows no redirect.
fn http_client(demo: &Demo, identity: Option<&Value>) -> reqwest::Client {
    let root = reqwest::Certificate::from_pem(&std::fs::read(demo.text("/tls_root_pem")).unwrap()).unwrap();
    let address: SocketAddr = demo.text("/address").parse().unwrap();
    let mut builder = reqwest::Client::builder()
        .tls_certs_only([root])
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(OneAddress(address));
    if let Some(user) = identity {
        let file = |name: &str| std::fs::read(Path::new(user[name].as_str().unwrap())).unwrap();
        let pem = [file("certificate_pem"), file("key_pem")].concat();
        builder = builder.identity(reqwest::Identity::from_pem(&pem).unwrap());
    }
    builder.build().unwrap()
}

/// Every name is found at one address; the port comes from the URL.
struct OneAddress(SocketAddr);

impl reqwest::dns::Resolve for OneAddress {
    fn resolve(&self, _name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let address = SocketAddr::new(self.0.ip(), 0);
        Box::pin(async move { Ok(Box::new(std::iter::once(address)) as reqwest::dns::Addrs) })
    }
}

/// One person at one browser: fills in the forms it is shown.
struct Browser<'a> {
    demo: &'a Demo,
    user: &'a Value,
    plain: reqwest::Client,
    with_certificate: reqwest::Client,
    cookies: BTreeMap<(String, String), String>,
}

impl<'a> Browser<'a> {
    fn new(demo: &'a Demo, user: &'a Value) -> Self {
        let (plain, with_certificate) = (http_client(demo, None), http_client(demo, Some(user)));
        Self {
            demo,
            user,
            plain,
            with_certificate,
            cookies: BTreeMap::new(),
        }
    }

    /// Goes on until the browser is sent to `redirect_uri`; the answer is that URL.
    async fn sign_in(&mut self, url: Url, redirect_uri: &str) -> Url {
        let (mut at, mut location, mut body) = self.send(url, None).await;
        for _ in 0..12 {
            if let Some(target) = location {
                let target = at.join(&target).unwrap();
                if target.as_str().starts_with(redirect_uri) {
                    return target;
                }
                (at, location, body) = self.send(target, None).await;
                continue;
            }
            let form = body
                .split_once("<form")
                .unwrap_or_else(|| panic!("no form at {at}: {body}"))
                .1;
            let form = form.split_once("</form>").unwrap().0;
            let action = at.join(&attribute(form, "action").unwrap_or_default()).unwrap();
            let mut fields = BTreeMap::new();
            for input in form.split("<input").skip(1) {
                let tag = input.split_once('>').unwrap().0;
                let kind = attribute(tag, "type").unwrap_or_default();
                if kind == "checkbox" {
                    continue;
                }
                if let Some(name) = attribute(tag, "name") {
                    let typed = self.user["user_principal_name"].as_str().unwrap().to_owned();
                    let value = if kind == "hidden" {
                        attribute(tag, "value").unwrap_or_default()
                    } else {
                        typed
                    };
                    fields.insert(name, value);
                }
            }
            for (name, value) in [("stay", "no"), ("consent", "accept")] {
                if form.contains(&format!("name=\"{name}\" value=\"{value}\"")) {
                    fields.insert(name.to_owned(), value.to_owned());
                }
            }
            (at, location, body) = self.send(action, Some(fields)).await;
        }
        panic!("no end after twelve pages")
    }

    async fn send(
        &mut self,
        url: Url,
        form: Option<BTreeMap<String, String>>,
    ) -> (Url, Option<String>, String) {
        let host = url.host_str().unwrap().to_owned();
        let client = if host.contains("certauth") {
            &self.with_certificate
        } else {
            &self.plain
        };
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|((owner, _), _)| *owner == host)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let request = match form {
            None => client.get(url.clone()),
            Some(fields) => client
                .post(url.clone())
                .header("origin", self.demo.text("/login_url"))
                .form(&fields),
        };
        let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default();
            self.cookies
                .insert((host.clone(), name.to_owned()), value.to_owned());
        }
        let location = response
            .headers()
            .get("location")
            .map(|value| value.to_str().unwrap().to_owned());
        (url, location, response.text().await.unwrap())
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!("{name}=\""))?.1.split_once('"')?.0;
    Some(value.replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test]
async fn the_openidconnect_crate_signs_in_with_a_certificate() {
    let demo = Demo::start();
    let client = http_client(&demo, None);
    let http = |request: openidconnect::HttpRequest| {
        let client = client.clone();
        async move {
            let response = client.execute(request.try_into().unwrap()).await?;
            let mut answer = openidconnect::http::Response::builder().status(response.status());
            for (name, value) in response.headers() {
                answer = answer.header(name, value);
            }
            Ok::<_, reqwest::Error>(answer.body(response.bytes().await?.to_vec()).unwrap())
        }
    };
    let issuer = format!("{}/{}/v2.0", demo.text("/login_url"), demo.text("/tenant_id"));
    let metadata = CoreProviderMetadata::discover_async(IssuerUrl::new(issuer).unwrap(), &http)
        .await
        .unwrap();
    for application in ["web", "web_es256"] {
        let fact = |name: &str| {
            demo.text(&format!("/applications/{application}/{name}"))
                .to_owned()
        };
        let redirect_uri = fact("redirect_uri");
        let relying_party = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(fact("client_id")),
            Some(ClientSecret::new(fact("client_secret"))),
        )
        .set_redirect_uri(RedirectUrl::new(redirect_uri.clone()).unwrap());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = relying_party
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();

        let answer = Browser::new(&demo, demo.user("multifactor"))
            .sign_in(url, &redirect_uri)
            .await;
        let parameters: BTreeMap<String, String> = answer.query_pairs().into_owned().collect();
        assert_eq!(parameters.get("state"), Some(state.secret()));
        let code = parameters
            .get("code")
            .unwrap_or_else(|| panic!("no code in {answer}"));
        let tokens = relying_party
            .exchange_code(AuthorizationCode::new(code.clone()))
            .unwrap()
            .set_pkce_verifier(verifier)
            .request_async(&http)
            .await
            .unwrap();

        let id_token = tokens.id_token().unwrap();
        let verifier = relying_party.id_token_verifier();
        let claims = id_token.claims(&verifier, &nonce).unwrap();
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg().unwrap();
            let key = id_token.signing_key(&verifier).unwrap();
            let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key).unwrap();
            assert_eq!(actual, *expected);
        }
        let user = demo.user("multifactor")["user_principal_name"].as_str().unwrap();
        assert_eq!(claims.preferred_username().unwrap().as_str(), user);

        let subject = claims.subject().clone();
        let information: CoreUserInfoClaims = relying_party
            .user_info(tokens.access_token().clone(), Some(subject))
            .unwrap()
            .request_async(&http)
            .await
            .unwrap();
        assert_eq!(information.subject(), claims.subject());

        let refreshed = relying_party
            .exchange_refresh_token(tokens.refresh_token().unwrap())
            .unwrap()
            .request_async(&http)
            .await
            .unwrap();
        assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
    }
}
