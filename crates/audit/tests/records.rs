//! Records as stored and as Graph answers them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use jiff::Timestamp;
use lanyard_audit::{
    Activity, AppCredential, Application, AuthenticationDetail, AuthenticationRequirement, BindingDetails,
    CertificateDetails, ClientApp, ConditionalAccessStatus, CrlCheckDetails, DeviceDetails,
    DirectoryAuditRecord, Initiator, KeyValue, LegacyStore, LevelDetails, ReplayInputs, Resource,
    ServicePrincipal, SignInKind, SignInRecord, SignInStatus, SignInUser, TargetResource, TargetType,
};
use lanyard_verdict::{Code, Refusal, RuleId, Step, StepResult, Trace};
use serde_json::json;
use uuid::Uuid;

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn certificate() -> CertificateDetails {
    CertificateDetails {
        subject: "CN=Adele".to_owned(),
        issuer: "CN=CA A".to_owned(),
        serial_number: "0a0b".to_owned(),
        sha1_thumbprint: "11".repeat(20),
        sha256_thumbprint: "22".repeat(32),
        subject_key_identifier: Some("AABB".to_owned()),
        authority_key_identifier: Some("CCDD".to_owned()),
        not_before: Some(moment("2026-01-01T00:00:00Z")),
        not_after: Some(moment("2027-01-01T00:00:00Z")),
        policy_oids: vec!["1.2.3".to_owned(), "1.2.4".to_owned()],
        binding: Some(BindingDetails {
            field: "PrincipalName".to_owned(),
            user_property: "userPrincipalName".to_owned(),
            rank: 1,
        }),
        level: Some(LevelDetails {
            level: "multiFactorAuthentication".to_owned(),
            decided_by: "PolicyId".to_owned(),
            identifier: Some("1.2.3".to_owned()),
            required_affinity: "low".to_owned(),
        }),
        legacy_store: Some(LegacyStore {
            used: false,
            reason: "The authority is in the PKI store only.".to_owned(),
        }),
        scoped_by: vec!["CCDD".to_owned()],
        chain: vec!["CCDD".to_owned(), "EEFF".to_owned()],
        crl_checks: vec![
            CrlCheckDetails {
                authority: "CCDD".to_owned(),
                status: "checked".to_owned(),
                this_update: Some(moment("2026-02-01T00:00:00Z")),
                next_update: Some(moment("2026-03-01T00:00:00Z")),
                crl_number: Some("2a".to_owned()),
            },
            CrlCheckDetails {
                authority: "EEFF".to_owned(),
                status: "skipped:no-cdp".to_owned(),
                ..Default::default()
            },
        ],
    }
}

fn success() -> SignInRecord {
    let created = moment("2026-02-03T04:05:06Z");
    let status = SignInStatus::Success;
    SignInRecord {
        id: Uuid::from_u128(1),
        created,
        correlation_id: Uuid::from_u128(2),
        original_request_id: None,
        kind: SignInKind::InteractiveUser,
        tenant_id: Uuid::from_u128(3),
        home_tenant_id: None,
        user: Some(SignInUser {
            id: Uuid::from_u128(4),
            user_principal_name: "Adele@Contoso.example".to_owned(),
            display_name: "Adele".to_owned(),
            is_guest: false,
        }),
        sign_in_identifier: Some("Adele@Contoso.example".to_owned()),
        application: Some(Application {
            app_id: Uuid::from_u128(5),
            display_name: "Portal".to_owned(),
        }),
        service_principal: None,
        resource: Some(Resource {
            id: Uuid::from_u128(6),
            display_name: "Directory".to_owned(),
            service_principal_id: None,
        }),
        ip_address: Some("203.0.113.7".parse().unwrap()),
        user_agent: Some("Mozilla/5.0".to_owned()),
        client_app_used: ClientApp::Browser,
        device: DeviceDetails {
            operating_system: "Windows 11".to_owned(),
            browser: "Edge 131.0".to_owned(),
        },
        authentication_protocol: Some("oAuth2".to_owned()),
        incoming_token_type: None,
        authentication_requirement: AuthenticationRequirement::MultiFactorAuthentication,
        authentication_details: vec![AuthenticationDetail::certificate(
            created, "CN=Adele", true, &status,
        )],
        certificate: Some(Box::new(certificate())),
        processing_details: vec![KeyValue::new("Login hint", "present")],
        conditional_access_status: ConditionalAccessStatus::NotApplied,
        session_id: Some(Uuid::from_u128(7)),
        unique_token_identifier: Some("uti".to_owned()),
        processing_time_ms: Some(12),
        policy_version: Some(42),
        trace: Trace::from_iter([
            Step::new(RuleId::new("BIND-PRIORITY"), StepResult::Passed).with("priority", "1")
        ]),
        replay: Some(Box::new(ReplayInputs {
            certificate_sha256: Some("22".repeat(32)),
            certificate: Some("MIIB".to_owned()),
            chain: vec![Some("CCDD".to_owned()), None],
            user_properties: Some(json!({ "userPrincipalName": "adele@contoso.example" })),
            group_ids: vec![Uuid::from_u128(8)],
        })),
        status,
    }
}

/// Names the rules LOG-CERTIFICATE-DETAILS, LOG-CERTIFICATE-METHOD and LOG-UPN-LOWER-CASE.
#[test]
fn a_successful_sign_in() {
    insta::assert_json_snapshot!(success().to_graph_json());
}

#[test]
fn stored_records_come_back_whole() {
    let record = success();
    let stored = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<SignInRecord>(&stored).unwrap(), record);
}

