//! `grant_type=urn:ietf:params:oauth:grant-type:device_code`

use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use lanyard_directory::RedirectUriKind;
use lanyard_storage::{StorageError, Write};
use lanyard_tokens::device_code::{DeviceAuthorizationState, poll};
use lanyard_tokens::grant::{check_user, code_used_again, grant_not_opened};
use lanyard_tokens::{ExpectedClient, SealKind, TokenGrant};

use crate::device_sign_in::{DeviceApproval, DeviceHandle, state_from_number};
use crate::flow::{OneTimePurpose, digest};
use crate::token::issue::{Entitlement, refused};
use crate::token::{Exchange, TokenAnswer};
use crate::{Engine, EngineError};

impl Engine {
    /// Answers a poll: not yet, no, over, or tokens once.
    pub(super) async fn redeem_device_code(
        &self,
        exchange: &Exchange<'_>,
    ) -> Result<TokenAnswer, EngineError> {
        let TokenGrant::DeviceCode { device_code } = &exchange.request.grant else {
            return refused(code_used_again());
        };
        let text = device_code.expose_secret();
        let opened = match self.open_value::<DeviceHandle>(SealKind::DeviceCode, None, text) {
            Ok(opened) => opened,
            Err(error) => return refused(grant_not_opened(SealKind::DeviceCode, error)),
        };
        let client = match self.authenticate(exchange, ExpectedClient::AsRegistered).await? {
            Ok(client) => client,
            Err(failure) => return refused(failure),
        };
        let row = self.store.device_code_by_hash(digest(text)).await?;
        let Some(mut row) = row.filter(|row| row.client == exchange.presented.client_id) else {
            return refused(grant_not_opened(
                SealKind::DeviceCode,
                lanyard_tokens::SealError::NotAuthentic,
            ));
        };
        let now = self.now();
        let last_poll = row
            .last_poll_us
            .and_then(|us| Timestamp::from_microsecond(us).ok());
        let expires = Timestamp::from_microsecond(row.expires_us).unwrap_or(now);
        let interval = self.settings.lifetimes.device_codes.interval_secs;
        if let Err(failure) = poll(state_from_number(row.state), expires, last_poll, interval, now) {
            row.last_poll_us = Some(now.as_microsecond());
            self.store.commit(vec![Write::DeviceCode(row)]).await?;
            return refused(failure);
        }
        let Ok(approval) = serde_json::from_str::<DeviceApproval>(&row.body) else {
            return refused(grant_not_opened(
                SealKind::DeviceCode,
                lanyard_tokens::SealError::Content,
            ));
        };
        let user = self.user_by_id(approval.tenant, approval.user).await?;
        if let Err(failure) = check_user(user.as_ref(), approval.sign_in.auth_time) {
            return refused(failure);
        }
        let Some(user) = user else {
            return refused(code_used_again());
        };
        if self.method_is_revoked(user.tenant, &approval.method) {
            return refused(crate::session::certificate_revoked());
        }
        let entitlement = Entitlement {
            user: &user,
            sign_in: &approval.sign_in,
            method: &approval.method,
            granted: &opened.payload.scope,
            asked: exchange.request.scope.as_ref().unwrap_or(&opened.payload.scope),
            redirect_kind: RedirectUriKind::PublicClient,
            nonce: None,
            auth_time_asked: false,
            handles_challenges: exchange.request.claims.handles_challenges,
            line: opened.id,
            first_issued: now,
            new_line: true,
            origin: &opened.payload.origin,
        };
        let (issued, writes, _) = match self.issue(exchange, &client, &entitlement).await? {
            Ok(issued) => issued,
            Err(failure) => return refused(failure),
        };
        row.state = DeviceAuthorizationState::Redeemed as i16;
        let mut unit = vec![
            Write::OneTime {
                id: *opened.id.as_bytes(),
                purpose: OneTimePurpose::AuthorizationCode as i16,
                expires_us: opened.expires.as_microsecond(),
            },
            Write::DeviceCode(row),
        ];
        unit.extend(writes);
        match self.store.commit(unit).await {
            Ok(()) => Ok(Ok(issued)),
            Err(StorageError::AlreadyUsed) => refused(code_used_again()),
            Err(error) => Err(error.into()),
        }
    }
}
