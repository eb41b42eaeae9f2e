//! A browser reduced to what a sign-in needs: cookies, forms, redirects, one client certificate.
//!
//! Follows the wire contract of certificate-sign-in §1.3 as an automation client would.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use serde_json::Value;

/// One person at one browser with one certificate.
pub(crate) struct ScriptedBrowser {
    http: reqwest::Client,
    cookies: BTreeMap<(String, String), String>,
}

/// What came back.
pub(crate) struct Page {
    /// HTTP status.
    pub(crate) status: u16,
    /// `Location` of a redirect.
    pub(crate) location: Option<String>,
    /// The body as text.
    pub(crate) body: String,
}

/// Where and as whom to sign in.
pub(crate) struct SignInRequest<'a> {
    /// Login origin without a slash at the end.
    pub(crate) login_origin: &'a str,
    /// Tenant segment.
    pub(crate) tenant: &'a str,
    /// The application's client id.
    pub(crate) client_id: &'a str,
    /// Its registered redirect URI.
    pub(crate) redirect_uri: &'a str,
    /// Scopes to ask for.
    pub(crate) scope: &'a str,
    /// User name to type.
    pub(crate) user_name: &'a str,
    /// PKCE challenge (S256).
    pub(crate) code_challenge: &'a str,
    /// Nonce for the id token.
    pub(crate) nonce: &'a str,
}

/// How a sign-in ended.
#[derive(Debug)]
pub(crate) enum SignInEnd {
    /// The application got this code.
    Code(String),
    /// A page said no.
    Refused {
        /// The error number.
        code: u32,
        /// The sentence on the page.
        message: String,
    },
}

impl ScriptedBrowser {
    /// A browser that trusts `tls_root_pem`, presents `identity_pem` (certificate, chain, key) where asked, and finds
    /// every host at `server`.
    pub(crate) fn new(
        tls_root_pem: &[u8],
        identity_pem: Option<&[u8]>,
        hosts: &[String],
        server: SocketAddr,
    ) -> anyhow::Result<Self> {
        let mut builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .tls_certs_only([reqwest::Certificate::from_pem(tls_root_pem)?])
            .timeout(std::time::Duration::from_secs(60));
        if let Some(pem) = identity_pem {
            builder = builder.identity(reqwest::Identity::from_pem(pem)?);
        }
        for host in hosts {
            builder = builder.resolve(host, server);
        }
        Ok(Self {
            http: builder.build()?,
            cookies: BTreeMap::new(),
        })
    }

    /// The HTTP client underneath, for requests an application's server would make.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// `GET`
    pub(crate) async fn get(&mut self, url: &str) -> anyhow::Result<Page> {
        self.send(self.http.get(url), url).await
    }

