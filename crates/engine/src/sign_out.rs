//! Use case: sign-out.

use url::Url;

use lanyard_storage::Write;
use lanyard_tokens::redirect_uri::registered_match;
use lanyard_tokens::{EndpointVersion, Parameters};
use serde_json::Value;

use crate::{Engine, EngineError, RequestFacts, SignOut};

impl Engine {
    /// Ends the session of this browser and says whom to tell. Refresh tokens survive (directory-policy-tokens §1.14).
    ///
    /// Rule `SIGN-OUT-TARGET`: the person is sent back only to a redirect URI registered by the application that the
    /// `id_token_hint` or `client_id` names; anything else ends on our own page. Source: directory-policy-tokens §1.14.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn sign_out(
        &self,
        facts: &RequestFacts,
        pairs: Vec<(String, String)>,
        session: Option<&str>,
    ) -> Result<SignOut, EngineError> {
        let parameters = Parameters::from_pairs(pairs);
        let text = |name: &str| {
            parameters
                .optional(name, 32 * 1024)
                .ok()
                .flatten()
                .map(str::to_owned)
        };
        let hinted = text("id_token_hint").and_then(|hint| self.keys().signing.verify(&hint).ok());
        let hinted_client = hinted
            .as_ref()
            .and_then(|claims| claims.get("aud"))
            .and_then(Value::as_str)
            .map(str::to_owned);
        let client = hinted_client
            .or_else(|| text("client_id"))
            .and_then(|id| id.parse().ok());
        let now = self.now();

        let live = self.live_session(session).await?;
        let mut front_channel_urls = Vec::new();
        if let Some(live) = &live {
            let end = Write::EndSession {
                id_hash: live.row.id_hash,
                ended_us: now.as_microsecond(),
                reason: "sign-out".to_owned(),
            };
            self.store.commit(vec![end]).await?;
            let issuer = self
                .settings
                .authority(&facts.origin)
                .issuer(EndpointVersion::V2, live.session.tenant);
            for client in &live.session.clients {
                let Some(entry) = self.application(*client).await? else {
                    continue;
                };
                let Some(mut url) = entry
                    .application
                    .logout_url
                    .as_deref()
                    .and_then(|url| Url::parse(url).ok())
                else {
                    continue;
                };
                url.query_pairs_mut()
                    .append_pair("sid", &live.session.id.to_string())
                    .append_pair("iss", &issuer);
                front_channel_urls.push(url.to_string());
            }
        }

        let mut redirect_to = None;
        if let (Some(client), Some(wanted)) = (client, text("post_logout_redirect_uri"))
            && let Some(entry) = self.application(client).await?
            && registered_match(&entry.application, Some(&wanted)).is_ok()
            && let Ok(mut url) = Url::parse(&wanted)
        {
            if let Some(state) = text("state") {
                url.query_pairs_mut().append_pair("state", &state);
            }
            redirect_to = Some(url.to_string());
        }
        Ok(SignOut {
            front_channel_urls,
            redirect_to,
            user_name: live.as_ref().map(|live| live.session.user_name.clone()),
            session_id: live.as_ref().map(|live| live.session.id),
            timestamp: now,
        })
    }
}
