//! Registering applications, their secrets and certificates.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use lanyard_directory::{
    AppId, Application, ClientSecret, GroupMembershipClaims, KeyCredential, RedirectUri,
    RequiredResourceAccess, ResourceAccess, ResourceAccessKind, ServicePrincipal, SignInAudience, TenantId,
    TokenAlgorithm,
};
use lanyard_pki::Certificate;
use lanyard_storage::Write;
use lanyard_tokens::ScopeRequest;

use crate::administer::{Actor, Told, invalid};
use crate::{Engine, EngineError};

/// Activity of a changed credential.
const SECRETS_CHANGED: &str = "Update application – Certificates and secrets management";

/// What a new application needs.
#[derive(Clone, Debug, Default)]
pub struct NewApplication {
    /// A given client id, or a random one.
    pub app_id: Option<AppId>,
    /// Name shown to people.
    pub display_name: String,
    /// Redirect URIs.
    pub redirect_uris: Vec<RedirectUri>,
    /// Front-channel logout URL.
    pub logout_url: Option<String>,
    /// Application ID URIs.
    pub identifier_uris: Vec<String>,
    /// Scopes it exposes as a resource, with the consent text.
    pub scopes: Vec<(String, String)>,
    /// The device grant works without a public redirect URI.
    pub is_fallback_public_client: bool,
    /// Signature algorithm of its tokens.
    pub token_algorithm: TokenAlgorithm,
    /// Nobody is asked for consent.
    pub consent_not_needed: bool,
    /// Claims to add to its id tokens, such as `amr`.
    pub optional_id_token_claims: Vec<String>,
    /// Scopes it is configured to need, such as `api://archive/Files.Read`.
    pub required_scopes: Vec<String>,
    /// Which groups and directory roles its tokens carry.
    pub group_membership_claims: GroupMembershipClaims,
}

/// A new client secret: shown once.
pub struct NewSecret {
    /// The secret itself.
    pub secret: Zeroizing<String>,
    /// What was stored about it.
    pub stored: ClientSecret,
}

