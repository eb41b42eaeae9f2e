//! Creating very many users.

use lanyard_engine::administer::{ImportedUsers, NewUser};

use crate::house::{House, JANE, actor};

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
