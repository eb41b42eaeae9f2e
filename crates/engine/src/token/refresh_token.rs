//! `grant_type=refresh_token`

use secrecy::ExposeSecret as _;

use lanyard_storage::Write;
use lanyard_tokens::grant::{check_origin, check_refresh, grant_not_opened};
use lanyard_tokens::{ExpectedClient, OAuthFailure, SealKind, Suberror, TokenGrant};
use lanyard_verdict::{Code, RuleId};

use crate::authorization_code::SealedRefreshToken;
use crate::sign_in_log::TokenRow;
use crate::token::issue::{Entitlement, refused};
use crate::token::{Exchange, TokenAnswer};
use crate::{Engine, EngineError};

impl Engine {
    /// Answers a refresh token with fresh tokens and a fresh refresh token; the old one stays valid until it expires.
    ///
    /// Rule `REFRESH-LINE-ALIVE`: a refresh token is honoured while its line exists, was not revoked and its certificate is not
    /// in the current CRL (50173). Source: directory-policy-tokens §1.15, certificate-sign-in §4.7.
    pub(super) async fn redeem_refresh_token(
        &self,
        exchange: &Exchange<'_>,
    ) -> Result<TokenAnswer, EngineError> {
        let rule = || RuleId::new("REFRESH-LINE-ALIVE");
        let revoked = |detail: &str| {
            OAuthFailure::new(Code::GRANT_REVOKED, rule(), detail).with_suberror(Suberror::BadToken)
        };
        let TokenGrant::RefreshToken { refresh_token } = &exchange.request.grant else {
            return refused(revoked(""));
        };
        let tenant = exchange.tenant.as_ref().map(|tenant| tenant.tenant.id);
        let opened = match self.open_value::<SealedRefreshToken>(
            SealKind::RefreshToken,
            tenant,
            refresh_token.expose_secret(),
        ) {
            Ok(opened) => opened,
            Err(error) => return refused(grant_not_opened(SealKind::RefreshToken, error)),
        };
        let SealedRefreshToken {
            token,
            method,
            origin,
        } = &opened.payload;
        if exchange.origin_header.is_some()
            && let Err(failure) = check_origin(token.redirect_kind, exchange.origin_header)
        {
            return refused(failure);
        }
        let client = match self
            .authenticate(exchange, ExpectedClient::for_redirect(token.redirect_kind))
            .await?
        {
            Ok(client) => client,
            Err(failure) => return refused(failure),
        };
        if let Err(failure) = self.settings.lifetimes.tokens.check_fixed_life(token, self.now()) {
            return refused(failure);
        }
        let user = self.user_by_id(opened.tenant, token.user).await?;
        if let Err(failure) = check_refresh(token, exchange.presented.client_id, user.as_ref()) {
            return refused(failure);
        }
        let Some(user) = user else {
            return refused(revoked("The user is gone."));
        };
        match self.store.grant(*token.line.as_bytes()).await? {
            Some(row) if row.revoked_us.is_none() => {}
            _ => return refused(revoked("The sign-in behind this token was revoked.")),
        }
        if self.method_is_revoked(user.tenant, method) {
            return refused(crate::session::certificate_revoked());
        }
        let asked = exchange.request.scope.as_ref().unwrap_or(&token.scope);
        let entitlement = Entitlement {
            user: &user,
            sign_in: &token.sign_in,
            method,
            granted: &token.scope,
            asked,
            redirect_kind: token.redirect_kind,
            nonce: None,
            auth_time_asked: false,
            handles_challenges: token.handles_challenges || exchange.request.claims.handles_challenges,
            line: token.line,
            first_issued: token.first_issued,
            new_line: false,
            origin,
        };
        let (issued, mut unit, unique_id) = match self.issue(exchange, &client, &entitlement).await? {
            Ok(issued) => issued,
            Err(failure) => return refused(failure),
        };
        let now = self.now();
        let lifetimes = &self.settings.lifetimes.tokens;
        unit.push(Write::UpdateGrant {
            id: *token.line.as_bytes(),
            last_used_us: now.as_microsecond(),
            expires_us: lifetimes
                .refresh_expires(token.redirect_kind, token.first_issued, now)
                .as_microsecond(),
            body: "{}".to_owned(),
        });
        unit.push(self.token_row(
            exchange,
            &TokenRow::Refresh {
                user: &user,
                method,
                session: token.sign_in.session_id,
                unique_id,
            },
            None,
        )?);
        self.store.commit(unit).await?;
        Ok(Ok(issued))
    }
}
