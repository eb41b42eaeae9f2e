//! Use case: reading groups and memberships.

use lanyard_directory::{DirectoryRole, Group, GroupId, Operation};
use lanyard_storage::{KeyPlace, KeyRange, Member, MemberKind, MemberObject};
use uuid::Uuid;

use crate::{Caller, Engine, NotDone};

impl Engine {
    /// Groups in the order of their names, within a range of it.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn group_page(
        &self,
        caller: &Caller,
        range: &KeyRange,
        after: Option<&KeyPlace>,
        limit: u32,
    ) -> Result<Vec<Group>, NotDone> {
        caller.may(&Operation::READ_GROUPS)?;
        let page = self.store.groups_by_name(caller.tenant, range, after, limit);
        Ok(page.await?)
    }

    /// How many groups there are.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn count_groups(&self, caller: &Caller) -> Result<u64, NotDone> {
        caller.may(&Operation::READ_GROUPS)?;
        Ok(self.store.count_groups(caller.tenant).await?)
    }

    /// A group by its object id.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn read_group(&self, caller: &Caller, key: &str) -> Result<Group, NotDone> {
        caller.may(&Operation::READ_GROUPS)?;
        self.group_by_key(caller, key).await
    }

    /// A group by its object id, whoever asks.
    pub(crate) async fn group_by_key(&self, caller: &Caller, key: &str) -> Result<Group, NotDone> {
        let not_found = || NotDone::NotFound(key.to_owned());
        let id: GroupId = key.parse().map_err(|_| not_found())?;
        self.store.group(caller.tenant, id).await?.ok_or_else(not_found)
    }

    /// Members of a group behind one, in the order of their ids; with `transitive` those of nested groups too, with a kind only those.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn member_page(
        &self,
        caller: &Caller,
        group: &str,
        (transitive, kind): (bool, Option<MemberKind>),
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<MemberObject>, NotDone> {
        caller.may(&Operation::READ_MEMBERS)?;
        let group = self.group_by_key(caller, group).await?;
        let page = self
            .store
            .member_objects(caller.tenant, group.id, transitive, kind, after, limit);
        Ok(page.await?)
    }

    /// How many members a group has; with `transitive` those of nested groups too.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn count_members(
        &self,
        caller: &Caller,
        group: &str,
        (transitive, kind): (bool, Option<MemberKind>),
    ) -> Result<u64, NotDone> {
        caller.may(&Operation::READ_MEMBERS)?;
        let group = self.group_by_key(caller, group).await?;
        let count = self
            .store
            .count_members(caller.tenant, group.id, transitive, kind);
        Ok(count.await?)
    }

    /// Ids and kinds of the direct members of a group behind one, in the order of their ids.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn direct_members(
        &self,
        caller: &Caller,
        group: GroupId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Member>, NotDone> {
        caller.may(&Operation::READ_MEMBERS)?;
        Ok(self.store.members(caller.tenant, group, after, limit).await?)
    }

    /// The groups an object belongs to, directly or with `transitive` also through others, and the directory roles it holds.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn memberships(
        &self,
        caller: &Caller,
        key: &str,
        transitive: bool,
    ) -> Result<(Vec<Group>, Vec<DirectoryRole>), NotDone> {
        let object = self.member_id(caller, key).await?;
        if caller.user().is_some_and(|own| own.0 == object) {
            caller.may(&Operation::READ_OWN_PROFILE)?;
        } else {
            caller.may(&Operation::READ_MEMBERSHIPS)?;
        }
        let groups = self
            .store
            .group_objects_of(caller.tenant, object, transitive)
            .await?;
        let roles = self
            .store
            .roles_of(caller.tenant, lanyard_directory::UserId(object))
            .await?;
        Ok((groups, roles))
    }

    /// A user by id or name, or a group by id.
    async fn member_id(&self, caller: &Caller, key: &str) -> Result<Uuid, NotDone> {
        if let Ok(id) = key.parse::<GroupId>()
            && self.store.group(caller.tenant, id).await?.is_some()
        {
            return Ok(id.0);
        }
        Ok(self.user_by_key(caller, key).await?.id.0)
    }
}
