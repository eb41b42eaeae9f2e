//! Authentication-binding rules as configured: which certificates are single factor and which are multifactor.

use std::fmt;

use lanyard_pki::{KeyIdentifier, Name};
use serde::{Deserialize, Serialize};

use crate::Affinity;

/// How strong a certificate is as proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum AuthenticationMode {
    /// One factor.
    #[default]
    #[serde(rename = "x509CertificateSingleFactor")]
    SingleFactor,
    /// Two factors in one: the administrator promises that the key is protected by a PIN or the like.
    #[serde(rename = "x509CertificateMultiFactor")]
    MultiFactor,
}

impl AuthenticationMode {
    /// As sign-in logs write it: `singleFactorAuthentication` or `multiFactorAuthentication`.
    #[must_use]
    pub const fn as_log_str(self) -> &'static str {
        match self {
            Self::SingleFactor => "singleFactorAuthentication",
            Self::MultiFactor => "multiFactorAuthentication",
        }
    }
}

/// The tenant's defaults and rules. Source: certificate-sign-in §5.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuthenticationModeConfiguration {
    /// The mode of certificates that no rule matches.
    #[serde(rename = "x509CertificateAuthenticationDefaultMode")]
    pub default_mode: AuthenticationMode,
    /// The affinity required of certificates whose deciding rule says nothing about it.
    #[serde(rename = "x509CertificateDefaultRequiredAffinityLevel")]
    pub default_required_affinity: Affinity,
    /// The rules; their order has no meaning.
    pub rules: Vec<StrengthRule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StrengthRuleJson", into = "StrengthRuleJson")]
pub struct StrengthRule {
    /// Which certificates it is about.
    pub matches: RuleMatch,
    /// The mode it gives them.
    pub mode: AuthenticationMode,
    /// The affinity it requires; `None` = the tenant default.
    pub required_affinity: Option<Affinity>,
}

/// Which certificates a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleMatch {
    /// Those of one issuing CA.
    Issuer(IssuerIdentifier),
    /// Those with a policy OID.
    PolicyOid(PolicyOid),
    /// Those of one issuing CA with a policy OID.
    IssuerAndPolicyOid(IssuerIdentifier, PolicyOid),
}

impl RuleMatch {
    /// The `identifier` Graph shows.
    #[must_use]
    pub fn identifier(&self) -> String {
        match self {
            Self::Issuer(issuer) => issuer.to_string(),
            Self::PolicyOid(oid) => oid.to_string(),
            Self::IssuerAndPolicyOid(issuer, oid) => format!("{issuer},{oid}"),
        }
    }
}

/// Names an issuing CA as an administrator wrote it, outer blanks removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerIdentifier {
    text: String,
    meaning: IssuerMeaning,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum IssuerMeaning {
    Key(KeyIdentifier),
    Subject(Name),
}

impl IssuerIdentifier {
    /// From the text of a rule: a distinguished name, or the hex of a subject key identifier.
    ///
    /// Rule `STRENGTH-ISSUER-SKI`: an issuer identifier of an even number of hex digits is the issuing CA's subject key
    /// identifier, anything else its name. Source: certificate-sign-in §5.2 ID-2.
    pub fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let key = KeyIdentifier::parse(trimmed).ok();
        let meaning = match key {
            Some(key) => IssuerMeaning::Key(key),
            None => IssuerMeaning::Subject(Name::parse_text(trimmed).map_err(|_| {
                format!("'{trimmed}' is neither a distinguished name nor a subject key identifier in hex")
            })?),
        };
        Ok(Self {
            text: trimmed.to_owned(),
            meaning,
        })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this names the CA with that subject and that key.
    ///
    /// Rule `STRENGTH-ISSUER-NAME`: outer blanks are removed, then the name is compared part by part in either order.
    /// Source: certificate-sign-in §5.2 ID-1.
    #[must_use]
    pub fn names(&self, subject: &Name, subject_key_identifier: Option<&KeyIdentifier>) -> bool {
        match &self.meaning {
            IssuerMeaning::Key(key) => subject_key_identifier == Some(key),
            IssuerMeaning::Subject(name) => subject.matches_name_either_order(name),
        }
    }

    /// Whether both texts name the same CA.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        match (&self.meaning, &other.meaning) {
            (IssuerMeaning::Key(own), IssuerMeaning::Key(others)) => own == others,
            (IssuerMeaning::Subject(own), IssuerMeaning::Subject(others)) => {
                own.matches_name_either_order(others)
            }
            _ => false,
        }
    }
}

