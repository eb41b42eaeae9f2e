//! The policy object: its JSON, PATCH and validation.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use lanyard_certificate_policy::{Finding, MethodPolicy, PolicyContext, PolicySettings, Severity};
use lanyard_pki::{KeyIdentifier, Name};
use serde_json::{Value, json};
use support::{bare_facts, group};
use uuid::Uuid;

const TYPE: &str = "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration";

struct World(PolicyContext);

impl World {
    fn new() -> Self {
        let mut context = PolicyContext::new(PolicySettings::default());
        let mut authority = bare_facts();
        authority.subject = Name::parse_text("CN=CA A,DC=org").unwrap();
        authority.subject_key_identifier = Some(KeyIdentifier::new(&[0xaa; 20]));
        context.add_authority(&authority);
        context.add_group(group(1));
        context.add_group(group(2));
        Self(context)
    }

    fn patch(&self, mut body: Value) -> Result<(MethodPolicy, Vec<Finding>), Vec<Finding>> {
        if let Some(object) = body.as_object_mut() {
            object.entry("@odata.type").or_insert_with(|| json!(TYPE));
        }
        self.patch_as_sent(&body)
    }

    fn patch_as_sent(&self, body: &Value) -> Result<(MethodPolicy, Vec<Finding>), Vec<Finding>> {
        MethodPolicy::default().patched(body, &self.0)
    }

    /// The paths of the errors.
    fn errors(&self, body: Value) -> Vec<String> {
        match self.patch(body) {
            Ok(_) => Vec::new(),
            Err(findings) => paths(&findings, Severity::Error),
        }
    }

    fn warnings(&self, body: Value) -> Vec<String> {
        paths(&self.patch(body).unwrap().1, Severity::Warning)
    }
}

fn paths(findings: &[Finding], severity: Severity) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| finding.severity == severity)
        .inspect(|finding| assert!(finding.message.ends_with('.'), "{finding:?}"))
        .map(|finding| finding.path.clone())
        .collect()
}

#[test]
fn factory_default_is_the_documented_resource() {
    let expected = json!({
        "@odata.type": TYPE,
        "id": "X509Certificate",
        "state": "disabled",
        "certificateUserBindings": [
            { "x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 1, "trustAffinityLevel": "low" },
            { "x509CertificateField": "RFC822Name", "userProperty": "userPrincipalName", "priority": 2, "trustAffinityLevel": "low" },
            { "x509CertificateField": "SubjectKeyIdentifier", "userProperty": "certificateUserIds", "priority": 3, "trustAffinityLevel": "high" }
        ],
        "authenticationModeConfiguration": {
            "x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor",
            "x509CertificateDefaultRequiredAffinityLevel": "low",
            "rules": []
        },
        "issuerHintsConfiguration": { "state": "disabled" },
        "crlValidationConfiguration": { "state": "disabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": [] },
        "certificateAuthorityScopes": [],
        "excludeTargets": [],
        "includeTargets": [ { "targetType": "group", "id": "all_users", "isRegistrationRequired": false } ]
    });
    let written = MethodPolicy::default().to_graph_json(true).unwrap();
    // As text: the order of the properties counts too.
    assert_eq!(written.to_string(), expected.to_string());
    let read: MethodPolicy = serde_json::from_value(written).unwrap();
    assert_eq!(read, MethodPolicy::default());
}

fn documented_patch() -> Value {
    json!({
        "@odata.type": TYPE,
        "id": "X509Certificate", "state": "enabled",
        "certificateUserBindings": [
            { "x509CertificateField": "PrincipalName", "userProperty": "onPremisesUserPrincipalName", "priority": 1 }
        ],
        "authenticationModeConfiguration": {
            "x509CertificateAuthenticationDefaultMode": "x509CertificateMultiFactor",
            "rules": [ { "x509CertificateRuleType": "policyOID", "identifier": "1.2.3.4", "x509CertificateAuthenticationMode": "x509CertificateMultiFactor" } ]
        },
        "certificateAuthorityScopes": [ {
            "subjectKeyIdentifier": "aa".repeat(20),
            "publicKeyInfrastructureIdentifier": "Contoso PKI",
            "includeTargets": [ { "id": group(1), "targetType": "group" } ]
        } ],
        "issuerHintsConfiguration": { "state": "enabled" },
        "crlValidationConfiguration": { "state": "disabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": [] },
        "includeTargets@odata.context": "ignored",
        "includeTargets": [ { "targetType": "group", "id": "all_users", "isRegistrationRequired": false } ]
    })
}

/// Names the rules POLICY-PATCH-MERGE and POLICY-TARGET-WARNINGS.
#[test]
fn documented_patch_is_accepted() {
    let (policy, warnings) = World::new().patch_as_sent(&documented_patch()).unwrap();
    assert_eq!(paths(&warnings, Severity::Warning), ["includeTargets"]);
    let written = policy.to_graph_json(true).unwrap();
    insta::assert_json_snapshot!(written);

    let stored = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<MethodPolicy>(&stored).unwrap(), policy);

    // What was not sent stays, inside configuration objects too.
    let body = json!({ "@odata.type": TYPE, "authenticationModeConfiguration": { "rules": [] } });
    let (later, _) = policy.patched(&body, &World::new().0).unwrap();
    let mut expected = policy;
    expected.authentication_mode_configuration.rules.clear();
    assert_eq!(later, expected);
}

