//! Creating very many users.

use std::collections::{HashMap, HashSet};

use lanyard_directory::{TenantId, User, UserId};
use serde_json::{Value, json};

use crate::administer::{Actor, NewUser, Told};
use crate::{Engine, EngineError};

/// Users written in one unit of work; the other writers wait meanwhile.
const BUNDLE: usize = 1_000;

/// A row that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFinding {
    /// Position among the given rows, from 0.
    pub row: usize,
    /// What is wrong.
    pub message: String,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedUsers {
    /// Users that are new.
    pub created: usize,
    /// Users that were there already and were left as they are.
    pub present: usize,
    /// Those of them that have another object id than the given one: the given one, and theirs.
    pub other_ids: Vec<(UserId, UserId)>,
}

/// A row that is right in itself.
struct Drafted {
    row: usize,
    key: String,
    /// The object id that was asked for.
    given: Option<UserId>,
    user: User,
    canonical: Vec<String>,
}

/// Rows that passed every check.
#[derive(Debug)]
struct Checked {
    users: Vec<(User, Vec<String>)>,
    present: usize,
    other_ids: Vec<(UserId, UserId)>,
    /// Object ids that were asked for.
    given_ids: HashSet<UserId>,
}

impl Checked {
    /// Orders the users by name, and the object ids that nobody asked for with them. A bundle then goes to neighbouring places of every
    /// index; ids in random order would touch a page of its own for each user and index: many times as much to write.
    fn put_in_order(&mut self) {
        self.users
            .sort_by_cached_key(|(user, _)| User::upn_key(&user.user_principal_name));
        let given = &self.given_ids;
        let new = |user: &User| !given.contains(&user.id);
        let mut ids: Vec<UserId> = self
            .users
            .iter()
            .map(|(user, _)| user)
            .filter(|user| new(user))
            .map(|user| user.id)
            .collect();
        ids.sort_unstable();
        let with_new_ids = self.users.iter_mut().filter(|(user, _)| new(user));
        for ((user, _), id) in with_new_ids.zip(ids) {
            user.id = id;
        }
    }
}

