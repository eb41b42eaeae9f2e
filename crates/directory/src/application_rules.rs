//! What makes an application valid. Which redirect URIs may be registered is decided where they are matched.

use std::collections::BTreeSet;

use crate::text::check_display_name;
use crate::{Application, InvalidProperty};

/// Most redirect URIs of an application.
pub const MAX_REDIRECT_URIS: usize = 256;
/// Longest value of a scope or application role, in characters.
pub const MAX_PERMISSION_VALUE_CHARS: usize = 120;
/// Longest application ID URI, in characters.
pub const MAX_IDENTIFIER_URI_CHARS: usize = 255;

impl Application {
    /// Checks everything that can be told from the application alone.
    ///
    /// # Errors
    /// The first property that breaks a rule.
    pub fn check(&self) -> Result<(), InvalidProperty> {
        check_display_name(&self.display_name)?;
        check_redirect_uri_list(self)?;
        self.identifier_uris
            .iter()
            .try_for_each(|uri| check_identifier_uri(uri))?;
        check_permission_values(self)
    }
}

/// Rule `DIRECTORY-REDIRECT-URI-LIST`: an application has at most 256 redirect URIs, each once, whatever its kind.
/// Source: directory-policy-tokens §0.1, §1.5.
fn check_redirect_uri_list(application: &Application) -> Result<(), InvalidProperty> {
    let refuse = |reason: String| {
        Err(InvalidProperty::new(
            "redirectUris",
            "DIRECTORY-REDIRECT-URI-LIST",
            reason,
        ))
    };
    if application.redirect_uris.len() > MAX_REDIRECT_URIS {
        return refuse(format!(
            "an application has at most {MAX_REDIRECT_URIS} redirect URIs"
        ));
    }
    let mut seen = BTreeSet::new();
    // The kind of a URI decides how a client authenticates: it must not have two.
    match application
        .redirect_uris
        .iter()
        .find(|redirect| !seen.insert(redirect.uri.as_str()))
    {
        Some(twice) => refuse(format!("{:?} is registered twice", twice.uri)),
        None => Ok(()),
    }
}

/// Rule `DIRECTORY-PERMISSION-VALUE`: the value of a scope or application role has 1 to 120 characters, those of a scope
/// token in RFC 6749 §3.3, does not begin with a dot, and values and ids are unique among the scopes and among the roles of
/// the application. Source: directory-policy-tokens §2.5.
fn check_permission_values(application: &Application) -> Result<(), InvalidProperty> {
    let scopes = application
        .permission_scopes
        .iter()
        .map(|scope| (scope.id, scope.value.as_str()));
    let roles = application
        .app_roles
        .iter()
        .map(|role| (role.id, role.value.as_str()));
    check_values("oauth2PermissionScopes", scopes)?;
    check_values("appRoles", roles)
}

fn check_values<'a>(
    property: &'static str,
    permissions: impl Iterator<Item = (uuid::Uuid, &'a str)>,
) -> Result<(), InvalidProperty> {
    let refuse = |reason: String| {
        Err(InvalidProperty::new(
            property,
            "DIRECTORY-PERMISSION-VALUE",
            reason,
        ))
    };
    let (mut ids, mut values) = (BTreeSet::new(), BTreeSet::new());
    for (id, value) in permissions {
        if value.is_empty() || value.chars().count() > MAX_PERMISSION_VALUE_CHARS {
            return refuse(format!(
                "{value:?}: a value has 1 to {MAX_PERMISSION_VALUE_CHARS} characters"
            ));
        }
        if value.starts_with('.')
            || !value
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
        {
            return refuse(format!(
                "{value:?}: a value has no space, quote, backslash or letter outside ASCII"
            ));
        }
        if !values.insert(value) || !ids.insert(id) {
            return refuse(format!("{value:?}: values and ids are unique in the application"));
        }
    }
    Ok(())
}