/// Names the rule POLICY-ODATA-TYPE.
#[test]
fn the_type_is_required() {
    let world = World::new();
    for body in [
        json!({}),
        json!({ "@odata.type": "#microsoft.graph.smsAuthenticationMethodConfiguration" }),
    ] {
        let findings = world.patch_as_sent(&body).unwrap_err();
        assert_eq!(paths(&findings, Severity::Error), ["@odata.type"]);
    }
    assert!(world.patch_as_sent(&json!([])).is_err());
}

/// Names the rule POLICY-UNKNOWN-ENUM.
#[test]
fn the_combined_rule_type_is_hidden_unless_asked_for() {
    let rule = json!({
        "x509CertificateRuleType": "issuerSubjectAndPolicyOID",
        "issuerSubjectIdentifier": "CN=CA A,DC=org", "policyOidIdentifier": "1.2.3",
        "identifier": "whatever",
        "x509CertificateAuthenticationMode": "x509CertificateMultiFactor",
        "x509CertificateRequiredAffinityLevel": "high"
    });
    let (policy, _) = World::new()
        .patch(json!({ "authenticationModeConfiguration": { "rules": [rule] } }))
        .unwrap();
    let shown = |all| {
        let written = policy.to_graph_json(all).unwrap();
        written
            .pointer("/authenticationModeConfiguration/rules/0")
            .unwrap()
            .clone()
    };
    assert_eq!(
        shown(true)["x509CertificateRuleType"],
        "issuerSubjectAndPolicyOID"
    );
    assert_eq!(shown(false)["x509CertificateRuleType"], "unknownFutureValue");
    assert_eq!(shown(true)["identifier"], "CN=CA A,DC=org,1.2.3");
    assert_eq!(shown(true)["x509CertificateRequiredAffinityLevel"], "high");
}

fn rule(kind: &str, identifier: &str) -> Value {
    json!({ "x509CertificateRuleType": kind, "identifier": identifier, "x509CertificateAuthenticationMode": "x509CertificateMultiFactor" })
}

fn rules(rules: &[Value]) -> Value {
    json!({ "authenticationModeConfiguration": { "rules": rules } })
}

fn scopes(count: usize, ski: &str, group_ids: &[Uuid]) -> Value {
    let targets: Vec<Value> = group_ids
        .iter()
        .map(|id| json!({ "targetType": "group", "id": id }))
        .collect();
    let scope = json!({ "subjectKeyIdentifier": ski, "includeTargets": targets });
    json!({ "certificateAuthorityScopes": vec![scope; count] })
}

