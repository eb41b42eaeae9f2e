//! What goes into id tokens, access tokens and UserInfo.

mod access_token;
mod id_token;
mod pairwise;
mod user_info;

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use lanyard_directory::{DirectoryRole, GroupId, GroupMembershipClaims, Tenant, User, UserType};
use serde_json::{Map, Value, json};

use crate::{Authority, SignInFacts};

pub use access_token::{AccessTokenAsk, access_token, access_token_version, application_token};
pub use id_token::{IdTokenAsk, id_token};
pub use pairwise::PairwiseKey;
pub use user_info::{client_info, user_info};

/// Groups in a token before it only says where to ask. Source: directory-policy-tokens §0.1.
pub const MAX_GROUPS: usize = 200;

/// The person tokens speak of, with what the directory says about them.
#[derive(Clone, Copy, Debug)]
pub struct TokenUser<'a> {
    /// The account.
    pub user: &'a User,
    /// Its tenant.
    pub tenant: &'a Tenant,
    /// Makes `sub`.
    pub pairwise: &'a PairwiseKey,
    /// Values of the application roles the user holds in the recipient.
    pub roles: &'a [String],
    /// Directory roles the user holds.
    pub directory_roles: &'a [DirectoryRole],
    /// Groups of the user, transitive.
    pub groups: &'a [GroupId],
}

/// What every issued token has of its own.
#[derive(Clone, Copy, Debug)]
pub struct Issuance<'a> {
    /// This server.
    pub authority: &'a Authority,
    /// When.
    pub now: Timestamp,
    /// How long.
    pub lifetime_secs: u32,
    /// Unique token identifier: 16 random octets. The sign-in log keeps the id of the token it answers for.
    pub unique_id: [u8; 16],
}

impl Issuance<'_> {
    /// `uti`: base64url of the unique id.
    #[must_use]
    pub fn uti(&self) -> String {
        BASE64URL_NOPAD.encode(&self.unique_id)
    }

    fn times(&self, claims: &mut Claims) {
        let issued = self.now.as_second();
        claims.put("iat", issued);
        claims.put("nbf", issued);
        claims.put("exp", issued.saturating_add(i64::from(self.lifetime_secs)));
    }
}

/// A claims object under construction; absent values leave no trace.
#[derive(Default)]
struct Claims(Map<String, Value>);

impl Claims {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn put_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn put_unless_empty(&mut self, name: &str, values: &[String]) {
        if !values.is_empty() {
            self.put(name, values.to_vec());
        }
    }
}

/// Rule `TOKEN-OPTIONAL-CLAIMS`: an application gets the optional claims it lists and that are known here; a name nobody knows
/// is ignored. Source: directory-policy-tokens §1.12.
fn put_optional(
    claims: &mut Claims,
    name: &str,
    issuance: &Issuance<'_>,
    about: &TokenUser<'_>,
    sign_in: &SignInFacts,
) {
    let user = about.user;
    match name {
        "acct" => claims.put("acct", u8::from(user.user_type == UserType::Guest)),
        "amr" => claims.put("amr", sign_in.amr.clone()),
        "auth_time" => claims.put("auth_time", sign_in.auth_time.as_second()),
        "email" => claims.put_some("email", user.mail.as_deref()),
        "family_name" => claims.put_some("family_name", user.surname.as_deref()),
        "given_name" => claims.put_some("given_name", user.given_name.as_deref()),
        "groups" => put_groups(claims, issuance.authority, about),
        "idtyp" => claims.put("idtyp", "user"),
        "ipaddr" => claims.put_some("ipaddr", sign_in.ip.map(|ip| ip.to_string())),
        "upn" if user.user_type == UserType::Member => claims.put("upn", user.user_principal_name.as_str()),
        _ => {}
    }
}

/// Rule `TOKEN-MEMBERSHIPS`: the recipient's `groupMembershipClaims` decides whether a token lists the user's groups
/// (`groups`) and directory roles (`wids`). Source: directory-policy-tokens §1.12, §2.5.
fn put_memberships(
    claims: &mut Claims,
    authority: &Authority,
    about: &TokenUser<'_>,
    recipient: GroupMembershipClaims,
) {
    use GroupMembershipClaims::{All, DirectoryRole, SecurityGroup};
    if matches!(recipient, SecurityGroup | All) && !about.groups.is_empty() {
        put_groups(claims, authority, about);
    }
    if matches!(recipient, DirectoryRole | All) {
        let templates: Vec<String> = about
            .directory_roles
            .iter()
            .map(|role| role.0.to_string())
            .collect();
        claims.put_unless_empty("wids", &templates);
    }
}

/// Rule `TOKEN-GROUP-OVERAGE`: up to 200 groups are listed; beyond that the token names the place to ask instead.
/// Source: directory-policy-tokens §0.1, §1.12.
fn put_groups(claims: &mut Claims, authority: &Authority, about: &TokenUser<'_>) {
    if about.groups.len() <= MAX_GROUPS {
        let groups: Vec<String> = about.groups.iter().map(ToString::to_string).collect();
        claims.put("groups", groups);
        return;
    }
    let graph = authority.graph_base.as_deref().unwrap_or(&authority.login_base);
    let endpoint = format!("{graph}/v1.0/users/{}/getMemberObjects", about.user.id);
    claims.put("_claim_names", json!({ "groups": "src1" }));
    claims.put("_claim_sources", json!({ "src1": { "endpoint": endpoint } }));
}

/// The claims about a person that version 1 tokens carry without being asked.
fn put_v1_person(claims: &mut Claims, user: &User, sign_in: &SignInFacts) {
    claims.put("amr", sign_in.amr.clone());
    claims.put_some("given_name", user.given_name.as_deref());
    claims.put_some("family_name", user.surname.as_deref());
    claims.put_some("ipaddr", sign_in.ip.map(|ip| ip.to_string()));
    claims.put("unique_name", user.user_principal_name.as_str());
    if user.user_type == UserType::Member {
        claims.put("upn", user.user_principal_name.as_str());
    }
}
