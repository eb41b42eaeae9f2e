//! The parameters of an evaluation.

use serde::{Deserialize, Serialize};

/// What an evaluation demands. [`Profile::default`] is Entra's; [`Profile::rfc5280`] is the plain standard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The most CA certificates above the leaf, the anchor included (certificate-sign-in §3.1 PB-6: 10).
    pub max_depth: usize,
    /// The most intermediate CA certificates between leaf and anchor, self-issued ones not counted; `None` for no bound
    /// of its own.
    pub max_intermediates: Option<usize>,
    /// Tolerance at every time comparison, in seconds; at most 300 counts (certificate-sign-in §3.2: 0).
    pub clock_skew_secs: u32,
    /// Whether signatures over SHA-1 are accepted (certificate-sign-in §3.3: no).
    pub allow_sha1_signatures: bool,
    /// The smallest RSA key accepted, in bits (certificate-sign-in §3.3: 2048).
    pub min_rsa_bits: u32,
    /// Whether an authority without a CRL URL fails the sign-in (certificate-sign-in §4.6).
    pub require_crl: bool,
    /// For which authorities [`Profile::require_crl`] holds.
    pub require_crl_scope: RequireCrlScope,
    /// What the leaf must be meant for.
    pub purpose: Purpose,
    /// How the issuer of a certificate is found.
    pub issuer_match: IssuerMatch,
    /// Inputs of policy processing (RFC 5280 §6.1.1 c, e, f, g).
    pub policies: PolicyInputs,
    /// Whether certificates must also keep to what RFC 5280 §4 asks of issuers beyond what a path needs.
    pub strict_issuing: bool,
    /// Bounds on the work of one evaluation.
    pub budgets: Budgets,
}

/// Which authorities of a path need a CRL when CRLs are required.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RequireCrlScope {
    /// Only the authority that issued the leaf.
    #[default]
    Issuing,
    /// Every authority of the path.
    All,
}

/// What the leaf must be meant for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// TLS client authentication; in the Entra profile smart card logon counts as well.
    #[default]
    ClientAuth,
    /// Any purpose.
    Any,
}

/// How candidate issuers are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IssuerMatch {
    /// By authority key identifier = subject key identifier, by name only when the child has none (Entra).
    #[default]
    KeyIdentifier,
    /// By issuer name = subject name; key identifiers only order the candidates (RFC 5280).
    Name,
}

/// The inputs of policy processing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyInputs {
    /// user-initial-policy-set as dotted OIDs; `None` is any-policy.
    pub initial_policies: Option<Vec<String>>,
    /// initial-explicit-policy.
    pub require_explicit_policy: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any_policy: bool,
}

/// Bounds on the work of one evaluation. Hostile certificate graphs end at the first bound they meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Candidate issuers looked at.
    pub steps: u32,
    /// Signatures checked.
    pub signature_checks: u32,
    /// Names held against name constraints.
    pub name_comparisons: u32,
    /// Nodes and edges of policy graphs.
    pub policy_nodes: u32,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            steps: 2_000,
            signature_checks: 400,
            name_comparisons: 250_000,
            policy_nodes: 100_000,
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            max_depth: 10,
            max_intermediates: None,
            clock_skew_secs: 0,
            allow_sha1_signatures: false,
            min_rsa_bits: 2048,
            require_crl: false,
            require_crl_scope: RequireCrlScope::Issuing,
            purpose: Purpose::ClientAuth,
            issuer_match: IssuerMatch::KeyIdentifier,
            policies: PolicyInputs::default(),
            strict_issuing: false,
            budgets: Budgets::default(),
        }
    }
}

impl Profile {
    /// The largest clock skew that counts, in seconds (certificate-sign-in §3.2).
    pub const MAX_CLOCK_SKEW_SECS: u32 = 300;
    /// The largest depth that counts, whatever [`Profile::max_depth`] says.
    pub const MAX_DEPTH: usize = 64;

    /// RFC 5280 as it stands: issuers by name, any depth up to 32 CA certificates, any purpose.
    #[must_use]
    pub fn rfc5280() -> Self {
        Self {
            max_depth: 32,
            purpose: Purpose::Any,
            issuer_match: IssuerMatch::Name,
            strict_issuing: true,
            ..Self::default()
        }
    }

    pub(crate) fn skew(&self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_secs(i64::from(self.clock_skew_secs.min(Self::MAX_CLOCK_SKEW_SECS)))
    }

    pub(crate) fn depth(&self) -> usize {
        self.max_depth.min(Self::MAX_DEPTH)
    }
}
