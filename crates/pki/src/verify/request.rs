//! The question and the answer of a one-shot validation as JSON: one request, one answer per line.

use jiff::Timestamp;
use lanyard_verdict::{Code, RuleId, Trace};
use serde::{Deserialize, Serialize};

use super::{ChainLink, CrlCheck, VerifyInputs, VerifyProfile, links, refusal_of, verify};
use crate::certificate::text_forms::der_blocks;
use crate::{Certificate, ChainOutcome, PolicyInputs, Purpose, parse_pem_or_der};

/// One request. Only `leaf` and `anchors` are needed; certificates and CRLs are PEM (or base64 of DER), each text may
/// hold several.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct VerifyRequest {
    /// Comes back in the answer.
    pub id: Option<RequestId>,
    /// Certificates that end a path.
    pub anchors: Vec<String>,
    /// Further certificates a path may lead through, in any order.
    pub intermediates: Vec<String>,
    /// CRLs, in any order.
    pub crls: Vec<String>,
    /// The certificate in question.
    pub leaf: String,
    /// The moment to judge at; now when absent.
    pub at: Option<Timestamp>,
    /// What the leaf must be meant for; `client-auth` when absent.
    pub purpose: Option<Purpose>,
    /// user-initial-policy-set; any policy when absent or empty.
    pub policies: Option<Vec<String>>,
    /// initial-explicit-policy.
    pub require_explicit_policy: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any_policy: bool,
    /// Of which certificates the status is asked; of the whole chain when absent and there are CRLs, else of none.
    pub crl_check: Option<CrlCheck>,
    /// The most intermediate CA certificates between leaf and anchor, self-issued ones not counted; when absent only
    /// the profile's own bound counts.
    pub max_depth: Option<usize>,
    /// The smallest RSA key in bits; 2048 when absent.
    pub min_rsa_bits: Option<u32>,
    /// Whether signatures over SHA-1 are accepted.
    pub allow_sha1: bool,
    /// Which rules; `rfc5280` when absent.
    pub profile: VerifyProfile,
}

/// The id of a request: a number or a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RequestId {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// Why a request could not be judged at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifyAnswer {
    /// The request's id.
    pub id: Option<RequestId>,
    /// `valid`, `invalid` or `unreadable`.
    pub outcome: &'static str,
    /// The error number when not valid.
    pub code: Option<Code>,
    /// The rule that refused.
    pub rule: Option<RuleId>,
    /// One sentence with the compared values, when not valid.
    pub detail: Option<String>,
    /// The user-constrained policy set as dotted OIDs; empty when not valid.
    pub policies: Vec<String>,
    /// The path found, leaf first; empty when not valid.
    pub chain: Vec<ChainLink>,
    /// Every step taken.
    pub steps: Trace,
}

impl VerifyRequest {
    /// Judges the request; `now` stands in when it names no moment. Whatever it holds, there is an answer.
    #[must_use]
    pub fn answer(&self, now: Timestamp) -> VerifyAnswer {
        match self.read(now) {
            Ok(inputs) => inputs.answer(self.id.clone()),
            Err(unreadable) => VerifyAnswer::unreadable(self.id.clone(), &unreadable),
        }
    }

    /// Reads the texts.
    ///
    /// # Errors
    /// When one of them holds no certificate or CRL.
    pub fn read(&self, now: Timestamp) -> Result<VerifyInputs, Unreadable> {
        let leaf = certificates("the leaf", std::slice::from_ref(&self.leaf))?
            .into_iter()
            .next()
            .ok_or_else(|| Unreadable("there is no leaf".to_owned()))?;
        let crls = self
            .crls
            .iter()
            .map(|text| parse_crls_pem_or_der(text.as_bytes()))
            .collect::<Result<Vec<_>, _>>()?
            .concat();
        let default_check = if crls.is_empty() {
            CrlCheck::None
        } else {
            CrlCheck::Chain
        };
        Ok(VerifyInputs {
            anchors: certificates("an anchor", &self.anchors)?,
            intermediates: certificates("an intermediate", &self.intermediates)?,
            crls,
            leaf,
            at: self.at.unwrap_or(now),
            profile: self.profile,
            crl_check: self.crl_check.unwrap_or(default_check),
            purpose: self.purpose.unwrap_or_default(),
            policies: PolicyInputs {
                initial_policies: self.policies.clone().filter(|policies| !policies.is_empty()),
                require_explicit_policy: self.require_explicit_policy,
                inhibit_policy_mapping: self.inhibit_policy_mapping,
                inhibit_any_policy: self.inhibit_any_policy,
            },
            max_depth: self.max_depth,
            min_rsa_bits: self.min_rsa_bits,
            allow_sha1: self.allow_sha1,
        })
    }
}

impl VerifyInputs {
    /// Judges, with the answer in the form that is written out.
    #[must_use]
    pub fn answer(&self, id: Option<RequestId>) -> VerifyAnswer {
        match verify(self) {
            Ok(verdict) => {
                let refusal = refusal_of(&verdict.outcome);
                VerifyAnswer {
                    id,
                    outcome: if refusal.is_none() { "valid" } else { "invalid" },
                    policies: match &verdict.outcome {
                        ChainOutcome::Trusted(chain) => chain.policies().to_vec(),
                        _ => Vec::new(),
                    },
                    chain: links(&verdict.outcome),
                    steps: verdict.steps,
                    code: refusal.as_ref().map(|refusal| refusal.code),
                    rule: refusal.as_ref().map(|refusal| refusal.rule.clone()),
                    detail: refusal.map(|refusal| refusal.detail),
                }
            }
            Err(unreadable) => VerifyAnswer::unreadable(id, &unreadable),
        }
    }
}

impl VerifyAnswer {
    /// The answer to a request that could not be judged, a line that is no request included.
    #[must_use]
    pub fn unreadable(id: Option<RequestId>, cause: &Unreadable) -> Self {
        Self {
            id,
            outcome: "unreadable",
            code: None,
            rule: None,
            detail: Some(cause.0.clone()),
            policies: Vec::new(),
            chain: Vec::new(),
            steps: Trace::new(),
        }
    }
}

fn certificates(what: &str, texts: &[String]) -> Result<Vec<Certificate>, Unreadable> {
    let mut all = Vec::with_capacity(texts.len());
    for text in texts {
        let found = parse_pem_or_der(text.as_bytes())
            .map_err(|cause| Unreadable(format!("{what} cannot be read: {cause}")))?;
        all.extend(found);
    }
    Ok(all)
}

/// The DER of every CRL of one input: PEM (several allowed), one DER, or the base64 of one DER.
///
/// # Errors
/// When it holds none.
pub fn parse_crls_pem_or_der(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Unreadable> {
    der_blocks(bytes, "X509 CRL")
        .filter(|blocks| !blocks.is_empty())
        .ok_or_else(|| Unreadable("the input holds no CRL in PEM, DER or base64 form".to_owned()))
}
