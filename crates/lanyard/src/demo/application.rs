//! The demo's relying party: a small web application that lets people sign in and shows what it learned.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::Value;
use tokio::task::JoinHandle;

use lanyard_listener::{
    CancellationToken, HostRole, Limits, Listener, LiveCertificates, ServerCertificate, ServerCertificates,
    Sites,
};

use crate::demo::pki::DemoPki;
use crate::demo::world::World;
use crate::demo::{BASE, Ports};

/// A sign-in that was begun: the browser brings `state` back.
struct Begun {
    verifier: String,
    nonce: String,
}

struct Application {
    origin: String,
    authority: String,
    client_id: String,
    client_secret: String,
    redirect_uri: String,
    http: reqwest::Client,
    begun: Mutex<HashMap<String, Begun>>,
}

/// Most sign-ins that may be begun and not finished.
const MAX_BEGUN: usize = 1000;

/// Serves the application over TLS on its own port.
pub(crate) async fn start(
    world: &World,
    pki: &DemoPki,
    ports: &Ports,
    stop: CancellationToken,
) -> anyhow::Result<JoinHandle<()>> {
    let tls_root = reqwest::Certificate::from_pem(pki.tls_root.certificate_pem().as_bytes())?;
    let login = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.login));
    let application = Arc::new(Application {
        origin: format!("https://app.{BASE}:{}", ports.application),
        authority: format!("{}/{}", world.login_origin, world.tenant),
        client_id: world.web.client_id.to_string(),
        client_secret: world.web.client_secret.clone().unwrap_or_default(),
        redirect_uri: world.web.redirect_uri.clone().unwrap_or_default(),
        http: reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([tls_root])
            .resolve(&format!("login.{BASE}"), login)
            .build()?,
        begun: Mutex::default(),
    });
    let router = Router::new()
        .route("/", get(home))
        .route("/sign-in", get(sign_in))
        .route("/callback", get(callback))
        .route("/signed-out", get(|| async { "signed out" }))
        .with_state(application);
    let folder = pki.folder.parent().unwrap_or(&pki.folder).join("tls");
    let read = |name: &str| std::fs::read(folder.join(name));
    let certificate = ServerCertificate::from_pem(&read("application.pem")?, &read("application.key")?)?;
    let certificates = LiveCertificates::new(ServerCertificates::new(
        vec![certificate.clone()],
        vec![certificate],
    )?)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.application));
    let sites = Sites {
        login: router.clone(),
        certauth: router,
    };
    let names = Arc::new(|_: &str| HostRole::Login);
    let listener = Listener::bind(address, certificates, names, sites, Limits::default()).await?;
    Ok(tokio::spawn(async move {
        listener.serve(stop).await;
    }))
}

async fn home(State(application): State<Arc<Application>>) -> Response {
    page(
        "Demo Portal",
        &format!(
            "<p>This is an ordinary web application that knows nothing of certificates. It speaks OpenID Connect with \
             <code>{}</code>.</p><p><a class=button href=\"/sign-in\">Sign in</a></p>",
            escape(&application.authority)
        ),
    )
}

