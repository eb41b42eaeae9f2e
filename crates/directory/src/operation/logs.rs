//! Operations on logs.

use crate::{DirectoryRole, Operation};

pub(super) const ALL: &[&Operation] = &[&Operation::READ_LOGS];

impl Operation {
    /// Read the sign-in and audit logs.
    pub const READ_LOGS: Self = Self {
        name: "read the logs",
        actions: &[
            "microsoft.directory/auditLogs/allProperties/read",
            "microsoft.directory/signInReports/allProperties/read",
        ],
        reads: true,
        delegated: &[&["AuditLog.Read.All"]],
        application: &[&["AuditLog.Read.All"]],
        roles: &[
            DirectoryRole::REPORTS_READER,
            DirectoryRole::GLOBAL_READER,
            DirectoryRole::SECURITY_READER,
            DirectoryRole::SECURITY_OPERATOR,
            DirectoryRole::SECURITY_ADMINISTRATOR,
        ],
    };
}
