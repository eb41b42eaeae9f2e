//! Consent for a person, for an organisation, by those who may.

use lanyard_directory::{
    ConsentType, DirectoryRole, RequiredResourceAccess, ResourceAccess, ResourceAccessKind, RoleAssignment,
};
use lanyard_engine::administer::{ApplicationChange, NewApplication};
use lanyard_engine::{AuthorizationStep, Caller, ConsentDecision, ConsentPrompt, TenantSettings};
use lanyard_tokens::GRAPH_APP_ID;
use url::Url;
use uuid::Uuid;

use crate::browser::End;
use crate::house::{BOARD, House, JANE, SAM, actor, owned};

const SILENT: [(&str, &str); 1] = [("prompt", "none")];
const ARCHIVE_READ: [(&str, &str); 1] = [("scope", "openid api://archive/Read")];
const ARCHIVE_WRITE: [(&str, &str); 1] = [("scope", "openid api://archive/Write")];

async fn make_administrator(house: &House, name: &str, role: DirectoryRole) {
    let user = house.engine.user_named(house.tenant.id, name).await.unwrap();
    let assignment = RoleAssignment {
        id: Uuid::new_v4(),
        tenant: house.tenant.id,
        principal: user.id,
        role,
    };
    house
        .store()
        .await
        .add_role_assignment(&assignment)
        .await
        .unwrap();
}

async fn add_archive(house: &House) {
    let new = NewApplication {
        display_name: "Archive".to_owned(),
        identifier_uris: vec!["api://archive".to_owned()],
        scopes: vec![
            ("Read".to_owned(), "Read the archive".to_owned()),
            ("Write".to_owned(), "Write the archive".to_owned()),
        ],
        ..NewApplication::default()
    };
    house
        .engine
        .create_application(&actor(), house.tenant.id, new)
        .await
        .unwrap();
}

#[tokio::test]
async fn consent_adds_to_what_was_granted_and_is_audited() {
    let house = House::open().await;
    add_archive(&house).await;
    let card = house.card(JANE);
    let mut jane = house.browser();
    for scope in [&ARCHIVE_READ, &ARCHIVE_WRITE] {
        jane.sign_in_with(&house, BOARD, scope, JANE, Some(card.certificate_der()))
            .await
            .code();
    }
    let store = house.store().await;
    let grants = store.permission_grants(house.tenant.id, BOARD).await.unwrap();
    let [grant] = &grants[..] else {
        panic!("{grants:?}")
    };
    assert_eq!(
        (&grant.scopes, grant.consent_type),
        (
            &vec!["Read".to_owned(), "Write".to_owned()],
            ConsentType::Principal
        ),
        "CONSENT-REMEMBERED: the second consent keeps the first"
    );
    let audits = store.audits(house.tenant.id, None, 100).await.unwrap();
    let consents: Vec<_> = audits
        .iter()
        .filter(|row| row.activity == "Consent to application")
        .collect();
    assert_eq!(consents.len(), 2, "CONSENT-REMEMBERED");
    assert!(
        consents
            .iter()
            .all(|row| row.actor == JANE && row.target == "Board")
    );
    assert!(consents.iter().any(|row| row.body.contains("Read Write")));
}

#[tokio::test]
async fn an_administrator_consents_for_everybody() {
    let house = House::open().await;
    add_archive(&house).await;
    make_administrator(&house, JANE, DirectoryRole::CLOUD_APPLICATION_ADMINISTRATOR).await;
    let (janes, sams) = (house.card(JANE), house.card(SAM));

    // Sam is not offered to, and a forged answer does not help him.
    let mut sam = house.browser();
    sam.for_organisation = true;
    let end = sam
        .sign_in_with(&house, BOARD, &ARCHIVE_READ, SAM, Some(sams.certificate_der()))
        .await;
    let page = sam.consent.clone().unwrap();
    assert!(!page.may_consent_for_organisation && !page.administrator_needed);
    assert_eq!(
        (end.number(), end.rule().as_str()),
        (90_094, "CONSENT-ORGANISATION")
    );
    let store = house.store().await;
    let grants = async || store.permission_grants(house.tenant.id, BOARD).await.unwrap();
    assert!(
        grants().await.is_empty(),
        "CONSENT-ORGANISATION: nothing was granted"
    );

    let mut jane = house.browser();
    jane.for_organisation = true;
    jane.sign_in_with(&house, BOARD, &ARCHIVE_READ, JANE, Some(janes.certificate_der()))
        .await
        .code();
    assert!(
        jane.consent.clone().unwrap().may_consent_for_organisation,
        "CONSENT-PAGE"
    );
    let all = grants().await;
    assert!(
        all.iter()
            .all(|grant| grant.consent_type == ConsentType::AllPrincipals && grant.principal.is_none()),
        "{all:?}"
    );
    // Nobody is asked any more, not even in silence.
    sam.consent = None;
    let extra = [SILENT[0], ARCHIVE_READ[0]];
    sam.sign_in_with(&house, BOARD, &extra, SAM, None).await.code();
    assert!(sam.consent.is_none());
}

