//! Tokens of ours that come back: access tokens at UserInfo, id tokens as hints.

use jiff::{SignedDuration, Timestamp};
use lanyard_directory::{AppId, Application, TenantId, UserId};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::signing::NotOurToken;
use crate::{Authority, EndpointVersion, SigningKeys};

/// Difference of clocks between nodes that is forgiven.
const LEEWAY: SignedDuration = SignedDuration::from_mins(1);

/// Why a token of ours is not accepted here and now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// Not signed by a key of ours.
    #[error(transparent)]
    NotOurs(#[from] NotOurToken),
    /// A claim every token of ours has is missing or malformed.
    #[error("the token lacks the claim '{0}'")]
    Claim(&'static str),
    /// Over, or not begun.
    #[error("the token is expired or not valid yet")]
    Time,
    /// Issued under another name.
    #[error("the token was issued under another issuer")]
    Issuer,
    /// Made for somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// Does not permit what is asked.
    #[error("the token lacks the scope '{0}'")]
    Scope(&'static str),
}

/// An accepted access token of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedAccessToken {
    /// Tenant.
    pub tenant: TenantId,
    /// User.
    pub user: UserId,
    /// The client it was issued to.
    pub client: AppId,
    /// The session it rests on.
    pub session_id: Option<Uuid>,
    /// When it was issued.
    pub issued: Timestamp,
    /// Words of `scp`.
    pub scopes: Vec<String>,
}

impl AcceptedAccessToken {
    /// Rule `USERINFO-AUDIENCE`: UserInfo answers to an unexpired access token of ours for the directory API, of a user, with
    /// `openid`. Source: directory-policy-tokens §1.12.
    ///
    /// `audience`: the directory API's application.
    pub fn for_user_info(
        compact: &str,
        keys: &SigningKeys,
        authorities: &[Authority],
        audience: &Application,
        now: Timestamp,
    ) -> Result<Self, TokenRefused> {
        let claims = keys.verify(compact)?;
        check_times(&claims, now)?;
        let tenant = TenantId(uuid_claim(&claims, "tid")?);
        check_issuer(&claims, authorities, tenant)?;
        check_audience(&claims, audience)?;
        // Only tokens of users carry `scp`; an id token has neither `azp` nor `appid`.
        let scopes = words(text_claim(&claims, "scp")?);
        if !scopes.iter().any(|scope| scope == "openid") {
            return Err(TokenRefused::Scope("openid"));
        }
        Ok(Self {
            tenant,
            user: UserId(uuid_claim(&claims, "oid")?),
            client: AppId(uuid_claim(&claims, "azp").or_else(|_| uuid_claim(&claims, "appid"))?),
            session_id: uuid_claim(&claims, "sid").ok(),
            issued: time_claim(&claims, "iat")?,
            scopes,
        })
    }
}

/// An accepted access token for the directory API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryApiToken {
    /// Tenant.
    pub tenant: TenantId,
    /// The client it was issued to.
    pub client: AppId,
    /// When it was issued.
    pub issued: Timestamp,
    /// Whom it speaks for.
    pub bearer: Bearer,
}

/// Whom an access token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// A user, through the client.
    User {
        /// The user.
        user: UserId,
        /// Words of `scp`.
        scopes: Vec<String>,
    },
    /// The client itself.
    Application {
        /// Object id of its service principal.
        service_principal: Uuid,
        /// Values of `roles`.
        roles: Vec<String>,
    },
}

