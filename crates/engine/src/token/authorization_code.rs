//! `grant_type=authorization_code`

use secrecy::ExposeSecret as _;

use lanyard_storage::{StorageError, Write};
use lanyard_tokens::grant::{check_origin, check_user, code_used_again, grant_not_opened};
use lanyard_tokens::{ExpectedClient, SealKind, TokenGrant};

use crate::authorization_code::SealedCode;
use crate::flow::OneTimePurpose;
use crate::token::issue::{Entitlement, refused};
use crate::token::{Exchange, TokenAnswer};
use crate::{Engine, EngineError};

impl Engine {
    /// Redeems a code once; a second time ends the tokens of the first (RFC 6749 §4.1.2).
    pub(super) async fn redeem_code(&self, exchange: &Exchange<'_>) -> Result<TokenAnswer, EngineError> {
        let TokenGrant::AuthorizationCode {
            code,
            redirect_uri,
            code_verifier,
        } = &exchange.request.grant
        else {
            return refused(code_used_again());
        };
        let tenant = exchange.tenant.as_ref().map(|tenant| tenant.tenant.id);
        let opened =
            match self.open_value::<SealedCode>(SealKind::AuthorizationCode, tenant, code.expose_secret()) {
                Ok(opened) => opened,
                Err(error) => return refused(grant_not_opened(SealKind::AuthorizationCode, error)),
            };
        let SealedCode {
            code, method, origin, ..
        } = &opened.payload;
        if let Err(failure) = check_origin(code.redirect_kind, exchange.origin_header) {
            return refused(failure);
        }
        let client = match self
            .authenticate(exchange, ExpectedClient::for_redirect(code.redirect_kind))
            .await?
        {
            Ok(client) => client,
            Err(failure) => return refused(failure),
        };
        let verifier = code_verifier.as_ref().map(|verifier| verifier.expose_secret());
        if let Err(failure) =
            code.check_redemption(exchange.presented.client_id, redirect_uri.as_deref(), verifier)
        {
            return refused(failure);
        }
        let entry = self.user_lately(opened.tenant, code.user).await?;
        let user = entry.as_ref().map(|entry| &entry.user);
        if let Err(failure) = check_user(user, code.sign_in.auth_time) {
            return refused(failure);
        }
        let Some(user) = user else {
            return refused(code_used_again());
        };
        if self.method_is_revoked(user.tenant, method) {
            return refused(crate::session::certificate_revoked());
        }
        let now = self.now();
        let entitlement = Entitlement {
            user,
            sign_in: &code.sign_in,
            method,
            granted: &code.scope,
            asked: exchange.request.scope.as_ref().unwrap_or(&code.scope),
            redirect_kind: code.redirect_kind,
            nonce: code.nonce.as_deref(),
            auth_time_asked: code.auth_time_asked,
            handles_challenges: code.handles_challenges || exchange.request.claims.handles_challenges,
            line: opened.id,
            first_issued: now,
            new_line: true,
            origin,
        };
        let (issued, writes, _) = match self.issue(exchange, &client, &entitlement).await? {
            Ok(issued) => issued,
            Err(failure) => return refused(failure),
        };
        let mut unit = vec![Write::OneTime {
            id: *opened.id.as_bytes(),
            purpose: OneTimePurpose::AuthorizationCode as i16,
            expires_us: opened.expires.as_microsecond(),
        }];
        unit.extend(writes);
        match self.store.commit(unit).await {
            Ok(()) => Ok(Ok(issued)),
            Err(StorageError::AlreadyUsed) => {
                let revoke = Write::RevokeGrant {
                    id: *opened.id.as_bytes(),
                    revoked_us: now.as_microsecond(),
                    reason: "the authorization code was used again".to_owned(),
                };
                self.store.commit(vec![revoke]).await?;
                refused(code_used_again())
            }
            Err(error) => Err(error.into()),
        }
    }
}