impl Engine {
    /// Registers an application and its service principal.
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] for a redirect URI that may not be registered (directory-policy-tokens §1.5).
    pub async fn create_application(
        &self,
        actor: &Actor,
        tenant: TenantId,
        new: NewApplication,
    ) -> Result<Application, EngineError> {
        let audience = SignInAudience::AzureADMyOrg;
        for uri in &new.redirect_uris {
            lanyard_tokens::redirect_uri::check_registration(&uri.uri, uri.kind).map_err(|reason| {
                EngineError::InvalidChange(format!("the redirect URI `{}`: {reason}", uri.uri))
            })?;
        }
        let app_id = match new.app_id {
            Some(app_id) => app_id,
            None => AppId(self.new_guid()?),
        };
        let mut permission_scopes = Vec::new();
        for (value, consent_text) in new.scopes {
            permission_scopes.push(lanyard_directory::PermissionScope {
                id: self.new_guid()?,
                value,
                admin_only: false,
                enabled: true,
                consent_text,
            });
        }
        let required_resource_access = self.required_access(tenant, &new.required_scopes).await?;
        let application = Application {
            id: self.new_guid()?,
            app_id,
            tenant,
            display_name: new.display_name,
            sign_in_audience: audience,
            redirect_uris: new.redirect_uris,
            logout_url: new.logout_url,
            identifier_uris: new.identifier_uris,
            permission_scopes,
            app_roles: Vec::new(),
            access_token_version: 2,
            is_fallback_public_client: new.is_fallback_public_client,
            client_secrets: Vec::new(),
            key_credentials: Vec::new(),
            token_algorithm: new.token_algorithm,
            optional_id_token_claims: new.optional_id_token_claims,
            optional_access_token_claims: Vec::new(),
            consent_not_needed: new.consent_not_needed,
            required_resource_access,
            group_membership_claims: new.group_membership_claims,
            details: Default::default(),
            created: self.now(),
        };
        application.check().map_err(|property| invalid(&property))?;
        let principal = ServicePrincipal {
            id: self.new_guid()?,
            tenant,
            app_id,
            account_enabled: true,
            assignment_required: false,
        };
        let writes = vec![
            Write::InsertApplication(Box::new(application.clone())),
            Write::InsertServicePrincipal(principal),
        ];
        self.change_application(actor, "Add application", &application, writes)
            .await?;
        Ok(application)
    }

    /// The permissions behind scope names.
    async fn required_access(
        &self,
        tenant: TenantId,
        scopes: &[String],
    ) -> Result<Vec<RequiredResourceAccess>, EngineError> {
        let refuse = |scope: &str| EngineError::InvalidChange(format!("there is no permission `{scope}`"));
        let mut required: Vec<RequiredResourceAccess> = Vec::new();
        for text in scopes {
            let asked = ScopeRequest::parse(text).map_err(|_| refuse(text))?;
            let names = asked.resource_names();
            let [name] = names.as_slice() else {
                return Err(refuse(text));
            };
            let resource = self.resource(tenant, name).await?.ok_or_else(|| refuse(text))?;
            let asked = asked.for_one_resource(&[&resource]).map_err(|_| refuse(text))?;
            let resource_access = resource
                .permission_scopes
                .iter()
                .filter(|scope| asked.values.contains(&scope.value))
                .map(|scope| ResourceAccess {
                    id: scope.id,
                    kind: ResourceAccessKind::Scope,
                })
                .collect();
            required.push(RequiredResourceAccess {
                resource_app_id: resource.app_id,
                resource_access,
            });
        }
        Ok(required)
    }

    /// Adds a client secret of 256 random bits. Only its SHA-256 is kept.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown application.
    pub async fn add_client_secret(
        &self,
        actor: &Actor,
        app_id: AppId,
        display_name: &str,
        days: i64,
    ) -> Result<NewSecret, EngineError> {
        let mut application = self.application_named(app_id).await?;
        let octets: Zeroizing<[u8; 32]> = Zeroizing::new(self.randomness.array()?);
        let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(octets.as_slice()));
        let now = self.now();
        let stored = ClientSecret {
            key_id: self.new_guid()?,
            display_name: display_name.to_owned(),
            hint: secret.chars().take(3).collect(),
            sha256: data_encoding::HEXLOWER.encode(&crate::flow::digest(&secret)),
            start: now,
            end: now + jiff::SignedDuration::from_hours(24 * days.clamp(1, 730)),
        };
        application.client_secrets.push(stored.clone());
        let write = Write::UpdateApplication(Box::new(application.clone()));
        self.change_application(actor, SECRETS_CHANGED, &application, vec![write])
            .await?;
        Ok(NewSecret { secret, stored })
    }

    /// Registers a certificate whose key signs client assertions.
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] when it is not a certificate.
    pub async fn add_key_credential(
        &self,
        actor: &Actor,
        app_id: AppId,
        der: &[u8],
    ) -> Result<KeyCredential, EngineError> {
        let mut application = self.application_named(app_id).await?;
        let certificate = Certificate::parse(der)
            .map_err(|error| EngineError::InvalidChange(format!("not a certificate: {error}")))?;
        let facts = certificate.facts();
        let credential = KeyCredential {
            key_id: self.new_guid()?,
            display_name: facts.subject.to_string(),
            certificate: BASE64.encode(der),
            start: facts.not_before,
            end: facts.not_after,
        };
        application.key_credentials.push(credential.clone());
        let write = Write::UpdateApplication(Box::new(application.clone()));
        self.change_application(actor, SECRETS_CHANGED, &application, vec![write])
            .await?;
        Ok(credential)
    }

    /// An application by client id, straight from the database.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is none.
    pub async fn application_named(&self, app_id: AppId) -> Result<Application, EngineError> {
        self.store
            .application(app_id)
            .await?
            .ok_or_else(|| EngineError::NotFound(format!("the application {app_id}")))
    }

    async fn change_application(
        &self,
        actor: &Actor,
        activity: &'static str,
        application: &Application,
        writes: Vec<Write>,
    ) -> Result<(), EngineError> {
        let told = Told {
            actor,
            tenant: application.tenant,
            activity,
            target: application.display_name.clone(),
            old: Value::Null,
            new: json!({ "appId": application.app_id, "displayName": application.display_name }),
        };
        self.change(told, writes).await?;
        self.forget_application(application.app_id).await;
        Ok(())
    }
}
