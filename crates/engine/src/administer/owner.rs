//! Use case: callers of the directory API say who owns groups, applications and service principals.

use lanyard_directory::{Operation, UserId};
use lanyard_storage::{Ownership, OwnershipKind, Write};
use serde_json::json;
use uuid::Uuid;

use crate::administer::Change;
use crate::{Caller, CallerIdentity, DirectoryObject, Engine, NotDone, ObjectKind};

/// Something that can be owned, by what a path names it.
#[derive(Clone, Copy, Debug)]
pub enum Ownable<'a> {
    /// A group by object id.
    Group(&'a str),
    /// An application by object id, or with `true` by client id.
    Application(&'a str, bool),
    /// A service principal by object id, or with `true` by client id.
    ServicePrincipal(&'a str, bool),
}

/// What is owned: its id, its kind.
type Owned = (Uuid, OwnershipKind);

/// Most owners of one object.
const MAX_OWNERS: usize = 100;

impl Engine {
    async fn owned(&self, caller: &Caller, object: Ownable<'_>) -> Result<Owned, NotDone> {
        Ok(match object {
            Ownable::Group(key) => {
                caller.may(&Operation::READ_MEMBERS)?;
                (self.group_by_key(caller, key).await?.id.0, OwnershipKind::Group)
            }
            Ownable::Application(key, by_client_id) => {
                caller.may(&Operation::READ_APPLICATIONS)?;
                let application = self.application_by_key(caller, key, by_client_id).await?;
                (application.id, OwnershipKind::Application)
            }
            Ownable::ServicePrincipal(key, by_client_id) => {
                caller.may(&Operation::READ_APPLICATIONS)?;
                let (principal, _) = self.service_principal_by_key(caller, key, by_client_id).await?;
                (principal.id, OwnershipKind::ServicePrincipal)
            }
        })
    }

    async fn owned_to_change(&self, caller: &Caller, object: Ownable<'_>) -> Result<Owned, NotDone> {
        Ok(match object {
            Ownable::Group(key) => {
                let group = self.group_to_change(caller, key, &[&Operation::CHANGE_GROUP]);
                (group.await?.id.0, OwnershipKind::Group)
            }
            Ownable::Application(key, by_client_id) => {
                let application = self.application_to_change(caller, key, by_client_id).await?;
                (application.id, OwnershipKind::Application)
            }
            Ownable::ServicePrincipal(key, by_client_id) => {
                let (principal, _) = self.principal_to_change(caller, key, by_client_id).await?;
                (principal.id, OwnershipKind::ServicePrincipal)
            }
        })
    }

    /// Who owns something, in the order of their ids.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn owners_of(
        &self,
        caller: &Caller,
        object: Ownable<'_>,
    ) -> Result<Vec<DirectoryObject>, NotDone> {
        let (id, _) = self.owned(caller, object).await?;
        let owners = self.store.owners(caller.tenant, id).await?;
        self.objects_of(caller, owners).await
    }

    /// What a user or service principal owns, in the order of the ids.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn owned_objects_of(
        &self,
        caller: &Caller,
        key: &str,
    ) -> Result<Vec<DirectoryObject>, NotDone> {
        let own = caller
            .user()
            .is_some_and(|own| key.parse::<UserId>().is_ok_and(|id| id == own));
        if own {
            caller.may(&Operation::READ_OWN_PROFILE)?;
        } else {
            caller.may(&Operation::READ_MEMBERSHIPS)?;
        }
        let owner = match self.user_by_key(caller, key).await {
            Ok(user) => user.id.0,
            Err(NotDone::NotFound(_)) => self.service_principal_by_key(caller, key, false).await?.0.id,
            Err(error) => return Err(error),
        };
        let owned = self.store.owned_by(caller.tenant, owner).await?;
        self.objects_of(caller, owned).await
    }

    async fn objects_of(&self, caller: &Caller, ids: Vec<Owned>) -> Result<Vec<DirectoryObject>, NotDone> {
        let mut found = Vec::with_capacity(ids.len());
        for (id, kind) in ids {
            let kind = match kind {
                OwnershipKind::User => ObjectKind::User,
                OwnershipKind::Group => ObjectKind::Group,
                OwnershipKind::Application => ObjectKind::Application,
                OwnershipKind::ServicePrincipal => ObjectKind::ServicePrincipal,
            };
            found.extend(self.object_of_kind(caller, kind, id).await?);
        }
        Ok(found)
    }

    async fn owner_kind(&self, caller: &Caller, id: Uuid) -> Result<Option<OwnershipKind>, NotDone> {
        if self.store.user(caller.tenant, UserId(id)).await?.is_some() {
            return Ok(Some(OwnershipKind::User));
        }
        let principal = self.store.service_principal_by_id(caller.tenant, id).await?;
        Ok(principal.map(|_| OwnershipKind::ServicePrincipal))
    }

    /// Makes a user or service principal an owner.
    ///
    /// Rule `DIRECTORY-OWNERS`: groups, applications and service principals are owned by users and service principals; a group that
    /// has an owner keeps at least one; who registers an application over the directory API becomes its owner. Source:
    /// directory-policy-tokens §2.3, §2.5.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Duplicate`], [`NotDone::Invalid`] for too many.
    pub async fn add_owner(&self, caller: &Caller, object: Ownable<'_>, owner: Uuid) -> Result<(), NotDone> {
        let (id, kind) = self.owned_to_change(caller, object).await?;
        let owner_kind = self.owner_kind(caller, owner).await?;
        let owner_kind = owner_kind.ok_or_else(|| NotDone::NotFound(owner.to_string()))?;
        let there = self.store.owners(caller.tenant, id).await?;
        if there.len() >= MAX_OWNERS {
            let sentence = format!("An object has at most {MAX_OWNERS} owners.");
            return Err(NotDone::invalid("owners", sentence));
        }
        let told = Change {
            activity: added(kind),
            target: id.to_string(),
            property: "",
            old: json!({ "id": id }),
            new: json!({ "id": id, "owner": owner }),
        };
        let ownership = Ownership {
            tenant: caller.tenant,
            object: id,
            kind,
            owner,
            owner_kind,
        };
        self.commit_for(caller, told, vec![Write::AddOwner(ownership)])
            .await
    }

    /// Ends an ownership.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`] for the last owner of a group.
    pub async fn remove_owner(
        &self,
        caller: &Caller,
        object: Ownable<'_>,
        owner: &str,
    ) -> Result<(), NotDone> {
        let (id, kind) = self.owned_to_change(caller, object).await?;
        let not_found = || NotDone::NotFound(owner.to_owned());
        let owner = Uuid::try_parse(owner).map_err(|_| not_found())?;
        let there = self.store.owners(caller.tenant, id).await?;
        if !there.iter().any(|(known, _)| *known == owner) {
            return Err(not_found());
        }
        if kind == OwnershipKind::Group && there.len() == 1 {
            return Err(NotDone::invalid(
                "owners",
                "The group must have at least one owner, hence this owner cannot be removed.",
            ));
        }
        let told = Change {
            activity: removed(kind),
            target: id.to_string(),
            property: "",
            old: json!({ "id": id, "owner": owner }),
            new: json!({ "id": id }),
        };
        let remove = Write::RemoveOwner {
            tenant: caller.tenant,
            object: id,
            owner,
        };
        self.commit_for(caller, told, vec![remove]).await
    }

    /// The ownership of whoever makes something.
    pub(crate) fn first_owner(caller: &Caller, (object, kind): Owned) -> Option<Write> {
        let owner_kind = match &caller.identity {
            CallerIdentity::User { .. } => OwnershipKind::User,
            CallerIdentity::Application { .. } => OwnershipKind::ServicePrincipal,
            CallerIdentity::LocalOperator => return None,
        };
        Some(Write::AddOwner(Ownership {
            tenant: caller.tenant,
            object,
            kind,
            owner: caller.object_id()?,
            owner_kind,
        }))
    }

    /// The owners of something restored, as far as they are still there.
    pub(crate) async fn owners_again(
        &self,
        caller: &Caller,
        (object, kind): Owned,
        owners: &[Uuid],
    ) -> Result<Vec<Write>, NotDone> {
        let mut writes = Vec::new();
        for &owner in owners {
            if let Some(owner_kind) = self.owner_kind(caller, owner).await? {
                writes.push(Write::AddOwner(Ownership {
                    tenant: caller.tenant,
                    object,
                    kind,
                    owner,
                    owner_kind,
                }));
            }
        }
        Ok(writes)
    }
}

fn added(kind: OwnershipKind) -> &'static str {
    match kind {
        OwnershipKind::Application => "Add owner to application",
        OwnershipKind::ServicePrincipal => "Add owner to service principal",
        OwnershipKind::Group | OwnershipKind::User => "Add owner to group",
    }
}

fn removed(kind: OwnershipKind) -> &'static str {
    match kind {
        OwnershipKind::Application => "Remove owner from application",
        OwnershipKind::ServicePrincipal => "Remove owner from service principal",
        OwnershipKind::Group | OwnershipKind::User => "Remove owner from group",
    }
}