impl Engine {
    /// Creates users in bundles of a thousand, each bundle whole or not at all, after all rows were checked.
    ///
    /// Rule `IMPORT-ALL-CHECKED`: no user is created while any row of the import is wrong: malformed, outside the tenant's domains,
    /// twice in the import, or with a certificate user id of another user. Source: certificate-sign-in §6.6.
    ///
    /// Rule `IMPORT-RESUMES`: a user whose name is there already is left as it is and counted, so that an import that was broken
    /// off is completed by running it again. Source: certificate-sign-in §6.6.
    ///
    /// `progress` is told how many rows are done, first while checking, then while writing.
    ///
    /// # Errors
    /// Only when the database fails; bundles written until then stay. The inner error lists what is wrong; nothing was created then.
    pub async fn import_users(
        &self,
        actor: &Actor,
        tenant: TenantId,
        rows: Vec<NewUser>,
        mut progress: impl FnMut(&'static str, usize),
    ) -> Result<Result<ImportedUsers, Vec<ImportFinding>>, EngineError> {
        let mut checked = match self.check_import(tenant, rows, &mut progress).await? {
            Ok(checked) => checked,
            Err(findings) => return Ok(Err(findings)),
        };
        checked.put_in_order();
        let mut imported = ImportedUsers {
            created: 0,
            present: checked.present,
            other_ids: checked.other_ids,
        };
        for bundle in checked.users.chunks(BUNDLE) {
            let first = bundle.first().map(|(user, _)| user.user_principal_name.clone());
            let told = Told {
                actor,
                tenant,
                activity: "Bulk import users - finished (bulk)",
                target: format!("{} users from {}", bundle.len(), first.unwrap_or_default()),
                old: Value::Null,
                new: json!(
                    bundle
                        .iter()
                        .map(|(user, _)| &user.user_principal_name)
                        .collect::<Vec<_>>()
                ),
            };
            let audit = self.audit_row(told)?;
            self.store.insert_users(bundle, Some(audit)).await?;
            imported.created += bundle.len();
            progress("written", imported.created);
        }
        self.directory.forget_users();
        Ok(Ok(imported))
    }

    async fn check_import(
        &self,
        tenant: TenantId,
        rows: Vec<NewUser>,
        progress: &mut impl FnMut(&'static str, usize),
    ) -> Result<Result<Checked, Vec<ImportFinding>>, EngineError> {
        let mut checked = Checked {
            users: Vec::with_capacity(rows.len()),
            present: 0,
            other_ids: Vec::new(),
            given_ids: HashSet::new(),
        };
        let mut findings = Vec::new();
        let mut names: HashMap<String, usize> = HashMap::with_capacity(rows.len());
        let mut ids: HashMap<String, usize> = HashMap::new();
        let mut bundle = Vec::with_capacity(BUNDLE);
        let all = rows.len();
        for (row, new) in rows.into_iter().enumerate() {
            let mut finding = |message: String| findings.push(ImportFinding { row, message });
            let given = new.id;
            let (user, canonical) = match self.drafted_user(tenant, new) {
                Ok(drafted) => drafted,
                Err(EngineError::InvalidChange(message)) => {
                    finding(message);
                    continue;
                }
                Err(other) => return Err(other),
            };
            let key = User::upn_key(&user.user_principal_name);
            if let Some(earlier) = names.insert(key.clone(), row) {
                finding(format!(
                    "{} stands in row {} already",
                    user.user_principal_name,
                    earlier + 1
                ));
                continue;
            }
            for id in &canonical {
                if let Some(earlier) = ids.insert(id.clone(), row) {
                    finding(format!(
                        "the certificate user id {id} stands in row {} already",
                        earlier + 1
                    ));
                }
            }
            bundle.push(Drafted {
                row,
                key,
                given,
                user,
                canonical,
            });
            if bundle.len() == BUNDLE {
                self.check_with_stored(tenant, &mut bundle, &mut checked, &mut findings)
                    .await?;
                progress("checked", row + 1);
            }
        }
        self.check_with_stored(tenant, &mut bundle, &mut checked, &mut findings)
            .await?;
        progress("checked", all);
        findings.sort_by_key(|finding| finding.row);
        Ok(if findings.is_empty() {
            Ok(checked)
        } else {
            Err(findings)
        })
    }

    /// Compares a bundle with the users that are there, by a few statements for all of them.
    async fn check_with_stored(
        &self,
        tenant: TenantId,
        bundle: &mut Vec<Drafted>,
        checked: &mut Checked,
        findings: &mut Vec<ImportFinding>,
    ) -> Result<(), EngineError> {
        let keys: Vec<String> = bundle.iter().map(|drafted| drafted.key.clone()).collect();
        let present = self.store.user_ids_by_upn(tenant, &keys).await?;
        bundle.retain(|drafted| {
            let Some(present) = present.get(&drafted.key) else {
                return true;
            };
            checked.present += 1;
            if let Some(given) = drafted.given.filter(|given| given != present) {
                checked.other_ids.push((given, *present));
            }
            false
        });
        let ids: Vec<String> = bundle
            .iter()
            .flat_map(|drafted| drafted.canonical.iter().cloned())
            .collect();
        let owners = self.store.owners_of_certificate_user_ids(tenant, &ids).await?;
        for drafted in bundle.drain(..) {
            for id in &drafted.canonical {
                if let Some(owner) = owners.get(id) {
                    findings.push(ImportFinding {
                        row: drafted.row,
                        message: format!("the certificate user id {id} belongs to {owner}"),
                    });
                }
            }
            checked.given_ids.extend(drafted.given);
            checked.users.push((drafted.user, drafted.canonical));
        }
        Ok(())
    }
}