#[tokio::test]
async fn where_users_may_not_consent_an_administrator_is_needed() {
    let house = House::open().await;
    let settings = TenantSettings {
        users_may_consent: false,
        ..TenantSettings::default()
    };
    house
        .engine
        .set_tenant_settings(&actor(), house.tenant.id, settings)
        .await
        .unwrap();
    let card = house.card(SAM);
    let leaf = Some(card.certificate_der());
    let mut sam = house.browser();
    let end = sam.sign_in_with(&house, BOARD, &[], SAM, leaf).await;
    assert!(sam.consent.clone().unwrap().administrator_needed, "CONSENT-PAGE");
    assert_eq!(end.number(), 90_094, "an answer to that page grants nothing");
    let rows = house.log().await;
    assert!(
        rows.iter().any(|row| row.status.error_code() == 90_094),
        "CONSENT-PAGE: the log tells the administrator"
    );
    assert_eq!(
        sam.sign_in_with(&house, BOARD, &SILENT, SAM, None).await.number(),
        65_001
    );
    sam.accept = false;
    let end = sam.sign_in_with(&house, BOARD, &[], SAM, None).await;
    assert!(matches!(end, End::Told { number: 65_004, .. }), "{end:?}");
    // An administrator is asked and may grant it for herself alone.
    make_administrator(&house, JANE, DirectoryRole::GLOBAL_ADMINISTRATOR).await;
    let card = house.card(JANE);
    let mut jane = house.browser();
    jane.sign_in_with(&house, BOARD, &[], JANE, Some(card.certificate_der()))
        .await
        .code();
    sam.accept = true;
    assert_eq!(
        sam.sign_in_with(&house, BOARD, &[], SAM, None).await.number(),
        90_094
    );
}