impl fmt::Display for IssuerIdentifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A policy OID as a dotted decimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyOid(String);

impl PolicyOid {
    /// From the text of a rule, outer blanks removed.
    ///
    /// Rule `STRENGTH-OID-FORM`: a policy OID is a dotted decimal (first arc 0 to 2, second at most 39 under 0 and 1, no
    /// leading zeros); friendly names are refused when written. Source: certificate-sign-in §5.2 ID-4, §8.3.
    pub fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let refuse = || {
            Err(format!(
                "'{trimmed}' is not an OID in dotted decimals, such as 1.2.3.4"
            ))
        };
        let arcs: Vec<&str> = trimmed.split('.').collect();
        let well_formed = |arc: &&str| {
            !arc.is_empty()
                && arc.len() <= 39
                && arc.bytes().all(|digit| digit.is_ascii_digit())
                && (*arc == "0" || !arc.starts_with('0'))
        };
        if trimmed.len() > 256 || !arcs.iter().all(well_formed) {
            return refuse();
        }
        match arcs.as_slice() {
            ["0" | "1", second, ..] if second.parse::<u8>().is_ok_and(|value| value <= 39) => {}
            ["2", _, ..] => {}
            _ => return refuse(),
        }
        Ok(Self(trimmed.to_owned()))
    }

    /// The dotted decimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyOid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// `x509CertificateRule` as Graph writes it.
#[derive(Serialize, Deserialize)]
struct StrengthRuleJson {
    #[serde(rename = "x509CertificateRuleType")]
    rule_type: RuleTypeJson,
    #[serde(default)]
    identifier: Option<String>,
    #[serde(
        rename = "issuerSubjectIdentifier",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    issuer_subject: Option<String>,
    #[serde(
        rename = "policyOidIdentifier",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    policy_oid: Option<String>,
    #[serde(rename = "x509CertificateAuthenticationMode")]
    mode: AuthenticationMode,
    #[serde(
        rename = "x509CertificateRequiredAffinityLevel",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    required_affinity: Option<Affinity>,
}

#[derive(Serialize, Deserialize)]
enum RuleTypeJson {
    #[serde(rename = "issuerSubject")]
    Issuer,
    #[serde(rename = "policyOID")]
    PolicyOid,
    #[serde(rename = "issuerSubjectAndPolicyOID")]
    IssuerAndPolicyOid,
}

impl From<StrengthRule> for StrengthRuleJson {
    fn from(rule: StrengthRule) -> Self {
        let identifier = Some(rule.matches.identifier());
        let (rule_type, issuer_subject, policy_oid) = match rule.matches {
            RuleMatch::Issuer(_) => (RuleTypeJson::Issuer, None, None),
            RuleMatch::PolicyOid(_) => (RuleTypeJson::PolicyOid, None, None),
            RuleMatch::IssuerAndPolicyOid(issuer, oid) => {
                (RuleTypeJson::IssuerAndPolicyOid, Some(issuer.text), Some(oid.0))
            }
        };
        Self {
            rule_type,
            identifier,
            issuer_subject,
            policy_oid,
            mode: rule.mode,
            required_affinity: rule.required_affinity,
        }
    }
}

impl TryFrom<StrengthRuleJson> for StrengthRule {
    type Error = String;

    fn try_from(json: StrengthRuleJson) -> Result<Self, String> {
        let required = |text: Option<String>, name: &str| {
            text.filter(|text| !text.trim().is_empty())
                .ok_or_else(|| format!("{name} is required for this type of rule"))
        };
        let matches = match json.rule_type {
            RuleTypeJson::Issuer => RuleMatch::Issuer(IssuerIdentifier::parse(&required(
                json.identifier,
                "identifier",
            )?)?),
            RuleTypeJson::PolicyOid => {
                RuleMatch::PolicyOid(PolicyOid::parse(&required(json.identifier, "identifier")?)?)
            }
            RuleTypeJson::IssuerAndPolicyOid => RuleMatch::IssuerAndPolicyOid(
                IssuerIdentifier::parse(&required(json.issuer_subject, "issuerSubjectIdentifier")?)?,
                PolicyOid::parse(&required(json.policy_oid, "policyOidIdentifier")?)?,
            ),
        };
        Ok(Self {
            matches,
            mode: json.mode,
            required_affinity: json.required_affinity,
        })
    }
}
