//! Access tokens, for users and for applications themselves.

use lanyard_directory::{Application, ServicePrincipal, TenantId};
use serde_json::{Map, Value, json};

use crate::claims::{Claims, Issuance, TokenUser, put_memberships, put_optional, put_v1_person};
use crate::{ClientProof, EndpointVersion, SignInFacts};

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
    put_memberships(
        &mut claims,
        issuance.authority,
        about,
        ask.resource.group_membership_claims,
    );
    for name in &ask.resource.optional_access_token_claims {
        match name.as_str() {
            "xms_cc" if ask.handles_challenges => claims.put("xms_cc", json!(["cp1"])),
            name => put_optional(&mut claims, name, issuance, about, sign_in),
        }
    }
    claims.0
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
