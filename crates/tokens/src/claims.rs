//! What goes into id tokens, access tokens and UserInfo.

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use lanyard_directory::{
    AppId, Application, DirectoryRole, GroupId, ServicePrincipal, Tenant, TenantId, User, UserId, UserType,
};
use serde_json::{Map, Value, json};

use crate::{Authority, ClientProof, EndpointVersion, ScopeRequest, SignInFacts};

/// Groups in a token before it only says where to ask. Source: directory-policy-tokens §0.1.
pub const MAX_GROUPS: usize = 200;

/// The key from which a tenant's pairwise subjects are made; 256 random bits that never change.
pub struct PairwiseKey(hmac::Key);

impl PairwiseKey {
    /// From 32 random octets.
    #[must_use]
    pub fn new(octets: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, octets))
    }

    /// Rule `TOKEN-PAIRWISE-SUB`: `sub` is base64url(HMAC-SHA256(tenant key, tid ‖ oid ‖ recipient's client id)): 43 characters,
    /// the same for ever, another one for every recipient. Source: directory-policy-tokens §1.12.
    #[must_use]
    pub fn subject(&self, tenant: TenantId, object: UserId, recipient: AppId) -> String {
        let input = [
            tenant.0.as_bytes().as_slice(),
            object.0.as_bytes(),
            recipient.0.as_bytes(),
        ]
        .concat();
        BASE64URL_NOPAD.encode(hmac::sign(&self.0, &input).as_ref())
    }
}

impl std::fmt::Debug for PairwiseKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PairwiseKey")
    }
}

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

/// The resource and the permissions an access token is for.
#[derive(Clone, Copy, Debug)]
pub struct AccessTokenAsk<'a> {
    /// The resource.
    pub resource: &'a Application,
    /// How the client named it.
    pub asked_as: &'a str,
    /// Delegated permissions (`scp`).
    pub scopes: &'a [String],
    /// The client.
    pub client: &'a Application,
    /// How the client proved itself.
    pub proof: ClientProof,
    /// The client handles claims challenges.
    pub handles_challenges: bool,
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

/// Rule `TOKEN-ACCESS-CLAIMS`: the resource chooses the version of its access tokens: version 2 is for its client id,
/// version 1 for the name the client used, with `upn`, `unique_name`, `amr` and `appid` in place of `preferred_username`
/// and `azp`. Source: directory-policy-tokens §1.12.
#[must_use]
pub fn access_token(
    issuance: &Issuance<'_>,
    about: &TokenUser<'_>,
    sign_in: &SignInFacts,
    ask: &AccessTokenAsk<'_>,
) -> Map<String, Value> {
    let user = about.user;
    let mut claims = Claims::default();
    let version = put_recipient(&mut claims, issuance, about.tenant.id, ask);
    claims.put(
        "sub",
        about
            .pairwise
            .subject(about.tenant.id, user.id, ask.resource.app_id),
    );
    claims.put("oid", user.id.to_string());
    claims.put("name", user.display_name.as_str());
    match version {
        EndpointVersion::V1 => {
            claims.put("acr", "1");
            put_v1_person(&mut claims, user, sign_in);
        }
        EndpointVersion::V2 => claims.put("preferred_username", user.user_principal_name.as_str()),
    }
    claims.put("sid", sign_in.session_id.to_string());
    claims.put("scp", ask.scopes.join(" "));
    claims.put_unless_empty("roles", about.roles);
    claims.put_unless_empty("acrs", &sign_in.acrs);
    if !about.directory_roles.is_empty() {
        let templates: Vec<String> = about
            .directory_roles
            .iter()
            .map(|role| role.0.to_string())
            .collect();
        claims.put("wids", templates);
    }
    for name in &ask.resource.optional_access_token_claims {
        match name.as_str() {
            "xms_cc" if ask.handles_challenges => claims.put("xms_cc", json!(["cp1"])),
            name => put_optional(&mut claims, name, issuance, about, sign_in),
        }
    }
    claims.0
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

/// Rule `TOKEN-APP-CLAIMS`: a token for an application itself carries its service principal as `oid` and `sub` and its
/// application roles as `roles`; no `scp`. Source: directory-policy-tokens §1.6, §1.12.
#[must_use]
pub fn application_token(
    issuance: &Issuance<'_>,
    principal: &ServicePrincipal,
    roles: &[String],
    ask: &AccessTokenAsk<'_>,
) -> Map<String, Value> {
    let mut claims = Claims::default();
    let version = put_recipient(&mut claims, issuance, principal.tenant, ask);
    claims.put("oid", principal.id.to_string());
    claims.put("sub", principal.id.to_string());
    if version == EndpointVersion::V1 {
        claims.put(
            "idp",
            issuance.authority.issuer(EndpointVersion::V1, principal.tenant),
        );
    }
    claims.put_unless_empty("roles", roles);
    for name in &ask.resource.optional_access_token_claims {
        match name.as_str() {
            "idtyp" => claims.put("idtyp", "app"),
            "xms_cc" if ask.handles_challenges => claims.put("xms_cc", json!(["cp1"])),
            _ => {}
        }
    }
    claims.0
}

/// Audience, issuer, times and client of an access token; returns its version.
fn put_recipient(
    claims: &mut Claims,
    issuance: &Issuance<'_>,
    tenant: TenantId,
    ask: &AccessTokenAsk<'_>,
) -> EndpointVersion {
    let version = access_token_version(ask.resource);
    let client = ask.client.app_id.to_string();
    let proof = ask.proof.class_reference();
    let resource_id = ask.resource.app_id.to_string();
    match version {
        EndpointVersion::V1 => claims.put("aud", ask.asked_as),
        EndpointVersion::V2 => claims.put("aud", resource_id),
    }
    claims.put("iss", issuance.authority.issuer(version, tenant));
    issuance.times(claims);
    let (client_claim, proof_claim, number) = match version {
        EndpointVersion::V1 => ("appid", "appidacr", "1.0"),
        EndpointVersion::V2 => ("azp", "azpacr", "2.0"),
    };
    claims.put(client_claim, client);
    claims.put(proof_claim, proof);
    claims.put("tid", tenant.to_string());
    claims.put("uti", issuance.uti());
    claims.put("ver", number);
    version
}

/// The version of the access tokens made for a resource: 2 when it asks for 2, else 1.
#[must_use]
pub const fn access_token_version(resource: &Application) -> EndpointVersion {
    if resource.access_token_version == 2 {
        EndpointVersion::V2
    } else {
        EndpointVersion::V1
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
