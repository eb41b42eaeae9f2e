//! Making the tokens of a person's sign-in.

use jiff::SignedDuration;
use uuid::Uuid;

use lanyard_directory::{Application, RedirectUriKind, User};
use lanyard_storage::{GrantRow, Write};
use lanyard_tokens::claims::{access_token, client_info, id_token};
use lanyard_tokens::consent::consent;
use lanyard_tokens::{
    AccessTokenAsk, AuthenticatedClient, GRAPH_APP_ID, IdTokenAsk, Issuance, OAuthFailure, RefreshToken,
    ScopeRequest, SealKind, SignInFacts, TokenResponse, TokenUser, granted_scope,
};
use lanyard_verdict::{Code, RuleId};

use crate::authorization_code::SealedRefreshToken;
use crate::session::{MethodRecord, authority_octets};
use crate::sign_in_log::TokenRow;
use crate::token::{Exchange, Issued, TokenAnswer};
use crate::{Engine, EngineError};

/// What a grant entitles to.
pub(crate) struct Entitlement<'a> {
    pub(crate) user: &'a User,
    pub(crate) sign_in: &'a SignInFacts,
    pub(crate) method: &'a MethodRecord,
    /// Granted at sign-in.
    pub(crate) granted: &'a ScopeRequest,
    /// Asked for now.
    pub(crate) asked: &'a ScopeRequest,
    pub(crate) redirect_kind: RedirectUriKind,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) auth_time_asked: bool,
    pub(crate) handles_challenges: bool,
    /// The line of refresh tokens.
    pub(crate) line: Uuid,
    /// When the first token of the line was issued.
    pub(crate) first_issued: jiff::Timestamp,
    /// `true`: the line is written now for the first time.
    pub(crate) new_line: bool,
    pub(crate) origin: &'a url::Url,
}

impl Engine {
    /// Makes the tokens and the writes that go with them.
    pub(crate) async fn issue(
        &self,
        exchange: &Exchange<'_>,
        client: &AuthenticatedClient,
        entitlement: &Entitlement<'_>,
    ) -> Result<Result<(Issued, Vec<Write>, [u8; 16]), OAuthFailure>, EngineError> {
        let user = entitlement.user;
        let snapshot = self.snapshot();
        let Some(tenant) = snapshot.tenant(user.tenant) else {
            return Ok(Err(OAuthFailure::new(
                Code::TENANT_UNKNOWN,
                RuleId::new("TOKEN-CLIENT-KNOWN"),
                "",
            )));
        };
        let application = &exchange.client.application;
        let (resource, mut granted_values, scope_text, asked_as) =
            match self.resource_of(exchange, entitlement).await? {
                Ok(found) => found,
                Err(failure) => return Ok(Err(failure)),
            };
        let refusal = self
            .unassigned_to_either(
                user.tenant,
                user.id.0,
                Some(exchange.client.as_ref()),
                resource.app_id,
            )
            .await?;
        if let Some(refusal) = refusal {
            let row = TokenRow::Refresh {
                user,
                method: entitlement.method,
                session: entitlement.sign_in.session_id,
                unique_id: [0; 16],
            };
            let row = self.token_row(exchange, &row, Some(&refusal))?;
            self.store.commit(vec![row]).await?;
            return Ok(Err(OAuthFailure::new(refusal.code, refusal.rule, refusal.detail)));
        }
        if resource.app_id == GRAPH_APP_ID {
            // UserInfo is part of the directory API: what it may tell stands in its token.
            let words = entitlement.granted.openid_words().into_iter();
            granted_values.extend(words.filter(|word| *word != "offline_access").map(str::to_owned));
        }
        let authority = self.settings.authority(entitlement.origin);
        let keys = self.keys();
        let pairwise = keys.pairwise()?;
        // The roles of the directory API are for applications: a person's token cannot have any.
        let roles = if resource.app_id == GRAPH_APP_ID {
            Vec::new()
        } else {
            self.app_role_values(user.tenant, user.id.0, &resource).await?
        };
        let client_roles = self.app_role_values(user.tenant, user.id.0, application).await?;
        let memberships = self.memberships_for(user, application, &resource).await?;
        let about = TokenUser {
            user,
            tenant: &tenant.tenant,
            pairwise,
            roles: &roles,
            directory_roles: &memberships.roles,
            groups: &memberships.groups,
        };
        let random: [u8; 4] = self.randomness.array()?;
        let lifetimes = &self.settings.lifetimes.tokens;
        let unique_id: [u8; 16] = self.randomness.array()?;
        let now = self.now();
        let life = lifetimes.access_token_secs(u32::from_be_bytes(random));
        let issuance = Issuance {
            authority: &authority,
            now,
            lifetime_secs: life,
            unique_id,
        };
        let ask = AccessTokenAsk {
            resource: &resource,
            asked_as: &asked_as,
            scopes: &granted_values,
            client: application,
            proof: client.proof,
            handles_challenges: entitlement.handles_challenges,
        };
        let claims = access_token(&issuance, &about, entitlement.sign_in, &ask);
        let access = keys.sign(
            application.token_algorithm,
            &claims,
            resource.access_token_version == 1,
        )?;
        let id = if entitlement.granted.openid {
            let issuance = Issuance {
                lifetime_secs: lifetimes.id_token_secs,
                ..issuance
            };
            let ask = IdTokenAsk {
                version: exchange.request.version,
                scope: entitlement.granted,
                nonce: entitlement.nonce,
                auth_time_asked: entitlement.auth_time_asked,
                login_hint: None,
            };
            let about = TokenUser {
                roles: &client_roles,
                ..about
            };
            let claims = id_token(&issuance, &about, entitlement.sign_in, application, &ask);
            Some(keys.sign(application.token_algorithm, &claims, false)?)
        } else {
            None
        };
        let mut unit = Vec::new();
        let mut refresh = None;
        let mut refresh_life = None;
        if entitlement.granted.offline_access {
            let expires = lifetimes.refresh_expires(entitlement.redirect_kind, entitlement.first_issued, now);
            if entitlement.new_line {
                unit.push(Write::Grant(self.grant_row(application, entitlement, expires)));
            }
            let remaining = expires.duration_since(now);
            let openable = lifetimes
                .refresh_sealed_until(entitlement.redirect_kind, expires)
                .duration_since(now);
            refresh = Some(self.seal_refresh_token(application, entitlement, openable)?);
            let spa = entitlement.redirect_kind == RedirectUriKind::Spa;
            refresh_life = spa.then(|| u32::try_from(remaining.as_secs()).unwrap_or(0));
        }
        let response = TokenResponse {
            access_token: access,
            expires_in_secs: life,
            scope: scope_text,
            refresh_token: refresh,
            refresh_token_expires_in_secs: refresh_life,
            id_token: id,
            client_info: exchange
                .request
                .client_info
                .then(|| client_info(user.id, user.tenant)),
        };
        Ok(Ok((
            Issued {
                response,
                resource: asked_as,
            },
            unit,
            unique_id,
        )))
    }

