//! What a change would do to the people who sign in, and the guard before it is saved.

use lanyard_directory::{DirectoryRole, RoleAssignment, UserId};
use lanyard_engine::administer::UserChange;
use lanyard_engine::change_safety::{ChangeRefused, Draft, override_guard};
use lanyard_engine::{Caller, EngineError, NotDone, TenantConfiguration};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{House, JANE, RITA, SAM, actor, policy};

const OTHERS: [&str; 3] = ["tom@agency.example", "una@agency.example", "vic@agency.example"];

async fn signed_in(house: &House, names: &[&str]) {
    for name in names {
        let end = house.browser().sign_in(house, name, &house.card(name)).await;
        assert_eq!(end.number(), 0, "{name}");
    }
}

async fn crowded() -> House {
    let house = House::open().await;
    for name in OTHERS {
        house.add_user(house.tenant.id, name, name).await;
    }
    signed_in(&house, &[JANE, SAM, OTHERS[0], OTHERS[1], OTHERS[2]]).await;
    house
}

async fn make_administrator(house: &House, name: &str) {
    let user = house.engine.user_named(house.tenant.id, name).await.unwrap();
    let assignment = RoleAssignment {
        id: Uuid::new_v4(),
        tenant: house.tenant.id,
        principal: user.id,
        role: DirectoryRole::GLOBAL_ADMINISTRATOR,
    };
    house.store.add_role_assignment(&assignment).await.unwrap();
}

/// The policy for the members of one group only.
fn only_for(group: Uuid) -> Value {
    let mut policy = policy();
    policy["includeTargets"] =
        json!([{ "targetType": "group", "id": group, "isRegistrationRequired": false }]);
    policy
}

async fn drafted(house: &House, policy: Value) -> TenantConfiguration {
    let (_, mut configuration) = house.engine.tenant_configuration(house.tenant.id).await.unwrap();
    configuration.x509_policy = serde_json::from_value(policy).unwrap();
    configuration
}

async fn set(house: &House, policy: Value) -> Result<(), Box<ChangeRefused>> {
    let policy = serde_json::from_value(policy).unwrap();
    match house
        .engine
        .set_method_policy(&actor(), house.tenant.id, policy)
        .await
    {
        Ok(_) => Ok(()),
        Err(EngineError::ChangeRefused(refused)) => Err(refused),
        Err(other) => panic!("{other}"),
    }
}

async fn group_of(house: &House, names: &[&str]) -> Uuid {
    let group = house
        .engine
        .create_group(&actor(), house.tenant.id, "Pilots")
        .await
        .unwrap();
    for name in names {
        house
            .engine
            .add_group_member(&actor(), &group, name)
            .await
            .unwrap();
    }
    group.id.0
}

#[tokio::test]
async fn a_draft_is_judged_by_the_sign_ins_of_the_last_days() {
    // CHANGE-REPLAYED
    let house = crowded().await;
    let group = group_of(&house, &[JANE, SAM]).await;
    let draft = Draft {
        configuration: Some(drafted(&house, only_for(group)).await),
        ..Draft::default()
    };
    let report = house.engine.what_if(house.tenant.id, draft).await.unwrap();
    assert_eq!((report.people, report.cut_off, report.complete), (5, 3, true));
    assert_eq!(report.cut_off_percent(), 60);
    let mut names: Vec<&str> = report
        .changes
        .iter()
        .map(|one| one.user_principal_name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, OTHERS);
    let first = &report.changes[0];
    assert!(first.before.signs_in && !first.after.signs_in);
    assert!(first.after.rule.is_some() && first.after.code.is_some());
    // The same policy changes nothing, and nothing was saved.
    let draft = Draft {
        configuration: Some(drafted(&house, policy()).await),
        ..Draft::default()
    };
    let report = house.engine.what_if(house.tenant.id, draft).await.unwrap();
    assert_eq!((report.people, report.cut_off, report.changes.len()), (5, 0, 0));
}

