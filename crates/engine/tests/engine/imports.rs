//! Creating very many users.

use lanyard_directory::GroupId;
use lanyard_engine::administer::{GroupRows, GroupToImport, ImportedUsers, MemberToImport, NewUser};
use uuid::Uuid;

use crate::house::{House, JANE, SAM, actor};

fn person(number: usize) -> NewUser {
    NewUser {
        user_principal_name: format!("person{number:05}@agency.example"),
        display_name: format!("Person {number}"),
        certificate_user_ids: vec![format!("X509:<PN>{number:05}@mil")],
        ..NewUser::default()
    }
}

#[tokio::test]
async fn an_import_that_was_broken_off_is_completed_by_running_it_again() {
    // IMPORT-RESUMES
    let house = House::open().await;
    let tenant = house.tenant.id;
    let import = async |from: usize, to: usize| {
        let rows = (from..to).map(person).collect();
        house
            .engine
            .import_users(&actor(), tenant, rows, |_, _| {})
            .await
            .unwrap()
            .unwrap()
    };
    assert_eq!(
        import(0, 1_200).await,
        ImportedUsers {
            created: 1_200,
            present: 0,
            ..ImportedUsers::default()
        }
    );
    assert_eq!(
        import(0, 2_300).await,
        ImportedUsers {
            created: 1_100,
            present: 1_200,
            ..ImportedUsers::default()
        }
    );
    assert_eq!(
        import(0, 2_300).await,
        ImportedUsers {
            created: 0,
            present: 2_300,
            ..ImportedUsers::default()
        }
    );
    let last = house
        .engine
        .user_named(tenant, "person02299@agency.example")
        .await
        .unwrap();
    assert_eq!(last.certificate_user_ids, ["X509:<PN>02299@mil"]);
    let audits = house.store.audits(tenant, None, 50).await.unwrap();
    assert_eq!(
        audits
            .iter()
            .filter(|row| row.activity.starts_with("Bulk import users"))
            .count(),
        4
    );
}

#[tokio::test]
async fn nothing_is_imported_while_a_row_is_wrong() {
    // IMPORT-ALL-CHECKED
    let house = House::open().await;
    let tenant = house.tenant.id;
    house
        .engine
        .set_certificate_user_ids(&actor(), tenant, JANE, vec!["X509:<PN>00007@mil".to_owned()])
        .await
        .unwrap();
    let mut rows: Vec<NewUser> = (0..6).map(person).collect();
    rows[1].user_principal_name = "stranger@elsewhere.example".to_owned();
    rows[2] = NewUser {
        certificate_user_ids: vec![],
        ..person(0)
    };
    rows[3].display_name = String::new();
    rows[4].certificate_user_ids = person(7).certificate_user_ids;
    rows[5].certificate_user_ids = vec!["x509:<pn>00000@MIL".to_owned()];
    let findings = house
        .engine
        .import_users(&actor(), tenant, rows, |_, _| {})
        .await
        .unwrap()
        .unwrap_err();
    let rows: Vec<usize> = findings.iter().map(|finding| finding.row).collect();
    assert_eq!(rows, [1, 2, 3, 4, 5], "{findings:?}");
    assert!(findings[3].message.contains(JANE), "{findings:?}");
    assert!(
        house
            .engine
            .user_named(tenant, "person00000@agency.example")
            .await
            .is_err()
    );
}

fn group(name: &str, id: Option<u128>) -> GroupToImport {
    GroupToImport {
        id: id.map(|id| GroupId(Uuid::from_u128(id))),
        display_name: name.to_owned(),
    }
}

#[tokio::test]
async fn groups_are_imported_with_nested_members_and_completed_by_running_it_again() {
    // IMPORT-RESUMES, IMPORT-GROUP-ROWS
    let house = House::open().await;
    let tenant = house.tenant.id;
    let stranger = Uuid::from_u128(99);
    let import = GroupRows {
        groups: vec![
            group("Everybody", None),
            group("Card Holders", Some(7)),
            group("Empty", None),
        ],
        members: vec![
            (0, MemberToImport::Group(1)),
            (1, MemberToImport::UserName(" Jane@agency.example".into())),
            (1, MemberToImport::UserName(SAM.into())),
            (1, MemberToImport::UserName(SAM.into())),
            (2, MemberToImport::Id(Uuid::from_u128(7))),
            (2, MemberToImport::Id(stranger)),
        ],
    };
    let run = async |import: GroupRows| {
        let imported = house
            .engine
            .import_group_rows(&actor(), tenant, import, |_, _| {})
            .await;
        imported.unwrap().unwrap()
    };
    let first = run(import.clone()).await;
    assert_eq!((first.created, first.present, first.members), (3, 0, 4));
    assert_eq!(first.strangers.len(), 1);
    assert_eq!(
        (first.strangers[0].id, first.strangers[0].group.as_str()),
        (stranger, "Empty")
    );
    let again = run(import).await;
    assert_eq!((again.created, again.present, again.members), (0, 3, 0));
    let jane = house.engine.user_named(tenant, JANE).await.unwrap();
    let names = house.store.transitive_groups_of(tenant, jane.id.0).await.unwrap();
    assert_eq!(names.len(), 3);
    assert!(names.contains(&GroupId(Uuid::from_u128(7))));
}

#[tokio::test]
async fn no_group_is_imported_while_a_row_is_wrong() {
    // IMPORT-GROUP-ROWS
    let house = House::open().await;
    let tenant = house.tenant.id;
    for _ in 0..2 {
        house
            .engine
            .create_group(&actor(), tenant, "Twins")
            .await
            .unwrap();
    }
    let import = GroupRows {
        groups: vec![group("Staff", None), group(" ", None), group("twins", None)],
        members: vec![
            (0, MemberToImport::UserName(JANE.into())),
            (0, MemberToImport::Group(0)),
            (0, MemberToImport::UserName("nobody@agency.example".into())),
            (9, MemberToImport::UserName(JANE.into())),
        ],
    };
    let findings = house
        .engine
        .import_group_rows(&actor(), tenant, import, |_, _| {})
        .await
        .unwrap()
        .unwrap_err();
    let rows: Vec<usize> = findings.iter().map(|finding| finding.row).collect();
    assert_eq!(rows, [1, 2, 4, 5, 6], "{findings:?}");
    assert!(house.engine.group_named(tenant, "Staff").await.is_err());
}