async fn sign_in(State(application): State<Arc<Application>>) -> Response {
    let (Ok(state), Ok(nonce), Ok(verifier)) = (random_text(), random_text(), random_text()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let challenge = data_encoding::BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
    let Ok(url) = url::Url::parse_with_params(
        &format!("{}/oauth2/v2.0/authorize", application.authority),
        [
            ("client_id", application.client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", &application.redirect_uri),
            ("scope", "openid profile email"),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ],
    ) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut begun = application.begun.lock().unwrap_or_else(PoisonError::into_inner);
    if begun.len() >= MAX_BEGUN {
        begun.clear();
    }
    begun.insert(state.clone(), Begun { verifier, nonce });
    drop(begun);
    let mut response = Redirect::to(url.as_str()).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&format!(
        "__Host-portal={state}; Path=/; Secure; HttpOnly; SameSite=Lax"
    )) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn callback(
    State(application): State<Arc<Application>>,
    Query(parameters): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let text = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    let state = text("state");
    let same_browser = headers
        .get(header::COOKIE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|cookies| {
            cookies
                .split("; ")
                .any(|cookie| cookie == format!("__Host-portal={state}"))
        });
    let begun = application
        .begun
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(state);
    let Some(begun) = begun.filter(|_| same_browser && !state.is_empty()) else {
        return page(
            "Demo Portal",
            "<p>This sign-in was not started here. <a href=\"/\">Start again</a></p>",
        );
    };
    if let Some(error) = parameters.get("error") {
        let body = format!(
            "<p>You were not signed in: <b>{}</b></p><p>{}</p><p><a href=\"/\">Back</a></p>",
            escape(error),
            escape(text("error_description"))
        );
        return page("Not signed in", &body);
    }
    match redeem(&application, text("code"), &begun).await {
        Ok((claims, id_token)) => page("Signed in", &signed_in(&application, &claims, &id_token)),
        Err(error) => page(
            "Not signed in",
            &format!(
                "<p>{}</p><p><a href=\"/\">Back</a></p>",
                escape(&error.to_string())
            ),
        ),
    }
}

/// The token comes straight from the token endpoint over TLS, which stands for its signature (OpenID Connect Core §3.1.3.7).
async fn redeem(application: &Application, code: &str, begun: &Begun) -> anyhow::Result<(Value, String)> {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &application.client_id),
        ("client_secret", &application.client_secret),
        ("redirect_uri", &application.redirect_uri),
        ("code", code),
        ("code_verifier", &begun.verifier),
    ];
    let url = format!("{}/oauth2/v2.0/token", application.authority);
    let answer: Value = application
        .http
        .post(url)
        .form(&form)
        .send()
        .await?
        .json()
        .await?;
    let id_token = answer.get("id_token").and_then(Value::as_str);
    let id_token = id_token.ok_or_else(|| {
        anyhow::anyhow!(
            "no id token: {}",
            answer.get("error_description").unwrap_or(&Value::Null)
        )
    })?;
    let claims = decode_claims(id_token)?;
    let said = |name: &str| claims.get(name).and_then(Value::as_str);
    anyhow::ensure!(
        said("nonce") == Some(&begun.nonce),
        "the id token is for another sign-in"
    );
    anyhow::ensure!(
        said("aud") == Some(&application.client_id),
        "the id token is for another application"
    );
    Ok((claims, id_token.to_owned()))
}

/// The claims of a compact JWT.
pub(crate) fn decode_claims(token: &str) -> anyhow::Result<Value> {
    let payload = token
        .split('.')
        .nth(1)
        .ok_or_else(|| anyhow::anyhow!("not a JWT"))?;
    Ok(serde_json::from_slice(
        &data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes())?,
    )?)
}

fn signed_in(application: &Application, claims: &Value, id_token: &str) -> String {
    let name = claims.get("name").and_then(Value::as_str).unwrap_or("somebody");
    let rows: String = claims
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!(
                "<tr><th scope=row>{}</th><td>{}</td></tr>",
                escape(name),
                escape(&value)
            )
        })
        .collect();
    let sign_out = url::Url::parse_with_params(
        &format!("{}/oauth2/v2.0/logout", application.authority),
        [
            ("id_token_hint", id_token),
            ("post_logout_redirect_uri", &format!("{}/", application.origin)),
        ],
    );
    let sign_out = sign_out.map(String::from).unwrap_or_default();
    format!(
        "<p id=greeting>Hello, {}.</p><p><a class=button href=\"{}\">Sign out</a></p><h2>What this application learned</h2>\
         <table><caption>Claims of the id token</caption>{rows}</table>",
        escape(name),
        escape(&sign_out)
    )
}

fn page(title: &str, body: &str) -> Response {
    const STYLE: &str = "body{font:17px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#1b1b1b}\
        h1{font-weight:600}.button{display:inline-block;background:#005ea2;color:#fff;padding:.6rem 1.2rem;border-radius:4px;text-decoration:none}\
        table{border-collapse:collapse;width:100%}caption{text-align:left;padding:.5rem 0}th,td{text-align:left;padding:.3rem .8rem .3rem 0;\
        border-bottom:1px solid #dfe1e2;overflow-wrap:anywhere;vertical-align:top}th{white-space:nowrap}";
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style><main><h1>{title}</h1>{body}</main></html>"
    );
    (
        [
            (header::CACHE_CONTROL, "no-store"),
            (header::REFERRER_POLICY, "no-referrer"),
        ],
        Html(html),
    )
        .into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// 256 random bits in base64url.
pub(crate) fn random_text() -> anyhow::Result<String> {
    let mut octets = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut octets).map_err(|_| anyhow::anyhow!("the random generator failed"))?;
    Ok(data_encoding::BASE64URL_NOPAD.encode(&octets))
}