#[tokio::test]
async fn a_stronger_rule_shows_as_another_level_and_is_saved() {
    let house = crowded().await;
    let mut stronger = policy();
    stronger["authenticationModeConfiguration"]["x509CertificateAuthenticationDefaultMode"] =
        json!("x509CertificateMultiFactor");
    let draft = Draft {
        configuration: Some(drafted(&house, stronger.clone()).await),
        ..Draft::default()
    };
    let report = house.engine.what_if(house.tenant.id, draft).await.unwrap();
    assert_eq!((report.cut_off, report.changes.len()), (0, 5));
    assert_eq!(report.changes[0].before.word(), "single factor");
    assert_eq!(report.changes[0].after.word(), "multifactor");
    set(&house, stronger).await.unwrap();
}

#[tokio::test]
async fn a_change_that_cuts_many_off_is_saved_only_by_force_and_the_reason_is_kept() {
    // CHANGE-CUTS-FEW-OFF
    let house = crowded().await;
    let group = group_of(&house, &[JANE, SAM, OTHERS[0]]).await;
    let before = house
        .engine
        .tenant_configuration(house.tenant.id)
        .await
        .unwrap()
        .0;
    let refused = set(&house, only_for(group)).await.unwrap_err();
    assert_eq!(refused.rule.as_str(), "CHANGE-CUTS-FEW-OFF");
    assert_eq!(refused.report.cut_off, 2);
    assert!(refused.to_string().contains(OTHERS[1]), "{refused}");
    let (version, _) = house.engine.tenant_configuration(house.tenant.id).await.unwrap();
    assert_eq!(version, before, "a refused change changes nothing");

    override_guard("the pilot ends".to_owned(), set(&house, only_for(group)))
        .await
        .unwrap();
    let audits = house.store.audits(house.tenant.id, None, 50).await.unwrap();
    assert!(audits.iter().any(|row| row.body.contains("the pilot ends")));
    let end = house
        .browser()
        .sign_in(&house, OTHERS[1], &house.card(OTHERS[1]))
        .await;
    assert_ne!(end.number(), 0);
}

#[tokio::test]
async fn one_in_five_may_be_cut_off() {
    let house = crowded().await;
    let group = group_of(&house, &[JANE, SAM, OTHERS[0], OTHERS[1]]).await;
    set(&house, only_for(group)).await.unwrap();
}