#[tokio::test]
async fn the_endpoint_for_administrators_grants_what_is_configured() {
    let house = House::open().await;
    add_archive(&house).await;
    make_administrator(&house, JANE, DirectoryRole::APPLICATION_ADMINISTRATOR).await;
    let new = NewApplication {
        display_name: "Desk".to_owned(),
        redirect_uris: vec![lanyard_directory::RedirectUri {
            uri: "https://desk.example/".to_owned(),
            kind: lanyard_directory::RedirectUriKind::Web,
        }],
        required_scopes: vec!["api://archive/Read".to_owned()],
        ..NewApplication::default()
    };
    let desk = house
        .engine
        .create_application(&actor(), house.tenant.id, new)
        .await
        .unwrap();
    let (janes, sams) = (house.card(JANE), house.card(SAM));
    let id = desk.app_id.to_string();
    let ask = |more: &[(&str, &str)]| {
        let mut pairs = vec![("client_id", id.as_str()), ("state", "a b")];
        pairs.extend(more);
        owned(&pairs)
    };
    let uri = ("redirect_uri", "https://desk.example/done");
    let begin = async |browser: &crate::browser::Browser, pairs, version_one| {
        house
            .engine
            .begin_administrator_consent(&browser.facts, pairs, version_one, browser.session.as_deref())
            .await
            .unwrap()
    };

    // Where the answer may go: CONSENT-ADMINISTRATOR-ENDPOINT, OAUTH-REDIRECT-EXTENDED.
    let mut jane = house.browser();
    for (uri, good) in [
        ("https://desk.example/", true),
        ("https://desk.example/done/twice", true),
        ("https://desk.example/../evil", false),
        ("https://desk.example/done?x=1", false),
        ("https://desk.example.evil.example/", false),
        ("https://evil.example/", false),
        ("https://desk.example//evil.example", false),
    ] {
        let outcome = begin(&jane, ask(&[("redirect_uri", uri)]), true).await;
        match outcome.step {
            AuthorizationStep::SignIn(_) => assert!(good, "{uri}"),
            AuthorizationStep::Problem(problem) => {
                assert!(!good && problem.code.number() == 50_011, "{uri}");
            }
            other => panic!("{uri}: {other:?}"),
        }
    }
    let outcome = begin(&jane, ask(&[uri]), false).await;
    let AuthorizationStep::Problem(problem) = outcome.step else {
        panic!("the v2.0 form needs a scope")
    };
    assert_eq!(problem.code.number(), 900_144);

    // Somebody who may not: told so, and the application hears permission_denied.
    let mut sam = house.browser();
    sam.accept = false;
    let outcome = begin(&sam, ask(&[uri]), true).await;
    let end = sam
        .follow_to_address(&house, outcome, SAM, Some(sams.certificate_der()))
        .await;
    assert!(sam.consent.clone().unwrap().administrator_needed);
    assert!(
        end.starts_with("https://desk.example/done?error=permission_denied") && end.contains("state=a+b"),
        "{end}"
    );
    sam.accept = true;
    let outcome = begin(&sam, ask(&[uri]), true).await;
    let end = sam.follow(&house, outcome, SAM, None).await;
    assert_eq!(end.number(), 90_094);
    let store = house.store().await;
    let grants = async || {
        store
            .permission_grants(house.tenant.id, desk.app_id)
            .await
            .unwrap()
    };
    assert!(grants().await.is_empty());

    let outcome = begin(&jane, ask(&[uri]), true).await;
    let end = jane
        .follow_to_address(&house, outcome, JANE, Some(janes.certificate_der()))
        .await;
    let end = Url::parse(&end).unwrap();
    let pairs: std::collections::BTreeMap<_, _> = end.query_pairs().into_owned().collect();
    assert_eq!(
        (
            pairs["admin_consent"].as_str(),
            &pairs["tenant"],
            pairs["state"].as_str()
        ),
        ("True", &house.tenant.id.to_string(), "a b")
    );
    let page = jane.consent.clone().unwrap();
    assert!(page.for_organisation_only && page.permissions.contains(&"Read the archive".to_owned()));
    let archive = grants().await;
    assert!(
        archive
            .iter()
            .any(|grant| grant.scopes == ["Read"] && grant.consent_type == ConsentType::AllPrincipals),
        "{archive:?}"
    );
    // By scope, one permission more.
    let more = [uri, ("scope", "api://archive/Write")];
    let outcome = begin(&jane, ask(&more), false).await;
    let AuthorizationStep::Consent(_) = &outcome.step else {
        panic!("{:?}", outcome.step)
    };
    jane.follow_to_address(&house, outcome, JANE, None).await;
    assert!(
        grants()
            .await
            .iter()
            .any(|grant| grant.scopes == ["Read", "Write"])
    );
}