impl DirectoryApiToken {
    /// Rule `API-TOKEN`: the directory API answers to an unexpired access token of ours whose audience is the directory API: with
    /// `scp` it speaks for a user, without for the application itself. Source: directory-policy-tokens §1.12, §2.
    ///
    /// `audience`: the directory API's application.
    pub fn read(
        compact: &str,
        keys: &SigningKeys,
        authorities: &[Authority],
        audience: &Application,
        now: Timestamp,
    ) -> Result<Self, TokenRefused> {
        let claims = keys.verify(compact)?;
        check_times(&claims, now)?;
        let tenant = TenantId(uuid_claim(&claims, "tid")?);
        check_issuer(&claims, authorities, tenant)?;
        check_audience(&claims, audience)?;
        let client = AppId(uuid_claim(&claims, "azp").or_else(|_| uuid_claim(&claims, "appid"))?);
        let object = uuid_claim(&claims, "oid")?;
        let bearer = if claims.contains_key("scp") {
            Bearer::User {
                user: UserId(object),
                scopes: words(text_claim(&claims, "scp")?),
            }
        } else {
            let values = claims.get("roles").and_then(Value::as_array);
            Bearer::Application {
                service_principal: object,
                roles: values
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
            }
        };
        Ok(Self {
            tenant,
            client,
            issued: time_claim(&claims, "iat")?,
            bearer,
        })
    }
}

/// What an id token tells as a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdTokenHint {
    /// Tenant, when the token says it.
    pub tenant: Option<TenantId>,
    /// User, when the token says it (`profile`).
    pub user: Option<UserId>,
    /// Pairwise subject.
    pub subject: String,
    /// The session.
    pub session_id: Option<Uuid>,
    /// The client it was issued to.
    pub client: AppId,
}

impl IdTokenHint {
    /// Rule `HINT-ID-TOKEN`: an id token counts as a hint when we signed it and, where a client is named, for that client; it may
    /// have expired. Source: directory-policy-tokens §1.4, §1.14.
    pub fn read(compact: &str, keys: &SigningKeys, client: Option<AppId>) -> Result<Self, TokenRefused> {
        let claims = keys.verify(compact)?;
        if claims.contains_key("scp") || claims.contains_key("azp") || claims.contains_key("appid") {
            return Err(TokenRefused::Audience);
        }
        let addressed = AppId(uuid_claim(&claims, "aud")?);
        if client.is_some_and(|client| client != addressed) {
            return Err(TokenRefused::Audience);
        }
        Ok(Self {
            tenant: uuid_claim(&claims, "tid").ok().map(TenantId),
            user: uuid_claim(&claims, "oid").ok().map(UserId),
            subject: text_claim(&claims, "sub")?.to_owned(),
            session_id: uuid_claim(&claims, "sid").ok(),
            client: addressed,
        })
    }
}

fn check_audience(claims: &Map<String, Value>, audience: &Application) -> Result<(), TokenRefused> {
    let addressed = text_claim(claims, "aud")?;
    let by_uri = |uri: &String| uri == addressed || Some(uri.as_str()) == addressed.strip_suffix('/');
    if addressed.parse() == Ok(audience.app_id) || audience.identifier_uris.iter().any(by_uri) {
        Ok(())
    } else {
        Err(TokenRefused::Audience)
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<(), TokenRefused> {
    let begins = time_claim(claims, "nbf")?;
    let ends = time_claim(claims, "exp")?;
    if begins.duration_since(now) > LEEWAY || now >= ends {
        return Err(TokenRefused::Time);
    }
    Ok(())
}

fn check_issuer(
    claims: &Map<String, Value>,
    authorities: &[Authority],
    tenant: TenantId,
) -> Result<(), TokenRefused> {
    let issuer = text_claim(claims, "iss")?;
    let known = authorities.iter().any(|authority| {
        [EndpointVersion::V1, EndpointVersion::V2]
            .into_iter()
            .any(|version| authority.issuer(version, tenant) == issuer)
    });
    if known { Ok(()) } else { Err(TokenRefused::Issuer) }
}

fn text_claim<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, TokenRefused> {
    claims
        .get(name)
        .and_then(Value::as_str)
        .ok_or(TokenRefused::Claim(name))
}

fn uuid_claim(claims: &Map<String, Value>, name: &'static str) -> Result<Uuid, TokenRefused> {
    Uuid::try_parse(text_claim(claims, name)?).map_err(|_| TokenRefused::Claim(name))
}

fn time_claim(claims: &Map<String, Value>, name: &'static str) -> Result<Timestamp, TokenRefused> {
    let seconds = claims
        .get(name)
        .and_then(Value::as_i64)
        .ok_or(TokenRefused::Claim(name))?;
    Timestamp::from_second(seconds).map_err(|_| TokenRefused::Claim(name))
}
