//! Every statement of the store, in lists, so that a test can prepare each of them on both databases.

/// Declares statements as constants and the list of them.
macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(const $name: &str = $sql;)*
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[&str] = &[$($name),*];
    };
}
pub(crate) use statements;

/// `tenant = $1` where no index takes it. SQLite supposes that a tenant has a handful of rows, and prefers an index on tenants to
/// the one on what is asked for; it would then read all rows of the tenant.
macro_rules! tenant_by_no_index {
    () => {
        "CASE WHEN tenant = $1 THEN 1 ELSE 0 END = 1"
    };
}
pub(crate) use tenant_by_no_index;

/// All lists.
#[cfg(test)]
pub(crate) const ALL: &[&[&str]] = &[
    crate::app_role_assignments::STATEMENTS,
    crate::applications::STATEMENTS,
    crate::audits::STATEMENTS,
    crate::change::STATEMENTS,
    crate::configurations::STATEMENTS,
    crate::crls::STATEMENTS,
    crate::denied_certificates::STATEMENTS,
    crate::kept_policies::STATEMENTS,
    crate::deleted::STATEMENTS,
    crate::device_codes::STATEMENTS,
    crate::devices::STATEMENTS,
    crate::grants::STATEMENTS,
    crate::group_pages::STATEMENTS,
    crate::groups::STATEMENTS,
    crate::housekeeping::STATEMENTS,
    crate::keys::STATEMENTS,
    crate::nested_members::STATEMENTS,
    crate::once::STATEMENTS,
    crate::owners::STATEMENTS,
    crate::roles::STATEMENTS,
    crate::sessions::STATEMENTS,
    crate::sign_ins::STATEMENTS,
    crate::store::STATEMENTS,
    crate::stored_form::STATEMENTS,
    crate::tenants::STATEMENTS,
    crate::user_pages::STATEMENTS,
    crate::user_with_groups::STATEMENTS,
    crate::users::STATEMENTS,
];

#[cfg(test)]
mod plans;
