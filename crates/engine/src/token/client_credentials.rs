//! `grant_type=client_credentials`

use lanyard_storage::Write;
use lanyard_tokens::claims::application_token;
use lanyard_tokens::{AccessTokenAsk, ExpectedClient, Issuance, OAuthFailure, TokenResponse};
use lanyard_verdict::{Code, RuleId};

use crate::sign_in_log::TokenRow;
use crate::token::issue::refused;
use crate::token::{Exchange, Issued, TokenAnswer};
use crate::{Engine, EngineError};

impl Engine {
    /// A token for the application itself.
    ///
    /// Rule `APPLICATION-TOKEN-TENANT`: an application asks for itself in a named tenant where it has a service principal, never
    /// under `common` (50194). Source: directory-policy-tokens §1.6.
    pub(super) async fn client_credentials(
        &self,
        exchange: &Exchange<'_>,
    ) -> Result<TokenAnswer, EngineError> {
        let rule = || RuleId::new("APPLICATION-TOKEN-TENANT");
        let Some(tenant) = &exchange.tenant else {
            return refused(OAuthFailure::new(
                Code::SINGLE_TENANT_APPLICATION_ON_COMMON,
                rule(),
                "An application asks for itself in its own tenant: use the tenant's address instead of 'common'.",
            ));
        };
        let client = match self.authenticate(exchange, ExpectedClient::Confidential).await? {
            Ok(client) => client,
            Err(failure) => return refused(failure),
        };
        let application = &exchange.client.application;
        let Some(principal) = self
            .store
            .service_principal(tenant.tenant.id, application.app_id)
            .await?
        else {
            return refused(OAuthFailure::new(
                Code::APPLICATION_UNKNOWN,
                rule(),
                "The application has no service principal in this tenant.",
            ));
        };
        let scope = exchange.request.scope.clone().unwrap_or_default();
        if let Err(failure) = scope.require_single_default() {
            return refused(failure);
        }
        let mut known = Vec::new();
        for name in scope.resource_names() {
            known.extend(self.resource(tenant.tenant.id, &name).await?);
        }
        let references: Vec<_> = known.iter().map(AsRef::as_ref).collect();
        let asked = match scope.for_one_resource(&references) {
            Ok(asked) => asked,
            Err(failure) => return refused(failure),
        };
        let refusal = self
            .unassigned_to_either(tenant.tenant.id, principal.id, None, asked.resource.app_id)
            .await?
            .filter(|_| asked.resource.app_id != application.app_id);
        if let Some(refusal) = refusal {
            let row = TokenRow::Application {
                principal: &principal,
                unique_id: [0; 16],
            };
            let row = self.token_row(exchange, &row, Some(&refusal))?;
            self.store.commit(vec![row]).await?;
            return refused(OAuthFailure::new(refusal.code, refusal.rule, refusal.detail));
        }
        let authority = self.settings.authority(&exchange.facts.origin);
        let random: [u8; 4] = self.randomness.array()?;
        let unique_id: [u8; 16] = self.randomness.array()?;
        let life = self
            .settings
            .lifetimes
            .tokens
            .access_token_secs(u32::from_be_bytes(random));
        let issuance = Issuance {
            authority: &authority,
            now: self.now(),
            lifetime_secs: life,
            unique_id,
        };
        let ask = AccessTokenAsk {
            resource: asked.resource,
            asked_as: &asked.asked_as,
            scopes: &[],
            client: application,
            proof: client.proof,
            handles_challenges: exchange.request.claims.handles_challenges,
        };
        let roles = self
            .app_role_values(tenant.tenant.id, principal.id, asked.resource)
            .await?;
        let claims = application_token(&issuance, &principal, &roles, &ask);
        let version_one = asked.resource.access_token_version == 1;
        let access = self
            .keys()
            .sign(application.token_algorithm, &claims, version_one)?;
        let row: Write = self.token_row(
            exchange,
            &TokenRow::Application {
                principal: &principal,
                unique_id,
            },
            None,
        )?;
        self.store.commit(vec![row]).await?;
        let response = TokenResponse {
            access_token: access,
            expires_in_secs: life,
            scope: asked.asked.join(" "),
            refresh_token: None,
            refresh_token_expires_in_secs: None,
            id_token: None,
            client_info: None,
        };
        let resource = asked.asked_as.clone();
        Ok(Ok(Issued { response, resource }))
    }
}
