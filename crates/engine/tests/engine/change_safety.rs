//! What a change would do to the people who sign in, and the guard before it is saved.

use lanyard_directory::{DirectoryRole, RoleAssignment};
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
        user: None,
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
        user: None,
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
        user: None,
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
    let rita = house.engine.user_named(house.tenant.id, RITA).await.unwrap();
    let (_, configuration) = house.engine.tenant_configuration(house.tenant.id).await.unwrap();
    let mut settings = configuration.settings;
    settings.emergency_accounts = vec![rita.id];
    house
        .engine
        .set_tenant_settings(&actor(), house.tenant.id, settings)
        .await
        .unwrap();
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
            let people = engine.people_without_certificate(tenant, 100).await.unwrap();
            people
                .into_iter()
                .map(|person| person.user_principal_name)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(list(&house).await, [RITA]);
    // Out of scope, nobody depends on a certificate.
    let group = group_of(&house, &[SAM]).await;
    set(&house, only_for(group)).await.unwrap();
    assert!(list(&house).await.is_empty());
}
