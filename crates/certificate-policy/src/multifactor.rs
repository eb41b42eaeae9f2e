//! What comes after the certificate step.

use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace, Verdict};
use serde::{Deserialize, Serialize};

use crate::AuthenticationMode;

/// What policy asks of the sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PolicyDemand {
    /// One factor is enough.
    SingleFactor,
    /// Multifactor authentication, by any methods.
    Multifactor,
    /// An authentication strength that only a multifactor certificate meets.
    MultifactorCertificate,
    /// Access is blocked.
    Blocked,
}

/// The user's other factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherFactors {
    /// A passkey, a FIDO2 key or passwordless phone sign-in is registered.
    pub strong_method_registered: bool,
    /// The password.
    pub password: PasswordFactor,
}

/// A password in this sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PasswordFactor {
    /// The user has none, or the product offers none.
    #[default]
    NotSet,
    /// Set and not used in this sign-in.
    Unused,
    /// Already verified in this sign-in.
    Verified,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NextStep {
    /// The sign-in is complete.
    Done {
        /// Whether the session is multifactor.
        is_multifactor: bool,
    },
    /// Ask for the registered strong method.
    AskStrongMethod,
    /// Offer the password as the other factor.
    OfferPassword,
    /// Stop.
    Refused(Refusal),
}

/// Decides what follows a certificate of `mode`.
///
/// Rule `MFA-AFTER-CERTIFICATE`: a multifactor certificate satisfies multifactor on its own; a single-factor one needs a
/// registered strong method or the password besides. Source: certificate-sign-in §7.2, §7.3.
///
/// Rule `MFA-NO-PROOF-UP`: a user in scope of certificate sign-in counts as able to do multifactor, so registration of a
/// method during sign-in stays closed and the sign-in stops with 50079. Source: certificate-sign-in §7.1, §7.3.
///
/// Rule `MFA-CERTIFICATE-STRENGTH`: a strength that needs a multifactor certificate refuses a single-factor one with
/// 500187. Source: certificate-sign-in §7.3, §7.4.
///
/// Rule `MFA-BLOCKED`: a blocked access stays blocked whatever the certificate, with 53003. Source: certificate-sign-in
/// §7.3.
#[must_use]
pub fn next_after_certificate(
    mode: AuthenticationMode,
    demand: PolicyDemand,
    others: OtherFactors,
) -> Verdict<NextStep> {
    let multifactor_certificate = mode == AuthenticationMode::MultiFactor;
    let is_multifactor = multifactor_certificate || others.password == PasswordFactor::Verified;
    let (rule, next) = match demand {
        PolicyDemand::Blocked => (
            "MFA-BLOCKED",
            refused(
                Code::BLOCKED_BY_ACCESS_POLICY,
                "MFA-BLOCKED",
                "a policy blocks this access",
            ),
        ),
        PolicyDemand::MultifactorCertificate if !multifactor_certificate => (
            "MFA-CERTIFICATE-STRENGTH",
            refused(
                Code::STRENGTH_NOT_MET,
                "MFA-CERTIFICATE-STRENGTH",
                "the certificate is single factor and the authentication strength asks for a multifactor certificate",
            ),
        ),
        PolicyDemand::Multifactor if !is_multifactor => unmet_multifactor(others),
        _ => ("MFA-AFTER-CERTIFICATE", NextStep::Done { is_multifactor }),
    };
    let result = match next {
        NextStep::Done { .. } => StepResult::Passed,
        NextStep::Refused(_) => StepResult::Failed,
        NextStep::AskStrongMethod | NextStep::OfferPassword => StepResult::Decided,
    };
    let mut steps = Trace::new();
    steps.push(Step::new(RuleId::new(rule), result).with("mode", mode.as_log_str()));
    Verdict { outcome: next, steps }
}

fn unmet_multifactor(others: OtherFactors) -> (&'static str, NextStep) {
    if others.strong_method_registered {
        return ("MFA-AFTER-CERTIFICATE", NextStep::AskStrongMethod);
    }
    if others.password == PasswordFactor::Unused {
        return ("MFA-AFTER-CERTIFICATE", NextStep::OfferPassword);
    }
    let refusal = refused(
        Code::STRONG_AUTHENTICATION_ENROLMENT_REQUIRED,
        "MFA-NO-PROOF-UP",
        "the certificate is single factor, multifactor is required and no other method is registered; \
         an administrator has to add one or to mark these certificates as multifactor",
    );
    ("MFA-NO-PROOF-UP", refusal)
}

fn refused(code: Code, rule: &'static str, detail: &str) -> NextStep {
    NextStep::Refused(Refusal::new(code, RuleId::new(rule), detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_table() {
        use AuthenticationMode::{MultiFactor as MF, SingleFactor as SF};
        use PolicyDemand::{Blocked, Multifactor, MultifactorCertificate, SingleFactor};
        let none = OtherFactors::default();
        let strong = OtherFactors {
            strong_method_registered: true,
            ..none
        };
        let with_password = |password| OtherFactors { password, ..none };
        let done = |is_multifactor| Ok(NextStep::Done { is_multifactor });
        // certificate-sign-in §7.3: MFA-AFTER-CERTIFICATE, MFA-NO-PROOF-UP, MFA-CERTIFICATE-STRENGTH, MFA-BLOCKED
        let table = [
            (MF, SingleFactor, none, done(true)),
            (MF, Multifactor, none, done(true)),
            (MF, MultifactorCertificate, none, done(true)),
            (SF, SingleFactor, strong, done(false)),
            (SF, Multifactor, strong, Ok(NextStep::AskStrongMethod)),
            (
                SF,
                Multifactor,
                with_password(PasswordFactor::Unused),
                Ok(NextStep::OfferPassword),
            ),
            (
                SF,
                Multifactor,
                with_password(PasswordFactor::Verified),
                done(true),
            ),
            (SF, Multifactor, none, Err(50_079)),
            (
                SF,
                MultifactorCertificate,
                with_password(PasswordFactor::Verified),
                Err(500_187),
            ),
            (SF, Blocked, none, Err(53_003)),
            (MF, Blocked, strong, Err(53_003)),
        ];
        for (mode, demand, others, expected) in table {
            let found = match next_after_certificate(mode, demand, others).outcome {
                NextStep::Refused(refusal) => Err(refusal.code.number()),
                next => Ok(next),
            };
            assert_eq!(found, expected, "{mode:?} {demand:?} {others:?}");
        }
    }
}
