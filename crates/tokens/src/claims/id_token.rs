//! Id tokens.

use lanyard_directory::Application;
use serde_json::{Map, Value};

use crate::claims::{Claims, Issuance, TokenUser, put_memberships, put_optional, put_v1_person};
use crate::{EndpointVersion, ScopeRequest, SignInFacts};

/// What an id token is asked to say besides.
#[derive(Clone, Copy, Debug)]
pub struct IdTokenAsk<'a> {
    /// Version of the endpoint the client uses: it decides issuer and shape.
    pub version: EndpointVersion,
    /// `profile` and `email` decide what is said.
    pub scope: &'a ScopeRequest,
    /// Copied.
    pub nonce: Option<&'a str>,
    /// `auth_time` was asked for by `max_age` or a claims request.
    pub auth_time_asked: bool,
    /// Value for a later `logout_hint`, when the application lists the claim.
    pub login_hint: Option<&'a str>,
}

/// Rule `TOKEN-ID-CLAIMS`: an id token is for the client, with a pairwise `sub`; `oid`, `tid`, `name` and
/// `preferred_username` need `profile`, `email` needs `email`; `nonce` is copied; `auth_time` comes when asked for;
/// whatever else the application lists as optional claim. Source: directory-policy-tokens §1.8, §1.12.
#[must_use]
pub fn id_token(
    issuance: &Issuance<'_>,
    about: &TokenUser<'_>,
    sign_in: &SignInFacts,
    client: &Application,
    ask: &IdTokenAsk<'_>,
) -> Map<String, Value> {
    let user = about.user;
    let mut claims = Claims::default();
    claims.put("aud", client.app_id.to_string());
    claims.put("iss", issuance.authority.issuer(ask.version, about.tenant.id));
    issuance.times(&mut claims);
    claims.put(
        "sub",
        about.pairwise.subject(about.tenant.id, user.id, client.app_id),
    );
    if ask.scope.profile {
        claims.put("name", user.display_name.as_str());
        claims.put("oid", user.id.to_string());
        claims.put("tid", about.tenant.id.to_string());
        match ask.version {
            EndpointVersion::V2 => claims.put("preferred_username", user.user_principal_name.as_str()),
            EndpointVersion::V1 => put_v1_person(&mut claims, user, sign_in),
        }
    }
    if ask.scope.email {
        claims.put_some("email", user.mail.as_deref());
    }
    claims.put_some("nonce", ask.nonce);
    claims.put("sid", sign_in.session_id.to_string());
    claims.put_unless_empty("roles", about.roles);
    put_memberships(
        &mut claims,
        issuance.authority,
        about,
        client.group_membership_claims,
    );
    claims.put_unless_empty("acrs", &sign_in.acrs);
    if ask.auth_time_asked {
        claims.put("auth_time", sign_in.auth_time.as_second());
    }
    claims.put("uti", issuance.uti());
    claims.put(
        "ver",
        if ask.version == EndpointVersion::V2 {
            "2.0"
        } else {
            "1.0"
        },
    );
    for name in &client.optional_id_token_claims {
        if name == "login_hint" {
            claims.put_some("login_hint", ask.login_hint);
        } else {
            put_optional(&mut claims, name, issuance, about, sign_in);
        }
    }
    claims.0
}
