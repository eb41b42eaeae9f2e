//! Which application sends a token request, and whether it proved it.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use jiff::Timestamp;
use lanyard_directory::{AppId, Application, RedirectUriKind};
use lanyard_verdict::{Code, OAuthError, RuleId};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::{Choice, ConstantTimeEq};

use crate::client_assertion::{self, AssertionContext, ReplayId};
use crate::{OAuthFailure, Parameters};

const MAX_SECRET_BYTES: usize = 1024;
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client sent to prove itself.
#[derive(Clone, Debug)]
pub enum PresentedCredential {
    /// Nothing.
    None,
    /// A secret, in the body or by Basic authentication.
    Secret(SecretString),
    /// A signed assertion.
    Assertion(String),
}

/// The client a request names and its credential; nothing is verified yet.
#[derive(Clone, Debug)]
pub struct PresentedClient {
    /// Which application it says it is.
    pub client_id: AppId,
    /// Its proof.
    pub credential: PresentedCredential,
}

/// How a client proved itself: the `azpacr` / `appidacr` of its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClientProof {
    /// Not at all: a public client.
    Public,
    /// By a secret.
    Secret,
    /// By a certificate's key.
    Certificate,
}

impl ClientProof {
    /// `0`, `1` or `2`. Source: directory-policy-tokens §1.12.
    #[must_use]
    pub const fn class_reference(self) -> &'static str {
        match self {
            Self::Public => "0",
            Self::Secret => "1",
            Self::Certificate => "2",
        }
    }
}

/// What the grant expects of its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedClient {
    /// A public or single-page client: no credential.
    Public,
    /// A confidential client: a credential.
    Confidential,
    /// Whatever the application is registered as.
    AsRegistered,
}

impl ExpectedClient {
    /// What the redemption of a code or refresh token made for this kind of redirect URI expects.
    #[must_use]
    pub const fn for_redirect(kind: RedirectUriKind) -> Self {
        match kind {
            RedirectUriKind::Web => Self::Confidential,
            RedirectUriKind::Spa | RedirectUriKind::PublicClient => Self::Public,
        }
    }
}

/// An authenticated client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatedClient {
    /// How it proved itself.
    pub proof: ClientProof,
    /// Remember this id until its expiry and refuse it a second time.
    pub replay: Option<ReplayId>,
}

impl PresentedClient {
    /// Rule `CLIENT-ONE-CREDENTIAL`: a client identifies itself by `client_id` or Basic authentication and proves itself in
    /// one way only: a secret or an assertion. Source: directory-policy-tokens §1.6.
    ///
    /// `authorization`: the value of the Authorization header, if any.
    pub fn read(authorization: Option<&str>, parameters: &Parameters) -> Result<Self, OAuthFailure> {
        let basic = authorization.map(read_basic).transpose()?.flatten();
        let named = parameters.optional("client_id", 128)?;
        let secret = parameters.optional("client_secret", MAX_SECRET_BYTES)?;
        let assertion = parameters.optional("client_assertion", client_assertion::MAX_ASSERTION_BYTES)?;
        let conflict = |detail: &str| {
            OAuthFailure::new(
                Code::REQUEST_MALFORMED,
                RuleId::new("CLIENT-ONE-CREDENTIAL"),
                detail,
            )
        };
        if [basic.is_some(), secret.is_some(), assertion.is_some()]
            .into_iter()
            .filter(|given| *given)
            .count()
            > 1
        {
            return Err(conflict("The client authenticates in more than one way."));
        }

        let from_assertion = assertion.and_then(client_assertion::claimed_client);
        let client_id = match (&basic, named) {
            (Some((user, _)), Some(named)) if !user.eq_ignore_ascii_case(named) => {
                return Err(conflict(
                    "The client_id of the body and of the Authorization header differ.",
                ));
            }
            (Some((user, _)), _) => user.clone(),
            (None, Some(named)) => named.to_owned(),
            (None, None) => match from_assertion {
                Some(client_id) => client_id,
                None => parameters.required("client_id", 128)?.to_owned(),
            },
        };
        let client_id = client_id.parse().map_err(|_| unknown_client())?;

        let credential = match (basic, secret, assertion) {
            (Some((_, secret)), _, _) if !secret.expose_secret().is_empty() => {
                PresentedCredential::Secret(secret)
            }
            (_, Some(secret), _) => PresentedCredential::Secret(SecretString::from(secret)),
            (_, _, Some(assertion)) => {
                if parameters.required("client_assertion_type", 128)? != ASSERTION_TYPE {
                    return Err(conflict("The client_assertion_type is not supported."));
                }
                PresentedCredential::Assertion(assertion.to_owned())
            }
            _ => PresentedCredential::None,
        };
        Ok(Self {
            client_id,
            credential,
        })
    }

