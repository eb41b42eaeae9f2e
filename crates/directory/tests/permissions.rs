//! Every operation with every role, every delegated permission and every application permission there is.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use lanyard_directory::{DirectoryRole, Operation, Rights, graph_app_roles, graph_permission_scopes};

fn delegated(scopes: &[&str], roles: &[DirectoryRole]) -> Rights {
    Rights::Delegated {
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        roles: roles.to_vec(),
    }
}

fn application(permissions: &[&str]) -> Rights {
    Rights::Application {
        permissions: permissions.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// PERMISSION-DELEGATED: over all operations, roles and permissions, exactly those of the table suffice, and only together.
#[test]
fn the_matrix_of_users() {
    let scopes = graph_permission_scopes();
    for operation in Operation::all() {
        let good = operation.delegated.first().copied().unwrap_or_default();
        for (role, name) in DirectoryRole::BUILT_IN {
            let expected = !good.is_empty()
                && (operation.roles.is_empty()
                    || operation.roles.contains(role)
                    || *role == DirectoryRole::GLOBAL_ADMINISTRATOR
                    || (operation.reads && *role == DirectoryRole::GLOBAL_READER));
            let outcome = delegated(good, &[*role]).may(operation);
            assert_eq!(outcome.is_ok(), expected, "{} as {name}", operation.name);
            if let (Err(denial), false) = (outcome, good.is_empty()) {
                assert!(
                    denial.permissions.is_empty() && !denial.roles.is_empty(),
                    "{denial}"
                );
            }
        }
        let none = delegated(good, &[]).may(operation);
        assert_eq!(
            none.is_ok(),
            operation.roles.is_empty() && !good.is_empty(),
            "{}",
            operation.name
        );
        for scope in &scopes {
            let alone = operation.delegated.contains(&[scope.value.as_str()].as_slice());
            let outcome = delegated(&[&scope.value], &[DirectoryRole::GLOBAL_ADMINISTRATOR]).may(operation);
            assert_eq!(outcome.is_ok(), alone, "{} with {}", operation.name, scope.value);
            if let Err(denial) = outcome {
                assert!(denial.roles.is_empty(), "{denial}");
                assert_eq!(denial.permissions, good, "{denial}");
            }
        }
        for combination in operation.delegated.iter().filter(|all| all.len() > 1) {
            let admin = [DirectoryRole::GLOBAL_ADMINISTRATOR];
            assert!(delegated(combination, &admin).may(operation).is_ok());
        }
    }
}

/// PERMISSION-APPLICATION: likewise for applications, which have no roles.
#[test]
fn the_matrix_of_applications() {
    for operation in Operation::all() {
        for role in graph_app_roles() {
            let alone = operation.application.contains(&[role.value.as_str()].as_slice());
            let outcome = application(&[&role.value]).may(operation);
            assert_eq!(outcome.is_ok(), alone, "{} with {}", operation.name, role.value);
        }
        for combination in operation.application {
            assert!(application(combination).may(operation).is_ok());
        }
        assert!(application(&[]).may(operation).is_err(), "{}", operation.name);
        assert!(Rights::Operator.may(operation).is_ok());
    }
}

/// The least privileged role of each step of certificate sign-in, as documented.
#[test]
fn documented_roles() {
    let least = |operation: &Operation| operation.roles.first().and_then(|role| role.display_name());
    for (operation, role) in [
        (&Operation::CHANGE_CLASSIC_STORE, "Global Administrator"),
        (
            &Operation::CHANGE_PKI_STORE,
            "Privileged Authentication Administrator",
        ),
        (
            &Operation::CHANGE_METHOD_POLICY,
            "Authentication Policy Administrator",
        ),
        (&Operation::READ_LOGS, "Reports Reader"),
    ] {
        assert_eq!(least(operation), Some(role), "{}", operation.name);
    }
}

#[test]
fn a_denial_says_what_is_missing() {
    let sentence = |rights: Rights, operation| rights.may(operation).unwrap_err().to_string();
    assert_eq!(
        sentence(delegated(&[], &[]), &Operation::CHANGE_METHOD_POLICY),
        "Insufficient privileges to complete the operation. To change the authentication methods policy needs the permission \
         Policy.ReadWrite.AuthenticationMethod and the role Authentication Policy Administrator."
    );
    assert_eq!(
        sentence(application(&[]), &Operation::CHANGE_APP_ROLE_ASSIGNMENTS),
        "Insufficient privileges to complete the operation. To change app role assignments needs the permission \
         AppRoleAssignment.ReadWrite.All and Application.Read.All."
    );
}