/// Rule `DIRECTORY-IDENTIFIER-URI`: an application ID URI is `https://…`, `api://…` or `urn:…` in visible ASCII, at most 255
/// characters, without wildcard, query or fragment, and does not end with a slash. Source: directory-policy-tokens §2.5.
pub fn check_identifier_uri(uri: &str) -> Result<(), InvalidProperty> {
    let refuse = |reason: &str| {
        Err(InvalidProperty::new(
            "identifierUris",
            "DIRECTORY-IDENTIFIER-URI",
            format!("{uri:?}: {reason}"),
        ))
    };
    if uri.chars().count() > MAX_IDENTIFIER_URI_CHARS {
        return refuse("an application ID URI has at most 255 characters");
    }
    let rest = ["https://", "api://", "urn:"]
        .iter()
        .find_map(|scheme| uri.strip_prefix(scheme));
    if rest.is_none_or(str::is_empty) {
        return refuse("an application ID URI begins with https://, api:// or urn:");
    }
    // A scope is asked for as URI/value: a slash at the end would make two readings of it.
    if uri.ends_with('/')
        || !uri
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"*?#\"<>\\^`{|}".contains(&b))
    {
        return refuse("an application ID URI has no wildcard, query, fragment or slash at its end");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::{
        AppId, AppRole, PermissionScope, RedirectUri, RedirectUriKind, SignInAudience, TenantId,
        TokenAlgorithm,
    };

    fn application() -> Application {
        Application {
            id: Uuid::nil(),
            app_id: AppId(Uuid::nil()),
            tenant: TenantId(Uuid::nil()),
            display_name: "Portal".to_owned(),
            sign_in_audience: SignInAudience::AzureADMyOrg,
            redirect_uris: vec![],
            logout_url: None,
            identifier_uris: vec!["api://portal".to_owned()],
            permission_scopes: vec![scope(1, "Read")],
            app_roles: vec![role(1, "Read")],
            access_token_version: 2,
            is_fallback_public_client: false,
            client_secrets: vec![],
            key_credentials: vec![],
            token_algorithm: TokenAlgorithm::RS256,
            optional_id_token_claims: vec![],
            optional_access_token_claims: vec![],
            consent_not_needed: false,
            required_resource_access: Vec::new(),
            group_membership_claims: crate::GroupMembershipClaims::None,
            details: Default::default(),
            created: Timestamp::UNIX_EPOCH,
        }
    }

    fn scope(id: u128, value: &str) -> PermissionScope {
        let (id, value, consent_text) = (Uuid::from_u128(id), value.to_owned(), "Reads".to_owned());
        PermissionScope {
            id,
            value,
            admin_only: false,
            enabled: true,
            consent_text,
        }
    }

    fn role(id: u128, value: &str) -> AppRole {
        AppRole {
            id: Uuid::from_u128(id),
            value: value.to_owned(),
            enabled: true,
        }
    }

    fn redirect(uri: &str, kind: RedirectUriKind) -> RedirectUri {
        RedirectUri {
            uri: uri.to_owned(),
            kind,
        }
    }

    fn broken_rule(application: &Application) -> String {
        application.check().unwrap_err().rule.as_str().to_owned()
    }

    #[test]
    fn scope_and_role_values() {
        assert_eq!(application().check(), Ok(()));
        for good in ["Files.Read.All", "a", "read:x/y", &"a".repeat(120)] {
            let application = Application {
                permission_scopes: vec![scope(2, good)],
                ..application()
            };
            assert_eq!(application.check(), Ok(()), "{good}");
        }
        for bad in ["", "a b", ".default", "ä", "a\"b", "a\\b", &"a".repeat(121)] {
            let scopes = Application {
                permission_scopes: vec![scope(2, bad)],
                ..application()
            };
            let roles = Application {
                app_roles: vec![role(2, bad)],
                ..application()
            };
            assert_eq!(broken_rule(&scopes), "DIRECTORY-PERMISSION-VALUE", "{bad}");
            assert_eq!(broken_rule(&roles), "DIRECTORY-PERMISSION-VALUE", "{bad}");
        }
        for twice in [[scope(1, "A"), scope(2, "A")], [scope(1, "A"), scope(1, "B")]] {
            let application = Application {
                permission_scopes: twice.into(),
                ..application()
            };
            assert_eq!(broken_rule(&application), "DIRECTORY-PERMISSION-VALUE");
        }
    }

    #[test]
    fn a_redirect_uri_has_one_kind() {
        let uri = "https://portal.example/";
        let redirect_uris = vec![
            redirect(uri, RedirectUriKind::Web),
            redirect(uri, RedirectUriKind::Spa),
        ];
        let twice = Application {
            redirect_uris,
            ..application()
        };
        assert_eq!(broken_rule(&twice), "DIRECTORY-REDIRECT-URI-LIST");
        let many = |count: usize| {
            let uri = |number| redirect(&format!("https://portal.example/{number}"), RedirectUriKind::Web);
            Application {
                redirect_uris: (0..count).map(uri).collect(),
                ..application()
            }
        };
        assert_eq!(many(256).check(), Ok(()));
        assert_eq!(broken_rule(&many(257)), "DIRECTORY-REDIRECT-URI-LIST");
    }

    #[test]
    fn identifier_uris() {
        for good in [
            "api://portal",
            "https://portal.example",
            "https://portal.example/api",
            "urn:portal:api",
        ] {
            assert_eq!(check_identifier_uri(good), Ok(()), "{good}");
        }
        let long = format!("api://{}", "a".repeat(250));
        for bad in [
            "",
            "portal",
            "http://portal.example",
            "API://portal",
            "api://",
            "api://portal/",
            "api://*",
            "api://a b",
            "https://a.example?x",
            "https://a.example#x",
            "urn:ä",
            &long,
        ] {
            let error = check_identifier_uri(bad).unwrap_err();
            assert_eq!(error.rule.as_str(), "DIRECTORY-IDENTIFIER-URI", "{bad}");
        }
    }
}