#[tokio::test]
async fn application_permissions_are_granted_with_the_consent_of_who_may_grant_them() {
    let house = House::open().await;
    let new = NewApplication {
        display_name: "Robot".to_owned(),
        redirect_uris: vec![lanyard_directory::RedirectUri {
            uri: "https://robot.example/".to_owned(),
            kind: lanyard_directory::RedirectUriKind::Web,
        }],
        ..NewApplication::default()
    };
    let mut robot = house
        .engine
        .create_application(&actor(), house.tenant.id, new)
        .await
        .unwrap();
    let permission = lanyard_directory::graph_app_roles()
        .into_iter()
        .find(|role| role.value == "User.Read.All")
        .unwrap();
    robot.required_resource_access = vec![RequiredResourceAccess {
        resource_app_id: GRAPH_APP_ID,
        resource_access: vec![ResourceAccess {
            id: permission.id,
            kind: ResourceAccessKind::Role,
        }],
    }];
    let store = house.store().await;
    store.update_application(&robot).await.unwrap();
    let principal = store
        .service_principal(house.tenant.id, robot.app_id)
        .await
        .unwrap()
        .unwrap();
    let held = async || {
        let held = store
            .app_role_assignments_of(house.tenant.id, principal.id)
            .await
            .unwrap();
        held.into_iter()
            .map(|assignment| (assignment.resource, assignment.app_role))
            .collect::<Vec<_>>()
    };
    let id = robot.app_id.to_string();
    let begin = async |browser: &crate::browser::Browser| {
        let pairs = owned(&[
            ("client_id", id.as_str()),
            ("redirect_uri", "https://robot.example/"),
        ]);
        house
            .engine
            .begin_administrator_consent(&browser.facts, pairs, true, browser.session.as_deref())
            .await
            .unwrap()
    };

    // CONSENT-APPLICATION-PERMISSIONS: who may consent to everything else may not give away the directory.
    make_administrator(&house, SAM, DirectoryRole::CLOUD_APPLICATION_ADMINISTRATOR).await;
    let card = house.card(SAM);
    let mut sam = house.browser();
    let outcome = begin(&sam).await;
    let end = sam
        .follow(&house, outcome, SAM, Some(card.certificate_der()))
        .await;
    assert_eq!(end.number(), 90_094);
    let page = sam.consent.clone().unwrap();
    assert!(page.administrator_needed, "{page:?}");
    assert!(
        page.permissions.iter().any(|line| line.contains("User.Read.All")),
        "{page:?}"
    );
    assert_eq!(held().await, []);

    make_administrator(&house, JANE, DirectoryRole::PRIVILEGED_ROLE_ADMINISTRATOR).await;
    let card = house.card(JANE);
    let mut jane = house.browser();
    let outcome = begin(&jane).await;
    let end = jane
        .follow_to_address(&house, outcome, JANE, Some(card.certificate_der()))
        .await;
    assert!(end.contains("admin_consent=True"), "{end}");
    assert_eq!(held().await, [(GRAPH_APP_ID, permission.id)]);
    let audits = store.audits(house.tenant.id, None, 100).await.unwrap();
    assert!(
        audits
            .iter()
            .any(|row| row.activity == "Consent to application" && row.body.contains("User.Read.All")),
        "CONSENT-APPLICATION-PERMISSIONS: the audit row names it"
    );

    // What is held is not asked for again, and nothing is assigned twice.
    let outcome = begin(&jane).await;
    jane.follow_to_address(&house, outcome, JANE, None).await;
    let page = jane.consent.clone().unwrap();
    assert!(!page.permissions.iter().any(|line| line.contains("User.Read.All")));
    assert_eq!(held().await.len(), 1);

    // Several administrators answer at the same moment: all are taken, and it is granted once.
    let given = store
        .app_role_assignments_of(house.tenant.id, principal.id)
        .await
        .unwrap();
    let caller = Caller::local_operator(house.tenant.id);
    house
        .engine
        .remove_app_role_assignment(&caller, given[0].id)
        .await
        .unwrap();
    let answer_to = async |outcome: lanyard_engine::StepOutcome| {
        let AuthorizationStep::Consent(page) = outcome.step else {
            panic!("{:?}", outcome.step)
        };
        let session = jane.session.as_deref();
        let answer = house.engine.answer_consent(
            &jane.facts,
            &page.context,
            ConsentDecision::AcceptForOrganisation,
            session,
        );
        answer.await.unwrap().step
    };
    let mut pages = Vec::new();
    for _ in 0..8 {
        pages.push(begin(&jane).await);
    }
    for step in futures_util::future::join_all(pages.into_iter().map(answer_to)).await {
        assert!(matches!(step, AuthorizationStep::Reply(_)), "{step:?}");
    }
    assert_eq!(held().await, [(GRAPH_APP_ID, permission.id)]);

    // CONSENT-AS-SHOWN: what the application came to need while the page was read is not granted by its answer.
    let outcome = begin(&jane).await;
    let AuthorizationStep::Consent(page) = outcome.step else {
        panic!("{:?}", outcome.step)
    };
    let more = lanyard_directory::graph_app_roles()
        .into_iter()
        .find(|role| role.value == "Directory.ReadWrite.All")
        .unwrap();
    robot.required_resource_access[0]
        .resource_access
        .push(ResourceAccess {
            id: more.id,
            kind: ResourceAccessKind::Role,
        });
    let change = ApplicationChange {
        required_resource_access: Some(robot.required_resource_access.clone()),
        ..ApplicationChange::default()
    };
    let owner = Caller::local_operator(house.tenant.id);
    house
        .engine
        .change_application_by(&owner, &id, true, &change)
        .await
        .unwrap();
    let answer = async |page: &ConsentPrompt| {
        let decision = ConsentDecision::AcceptForOrganisation;
        let session = jane.session.as_deref();
        let answered = house
            .engine
            .answer_consent(&jane.facts, &page.context, decision, session)
            .await;
        answered.unwrap().step
    };
    let AuthorizationStep::Consent(again) = answer(&page).await else {
        panic!("CONSENT-AS-SHOWN: asked again")
    };
    assert!(
        again
            .permissions
            .iter()
            .any(|line| line.contains("Directory.ReadWrite.All"))
    );
    assert_eq!(held().await.len(), 1, "CONSENT-AS-SHOWN");
    assert!(matches!(answer(&again).await, AuthorizationStep::Reply(_)));
    assert_eq!(held().await.len(), 2);
}
