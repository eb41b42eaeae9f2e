//! What a caller holds, and whether it is enough.

use std::fmt;

use lanyard_verdict::RuleId;

use crate::operation::Permissions;
use crate::{DirectoryRole, Operation};

/// What a caller of the directory API holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rights {
    /// A user through an application.
    Delegated {
        /// What the user granted to the application (`scp`).
        scopes: Vec<String>,
        /// Directory roles of the user.
        roles: Vec<DirectoryRole>,
    },
    /// An application for itself.
    Application {
        /// Its application permissions (`roles`).
        permissions: Vec<String>,
    },
    /// Who operates the machine may do everything.
    Operator,
}

/// Why something may not be done, and what would be enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What was asked for.
    pub operation: &'static str,
    /// The rule that decided.
    pub rule: RuleId,
    /// Least permissions that are missing; empty when permissions are not the matter.
    pub permissions: Vec<&'static str>,
    /// Directory roles of which one is missing, by name; empty when roles are not the matter.
    pub roles: Vec<&'static str>,
}

impl Rights {
    /// Whether the holder may do this.
    ///
    /// Rule `PERMISSION-DELEGATED`: a user who acts through an application needs a permission of the application and, where the
    /// operation names any, one of the directory roles; Global Administrators have every role, Global Readers every role
    /// that reads. Source: directory-policy-tokens §2.7, §10.
    ///
    /// Rule `PERMISSION-APPLICATION`: an application that acts for itself needs an application permission, and no role.
    /// Source: directory-policy-tokens §10.
    ///
    /// # Errors
    /// What is missing.
    pub fn may(&self, operation: &Operation) -> Result<(), Denial> {
        match self {
            Self::Operator => Ok(()),
            Self::Application { permissions } => {
                if holds_one(permissions, operation.application) {
                    return Ok(());
                }
                Err(Denial {
                    operation: operation.name,
                    rule: RuleId::new("PERMISSION-APPLICATION"),
                    permissions: least(operation.application),
                    roles: Vec::new(),
                })
            }
            Self::Delegated { scopes, roles } => {
                let has_scope = holds_one(scopes, operation.delegated);
                let has_role = Self::has_role_for(roles, operation);
                if has_scope && has_role {
                    return Ok(());
                }
                Err(Denial {
                    operation: operation.name,
                    rule: RuleId::new("PERMISSION-DELEGATED"),
                    permissions: if has_scope {
                        Vec::new()
                    } else {
                        least(operation.delegated)
                    },
                    roles: if has_role {
                        Vec::new()
                    } else {
                        operation
                            .roles
                            .iter()
                            .filter_map(|role| role.display_name())
                            .collect()
                    },
                })
            }
        }
    }
}

/// What whoever owns a thing may do to it.
const OWNERS_MAY: [&Operation; 4] = [
    &Operation::CHANGE_APPLICATION,
    &Operation::CHANGE_GROUP,
    &Operation::CHANGE_MEMBERS,
    &Operation::DELETE_GROUP,
];
/// The application permission that is worth something for applications the caller owns.
const OWNED_APPLICATIONS: &str = "Application.ReadWrite.OwnedBy";

impl Rights {
    /// Whether the holder may do this to a thing that belongs to the holder.
    ///
    /// Rule `PERMISSION-OWNER`: who owns a group or an application may change and delete it: a user with the permission but without
    /// any directory role, an application with `Application.ReadWrite.OwnedBy`; role-assignable groups are excepted. Source:
    /// directory-policy-tokens §2.3, §10.
    #[must_use]
    pub fn may_as_owner(&self, operation: &Operation) -> bool {
        if self.may(operation).is_ok() {
            return true;
        }
        if !OWNERS_MAY.contains(&operation) {
            return false;
        }
        match self {
            Self::Operator => true,
            Self::Application { permissions } => {
                *operation == Operation::CHANGE_APPLICATION
                    && permissions.iter().any(|name| name == OWNED_APPLICATIONS)
            }
            Self::Delegated { scopes, .. } => holds_one(scopes, operation.delegated),
        }
    }

    /// Whether one of these roles is enough for an operation.
    pub(crate) fn has_role_for(roles: &[DirectoryRole], operation: &Operation) -> bool {
        operation.roles.is_empty()
            || roles.contains(&DirectoryRole::GLOBAL_ADMINISTRATOR)
            || (operation.reads && roles.contains(&DirectoryRole::GLOBAL_READER))
            || operation.roles.iter().any(|role| roles.contains(role))
    }
}

fn holds_one(held: &[String], alternatives: Permissions) -> bool {
    alternatives
        .iter()
        .any(|all| all.iter().all(|needed| held.iter().any(|name| name == needed)))
}

fn least(alternatives: Permissions) -> Vec<&'static str> {
    alternatives.first().map(|all| all.to_vec()).unwrap_or_default()
}

impl fmt::Display for Denial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Insufficient privileges to complete the operation. To {}",
            self.operation
        )?;
        match (self.permissions.as_slice(), self.roles.as_slice()) {
            ([], []) => formatter.write_str(" is not open to this kind of caller."),
            (permissions, []) => write!(formatter, " needs the permission {}.", permissions.join(" and ")),
            ([], roles) => write!(formatter, " needs the role {}.", roles.join(" or ")),
            (permissions, roles) => write!(
                formatter,
                " needs the permission {} and the role {}.",
                permissions.join(" and "),
                roles.join(" or ")
            ),
        }
    }
}