#[tokio::test]
async fn the_last_administrator_cannot_be_locked_out() {
    // CHANGE-KEEPS-AN-ADMINISTRATOR
    let house = House::open().await;
    make_administrator(&house, JANE).await;
    let group = group_of(&house, &[SAM]).await;
    // Nobody has signed in yet: there is nothing to lose.
    set(&house, only_for(group)).await.unwrap();
    set(&house, policy()).await.unwrap();
    signed_in(&house, &[JANE, SAM]).await;

    let refused = set(&house, only_for(group)).await.unwrap_err();
    assert_eq!(refused.rule.as_str(), "CHANGE-KEEPS-AN-ADMINISTRATOR");
    assert_eq!(
        (refused.report.administrators, refused.report.administrators_after),
        (1, 0)
    );
    let gone = house
        .engine
        .remove_authority(&actor(), house.tenant.id, "CN=Agency Issuing")
        .await;
    assert!(matches!(gone, Err(EngineError::ChangeRefused(_))), "{gone:?}");
    let disabled = house
        .engine
        .set_account_enabled(&actor(), house.tenant.id, JANE, false)
        .await;
    assert!(
        matches!(disabled, Err(EngineError::ChangeRefused(_))),
        "{disabled:?}"
    );
    // Over the directory API, too: deleted, disabled or cut off from its certificate by another name.
    let caller = Caller::local_operator(house.tenant.id);
    let deleted = house.engine.remove_user(&caller, JANE).await;
    assert!(matches!(deleted, Err(NotDone::Unsafe(_))), "{deleted:?}");
    for change in [
        UserChange {
            account_enabled: Some(false),
            ..UserChange::default()
        },
        UserChange {
            user_principal_name: Some("jane.doe@agency.example".to_owned()),
            ..UserChange::default()
        },
    ] {
        let changed = house.engine.change_user_by(&caller, JANE, &change).await;
        assert!(matches!(changed, Err(NotDone::Unsafe(_))), "{changed:?}");
    }
    // An ordinary account is nobody's last way in.
    house
        .engine
        .set_account_enabled(&actor(), house.tenant.id, SAM, false)
        .await
        .unwrap();
    // A second administrator who can sign in frees the first.
    make_administrator(&house, RITA).await;
    signed_in(&house, &[RITA]).await;
    house
        .engine
        .set_account_enabled(&actor(), house.tenant.id, JANE, false)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_emergency_account_is_outside_every_scope() {
    // EMERGENCY-ACCOUNT-UNSCOPED
    let house = House::open().await;
    let administrator = actor();
    let emergency = |user: UserId, on| {
        house
            .engine
            .set_emergency_account(&administrator, house.tenant.id, user, on)
    };
    let rita = house.engine.user_named(house.tenant.id, RITA).await.unwrap().id;
    let sam = house.engine.user_named(house.tenant.id, SAM).await.unwrap().id;
    // CONFIGURATION-NOT-OVERWRITTEN: of two at the same moment both stay.
    let (one, other) = tokio::join!(emergency(rita, true), emergency(sam, true));
    one.and(other).unwrap();
    let accounts = async || {
        let stored = house.engine.tenant_configuration(house.tenant.id).await.unwrap();
        stored.1.settings.emergency_accounts
    };
    assert_eq!(accounts().await.len(), 2);
    assert!(accounts().await.contains(&rita) && accounts().await.contains(&sam));
    let twice = emergency(rita, true).await;
    assert!(matches!(twice, Err(EngineError::InvalidChange(_))), "{twice:?}");
    let nobody = emergency(UserId(Uuid::from_u128(1)), true).await;
    assert!(matches!(nobody, Err(EngineError::NotFound(_))), "{nobody:?}");
    emergency(sam, false).await.unwrap();
    let twice = emergency(sam, false).await;
    assert!(matches!(twice, Err(EngineError::InvalidChange(_))), "{twice:?}");
    assert_eq!(accounts().await, [rita]);
    let group = group_of(&house, &[SAM]).await;
    set(&house, only_for(group)).await.unwrap();
    let end = house.browser().sign_in(&house, RITA, &house.card(RITA)).await;
    assert_eq!(end.number(), 0);
    let end = house.browser().sign_in(&house, JANE, &house.card(JANE)).await;
    assert_ne!(end.number(), 0);
    // It keeps the tenant manageable: locking it out by the trust store is refused.
    let gone = house
        .engine
        .remove_authority(&actor(), house.tenant.id, "CN=Agency Issuing")
        .await;
    assert!(matches!(gone, Err(EngineError::ChangeRefused(_))), "{gone:?}");
}

#[tokio::test]
async fn people_without_a_certificate_that_works_are_listed() {
    // SCOPE-WITHOUT-CERTIFICATE
    let house = House::open().await;
    signed_in(&house, &[JANE, SAM]).await;
    let list = |house: &House| {
        let (engine, tenant) = (house.engine.clone(), house.tenant.id);
        async move {
            let (mut people, mut looked_at) = (Vec::new(), 0);
            engine
                .people_without_certificate(
                    tenant,
                    100,
                    |person| people.push(person.user_principal_name),
                    |count| looked_at = count,
                )
                .await
                .unwrap();
            assert!(looked_at >= 3);
            people
        }
    };
    assert_eq!(list(&house).await, [RITA]);
    // Out of scope, nobody depends on a certificate.
    let group = group_of(&house, &[SAM]).await;
    set(&house, only_for(group)).await.unwrap();
    assert!(list(&house).await.is_empty());
}

#[tokio::test]
async fn memberships_that_matter_are_guarded_like_the_policy() {
    // CHANGE-GUARDS-GROUPS
    let house = crowded().await;
    let tenant = house.tenant.id;
    let caller = Caller::local_operator(tenant);
    make_administrator(&house, JANE).await;
    let people = group_of(&house, &[JANE, SAM, OTHERS[0], OTHERS[1], OTHERS[2]]).await;
    let outer = house
        .engine
        .create_group(&actor(), tenant, "Outer")
        .await
        .unwrap();
    let (outer_id, people_id) = (outer.id.to_string(), people.to_string());
    house
        .engine
        .add_member_by(&caller, &outer_id, people)
        .await
        .unwrap();
    // Nobody names the groups: everything may happen to them.
    house
        .engine
        .remove_member_by(&caller, &outer_id, &people_id)
        .await
        .unwrap();
    house
        .engine
        .add_member_by(&caller, &outer_id, people)
        .await
        .unwrap();
    set(&house, only_for(outer.id.0)).await.unwrap();
    let jane = house.engine.user_named(tenant, JANE).await.unwrap().id;
    let sam = house.engine.user_named(tenant, SAM).await.unwrap().id;

    // The last administrator leaves; a group with everybody in it leaves; it goes away; its outer group does.
    let refused = |outcome: Result<(), NotDone>, sentence: &str| {
        let Err(NotDone::Unsafe(text)) = outcome else {
            panic!("{outcome:?}")
        };
        assert!(text.contains(sentence), "{text}");
    };
    let leaves = house
        .engine
        .remove_member_by(&caller, &people_id, &jane.to_string())
        .await;
    refused(leaves, "CHANGE-KEEPS-AN-ADMINISTRATOR");
    let leaves = house
        .engine
        .remove_member_by(&caller, &outer_id, &people_id)
        .await;
    refused(leaves, "CHANGE-KEEPS-AN-ADMINISTRATOR");
    for group in [&people_id, &outer_id] {
        let gone = house.engine.remove_group(&caller, group).await;
        refused(gone, "CHANGE-KEEPS-AN-ADMINISTRATOR");
    }
    let named = house.engine.group_named(tenant, "Pilots").await.unwrap();
    let leaves = house.engine.remove_group_member(&actor(), &named, JANE).await;
    assert!(matches!(leaves, Err(EngineError::ChangeRefused(_))), "{leaves:?}");
    // Whoever comes in loses nothing, and several who are named may leave together.
    house
        .engine
        .add_member_by(&caller, &outer_id, jane.0)
        .await
        .unwrap();
    house
        .engine
        .remove_member_by(&caller, &outer_id, &jane.to_string())
        .await
        .unwrap();
    // One who is no administrator may leave.
    house
        .engine
        .remove_member_by(&caller, &people_id, &sam.to_string())
        .await
        .unwrap();
    // Into a group that is excluded.
    let mut excluding = policy();
    let barred = house
        .engine
        .create_group(&actor(), tenant, "Barred")
        .await
        .unwrap()
        .id;
    excluding["excludeTargets"] = json!([{ "targetType": "group", "id": barred }]);
    set(&house, excluding).await.unwrap();
    let joins = house
        .engine
        .add_member_by(&caller, &barred.to_string(), people)
        .await;
    refused(joins, "CHANGE-KEEPS-AN-ADMINISTRATOR");
    let joins = house
        .engine
        .add_member_by(&caller, &barred.to_string(), jane.0)
        .await;
    refused(joins, "CHANGE-KEEPS-AN-ADMINISTRATOR");
    make_administrator(&house, SAM).await;
    let joins = house
        .engine
        .add_member_by(&caller, &barred.to_string(), people)
        .await;
    refused(joins, "CHANGE-CUTS-FEW-OFF");
    let barred = barred.to_string();
    let joining = house.engine.add_member_by(&caller, &barred, people);
    override_guard("they left".to_owned(), joining).await.unwrap();
    let end = house.browser().sign_in(&house, JANE, &house.card(JANE)).await;
    assert_ne!(end.number(), 0);
}

#[tokio::test]
async fn the_last_administrator_who_can_sign_in_keeps_the_role() {
    // CHANGE-KEEPS-AN-ADMINISTRATOR
    let house = House::open().await;
    let caller = Caller::local_operator(house.tenant.id);
    make_administrator(&house, JANE).await;
    make_administrator(&house, RITA).await;
    let held = async |name: &str| {
        let user = house.engine.user_named(house.tenant.id, name).await.unwrap();
        let all = house.engine.read_role_assignments(&caller).await.unwrap();
        let found = all.into_iter().find(|one| one.principal == user.id).unwrap();
        found.id.to_string()
    };
    let (janes, ritas) = (held(JANE).await, held(RITA).await);
    signed_in(&house, &[JANE]).await;
    // Rita has the role, but never signed in with a certificate: she could not undo anything.
    let taken = house.engine.take_role(&caller, &janes).await;
    assert!(matches!(taken, Err(NotDone::Unsafe(_))), "{taken:?}");
    signed_in(&house, &[RITA]).await;
    house.engine.take_role(&caller, &janes).await.unwrap();
    let taken = house.engine.take_role(&caller, &ritas).await;
    assert!(matches!(taken, Err(NotDone::Invalid(_))), "{taken:?}");
}

#[tokio::test]
async fn audit_rows_hold_what_changed_and_no_more() {
    // POLICY-CHANGE-AUDITED, CHANGE-AUDITED
    let house = House::open().await;
    let tenant = house.tenant.id;
    let mut settings = house
        .engine
        .tenant_configuration(tenant)
        .await
        .unwrap()
        .1
        .settings;
    settings.crl_grace_hours = 12;
    house.clock.advance(jiff::SignedDuration::from_secs(1));
    house
        .engine
        .set_tenant_settings(&actor(), tenant, settings.clone())
        .await
        .unwrap();
    let newest = async || {
        let rows = house.store.audits(tenant, None, 1).await.unwrap();
        let body: Value = serde_json::from_str(&rows[0].body).unwrap();
        (rows[0].activity.clone(), body)
    };
    let (activity, body) = newest().await;
    assert_eq!(activity, "Set Company Information");
    assert_eq!(
        (&body["old"], &body["new"]),
        (&json!({ "crlGraceHours": 0 }), &json!({ "crlGraceHours": 12 }))
    );
    let count = house.store.audits(tenant, None, 100).await.unwrap().len();
    house
        .engine
        .set_tenant_settings(&actor(), tenant, settings)
        .await
        .unwrap();
    let again = house.store.audits(tenant, None, 100).await.unwrap().len();
    assert_eq!(count, again, "what changes nothing writes no row");

    house.clock.advance(jiff::SignedDuration::from_secs(1));
    house
        .engine
        .remove_authority(&actor(), tenant, "CN=Agency Issuing")
        .await
        .unwrap();
    let (_, body) = newest().await;
    assert_eq!(body["old"][0]["trustedIssuer"], "CN=Agency Issuing");
    assert_eq!(body["old"].as_array().unwrap().len(), 1);
    assert_eq!(body["new"], json!([]));
    assert!(!body.to_string().contains("Agency Root"), "{body}");

    let mut changed = policy();
    changed["issuerHintsConfiguration"] = json!({ "state": "enabled" });
    house.clock.advance(jiff::SignedDuration::from_secs(1));
    set(&house, changed).await.unwrap();
    let (activity, body) = newest().await;
    assert_eq!(activity, "Authentication Methods Policy Update");
    assert_eq!(body["property"], "AuthenticationMethodsPolicy");
    assert_eq!(body["old"]["issuerHintsConfiguration"]["state"], "disabled");
    assert_eq!(body["new"]["issuerHintsConfiguration"]["state"], "enabled");
    assert!(!body.to_string().contains("certificateRevocationListUrl"));
}

#[tokio::test]
async fn doubts_about_the_policy_and_its_trust_store_are_told() {
    // POLICY-DOUBTS
    let house = House::open().await;
    let tenant = house.tenant.id;
    let warnings = async |policy: Value| -> Vec<String> {
        let policy = serde_json::from_value(policy).unwrap();
        let set = house.engine.set_method_policy(&actor(), tenant, policy).await;
        set.unwrap()
    };
    let told = |list: &[String], word: &str| list.iter().any(|warning| warning.contains(word));
    // The house has a root without an address and an issuing authority with one.
    assert!(!told(&warnings(policy()).await, "no address"));
    house
        .engine
        .remove_authority(&actor(), tenant, "CN=Agency Issuing")
        .await
        .unwrap();
    let bare = lanyard_engine::administer::NewAuthority {
        certificate: house.issuing.certificate_der().to_vec(),
        ..Default::default()
    };
    house.engine.add_authority(&actor(), tenant, bare).await.unwrap();
    let list = warnings(policy()).await;
    assert!(told(&list, "CN=Agency Issuing"), "{list:?}");
    assert!(!told(&list, "Agency Root"), "{list:?}");
    for named in ["CN=Agency Issuing", "CN=Agency Root"] {
        house
            .engine
            .remove_authority(&actor(), tenant, named)
            .await
            .unwrap();
    }
    let mut empty = policy();
    empty["includeTargets"] = json!([]);
    let list = warnings(empty).await;
    assert!(told(&list, "no certification authority"), "{list:?}");
    assert!(told(&list, "for nobody"), "{list:?}");
    let mut off = policy();
    off["state"] = json!("disabled");
    assert!(!told(&warnings(off).await, "authority"));
}
