//! Documents by which clients find and recognise this server.

use lanyard_directory::TenantId;
use serde_json::{Map, Value, json};

use crate::{Authority, EndpointVersion};

/// Which tenant a document speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscoveryTenant {
    /// One tenant.
    One(TenantId),
    /// `common`: the tenant comes with the user.
    Common,
    /// `organizations`: the same.
    Organizations,
}

impl DiscoveryTenant {
    fn path(self) -> String {
        match self {
            Self::One(tenant) => tenant.to_string(),
            Self::Common => "common".to_owned(),
            Self::Organizations => "organizations".to_owned(),
        }
    }
}

/// Rule `DISCOVERY-HONEST`: the metadata document names only what is served: the code flow, PKCE with S256, the grants and
/// client authentication methods of the token endpoint; under `common` and `organizations` the issuer holds the
/// literal `{tenantid}`. Source: directory-policy-tokens §1.2, real-clients, rules 1 and 2.
#[must_use]
pub fn metadata(authority: &Authority, tenant: DiscoveryTenant, version: EndpointVersion) -> Value {
    let base = &authority.login_base;
    let path = tenant.path();
    let (oauth2, keys) = match version {
        EndpointVersion::V1 => ("oauth2", "discovery/keys"),
        EndpointVersion::V2 => ("oauth2/v2.0", "discovery/v2.0/keys"),
    };
    let issuer = match tenant {
        DiscoveryTenant::One(tenant) => authority.issuer(version, tenant),
        DiscoveryTenant::Common | DiscoveryTenant::Organizations => {
            let nil = TenantId(uuid::Uuid::nil());
            authority
                .issuer(version, nil)
                .replace(&nil.to_string(), "{tenantid}")
        }
    };
    let endpoint = |name: &str| json!(format!("{base}/{path}/{oauth2}/{name}"));
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);
    put("issuer", json!(issuer));
    put("authorization_endpoint", endpoint("authorize"));
    put("token_endpoint", endpoint("token"));
    put(
        "device_authorization_endpoint",
        json!(format!("{base}/{path}/oauth2/v2.0/devicecode")),
    );
    put("jwks_uri", json!(format!("{base}/{path}/{keys}")));
    put("userinfo_endpoint", json!(format!("{base}/oidc/userinfo")));
    put("end_session_endpoint", endpoint("logout"));
    put("http_logout_supported", json!(true));
    put("frontchannel_logout_supported", json!(true));
    put("frontchannel_logout_session_supported", json!(true));
    put("response_types_supported", json!(["code"]));
    put(
        "response_modes_supported",
        json!(["query", "fragment", "form_post"]),
    );
    put(
        "grant_types_supported",
        json!([
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code"
        ]),
    );
    put("subject_types_supported", json!(["pairwise"]));
    put("id_token_signing_alg_values_supported", json!(["RS256", "ES256"]));
    put("code_challenge_methods_supported", json!(["S256"]));
    put(
        "token_endpoint_auth_methods_supported",
        json!([
            "client_secret_post",
            "client_secret_basic",
            "private_key_jwt",
            "none"
        ]),
    );
    put(
        "token_endpoint_auth_signing_alg_values_supported",
        json!(["RS256", "PS256", "ES256"]),
    );
    put(
        "scopes_supported",
        json!(["openid", "profile", "email", "offline_access"]),
    );
    put(
        "prompt_values_supported",
        json!(["login", "none", "consent", "select_account"]),
    );
    put("claims_parameter_supported", json!(true));
    put("request_parameter_supported", json!(false));
    put("request_uri_parameter_supported", json!(false));
    put(
        "claims_supported",
        json!([
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "nbf",
            "auth_time",
            "amr",
            "nonce",
            "preferred_username",
            "name",
            "given_name",
            "family_name",
            "tid",
            "oid",
            "sid",
            "ver",
            "email"
        ]),
    );
    put("tenant_region_scope", Value::Null);
    put("cloud_instance_name", json!(authority.login_host()));
    put("cloud_graph_host_name", json!(authority.graph_host()));
    put("msgraph_host", json!(authority.graph_host()));
    Value::Object(document)
}