/// Names the rules LOG-FILLED-REASON and LOG-INTERRUPT.
#[test]
fn failures_are_explained_with_their_values() {
    let refusal = Refusal::new(
        Code::CRL_NOT_FROM_ISSUER,
        RuleId::new("CRL-AKI"),
        "Expected the key identifier AABB, found CCDD.",
    );
    let mut record = success();
    record.status = SignInStatus::of_refusal(&refusal);
    // Nobody was found: the typed name stays.
    record.user = None;
    record.sign_in_identifier = Some("Nobody@Contoso.example".to_owned());
    record.authentication_details = vec![AuthenticationDetail::certificate(
        record.created,
        "CN=Adele",
        false,
        &record.status,
    )];
    let json = record.to_graph_json();
    assert_eq!(json["status"]["errorCode"], 2_205_015);
    assert_eq!(
        json["status"]["failureReason"],
        "The revocation list does not belong to this authority. Expected the key identifier AABB, found CCDD."
    );
    assert_eq!(json["status"]["additionalDetails"], "Tell your administrator.");
    assert_eq!(json["lanyardRule"], "CRL-AKI");
    assert_eq!(json["userPrincipalName"], "nobody@contoso.example");
    assert!(json["userId"].is_null());
    assert_eq!(json["authenticationDetails"][0]["succeeded"], false);
    assert_eq!(json["authenticationMethodsUsed"], json!([]));
    assert!(json["authenticationProcessingDetails"].as_array().unwrap().len() > 10);
    assert!(!json.to_string().contains("{expected"));

    let interrupt = SignInStatus::of_refusal(&Refusal::new(
        Code::KEEP_ME_SIGNED_IN_INTERRUPT,
        RuleId::new("SESSION-KMSI"),
        "",
    ));
    assert!(matches!(interrupt, SignInStatus::Interrupted { .. }));
    assert_eq!(interrupt.error_code(), 50_140);
    assert_eq!(
        interrupt.failure_reason(),
        "You are being asked whether to stay signed in."
    );
}

#[test]
fn an_application_sign_in_names_its_credential() {
    let mut record = success();
    record.kind = SignInKind::ServicePrincipal;
    record.user = None;
    record.sign_in_identifier = None;
    record.certificate = None;
    record.authentication_details.clear();
    record.service_principal = Some(ServicePrincipal {
        id: Uuid::from_u128(9),
        display_name: "Daemon".to_owned(),
        credential: AppCredential::ClientAssertion {
            key_id: Uuid::from_u128(10),
            thumbprint: "AB".to_owned(),
        },
    });
    let json = record.to_graph_json();
    assert_eq!(json["signInEventTypes"], json!(["servicePrincipal"]));
    assert_eq!(json["isInteractive"], false);
    assert_eq!(json["clientCredentialType"], "clientAssertion");
    assert_eq!(json["servicePrincipalCredentialThumbprint"], "AB");
    assert!(json["userPrincipalName"].is_null());
    let stored = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<SignInRecord>(&stored).unwrap(), record);
}

/// Names the rule AUDIT-VALUES-AS-TEXT.
#[test]
fn a_change_of_certificate_user_ids() {
    let record = DirectoryAuditRecord::new(
        Activity::UPDATE_USER,
        Uuid::from_u128(1),
        moment("2026-02-03T04:05:06Z"),
        Uuid::from_u128(3),
        Uuid::from_u128(2),
        Initiator::User {
            id: Uuid::from_u128(11),
            display_name: None,
            user_principal_name: "admin@contoso.example".to_owned(),
            ip_address: Some("203.0.113.9".parse().unwrap()),
        },
    )
    .with_target(
        TargetResource::new(TargetType::User, Uuid::from_u128(4).to_string())
            .named("Adele")
            .with_change(
                "AuthorizationInfo",
                Some(json!([])),
                Some(json!([{ "CertificateUserIds": ["X509:<PN>adele@contoso.example"] }])),
            ),
    );
    insta::assert_json_snapshot!(record.to_graph_json());
    let stored = serde_json::to_string(&record).unwrap();
    assert_eq!(
        serde_json::from_str::<DirectoryAuditRecord>(&stored).unwrap(),
        record
    );
}

#[test]
fn the_product_itself_may_fail_at_something() {
    let record = DirectoryAuditRecord::new(
        Activity::CRL_NUMBER_ROLLED_BACK,
        Uuid::from_u128(1),
        moment("2026-02-03T04:05:06Z"),
        Uuid::from_u128(3),
        Uuid::from_u128(2),
        Initiator::App {
            app_id: None,
            display_name: "Lanyard".to_owned(),
            service_principal_id: None,
        },
    )
    .failed("number 41 after 42");
    let json = record.to_graph_json();
    assert_eq!(json["result"], "failure");
    assert_eq!(json["resultReason"], "number 41 after 42");
    assert_eq!(json["initiatedBy"]["app"]["displayName"], "Lanyard");
    assert!(json["initiatedBy"]["user"].is_null());
}

/// Names the rule AUDIT-ACTIVITY-NAMES.
#[test]
fn activities_have_the_names_that_detection_rules_look_for() {
    let names: BTreeSet<&str> = Activity::ALL
        .iter()
        .map(|activity| activity.display_name)
        .collect();
    assert_eq!(names.len(), Activity::ALL.len());
    for name in [
        "Authentication Methods Policy Update",
        "Set Company Information",
        "Update user",
    ] {
        assert_eq!(Activity::named(name).unwrap().display_name, name);
    }
    assert_eq!(Activity::named("Do nothing"), None);
}