    /// Rule `CLIENT-CREDENTIAL-EXPECTED`: a public client must not send a credential (700025), a confidential one must
    /// (7000218). Source: directory-policy-tokens §1.6.
    pub fn authenticate(
        &self,
        application: &Application,
        expected: ExpectedClient,
        context: &AssertionContext<'_>,
    ) -> Result<AuthenticatedClient, OAuthFailure> {
        const RULE: RuleId = RuleId::new("CLIENT-CREDENTIAL-EXPECTED");
        let has_credential = !matches!(self.credential, PresentedCredential::None);
        let expects_credential = match expected {
            ExpectedClient::Public => false,
            ExpectedClient::Confidential => true,
            ExpectedClient::AsRegistered => has_credential || !may_be_public(application),
        };
        match (expects_credential, has_credential) {
            (false, true) => {
                return Err(OAuthFailure::new(
                    Code::PUBLIC_CLIENT_SENT_CREDENTIAL,
                    RULE,
                    "This client is public: it must not send 'client_secret' or 'client_assertion'.",
                ));
            }
            (true, false) => {
                return Err(OAuthFailure::new(
                    Code::CLIENT_CREDENTIAL_MISSING,
                    RULE,
                    "The request must contain 'client_secret' or 'client_assertion'.",
                ));
            }
            _ => {}
        }
        match &self.credential {
            PresentedCredential::None => Ok(AuthenticatedClient {
                proof: ClientProof::Public,
                replay: None,
            }),
            PresentedCredential::Secret(secret) => {
                check_secret(secret, application, context.now)?;
                Ok(AuthenticatedClient {
                    proof: ClientProof::Secret,
                    replay: None,
                })
            }
            PresentedCredential::Assertion(assertion) => {
                let replay = client_assertion::verify(assertion, application, context)?;
                Ok(AuthenticatedClient {
                    proof: ClientProof::Certificate,
                    replay: Some(replay),
                })
            }
        }
    }
}

/// Rule `CLIENT-MAY-BE-PUBLIC`: without a redirect URI in the request, an application acts as a public client when it is
/// marked as one or has a native redirect URI. Source: directory-policy-tokens §2.5.
#[must_use]
pub fn may_be_public(application: &Application) -> bool {
    application.is_fallback_public_client
        || application
            .redirect_uris
            .iter()
            .any(|uri| uri.kind == RedirectUriKind::PublicClient)
}

/// Rule `CLIENT-SECRET`: a secret is compared, by its SHA-256 and in constant time, with every secret of the application: no
/// match is 7000215, a match only with one outside its validity 7000222. Source: directory-policy-tokens §1.7.
pub fn check_secret(
    secret: &SecretString,
    application: &Application,
    now: Timestamp,
) -> Result<(), OAuthFailure> {
    const RULE: RuleId = RuleId::new("CLIENT-SECRET");
    let presented = digest(&SHA256, secret.expose_secret().as_bytes());
    let mut matched = Choice::from(0);
    let mut matched_valid = Choice::from(0);
    for registered in &application.client_secrets {
        let hash = HEXLOWER_PERMISSIVE
            .decode(registered.sha256.as_bytes())
            .unwrap_or_default();
        let same = presented.as_ref().ct_eq(&hash);
        let valid = Choice::from(u8::from(registered.start <= now && now < registered.end));
        matched |= same;
        matched_valid |= same & valid;
    }
    match (bool::from(matched_valid), bool::from(matched)) {
        (true, _) => Ok(()),
        (false, true) => Err(OAuthFailure::new(
            Code::CLIENT_SECRET_EXPIRED,
            RULE,
            "Use a secret that is valid now.",
        )),
        (false, false) => Err(OAuthFailure::new(
            Code::CLIENT_SECRET_WRONG,
            RULE,
            "Send the value of the secret, not its id.",
        )),
    }
}

/// Basic authentication; both parts are form-encoded (RFC 6749 §2.3.1). Another scheme is no client authentication.
fn read_basic(header: &str) -> Result<Option<(String, SecretString)>, OAuthFailure> {
    let Some((scheme, encoded)) = header.split_once(' ') else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let malformed = || {
        OAuthFailure::new(
            Code::CLIENT_AUTHENTICATION_FAILED,
            RuleId::new("CLIENT-ONE-CREDENTIAL"),
            "The Authorization header is malformed.",
        )
    };
    if encoded.len() > 4 * MAX_SECRET_BYTES {
        return Err(malformed());
    }
    let decoded = BASE64
        .decode(encoded.trim().as_bytes())
        .map_err(|_| malformed())?;
    let decoded = String::from_utf8(decoded).map_err(|_| malformed())?;
    let (user, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    let form_decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced)
            .decode_utf8()
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| malformed())
    };
    Ok(Some((
        form_decoded(user)?,
        SecretString::from(form_decoded(secret)?),
    )))
}

/// The failure for a client id nobody registered, at an endpoint that answers with JSON.
#[must_use]
pub fn unknown_client() -> OAuthFailure {
    OAuthFailure::new(
        Code::APPLICATION_UNKNOWN,
        RuleId::new("OAUTH-CLIENT-ID"),
        "The client_id of the request is not registered here.",
    )
    .with_error(OAuthError::UnauthorizedClient)
}
