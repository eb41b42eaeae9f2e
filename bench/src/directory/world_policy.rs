//! The method policy of a tenant, with as many rules as its size says.

use lanyard_testkit::CertificateAuthority;
use serde_json::{Value, json};

use super::world::Size;
use super::world_files::{EVERYBODY, group_id};

/// The policy OID in everybody's certificate: the last rule that is looked at.
pub(super) const CARD_POLICY: &str = "2.16.840.1.101.3.2.1.3.13";

/// Everybody is in scope, through all levels of nested groups; issuing authorities are scoped to the same group; of the rules,
/// which are of all three kinds, one matches.
pub(super) fn policy(size: &Size, authorities: &[CertificateAuthority]) -> Value {
    let key_identifier = |number: usize| {
        authorities
            .get(number % authorities.len())
            .map(|authority| hex(authority.key_identifier()))
            .unwrap_or_default()
    };
    let rule = |kind: &str, identifier: String| {
        json!({
            "x509CertificateRuleType": kind,
            "identifier": identifier,
            "x509CertificateAuthenticationMode": "x509CertificateMultiFactor",
            "x509CertificateRequiredAffinityLevel": "low",
        })
    };
    let mut rules: Vec<Value> = (1..size.rules)
        .map(|number| match number % 3 {
            0 => rule("policyOID", format!("1.3.6.1.4.1.99999.{number}")),
            1 => json!({
                "x509CertificateRuleType": "issuerSubjectAndPolicyOID",
                "issuerSubjectIdentifier": key_identifier(number),
                "policyOidIdentifier": format!("1.3.6.1.4.1.99999.{number}"),
                "x509CertificateAuthenticationMode": "x509CertificateMultiFactor",
                "x509CertificateRequiredAffinityLevel": "low",
            }),
            _ => rule("issuerSubject", key_identifier(number)),
        })
        .collect();
    rules.push(rule("policyOID", CARD_POLICY.to_owned()));
    let scopes: Vec<Value> = (1..=size.scopes)
        .map(|number| {
            json!({
                "subjectKeyIdentifier": key_identifier(number),
                "publicKeyInfrastructureIdentifier": null,
                "includeTargets": [{ "targetType": "group", "id": group_id(EVERYBODY) }],
            })
        })
        .collect();
    let mut include = vec![json!({ "targetType": "group", "id": group_id(EVERYBODY) })];
    if size.groups > 100 {
        include.insert(0, json!({ "targetType": "group", "id": group_id(7) }));
    }
    json!({
        "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
        "id": "X509Certificate",
        "state": "enabled",
        "certificateUserBindings": [
            { "x509CertificateField": "PrincipalName", "userProperty": "certificateUserIds", "priority": 1 },
            { "x509CertificateField": "SubjectKeyIdentifier", "userProperty": "certificateUserIds", "priority": 2 },
        ],
        "authenticationModeConfiguration": {
            "x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor",
            "x509CertificateDefaultRequiredAffinityLevel": "low",
            "rules": rules,
        },
        "issuerHintsConfiguration": { "state": "disabled" },
        "crlValidationConfiguration": {
            "state": "enabled",
            "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": [],
        },
        "certificateAuthorityScopes": scopes,
        "excludeTargets": [],
        "includeTargets": include,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
