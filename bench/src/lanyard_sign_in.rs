//! One certificate sign-in at Lanyard, along the wire contract of certificate-sign-in §1.3.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use url::Url;

use crate::browser::{Body, Browser};
use crate::load::SignIn;

/// Where, as whom and for which application.
pub(crate) struct LanyardSignIn {
    pub(crate) login_url: Url,
    pub(crate) tenant: String,
    pub(crate) user_name: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) redirect_uri: String,
}

/// A fixed PKCE pair: the server must hash and compare all the same.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

impl SignIn for LanyardSignIn {
    async fn once(&self, browser: &mut Browser<'_>) -> Result<()> {
        self.once_as(browser, &self.user_name).await
    }
}

impl LanyardSignIn {
    /// The same for somebody else, whose certificate the browser shows.
    pub(crate) async fn once_as(&self, browser: &mut Browser<'_>, user_name: &str) -> Result<()> {
        let mut authorize = self.at("oauth2/v2.0/authorize")?;
        authorize
            .query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", "openid profile offline_access")
            .append_pair("state", "bench")
            .append_pair("nonce", "bench-nonce")
            .append_pair("code_challenge", CHALLENGE)
            .append_pair("code_challenge_method", "S256");
        let page = browser.send(&authorize, Body::Nothing).await?;
        let Some(config) = page.config() else {
            return page.unexpected("the sign-in page");
        };

        let question = serde_json::json!({ "username": user_name, "flowToken": text(&config, "sFT")? });
        let answer = browser
            .send(
                &self.at("GetCredentialType?mkt=en-US")?,
                Body::Json(question.to_string()),
            )
            .await?;
        let types: Value = serde_json::from_str(&answer.body).or_else(|_| answer.unexpected("JSON"))?;
        let Some(certauth) = types
            .pointer("/Credentials/CertAuthParams/CertAuthUrl")
            .and_then(Value::as_str)
        else {
            return answer.unexpected("CertAuthUrl");
        };
        let (context, flow_token) = (text(&config, "sCtx")?, text(&types, "FlowToken")?);
        let form = [("ctx", context.as_str()), ("flowToken", flow_token.as_str())];
        let mut page = browser
            .send_with_certificate(&Url::parse(certauth)?, Body::Form(&form))
            .await?;
        if page.hidden_inputs().is_empty() {
            return page.unexpected("the hand-over form");
        }
        let mut target = self.at("login")?;
        for _ in 0..4 {
            let mut fields = page.hidden_inputs();
            if target.path().ends_with("/kmsi") {
                fields.insert("stay".to_owned(), "no".to_owned());
            }
            let pairs: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            page = browser.send(&target, Body::Form(&pairs)).await?;
            if page.location.is_some() {
                let Some(code) = page.code() else {
                    return page.unexpected("a code");
                };
                return self.redeem(browser, &code).await;
            }
            let Some(action) = page.form_action() else {
                return page.unexpected("a redirect or a form");
            };
            if page.config().is_some_and(|config| {
                config
                    .get("strServiceExceptionMessage")
                    .is_some_and(Value::is_string)
            }) {
                return page.unexpected("a code");
            }
            target = target.join(&action)?;
        }
        bail!("no code after four forms")
    }

    pub(crate) fn at(&self, path: &str) -> Result<Url> {
        Ok(self.login_url.join(&format!("/{}/{path}", self.tenant))?)
    }

    async fn redeem(&self, browser: &mut Browser<'_>, code: &str) -> Result<()> {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &self.client_id),
            ("client_secret", &self.client_secret),
            ("redirect_uri", &self.redirect_uri),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        let answer = browser
            .send(&self.at("oauth2/v2.0/token")?, Body::BackChannel(&form))
            .await?;
        let tokens: Value = serde_json::from_str(&answer.body).or_else(|_| answer.unexpected("tokens"))?;
        if tokens.get("id_token").is_none() || tokens.get("access_token").is_none() {
            return answer.unexpected("an id token and an access token");
        }
        Ok(())
    }
}

fn text(value: &Value, member: &str) -> Result<String> {
    value
        .get(member)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .with_context(|| format!("{member} is missing"))
}
