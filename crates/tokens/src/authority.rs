//! The names this server goes by: issuers and endpoints.

use lanyard_directory::TenantId;
use serde::{Deserialize, Serialize};

use crate::EndpointVersion;

/// The base addresses of one server and what is derived from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authority {
    /// `https://{login}[:port]`, no trailing slash.
    pub login_base: String,
    /// Further bases the login host answers under (such as `https://localhost:8443`); accepted as audience of client
    /// assertions, never issued.
    #[serde(default)]
    pub other_login_bases: Vec<String>,
    /// `https://{graph}[:port]`, when the directory API is served.
    #[serde(default)]
    pub graph_base: Option<String>,
    /// The issuer of v1 tokens.
    #[serde(default)]
    pub v1_issuer: V1Issuer,
}

/// Which issuer v1 tokens carry. Source: directory-policy-tokens §1.12.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum V1Issuer {
    /// `https://{login}/{tid}/`
    #[default]
    Own,
    /// `https://sts.windows.net/{tid}/`, for resources that compare with the literal text.
    StsWindowsNet,
}

impl Authority {
    /// A server under one name, without a directory API.
    #[must_use]
    pub fn new(login_base: impl Into<String>) -> Self {
        let login_base: String = login_base.into();
        Self {
            login_base: login_base.trim_end_matches('/').to_owned(),
            other_login_bases: Vec::new(),
            graph_base: None,
            v1_issuer: V1Issuer::default(),
        }
    }

    /// Rule `TOKEN-ISSUER`: v2 tokens are issued by `https://{login}/{tid}/v2.0`, on the origin the client knows; v1 tokens by
    /// `https://{login}/{tid}/` or, if so set, the literal form of Entra. Source: directory-policy-tokens §1.12,
    /// real-clients, rule 2.
    #[must_use]
    pub fn issuer(&self, version: EndpointVersion, tenant: TenantId) -> String {
        match (version, self.v1_issuer) {
            (EndpointVersion::V2, _) => format!("{}/{tenant}/v2.0", self.login_base),
            (EndpointVersion::V1, V1Issuer::Own) => format!("{}/{tenant}/", self.login_base),
            (EndpointVersion::V1, V1Issuer::StsWindowsNet) => format!("https://sts.windows.net/{tenant}/"),
        }
    }

    /// `host[:port]` of the login base.
    #[must_use]
    pub fn login_host(&self) -> &str {
        host_of(&self.login_base)
    }

    /// `host[:port]` of the directory API; that of the login base when it is not served.
    #[must_use]
    pub fn graph_host(&self) -> &str {
        self.graph_base
            .as_deref()
            .map_or_else(|| self.login_host(), host_of)
    }

    /// Rule `CLIENT-ASSERTION-AUDIENCE`: a client assertion is for this server when its audience is a token endpoint or an
    /// issuer of the tenant, v1 or v2, under any of its names, `common` or `organizations`.
    /// Source: directory-policy-tokens §1.7, real-clients §1.2.
    ///
    /// `tenant_names`: the tenant's GUID and domains.
    #[must_use]
    pub fn is_assertion_audience(&self, audience: &str, tenant_names: &[&str]) -> bool {
        std::iter::once(&self.login_base)
            .chain(&self.other_login_bases)
            .any(|base| {
                let path = audience
                    .strip_prefix(base.as_str())
                    .and_then(|rest| rest.strip_prefix('/'));
                let Some((tenant, rest)) = path.map(|path| path.split_once('/').unwrap_or((path, ""))) else {
                    return false;
                };
                let known_tenant = ["common", "organizations"]
                    .iter()
                    .chain(tenant_names)
                    .any(|name| name.eq_ignore_ascii_case(tenant));
                known_tenant && matches!(rest, "oauth2/v2.0/token" | "oauth2/token" | "v2.0" | "v2.0/" | "")
            })
    }
}

fn host_of(base: &str) -> &str {
    base.split_once("://").map_or(base, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use lanyard_directory::TenantId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn token_issuer() {
        // TOKEN-ISSUER
        let tenant = TenantId(Uuid::from_u128(7));
        let mut authority = Authority::new("https://login.example.test:8443/");
        let base = "https://login.example.test:8443/00000000-0000-0000-0000-000000000007/";
        assert_eq!(
            authority.issuer(EndpointVersion::V2, tenant),
            format!("{base}v2.0")
        );
        assert_eq!(authority.issuer(EndpointVersion::V1, tenant), base);
        authority.v1_issuer = V1Issuer::StsWindowsNet;
        assert_eq!(
            authority.issuer(EndpointVersion::V1, tenant),
            "https://sts.windows.net/00000000-0000-0000-0000-000000000007/"
        );
        assert_eq!(authority.login_host(), "login.example.test:8443");
    }

    #[test]
    fn client_assertion_audience() {
        // CLIENT-ASSERTION-AUDIENCE
        let mut authority = Authority::new("https://login.example.test");
        authority
            .other_login_bases
            .push("https://localhost:8443".to_owned());
        let names = ["00000000-0000-0000-0000-000000000007", "contoso.example"];
        for accepted in [
            "https://login.example.test/00000000-0000-0000-0000-000000000007/oauth2/v2.0/token",
            "https://login.example.test/contoso.example/oauth2/token",
            "https://login.example.test/common/oauth2/v2.0/token",
            "https://login.example.test/00000000-0000-0000-0000-000000000007/v2.0",
            "https://login.example.test/00000000-0000-0000-0000-000000000007/",
            "https://localhost:8443/Contoso.example/oauth2/v2.0/token",
        ] {
            assert!(authority.is_assertion_audience(accepted, &names), "{accepted}");
        }
        for refused in [
            "",
            "https://login.example.test",
            "https://login.example.test/",
            "https://login.example.test.evil/common/oauth2/v2.0/token",
            "https://login.example.test:8443/common/oauth2/v2.0/token",
            "https://login.example.test/fabrikam.example/oauth2/v2.0/token",
            "https://login.example.test/common/oauth2/v2.0/authorize",
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        ] {
            assert!(!authority.is_assertion_audience(refused, &names), "{refused}");
        }
    }
}
