//! Use case: reading objects by their id alone, whatever they are.

use lanyard_directory::{
    Application, Device, DirectoryRole, Group, GroupId, Operation, ServicePrincipal, User, UserId,
};
use uuid::Uuid;

use crate::{Caller, Engine, NotDone, ProfileView};

/// A kind of object with an object id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A person.
    User,
    /// A group.
    Group,
    /// An application.
    Application,
    /// The presence of an application in the tenant.
    ServicePrincipal,
    /// A device.
    Device,
    /// A directory role.
    Role,
}

impl ObjectKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::User,
        Self::Group,
        Self::Application,
        Self::ServicePrincipal,
        Self::Device,
        Self::Role,
    ];

    fn reading(self) -> &'static Operation {
        match self {
            Self::User => &Operation::READ_BASIC_PROFILES,
            Self::Group => &Operation::READ_GROUPS,
            Self::Application | Self::ServicePrincipal => &Operation::READ_APPLICATIONS,
            Self::Device => &Operation::READ_DEVICES,
            Self::Role => &Operation::READ_ROLES,
        }
    }
}

/// An object of the directory with its properties.
#[derive(Clone, Debug)]
pub enum DirectoryObject {
    /// A person, and how much of the profile the caller sees.
    User(Box<User>, ProfileView),
    /// A group.
    Group(Box<Group>),
    /// An application.
    Application(Box<Application>),
    /// The presence of an application in the tenant.
    ServicePrincipal(Box<(ServicePrincipal, Application)>),
    /// A device.
    Device(Box<Device>),
    /// A directory role.
    Role(DirectoryRole),
}

impl DirectoryObject {
    /// Its object id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Self::User(user, _) => user.id.0,
            Self::Group(group) => group.id.0,
            Self::Application(application) => application.id,
            Self::ServicePrincipal(both) => both.0.id,
            Self::Device(device) => device.id,
            Self::Role(role) => role.0,
        }
    }
}

impl Engine {
    /// The objects with these ids that are of one of these kinds and that the caller may read; the others are left out.
    ///
    /// Rule `GRAPH-OBJECTS-BY-ID`: objects asked for by id alone are answered as far as the caller may read their kind; who may read
    /// none of the kinds asked for is refused. Source: directory-policy-tokens §2.1, §10.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn read_objects(
        &self,
        caller: &Caller,
        ids: &[Uuid],
        kinds: &[ObjectKind],
    ) -> Result<Vec<DirectoryObject>, NotDone> {
        let readable: Vec<ObjectKind> = kinds
            .iter()
            .copied()
            .filter(|kind| caller.rights.may(kind.reading()).is_ok())
            .collect();
        if let (true, Some(first)) = (readable.is_empty(), kinds.first()) {
            caller.may(first.reading())?;
        }
        let mut found = Vec::new();
        for &id in ids {
            for &kind in &readable {
                if let Some(object) = self.object_of_kind(caller, kind, id).await? {
                    found.push(object);
                    break;
                }
            }
        }
        Ok(found)
    }

    /// The object of a kind with an id, whoever asks.
    pub(crate) async fn object_of_kind(
        &self,
        caller: &Caller,
        kind: ObjectKind,
        id: Uuid,
    ) -> Result<Option<DirectoryObject>, NotDone> {
        let tenant = caller.tenant;
        let found = match kind {
            ObjectKind::User => {
                let view = self.profile_view(caller).unwrap_or(ProfileView::Basic);
                let user = self.store.user(tenant, UserId(id)).await?;
                user.map(|user| DirectoryObject::User(Box::new(user), view))
            }
            ObjectKind::Group => {
                let group = self.store.group(tenant, GroupId(id)).await?;
                group.map(|group| DirectoryObject::Group(Box::new(group)))
            }
            ObjectKind::Application => {
                let application = self.store.application_by_object_id(tenant, id).await?;
                application.map(|application| DirectoryObject::Application(Box::new(application)))
            }
            ObjectKind::ServicePrincipal => {
                match self
                    .service_principal_by_key(caller, &id.to_string(), false)
                    .await
                {
                    Ok(both) => Some(DirectoryObject::ServicePrincipal(Box::new(both))),
                    Err(NotDone::NotFound(_)) => None,
                    Err(error) => return Err(error),
                }
            }
            ObjectKind::Device => {
                let device = self.store.device(tenant, id).await?;
                device.map(|device| DirectoryObject::Device(Box::new(device)))
            }
            ObjectKind::Role => {
                let role = DirectoryRole(id);
                role.display_name().map(|_| DirectoryObject::Role(role))
            }
        };
        Ok(found)
    }
}
