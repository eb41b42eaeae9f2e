//! Everything the files hold.

use std::collections::HashMap;

use lanyard_engine::administer::{ClassicAuthority, KeptPolicy, NewDenial, NewGroup, NewPki, NewUser};
use lanyard_engine::{MemberKind, TenantSettings};
use serde_json::Value;
use uuid::Uuid;

use crate::Untranslated;

/// Everything the files hold.
#[derive(Default)]
pub struct Found {
    /// The x509 method, as Graph writes it.
    pub policy: Option<Value>,
    /// The tenant's own settings.
    pub settings: Option<TenantSettings>,
    /// The classic trust store.
    pub authorities: Option<Vec<ClassicAuthority>>,
    /// Containers of the PKI store.
    pub pki: Vec<NewPki>,
    /// Users.
    pub users: Vec<NewUser>,
    /// Groups with their members.
    pub groups: Vec<NewGroup>,
    /// Members of groups from files of their own.
    pub members: HashMap<Uuid, Vec<Uuid>>,
    /// Policies that are kept as they are.
    pub kept: Vec<KeptPolicy>,
    /// Certificates that were denied.
    pub denials: Vec<NewDenial>,
    /// What does not translate.
    pub untranslated: Untranslated,
    /// Objects seen so far.
    pub(crate) objects: usize,
}

impl Found {
    /// A sentence that counts what there is.
    #[must_use]
    pub fn summary(&self) -> String {
        let authorities: usize = self.pki.iter().map(|pki| pki.authorities.len()).sum();
        let mut parts = vec![
            counted(self.users.len(), "user"),
            counted(self.groups.len(), "group"),
            match &self.authorities {
                Some(list) => format!("a trust store of {}", counted_ies(list.len())),
                None => "no trust store".to_owned(),
            },
        ];
        if !self.pki.is_empty() {
            parts.push(format!(
                "{} with {}",
                counted(self.pki.len(), "PKI"),
                counted_ies(authorities)
            ));
        }
        parts.push(match &self.policy {
            Some(_) => "a method policy".to_owned(),
            None => "no method policy".to_owned(),
        });
        if self.settings.is_some() {
            parts.push("settings".to_owned());
        }
        if !self.denials.is_empty() {
            parts.push(counted(self.denials.len(), "denied certificate"));
        }
        if !self.kept.is_empty() {
            parts.push(format!("{} to keep", counted(self.kept.len(), "object")));
        }
        parts.join(", ")
    }

    /// Adds members of a group, whether it was read already or not.
    pub(crate) fn add_member(&mut self, group: Uuid, member: Uuid) {
        self.members.entry(group).or_default().push(member);
    }

    /// Puts members from files of their own into their groups; names what belongs to no group.
    pub(crate) fn join_members(&mut self) {
        for group in &mut self.groups {
            if let Some(more) = self.members.remove(&group.id) {
                group.members.extend(more);
            }
        }
        let mut lost: Vec<(Uuid, usize)> = self
            .members
            .drain()
            .map(|(group, members)| (group, members.len()))
            .collect();
        lost.sort_unstable();
        for (group, count) in lost {
            self.untranslated.add(
                "",
                "members",
                &group.to_string(),
                format!("{count} members of a group that is in none of the files"),
            );
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

fn counted_ies(count: usize) -> String {
    if count == 1 {
        "1 authority".to_owned()
    } else {
        format!("{count} authorities")
    }
}

/// `@odata.type` of a member.
pub(crate) const fn member_type(kind: MemberKind) -> &'static str {
    match kind {
        MemberKind::User => "#microsoft.graph.user",
        MemberKind::Group => "#microsoft.graph.group",
    }
}
