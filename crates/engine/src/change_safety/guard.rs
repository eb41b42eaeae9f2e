//! The guard before a change is saved.

use lanyard_directory::{TenantId, User, UserId};
use lanyard_verdict::RuleId;

use super::{ChangeReport, Draft};
use crate::{Engine, EngineError, TenantConfiguration};

/// In a smaller circle than this a share says nothing; the rule about administrators still holds.
const SHARE_COUNTS_FROM: usize = 5;

tokio::task_local! {
    static OVERRIDE_REASON: String;
}

/// Runs a use case whose change is saved whatever the guard says; the reason goes into the audit row.
pub async fn override_guard<T>(reason: String, use_case: impl Future<Output = T>) -> T {
    OVERRIDE_REASON.scope(reason, use_case).await
}

/// The reason given to [`override_guard`] around the running use case.
pub(crate) fn override_reason() -> Option<String> {
    OVERRIDE_REASON.try_with(Clone::clone).ok()
}

/// A change that was not saved because of what it would do.
#[derive(Debug)]
pub struct ChangeRefused {
    /// The rule that refused it.
    pub rule: RuleId,
    /// What would happen, in a sentence.
    pub sentence: String,
    /// Everybody concerned.
    pub report: ChangeReport,
}

impl std::fmt::Display for ChangeRefused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} ({})", self.sentence, self.rule)?;
        for changed in self
            .report
            .changes
            .iter()
            .filter(|changed| !changed.after.signs_in)
            .take(3)
        {
            let why = changed.after.detail.as_deref().unwrap_or_default();
            write!(formatter, "; {}: {why}", changed.user_principal_name)?;
        }
        Ok(())
    }
}

impl Engine {
    /// Refuses to go on when a changed configuration would lock people out.
    pub(crate) async fn guard_configuration(
        &self,
        tenant: TenantId,
        old: &TenantConfiguration,
        new: &TenantConfiguration,
    ) -> Result<(), EngineError> {
        // What the guard itself and the pages ask has no part in a verdict.
        let judged = |configuration: &TenantConfiguration| {
            let mut judged = configuration.clone();
            judged.settings.change_guard = Default::default();
            judged.settings.ask_to_stay_signed_in = false;
            judged.settings.users_may_consent = false;
            serde_json::to_value(judged).ok()
        };
        if judged(old) == judged(new) {
            return Ok(());
        }
        let draft = Draft {
            configuration: Some(new.clone()),
            ..Draft::default()
        };
        self.guard(tenant, draft).await
    }

    /// Refuses to go on when a changed account was the last that can undo things.
    pub(crate) async fn guard_user(&self, becomes: &User) -> Result<(), EngineError> {
        let draft = Draft {
            user: Some(becomes.clone()),
            ..Draft::default()
        };
        self.guard(becomes.tenant, draft).await
    }

    /// Refuses to go on when nobody who can sign in would be administrator any more.
    pub(crate) async fn guard_administrator(
        &self,
        tenant: TenantId,
        loses: UserId,
    ) -> Result<(), EngineError> {
        let draft = Draft {
            no_administrator: Some(loses),
            ..Draft::default()
        };
        self.guard(tenant, draft).await
    }

    /// Rule `CHANGE-KEEPS-AN-ADMINISTRATOR`: a change, of a role or a membership too, after which no global administrator or emergency
    /// account could sign in with a certificate that works today is refused, unless forced with a reason. Source: certificate-sign-in §7.1.
    ///
    /// Rule `CHANGE-CUTS-FEW-OFF`: a change of policy or trust store that would refuse more than a set share of the people who
    /// signed in lately (20 % of at least five, by default) is refused, unless forced with a reason.
    /// Source: certificate-sign-in §7.1.
    pub(super) async fn guard(&self, tenant: TenantId, draft: Draft) -> Result<(), EngineError> {
        let named_accounts = self.only_accounts(tenant, &draft).await?.is_some();
        let allowed = self
            .present_snapshot(tenant)?
            .configuration
            .settings
            .change_guard
            .max_cut_off_percent;
        let report = self.what_if(tenant, draft).await?;
        let refused = if report.administrators > 0 && report.administrators_after == 0 {
            Some((
                RuleId::new("CHANGE-KEEPS-AN-ADMINISTRATOR"),
                "No administrator could sign in any more".to_owned(),
            ))
        } else if !named_accounts
            && report.people >= SHARE_COUNTS_FROM
            && report.cut_off * 100 > report.people * usize::from(allowed)
        {
            let sentence = format!(
                "{} of {} people who signed in lately could not sign in any more; {allowed} % are allowed",
                report.cut_off, report.people
            );
            Some((RuleId::new("CHANGE-CUTS-FEW-OFF"), sentence))
        } else {
            None
        };
        let Some((rule, sentence)) = refused else {
            return Ok(());
        };
        if let Some(reason) = override_reason() {
            tracing::warn!(%tenant, %rule, sentence, reason, "a change was forced");
            return Ok(());
        }
        Err(EngineError::ChangeRefused(Box::new(ChangeRefused {
            rule,
            sentence,
            report,
        })))
    }
}