/// The answer of `/common/discovery/instance`: this server is the whole cloud. Source: directory-policy-tokens §1.3.
///
/// `tenant_path`: the first path segment of the asked authorization endpoint. `api_version` is echoed.
#[must_use]
pub fn instance_discovery(authority: &Authority, tenant_path: &str, api_version: &str) -> Value {
    let host = authority.login_host();
    json!({
        "tenant_discovery_endpoint":
            format!("{}/{tenant_path}/v2.0/.well-known/openid-configuration", authority.login_base),
        "api-version": api_version,
        "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
    })
}

/// Rule `DISCOVERY-INSTANCE-HOST`: instance discovery vouches only for authorization endpoints on this server's own bases, of
/// the form `{base}/{tenant}/oauth2…`; any other host is unknown (50049). Source: directory-policy-tokens §1.3.
///
/// Returns the tenant segment.
#[must_use]
pub fn instance_tenant<'a>(authority: &Authority, authorization_endpoint: &'a str) -> Option<&'a str> {
    let bases = std::iter::once(&authority.login_base).chain(&authority.other_login_bases);
    let path = bases
        .filter_map(|base| endpoint_path(base, authorization_endpoint))
        .next()?;
    let tenant = path.split('/').next().unwrap_or_default();
    let plain = tenant
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    (!tenant.is_empty() && plain && tenant.len() <= 253).then_some(tenant)
}

/// The path below `base`; the port of `base` may be missing, because one client library drops it.
fn endpoint_path<'a>(base: &str, endpoint: &'a str) -> Option<&'a str> {
    let without_port = base
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    std::iter::once(base)
        .chain(without_port.map(|(base, _)| base))
        .find_map(|base| endpoint.strip_prefix(base)?.strip_prefix('/'))
}

/// Whether a domain's users sign in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Realm {
    /// The domain belongs to a tenant of this server.
    Managed,
    /// Nobody here knows the domain.
    Unknown,
}

const CLOUD_AUDIENCE: &str = "urn:federation:MicrosoftOnline";

impl Realm {
    const fn name(self) -> &'static str {
        match self {
            Self::Managed => "Managed",
            Self::Unknown => "Unknown",
        }
    }
}

/// Rule `REALM-NO-ENUMERATION`: realm answers depend on the domain alone, never on whether the user exists.
/// Source: directory-policy-tokens §6.3.
///
/// The answer of `/common/userrealm/{login}` for `api-version` 1.0.
#[must_use]
pub fn user_realm(authority: &Authority, domain: &str, realm: Realm) -> Value {
    json!({
        "ver": "1.0",
        "account_type": realm.name(),
        "domain_name": domain,
        "cloud_instance_name": authority.login_host(),
        "cloud_audience_urn": CLOUD_AUDIENCE,
    })
}

/// The answer of `/common/userrealm/{login}` for `api-version` 2.0 and 2.1. Source: directory-policy-tokens §6.3.
#[must_use]
pub fn user_realm_v2(authority: &Authority, login: &str, domain: &str, realm: Realm) -> Value {
    json!({
        "NameSpaceType": realm.name(),
        "Login": login,
        "DomainName": domain,
        "FederationBrandName": Value::Null,
        "cloud_instance_name": authority.login_host(),
        "cloud_audience_urn": CLOUD_AUDIENCE,
    })
}

/// The answer of `/common/GetUserRealm.srf`. Source: directory-policy-tokens §6.3.
#[must_use]
pub fn user_realm_srf(authority: &Authority, login: &str, domain: &str, realm: Realm) -> Value {
    json!({
        "State": 4,
        "UserState": 1,
        "Login": login,
        "NameSpaceType": realm.name(),
        "DomainName": domain,
        "FederationBrandName": Value::Null,
        "CloudInstanceName": authority.login_host(),
        "CloudInstanceIssuerUri": CLOUD_AUDIENCE,
    })
}