    /// The one resource of the access token, the granted values, and the scope text for the answer.
    async fn resource_of(
        &self,
        exchange: &Exchange<'_>,
        entitlement: &Entitlement<'_>,
    ) -> Result<Result<(Application, Vec<String>, String, String), OAuthFailure>, EngineError> {
        let names = entitlement.asked.resource_names();
        let mut known = Vec::new();
        for name in &names {
            if let Some(resource) = self.resource(entitlement.user.tenant, name).await? {
                known.push(resource);
            }
        }
        // A grant may name several resources (they were consented to together); the first is meant then.
        let narrowed = match known.first() {
            Some(first) if exchange.request.scope.is_none() => entitlement.asked.narrowed_to(first),
            _ => entitlement.asked.clone(),
        };
        let references: Vec<&Application> = known.iter().map(AsRef::as_ref).collect();
        let asked = match narrowed.for_one_resource(&references) {
            Ok(asked) => asked,
            Err(failure) => return Ok(Err(failure)),
        };
        let client = exchange.client.application.app_id;
        let grants = self
            .consent_of(entitlement.user.tenant, client, entitlement.user.id)
            .await?;
        let answer = consent(&exchange.client.application, &asked, entitlement.user.id, &grants);
        if let Err(failure) = answer.require_complete() {
            return Ok(Err(failure));
        }
        let text = granted_scope(&narrowed, &asked, &answer.granted);
        Ok(Ok((asked.resource.clone(), answer.granted, text, asked.asked_as)))
    }

    fn grant_row(
        &self,
        application: &Application,
        entitlement: &Entitlement<'_>,
        expires: jiff::Timestamp,
    ) -> GrantRow {
        let now = self.now().as_microsecond();
        GrantRow {
            id: *entitlement.line.as_bytes(),
            tenant: entitlement.user.tenant,
            user: entitlement.user.id,
            client: application.app_id,
            session: None,
            created_us: now,
            last_used_us: now,
            expires_us: expires.as_microsecond(),
            revoked_us: None,
            revoked_reason: None,
            certificate_issuer: authority_octets(&entitlement.method.issuing_authority),
            certificate_serial: Some(entitlement.method.serial_number.clone()),
            certificate_sha256: entitlement.method.sha256_octets(),
            body: "{}".to_owned(),
        }
    }

    fn seal_refresh_token(
        &self,
        application: &Application,
        entitlement: &Entitlement<'_>,
        remaining: SignedDuration,
    ) -> Result<String, EngineError> {
        let token = SealedRefreshToken {
            token: RefreshToken {
                client: application.app_id,
                redirect_kind: entitlement.redirect_kind,
                user: entitlement.user.id,
                sign_in: entitlement.sign_in.clone(),
                scope: entitlement.granted.clone(),
                first_issued: entitlement.first_issued,
                line: entitlement.line,
                handles_challenges: entitlement.handles_challenges,
            },
            method: entitlement.method.clone(),
            origin: entitlement.origin.clone(),
        };
        let life = std::time::Duration::try_from(remaining).unwrap_or_default();
        self.seal_value(SealKind::RefreshToken, entitlement.user.tenant, &token, life)
    }
}

/// The answer of a grant that was refused.
pub(crate) fn refused(failure: OAuthFailure) -> Result<TokenAnswer, EngineError> {
    Ok(Err(failure))
}