fn binding(field: &str, property: &str, priority: i32) -> Value {
    json!({ "x509CertificateField": field, "userProperty": property, "priority": priority })
}

fn bindings(bindings: &[Value]) -> Value {
    json!({ "state": "enabled", "certificateUserBindings": bindings })
}

/// Names the rules POLICY-BINDING-UNIQUE, POLICY-BINDING-NEEDED and BIND-PROPERTY-PAIR.
#[test]
fn mistakes_in_bindings() {
    let world = World::new();
    let good = binding("PrincipalName", "userPrincipalName", 0);
    let table = [
        (bindings(std::slice::from_ref(&good)), vec![]),
        (bindings(&[]), vec!["certificateUserBindings"]),
        (
            json!({ "state": "disabled", "certificateUserBindings": [] }),
            vec![],
        ),
        (
            bindings(&[good.clone(), binding("Subject", "certificateUserIds", 0)]),
            vec!["certificateUserBindings[1].priority"],
        ),
        (
            bindings(&[good.clone(), binding("PrincipalName", "userPrincipalName", 4)]),
            vec!["certificateUserBindings[1]"],
        ),
        (
            bindings(&[binding("PrincipalName", "userPrincipalName", -1)]),
            vec!["certificateUserBindings[0]"],
        ),
        (
            bindings(&[binding("Subject", "userPrincipalName", 1)]),
            vec!["certificateUserBindings[0]"],
        ),
        (
            bindings(&[binding("PrincipalName", "email", 1)]),
            vec!["certificateUserBindings[0]"],
        ),
        (
            bindings(&[binding("DnsName", "certificateUserIds", 1)]),
            vec!["certificateUserBindings[0]"],
        ),
        (
            bindings(&[json!({ "x509CertificateField": "Subject", "userProperty": "certificateUserIds" })]),
            vec!["certificateUserBindings[0]"],
        ),
        (
            bindings(&[
                json!({ "x509CertificateField": "Subject", "userProperty": "certificateUserIds", "priority": 1, "trustAffinityLevel": "high" }),
            ]),
            vec!["certificateUserBindings[0]"],
        ),
        (
            json!({ "certificateUserBindings": {} }),
            vec!["certificateUserBindings"],
        ),
    ];
    for (body, expected) in table {
        assert_eq!(world.errors(body.clone()), expected, "{body}");
    }
    let mut all_high = bindings(&[good]);
    all_high["authenticationModeConfiguration"] =
        json!({ "x509CertificateDefaultRequiredAffinityLevel": "high" });
    assert_eq!(world.errors(all_high), ["certificateUserBindings"]);
}

/// Names the rules POLICY-RULE-UNIQUE, POLICY-RULE-COUNT, POLICY-RULE-ISSUER-KNOWN and STRENGTH-OID-FORM.
#[test]
fn mistakes_in_rules() {
    let world = World::new();
    let first = "authenticationModeConfiguration.rules[0]";
    let second = "authenticationModeConfiguration.rules[1]";
    let combined = json!({ "x509CertificateRuleType": "issuerSubjectAndPolicyOID", "identifier": "CN=CA A,1.2", "x509CertificateAuthenticationMode": "x509CertificateMultiFactor" });
    let table = [
        (
            rules(&[
                rule("policyOID", "1.2.3"),
                rule("issuerSubject", "CN=CA A,DC=org "),
            ]),
            vec![],
        ),
        (rules(&[rule("policyOID", "All Issuance Policies")]), vec![first]),
        (rules(&[rule("policyOID", "")]), vec![first]),
        (rules(&[rule("issuerSubject", "Contoso CA")]), vec![first]),
        (rules(&[rule("unknownFutureValue", "1.2.3")]), vec![first]),
        (rules(&[combined]), vec![first]),
        (
            rules(&[rule("policyOID", "1.2.3"), rule("policyOID", " 1.2.3")]),
            vec![second],
        ),
        (
            rules(&[
                rule("issuerSubject", "CN=CA A,DC=org"),
                rule("issuerSubject", "dc=ORG, cn=ca a"),
            ]),
            vec![second],
        ),
        (
            json!({ "authenticationModeConfiguration": { "rulez": [] } }),
            vec!["authenticationModeConfiguration.rulez"],
        ),
        (
            json!({ "authenticationModeConfiguration": [] }),
            vec!["authenticationModeConfiguration"],
        ),
    ];
    for (body, expected) in table {
        assert_eq!(world.errors(body.clone()), expected, "{body}");
    }
    let many: Vec<Value> = (0..101)
        .map(|arc| rule("policyOID", &format!("1.2.{arc}")))
        .collect();
    assert_eq!(
        world.errors(rules(&many)),
        ["authenticationModeConfiguration.rules"]
    );
    assert!(world.errors(rules(&many[..100])).is_empty());
    assert_eq!(
        world.warnings(rules(&[rule("issuerSubject", "CN=Elsewhere")])),
        ["certificateUserBindings", first]
    );
}