    /// `POST` of a form.
    pub(crate) async fn post(&mut self, url: &str, form: &[(&str, &str)]) -> anyhow::Result<Page> {
        self.send(self.http.post(url).form(form), url).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder, url: &str) -> anyhow::Result<Page> {
        let host = url::Url::parse(url)?.host_str().unwrap_or_default().to_owned();
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|((owner, _), _)| *owner == host)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let request = if cookies.is_empty() {
            request
        } else {
            request.header(COOKIE, cookies.join("; "))
        };
        let response = request
            .send()
            .await
            .with_context(|| format!("no answer from {host}"))?;
        for cookie in response.headers().get_all(SET_COOKIE) {
            let Some((name, rest)) = cookie.to_str().unwrap_or_default().split_once('=') else {
                continue;
            };
            let value = rest.split(';').next().unwrap_or_default().to_owned();
            self.cookies.insert((host.clone(), name.to_owned()), value);
        }
        Ok(Page {
            status: response.status().as_u16(),
            location: response
                .headers()
                .get(LOCATION)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            body: response.text().await?,
        })
    }

    /// Steps a to d of the wire contract, answering "stay signed in?" with no and consent with yes.
    pub(crate) async fn sign_in(&mut self, request: &SignInRequest<'_>) -> anyhow::Result<SignInEnd> {
        let SignInRequest {
            login_origin, tenant, ..
        } = request;
        let mut authorize = url::Url::parse(&format!("{login_origin}/{tenant}/oauth2/v2.0/authorize"))?;
        authorize
            .query_pairs_mut()
            .append_pair("client_id", request.client_id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", request.redirect_uri)
            .append_pair("scope", request.scope)
            .append_pair("state", "scripted")
            .append_pair("nonce", request.nonce)
            .append_pair("code_challenge", request.code_challenge)
            .append_pair("code_challenge_method", "S256");
        let page = self.get(authorize.as_str()).await?;
        let config = page.config().context("the sign-in page carries no $Config")?;
        let context = text(&config, "sCtx")?;

        let credential_type = self
            .http
            .post(format!("{login_origin}/{tenant}/GetCredentialType?mkt=en-US"))
            .json(&serde_json::json!({ "username": request.user_name, "flowToken": text(&config, "sFT")? }))
            .send()
            .await?
            .json::<Value>()
            .await?;
        let flow_token = text(&credential_type, "FlowToken")?;
        let certauth_url = credential_type
            .pointer("/Credentials/CertAuthParams/CertAuthUrl")
            .and_then(Value::as_str)
            .context("certificate sign-in is switched off for this tenant (no CertAuthUrl)")?;

        let handover = self
            .post(certauth_url, &[("ctx", &context), ("flowToken", &flow_token)])
            .await?;
        let mut form = handover.hidden_inputs();
        let mut target = format!("{login_origin}/{tenant}/login");
        loop {
            let pairs: Vec<(&str, &str)> = form
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let page = self.post(&target, &pairs).await?;
            if let Some(location) = &page.location {
                let parameters: BTreeMap<_, _> =
                    url::Url::parse(location)?.query_pairs().into_owned().collect();
                return match (parameters.get("code"), parameters.get("error_description")) {
                    (Some(code), _) => Ok(SignInEnd::Code(code.clone())),
                    (None, Some(message)) => Ok(SignInEnd::Refused {
                        code: number_in(message),
                        message: message.clone(),
                    }),
                    _ => bail!("the answer to the application holds neither a code nor an error"),
                };
            }
            let config = page.config().context("a page without $Config")?;
            if let Some(message) = config.get("strServiceExceptionMessage").and_then(Value::as_str) {
                return Ok(SignInEnd::Refused {
                    code: number_in(message),
                    message: message.to_owned(),
                });
            }
            form = page.hidden_inputs();
            let Some(action) = page.form_action() else {
                bail!("HTTP {}: a page with neither an answer nor a form", page.status);
            };
            target = url::Url::parse(&target)?.join(&action)?.to_string();
            let answer = if target.ends_with("/kmsi") {
                ("stay", "no")
            } else {
                ("decision", "accept")
            };
            form.insert(answer.0.to_owned(), answer.1.to_owned());
        }
    }
}

impl Page {
    /// The object after `$Config=`, as automation clients read it.
    pub(crate) fn config(&self) -> Option<Value> {
        let (_, rest) = self.body.split_once("$Config=")?;
        serde_json::Deserializer::from_str(rest)
            .into_iter::<Value>()
            .next()?
            .ok()
    }

    /// Where the first form posts.
    pub(crate) fn form_action(&self) -> Option<String> {
        let (_, rest) = self.body.split_once("<form")?;
        let (tag, _) = rest.split_once('>')?;
        attribute(tag, "action")
    }

    /// Name and value of every hidden input.
    pub(crate) fn hidden_inputs(&self) -> BTreeMap<String, String> {
        self.body
            .split("<input")
            .skip(1)
            .filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
            .filter(|tag| tag.contains("type=\"hidden\""))
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
            .collect()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&#38;", "&")
            .replace("&amp;", "&")
            .replace("&#34;", "\"")
            .replace("&quot;", "\""),
    )
}

fn text(value: &Value, member: &str) -> anyhow::Result<String> {
    value
        .get(member)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .with_context(|| format!("{member} is missing"))
}

/// The number after `AADSTS`, or 0.
fn number_in(message: &str) -> u32 {
    message
        .split_once("AADSTS")
        .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect::<String>())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}
