//! Use case: the certauth host saw a certificate (or none) and hands it to the login host.
//!
//! Proof of possession was given in the TLS handshake. No trust decision is made here (certificate-sign-in §1.3), so a
//! person always gets a page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use lanyard_tokens::sealed::SealKind;
use lanyard_verdict::{Code, RuleId};

use crate::flow::{CertificateToken, NO_TENANT};
use crate::snapshot::TenantSegment;
use crate::{CertificateHandover, Engine, EngineError, Problem, RequestFacts};

/// Certificates behind the leaf are passed on only while all of them stay below this size; they are never trusted anyway.
const MAX_CHAIN_BYTES: usize = 20 * 1024;
/// A leaf larger than this is not passed on.
const MAX_LEAF_BYTES: usize = 16 * 1024;

/// What the listener knows about the connection.
#[derive(Clone, Debug)]
pub struct PresentedCertificate {
    /// DER of each certificate as sent, leaf first; empty when none was sent.
    pub chain: Vec<Vec<u8>>,
    /// Host name of the handshake.
    pub server_name: String,
    /// `TLSv1.2` or `TLSv1.3`.
    pub tls_version: String,
    /// Why a certificate that was sent is not in `chain`: nobody could check that the browser holds its key.
    pub unproven: Option<String>,
}

impl Engine {
    /// Wraps what the handshake showed into a certificate token for the login host.
    ///
    /// Rule `CERTAUTH-FORWARDS-ONLY`: the certauth host proves possession and forwards; context, flow token and tenant must
    /// belong together, else nothing is handed over (90100). Source: certificate-sign-in §1.3.
    ///
    /// # Errors
    /// Only when the crypto module fails.
    pub fn present_certificate(
        &self,
        facts: &RequestFacts,
        context: &str,
        flow_token: &str,
        presented: PresentedCertificate,
    ) -> Result<Result<CertificateHandover, Box<Problem>>, EngineError> {
        let opened = self.open_context(facts, context).and_then(|context| {
            self.open_flow_token(facts, &context, flow_token)
                .map(|token| (context, token))
        });
        let (flow, token) = match opened {
            Ok(pair) => pair,
            Err(problem) => return Ok(Err(problem)),
        };
        let Some(user_name) = token.user_name else {
            return Ok(Err(
                self.broken_flow(facts, "flowToken: no user name was given yet")
            ));
        };
        let snapshot = self.snapshot();
        let tenant = match snapshot.segment(&facts.tenant) {
            TenantSegment::Tenant(tenant) if tenant.configuration.x509_policy.is_enabled() => tenant,
            _ => {
                let detail = format!(
                    "certificate sign-in is off for '{}'",
                    crate::text::shown(&facts.tenant)
                );
                let mut problem =
                    Problem::new(Code::CERTIFICATE_POLICY_NOT_ACQUIRED, detail, facts, self.now());
                problem.rule = Some(RuleId::new("CERTAUTH-FORWARDS-ONLY"));
                return Ok(Err(Box::new(problem)));
            }
        };
        if snapshot
            .tenant_of_user_name(&user_name)
            .is_some_and(|owner| owner.tenant.id != tenant.tenant.id)
        {
            return Ok(Err(self.broken_flow(
                facts,
                "flowToken: the user name belongs to another tenant than this address",
            )));
        }
        let certificate_received = !presented.chain.is_empty() || presented.unproven.is_some();
        let certificate = CertificateToken {
            context: flow.id,
            chain: encode_chain(&presented.chain),
            server_name: presented.server_name,
            tls_version: presented.tls_version,
            unproven: presented.unproven,
        };
        let life = self.settings.lifetimes.certificate_token;
        Ok(Ok(CertificateHandover {
            post_to: format!(
                "{}/{}/login",
                flow.origin.as_str().trim_end_matches('/'),
                flow.segment
            ),
            context: context.to_owned(),
            flow_token: self.seal_value(
                SealKind::FlowToken,
                NO_TENANT,
                &crate::flow::FlowToken {
                    context: flow.id,
                    user_name: Some(user_name),
                },
                self.settings.lifetimes.sign_in_flow,
            )?,
            certificate_token: self.seal_value(
                SealKind::CertificateToken,
                tenant.tenant.id,
                &certificate,
                life,
            )?,
            certificate_received,
            returns_to: flow.purpose.redirect_uri(),
        }))
    }
}

fn encode_chain(chain: &[Vec<u8>]) -> Vec<String> {
    let leaf = chain.iter().take(1).filter(|leaf| leaf.len() <= MAX_LEAF_BYTES);
    let total: usize = chain.iter().map(Vec::len).sum();
    let rest = chain.iter().skip(1).filter(|_| total <= MAX_CHAIN_BYTES);
    leaf.chain(rest).map(|der| BASE64.encode(der)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_leaf_of_sane_size_travels_and_a_long_tail_is_cut() {
        let sizes = |sizes: &[usize]| {
            encode_chain(&sizes.iter().map(|size| vec![0; *size]).collect::<Vec<_>>()).len()
        };
        assert_eq!(sizes(&[]), 0);
        assert_eq!(sizes(&[1000, 1000]), 2);
        assert_eq!(sizes(&[1000, 30_000]), 1);
        assert_eq!(sizes(&[20_000]), 0);
    }
}
