//! Certificates and users made by hand.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "every test binary uses a part of it"
)]

use std::collections::BTreeSet;

use data_encoding::BASE64;
use lanyard_certificate_policy::{
    Affinity, AuthenticationMode, IssuerIdentifier, PolicyOid, RuleMatch, StrengthRule, UserBindingProperties,
};
use lanyard_pki::{Certificate, CertificateFacts, KeyIdentifier, Name, SerialNumber};
use uuid::Uuid;

/// The published vector of certificate-sign-in §12.1.
pub const VECTOR: &str = "MIIC3jCCAcagAwIBAgIQHoyXQUS/hpZEI/pkZAgtijANBgkqhkiG9w0BAQUFADASMRAwDgYDVQQDDAdDb250b3NvMB4XDTI1MDMyNTE1NDU1OFoXDTI2MDMyNTE2MDQzNlowcjETMBEGCgmSJomT8ixkARkWA2NvbTEXMBUGCgmSJomT8ixkARkWB2NvbnRvc28xFDASBgoJkiaJk/IsZAEZFgRjb3JwMRUwEwYDVQQLDAxVc2VyQWNjb3VudHMxFTATBgNVBAMMDENvbnRvc28gVXNlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDbRNBDrUoZ9JjsBkroyjzTe+Zag7TMU4WZFyvqtgctn6dQ/+zuk/hOg2xwU0JmooRDhwG+SS3dGGE1a1Uh9I4OjgZowgZcwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMDAGA1UdEQQpMCegJQYKKwYBBAGCNxQCA6AXDBVjb250b3NvQG1pY3Jvc29mdC5jb20wHwYDVR0jBBgwFoAUrY5aFcJq36PMV50MNR4KIFfTSscwHQYDVR0OBBYEFMb06Wyq2EZANh+ftfdPYwgkfLi0MA0GCSqGSIb3DQEBBQUAA4IBAQBQ5ULQEJT0xvGt7b27dQGmYzMzW3V9JCS7qYeAxYefYV1cGuwP3ZHh++sGyah0fIQQCtM+9Fu+VmHdinJ0478cR/oD4luK67FNFJLk0Q3H3RDvesZa/JYQEbdEgRoaMJWCYqrpQNdCwIlBL+8CrHMyXfYxnYuFGJfdl8NmmLXok44Dqo7d9Zw6MFyxMDWx8C6QWJjZcls6UQggoawWKTll2V+tK+l7UwRRcpGmnVmnlyD6Vpo9exi+Axddi3a6WOQ5asn6il0sJVGicyZS658toQw0fj+UvZuD7rtegxuL/s/v3m3Sx1iEcIyB1HsdwZCJ5ZlxvbQvB/Sz5yU7Yo/Y";

pub fn vector_facts() -> CertificateFacts {
    let der = BASE64.decode(VECTOR.as_bytes()).unwrap();
    Certificate::parse(&der).unwrap().facts().clone()
}

/// The vector's certificate with everything that could bind removed; tests put in what they are about.
pub fn bare_facts() -> CertificateFacts {
    CertificateFacts {
        subject: Name::default(),
        issuer: Name::parse_text("CN=CA A").unwrap(),
        serial_number: SerialNumber::from_big_endian(&[1, 2, 3]),
        subject_key_identifier: None,
        authority_key_identifier: Some(KeyIdentifier::new(&[0xaa; 20])),
        policy_oids: Vec::new(),
        principal_names: Vec::new(),
        rfc822_names: Vec::new(),
        ..vector_facts()
    }
}

pub fn user(user_principal_name: &str, certificate_user_ids: &[&str]) -> UserBindingProperties {
    UserBindingProperties {
        user_principal_name: user_principal_name.to_owned(),
        on_premises_user_principal_name: None,
        certificate_user_ids: certificate_user_ids
            .iter()
            .map(|&value| value.to_owned())
            .collect(),
    }
}

pub fn oid_rule(oid: &str, mode: AuthenticationMode, required_affinity: Option<Affinity>) -> StrengthRule {
    StrengthRule {
        matches: RuleMatch::PolicyOid(PolicyOid::parse(oid).unwrap()),
        mode,
        required_affinity,
    }
}

pub fn issuer_rule(issuer: &str, mode: AuthenticationMode) -> StrengthRule {
    let matches = RuleMatch::Issuer(IssuerIdentifier::parse(issuer).unwrap());
    StrengthRule {
        matches,
        mode,
        required_affinity: None,
    }
}

pub fn combined_rule(issuer: &str, oid: &str, mode: AuthenticationMode) -> StrengthRule {
    let matches = RuleMatch::IssuerAndPolicyOid(
        IssuerIdentifier::parse(issuer).unwrap(),
        PolicyOid::parse(oid).unwrap(),
    );
    StrengthRule {
        matches,
        mode,
        required_affinity: None,
    }
}

pub fn group(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn groups(numbers: &[u128]) -> BTreeSet<Uuid> {
    numbers.iter().map(|&number| group(number)).collect()
}
