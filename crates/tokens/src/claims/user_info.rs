//! What UserInfo and `client_info` say.

use data_encoding::BASE64URL_NOPAD;
use lanyard_directory::{AppId, TenantId, UserId};
use serde_json::{Value, json};

use crate::claims::{Claims, TokenUser};

/// The UserInfo answer for the client a token was issued to; `sub` is that of its id tokens. Source:
/// directory-policy-tokens §1.12.
///
/// `scopes`: the `scp` words of the access token.
#[must_use]
pub fn user_info(about: &TokenUser<'_>, client: AppId, scopes: &[&str]) -> Value {
    let user = about.user;
    let mut claims = Claims::default();
    claims.put("sub", about.pairwise.subject(about.tenant.id, user.id, client));
    if scopes.contains(&"profile") {
        claims.put("name", user.display_name.as_str());
        claims.put("preferred_username", user.user_principal_name.as_str());
        claims.put_some("family_name", user.surname.as_deref());
        claims.put_some("given_name", user.given_name.as_deref());
    }
    if scopes.contains(&"email") {
        claims.put_some("email", user.mail.as_deref());
    }
    Value::Object(claims.0)
}

/// Rule `TOKEN-CLIENT-INFO`: `client_info` is base64url JSON of the user's home object id and home tenant.
/// Source: directory-policy-tokens §1.6.
#[must_use]
pub fn client_info(user: UserId, home_tenant: TenantId) -> String {
    BASE64URL_NOPAD.encode(json!({ "uid": user, "utid": home_tenant }).to_string().as_bytes())
}