/// Names the rules POLICY-SCOPE-LIMITS and POLICY-EXEMPTION-KNOWN.
#[test]
fn mistakes_in_scopes_exemptions_and_targets() {
    let world = World::new();
    let known = "aa".repeat(20);
    let unknown = "bb".repeat(20);
    let path = |what: &str| vec![format!("certificateAuthorityScopes[0].{what}")];
    assert!(world.errors(scopes(1, &known, &[group(1)])).is_empty());
    assert_eq!(
        world.errors(scopes(1, &unknown, &[group(1)])),
        path("subjectKeyIdentifier")
    );
    assert_eq!(
        world.errors(scopes(1, &known, &[group(9)])),
        path("includeTargets")
    );
    assert_eq!(world.errors(scopes(1, &known, &[])), path("includeTargets"));
    assert_eq!(
        world.errors(scopes(1, &known, &[group(1), group(2)])),
        path("includeTargets")
    );
    assert_eq!(
        world.errors(scopes(1, "xyz", &[group(1)])),
        ["certificateAuthorityScopes[0]"]
    );
    assert_eq!(
        world.errors(scopes(2, &known, &[group(1)])),
        ["certificateAuthorityScopes[1].subjectKeyIdentifier"]
    );
    // S3
    let errors = world.errors(scopes(31, &known, &[group(1)]));
    assert_eq!(
        errors.first().map(String::as_str),
        Some("certificateAuthorityScopes")
    );

    let list = "crlValidationConfiguration.exemptedCertificateAuthoritiesSubjectKeyIdentifiers";
    let exempt = |ski: &str| json!({ "crlValidationConfiguration": { "state": "enabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": [ski] } });
    assert_eq!(world.errors(exempt("not hex")), [format!("{list}[0]")]);
    assert!(world.warnings(exempt(&unknown)).contains(&format!("{list}[0]")));
    assert!(
        !world
            .warnings(exempt(
                "AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA"
            ))
            .contains(&format!("{list}[0]"))
    );

    assert_eq!(
        world.errors(json!({ "includeTargets": [ { "targetType": "user", "id": group(1) } ] })),
        ["includeTargets[0]"]
    );
    assert_eq!(
        world.errors(json!({ "includeTargets": [ { "id": "everyone" } ] })),
        ["includeTargets[0]"]
    );
    assert_eq!(world.errors(json!({ "id": "Sms" })), ["id"]);
    assert_eq!(world.errors(json!({ "states": "enabled" })), ["states"]);
    assert_eq!(world.errors(json!({ "state": "on" })), ["state"]);
    let unknown_group = world.warnings(json!({ "excludeTargets": [ { "id": group(9) } ] }));
    assert!(unknown_group.contains(&"excludeTargets[0].id".to_owned()));
}
