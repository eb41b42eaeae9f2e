//! One-shot validation: everything it needs comes with the question, nothing is stored.

mod entra;
mod request;

use jiff::Timestamp;
use lanyard_verdict::{Code, Refusal, RuleId, Verdict};
use serde::{Deserialize, Serialize};

use crate::asn1::oid::Oid;
use crate::crl::CrlPool;
use crate::{
    Certificate, ChainOutcome, PolicyInputs, Profile, Purpose, StoredAuthority, TrustStore,
    evaluate_with_pool,
};

pub use request::{RequestId, Unreadable, VerifyAnswer, VerifyRequest, parse_crls_pem_or_der};

/// Which rules a one-shot validation goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerifyProfile {
    /// RFC 5280 as it stands.
    #[default]
    Rfc5280,
    /// As the server decides: issuers by key identifier, one base and one delta CRL per authority.
    Entra,
}

/// Of which certificates the status is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CrlCheck {
    /// Of none.
    None,
    /// Of the leaf.
    Leaf,
    /// Of every certificate below the anchor.
    Chain,
}

/// Everything a one-shot validation looks at.
#[derive(Clone, Debug)]
pub struct VerifyInputs {
    /// Certificates that end a path.
    pub anchors: Vec<Certificate>,
    /// Further certificates a path may lead through, in any order; certificates of CRL signers too.
    pub intermediates: Vec<Certificate>,
    /// CRLs as DER, in any order.
    pub crls: Vec<Vec<u8>>,
    /// The certificate in question.
    pub leaf: Certificate,
    /// The moment to judge at.
    pub at: Timestamp,
    /// Which rules.
    pub profile: VerifyProfile,
    /// Of which certificates the status is asked.
    pub crl_check: CrlCheck,
    /// What the leaf must be meant for.
    pub purpose: Purpose,
    /// Inputs of policy processing.
    pub policies: PolicyInputs,
    /// The most intermediate CA certificates between leaf and anchor, self-issued ones not counted.
    pub max_depth: Option<usize>,
    /// The smallest RSA key, in bits; 2048 when `None`.
    pub min_rsa_bits: Option<u32>,
    /// Whether signatures over SHA-1 are accepted.
    pub allow_sha1: bool,
}

/// Validates.
///
/// # Errors
/// When a CRL cannot be read or a policy is no dotted OID: then nothing was decided.
pub fn verify(inputs: &VerifyInputs) -> Result<Verdict<ChainOutcome>, Unreadable> {
    let listed = inputs.policies.initial_policies.iter().flatten();
    if let Some(wrong) = listed.into_iter().find(|policy| Oid::parse(policy).is_none()) {
        return Err(Unreadable(format!("'{wrong}' is not a dotted object identifier")));
    }
    let base = match inputs.profile {
        VerifyProfile::Rfc5280 => Profile::rfc5280(),
        VerifyProfile::Entra => Profile::default(),
    };
    let profile = Profile {
        max_intermediates: inputs.max_depth,
        min_rsa_bits: inputs.min_rsa_bits.unwrap_or(base.min_rsa_bits),
        allow_sha1_signatures: inputs.allow_sha1,
        purpose: inputs.purpose,
        policies: inputs.policies.clone(),
        ..base
    };
    match inputs.profile {
        VerifyProfile::Entra => Ok(entra::verify(inputs, &profile)),
        VerifyProfile::Rfc5280 => {
            let pool = CrlPool::read(inputs.crls.iter().map(Vec::as_slice))
                .map_err(|cause| Unreadable(format!("a CRL cannot be read: {cause}")))?;
            let statuses = match inputs.crl_check {
                CrlCheck::None => 0,
                CrlCheck::Leaf => 1,
                CrlCheck::Chain => usize::MAX,
            };
            let trust = store(inputs, |_, certificate, is_root| StoredAuthority {
                certificate: certificate.clone(),
                is_root,
                base_crl_url: None,
                delta_crl_url: None,
                crl_check_exempt: false,
                further_base_crl_urls: Vec::new(),
                crl_grace_secs: 0,
            });
            Ok(evaluate_with_pool(
                &inputs.leaf,
                &trust,
                &pool,
                statuses,
                &profile,
                inputs.at,
            ))
        }
    }
}

/// Anchors as roots, the others below; the function makes each entry.
fn store(
    inputs: &VerifyInputs,
    entry: impl Fn(&VerifyInputs, &Certificate, bool) -> StoredAuthority,
) -> TrustStore {
    let anchors = inputs
        .anchors
        .iter()
        .map(|certificate| entry(inputs, certificate, true));
    let others = inputs
        .intermediates
        .iter()
        .map(|certificate| entry(inputs, certificate, false));
    TrustStore::new(anchors.chain(others).collect())
}

/// The plain answer to a verdict: what decided, and how.
pub(crate) fn refusal_of(outcome: &ChainOutcome) -> Option<Refusal> {
    match outcome {
        ChainOutcome::Trusted(_) => None,
        ChainOutcome::Refused(refusal) => Some(refusal.clone()),
        ChainOutcome::CrlNeeded(requests) => Some(requests.first().map_or_else(
            || Refusal::new(Code::CRL_MISSING, RuleId::new("CRL-PRESENT"), "a CRL is missing"),
            |request| request.otherwise.clone(),
        )),
    }
}

/// One certificate of the path found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainLink {
    /// Its subject, leaf first.
    pub subject: String,
    /// SHA-256 of it, lower-case hex.
    pub sha256: String,
}

impl ChainLink {
    fn of(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.facts().subject.to_string(),
            sha256: crate::facts::hex_lower(&certificate.facts().sha256_thumbprint),
        }
    }
}

/// The path found, leaf first.
pub(crate) fn links(outcome: &ChainOutcome) -> Vec<ChainLink> {
    match outcome {
        ChainOutcome::Trusted(chain) => std::iter::once(chain.leaf())
            .chain(chain.authorities().map(|(_, certificate)| certificate))
            .map(ChainLink::of)
            .collect(),
        _ => Vec::new(),
    }
}
