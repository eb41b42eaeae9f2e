//! What can be done over the directory API, and the least that must be held to do it.

mod applications;
mod conditional_access;
mod consent;
mod devices;
mod groups;
mod logs;
mod organization;
mod policy;
mod roles;
mod trust;
mod users;

use crate::DirectoryRole;

/// Alternatives; of each alternative every permission is needed.
pub type Permissions = &'static [&'static [&'static str]];

/// One thing a caller can ask for. Operations are constants, one file for each kind of thing; all of them stand in
/// [`Operation::all`]. Source: directory-policy-tokens §2.7, §10, certificate-sign-in §8.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What it is, for people: "change the certificate method policy".
    pub name: &'static str,
    /// The actions a role definition lists for it: `microsoft.directory/users/create`. Empty: what everybody may do to oneself.
    pub actions: &'static [&'static str],
    /// It changes nothing: a Global Reader may, too.
    pub reads: bool,
    /// Delegated permissions, the least privileged alternative first. Empty: not for users.
    pub delegated: Permissions,
    /// Application permissions, likewise. Empty: not for applications.
    pub application: Permissions,
    /// Directory roles of which a user needs one, the least privileged first; a Global Administrator needs no other.
    /// Empty: every user may.
    pub roles: &'static [DirectoryRole],
}

impl Operation {
    /// Every operation there is.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        [
            policy::ALL,
            conditional_access::ALL,
            trust::ALL,
            logs::ALL,
            consent::ALL,
            users::ALL,
            groups::ALL,
            applications::ALL,
            roles::ALL,
            organization::ALL,
            devices::ALL,
        ]
        .into_iter()
        .flatten()
        .copied()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{graph_app_roles, graph_permission_scopes};

    #[test]
    fn every_permission_is_one_that_can_be_granted() {
        let delegated: BTreeSet<String> = graph_permission_scopes()
            .into_iter()
            .map(|scope| scope.value)
            .collect();
        let application: BTreeSet<String> = graph_app_roles().into_iter().map(|role| role.value).collect();
        for operation in Operation::all() {
            for name in operation.delegated.iter().copied().flatten() {
                assert!(delegated.contains(*name), "{}: {name}", operation.name);
            }
            for name in operation.application.iter().copied().flatten() {
                assert!(application.contains(*name), "{}: {name}", operation.name);
            }
            for role in operation.roles {
                assert!(role.display_name().is_some(), "{}: {role:?}", operation.name);
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = Operation::all().map(|operation| operation.name).collect();
        assert_eq!(names.len(), Operation::all().count());
    }
}
