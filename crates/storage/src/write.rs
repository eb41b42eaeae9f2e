//! Everything that can be written, as data: a unit of work is a list of these.

use lanyard_directory::{
    AppId, AppRoleAssignment, Application, Device, Group, GroupId, OAuth2PermissionGrant, RoleAssignment,
    ServicePrincipal, Tenant, TenantId, User, UserId,
};
use uuid::Uuid;

use crate::change::ChangeNote;
use crate::command::Unit;
use crate::{
    AuditRow, ChangeKind, DeletedRow, DeniedCertificateRow, DeviceCodeRow, GrantRow, KeptPolicyRow, KeyRow,
    Member, Ownership, SessionRow, SignInRow, StorageError, app_role_assignments, applications, audits,
    configurations, deleted, denied_certificates, device_codes, devices, grants, groups, kept_policies, keys,
    once, owners, roles, sessions, sign_ins, tenants, users,
};

/// Writes that happen together or not at all.
pub type UnitOfWork = Vec<Write>;

/// One write. The name says what happens; what can go wrong stands at the method of the same name of
/// [`Store`](crate::Store), or here.
#[derive(Clone, Debug)]
#[allow(
    missing_docs,
    reason = "the fields are the arguments of the methods of the same name"
)]
pub enum Write {
    /// A row of the sign-in log.
    SignIn(SignInRow),
    /// A row of the audit log.
    Audit(AuditRow),
    /// Uses a single-use value; [`StorageError::AlreadyUsed`] the second time. Kept until `expires_us`.
    OneTime {
        id: [u8; 16],
        purpose: i16,
        expires_us: i64,
    },
    /// Begins or touches a session; [`StorageError::AlreadyEnded`] when it was ended.
    Session(SessionRow),
    /// Ends a session, if it has not ended.
    EndSession {
        id_hash: [u8; 32],
        ended_us: i64,
        reason: String,
    },
    /// Ends a session; [`StorageError::AlreadyEnded`] when somebody else did.
    EndLiveSession {
        id_hash: [u8; 32],
        ended_us: i64,
        reason: String,
    },
    /// Ends all sessions of a user.
    EndSessionsOfUser {
        tenant: TenantId,
        user: UserId,
        ended_us: i64,
        reason: String,
    },
    /// Ends all sessions that came from a certificate.
    EndSessionsByCertificate {
        issuer: [u8; 32],
        serial: String,
        ended_us: i64,
        reason: String,
    },
    /// Begins a grant.
    Grant(GrantRow),
    /// Uses a grant; [`StorageError::AlreadyEnded`] when it was revoked.
    UpdateGrant {
        id: [u8; 16],
        last_used_us: i64,
        expires_us: i64,
        body: String,
    },
    /// Revokes a grant, if it is not revoked.
    RevokeGrant {
        id: [u8; 16],
        revoked_us: i64,
        reason: String,
    },
    /// Revokes all grants of a user.
    RevokeGrantsOfUser {
        tenant: TenantId,
        user: UserId,
        revoked_us: i64,
        reason: String,
    },
    /// Revokes all grants that came from a session.
    RevokeGrantsOfSession {
        session: [u8; 32],
        revoked_us: i64,
        reason: String,
    },
    /// Revokes all grants that came from a certificate.
    RevokeGrantsByCertificate {
        issuer: [u8; 32],
        serial: String,
        revoked_us: i64,
        reason: String,
    },
    /// Revokes all grants of a tenant that came from the certificate with this thumbprint.
    RevokeGrantsByThumbprint {
        tenant: TenantId,
        sha256: [u8; 32],
        revoked_us: i64,
        reason: String,
    },
    /// Revokes all grants of a tenant that came from a certificate.
    RevokeGrantsOfTenantByCertificate {
        tenant: TenantId,
        issuer: [u8; 32],
        serial: String,
        revoked_us: i64,
        reason: String,
    },
    /// Denies a certificate; [`StorageError::Duplicate`] when it is denied already.
    DenyCertificate(DeniedCertificateRow),
    /// Lifts a denial; [`StorageError::NotFound`] when there is none.
    AllowCertificate {
        tenant: TenantId,
        id: Uuid,
    },
    /// Makes a device code or saves its state; [`StorageError::Duplicate`] when the user code is taken.
    DeviceCode(DeviceCodeRow),
    /// Notes that a device asked.
    PolledDeviceCode {
        hash: [u8; 32],
        last_poll_us: i64,
    },
    /// Redeems a device code and removes it; [`StorageError::AlreadyUsed`] when it is gone.
    TakeDeviceCode {
        hash: [u8; 32],
    },
    InsertTenant(Tenant),
    UpdateTenant(Tenant),
    /// Saves a configuration; [`StorageError::VersionConflict`] when another version is there.
    Configuration {
        tenant: TenantId,
        expected_version: Option<i64>,
        document: serde_json::Value,
    },
    InsertUser {
        user: Box<User>,
        canonical_certificate_user_ids: Vec<String>,
    },
    UpdateUser {
        user: Box<User>,
        canonical_certificate_user_ids: Vec<String>,
    },
    /// Replaces a user; the table of certificate user ids stays as it is.
    User(Box<User>),
    /// Notes something about a user, unless the user was changed since it was read: then nothing happens, and no
    /// administrator's change is lost. Name and certificate user ids stay as they are.
    UserIfUnchanged {
        was: Box<User>,
        becomes: Box<User>,
    },
    /// Replaces a user who still is what it was; [`StorageError::VersionConflict`] otherwise. The certificate user ids
    /// only when they are given.
    ChangeUser {
        was: Box<User>,
        becomes: Box<User>,
        canonical_certificate_user_ids: Option<Vec<String>>,
    },
    DeleteUser {
        tenant: TenantId,
        user: UserId,
    },
    /// Keeps what is deleted in the same unit, so that it can be restored.
    KeepDeleted(DeletedRow),
    /// Forgets something deleted; [`StorageError::NotFound`] when it is not there.
    ForgetDeleted {
        tenant: TenantId,
        id: Uuid,
    },
    InsertGroup(Group),
    UpdateGroup(Group),
    /// Replaces a group that still is what it was; [`StorageError::VersionConflict`] otherwise.
    ChangeGroup {
        was: Box<Group>,
        becomes: Box<Group>,
    },
    DeleteGroup {
        tenant: TenantId,
        group: GroupId,
    },
    AddMember {
        tenant: TenantId,
        group: GroupId,
        member: Member,
    },
    RemoveMember {
        tenant: TenantId,
        group: GroupId,
        member: Uuid,
    },
    InsertApplication(Box<Application>),
    UpdateApplication(Box<Application>),
    /// Replaces an application that still is what it was; [`StorageError::VersionConflict`] otherwise.
    ChangeApplication {
        was: Box<Application>,
        becomes: Box<Application>,
    },
    DeleteApplication {
        tenant: TenantId,
        app_id: AppId,
    },
    InsertServicePrincipal(ServicePrincipal),
    UpdateServicePrincipal(ServicePrincipal),
    /// Replaces a service principal that still is what it was; [`StorageError::VersionConflict`] otherwise.
    ChangeServicePrincipal {
        was: ServicePrincipal,
        becomes: ServicePrincipal,
    },
    DeleteServicePrincipal(ServicePrincipal),
    /// Registers a device; [`StorageError::Duplicate`] when its registration id is taken.
    InsertDevice(Box<Device>),
    UpdateDevice(Box<Device>),
    /// Replaces a device that still is what it was; [`StorageError::VersionConflict`] otherwise.
    ChangeDevice {
        was: Box<Device>,
        becomes: Box<Device>,
    },
    DeleteDevice {
        tenant: TenantId,
        device: Uuid,
    },
    /// Makes somebody an owner; [`StorageError::Duplicate`] when it is one already.
    AddOwner(Ownership),
    /// [`StorageError::NotFound`] when it is none.
    RemoveOwner {
        tenant: TenantId,
        object: Uuid,
        owner: Uuid,
    },
    UpsertPermissionGrant(OAuth2PermissionGrant),
    DeletePermissionGrant {
        tenant: TenantId,
        grant: Uuid,
    },
    AddAppRoleAssignment(AppRoleAssignment),
    RemoveAppRoleAssignment {
        tenant: TenantId,
        assignment: Uuid,
    },
    AddRoleAssignment(RoleAssignment),
    RemoveRoleAssignment {
        tenant: TenantId,
        assignment: Uuid,
    },
    InsertKey(KeyRow),
    DeleteKey(Uuid),
    /// Keeps a policy of another directory, over the one with the same id.
    KeepPolicy(KeptPolicyRow),
    /// Only announces a change to all nodes, such as sessions that ended.
    Announce {
        tenant: TenantId,
        kind: ChangeKind,
        id: Option<String>,
    },
}

impl Write {
    /// The statements of a unit of work.
    pub(crate) fn unit(writes: &[Self]) -> Result<Unit, StorageError> {
        let mut unit = Unit::default();
        for write in writes {
            write.add_to(&mut unit)?;
        }
        Ok(unit)
    }

    fn add_to(&self, unit: &mut Unit) -> Result<(), StorageError> {
        match self {
            Self::InsertTenant(tenant) => tenants::insert(unit, tenant)?,
            Self::UpdateTenant(tenant) => tenants::update(unit, tenant)?,
            Self::Configuration {
                tenant,
                expected_version,
                document,
            } => {
                configurations::save(unit, *tenant, *expected_version, document)?;
            }
            Self::InsertUser {
                user,
                canonical_certificate_user_ids: ids,
            } => users::insert(unit, user, ids)?,
            Self::UpdateUser {
                user,
                canonical_certificate_user_ids: ids,
            } => users::update(unit, user, Some(ids))?,
            Self::User(user) => users::update(unit, user, None)?,
            Self::UserIfUnchanged { was, becomes } => users::update_unchanged(unit, was, becomes)?,
            Self::ChangeUser {
                was,
                becomes,
                canonical_certificate_user_ids: ids,
            } => users::change(unit, was, becomes, ids.as_deref())?,
            Self::InsertDevice(device) => devices::insert(unit, device)?,
            Self::UpdateDevice(device) => devices::update(unit, device)?,
            Self::InsertGroup(group) => groups::insert(unit, group)?,
            Self::UpdateGroup(group) => groups::update(unit, group)?,
            Self::ChangeGroup { was, becomes } => groups::change(unit, was, becomes)?,
            Self::ChangeApplication { was, becomes } => applications::change(unit, was, becomes)?,
            Self::ChangeServicePrincipal { was, becomes } => {
                applications::change_principal(unit, was, becomes)?;
            }
            Self::ChangeDevice { was, becomes } => devices::change(unit, was, becomes)?,
            Self::InsertApplication(application) => applications::insert(unit, application)?,
            Self::UpdateApplication(application) => applications::update(unit, application)?,
            Self::InsertServicePrincipal(principal) => applications::insert_principal(unit, principal)?,
            Self::UpdateServicePrincipal(principal) => applications::update_principal(unit, principal)?,
            Self::UpsertPermissionGrant(grant) => applications::upsert_consent(unit, grant)?,
            Self::AddAppRoleAssignment(assignment) => app_role_assignments::add(unit, assignment)?,
            other => other.add_plain(unit),
        }
        Ok(())
    }

    /// The writes that have no JSON to make and cannot fail before the database sees them.
    fn add_plain(&self, unit: &mut Unit) {
        match self {
            Self::SignIn(row) => sign_ins::insert(unit, row),
            Self::Audit(row) => audits::insert(unit, row),
            Self::OneTime {
                id,
                purpose,
                expires_us,
            } => once::use_once(unit, *id, *purpose, *expires_us),
            Self::Session(row) => sessions::upsert(unit, row),
            Self::EndSession {
                id_hash,
                ended_us,
                reason,
            } => sessions::end(unit, *id_hash, *ended_us, reason),
            Self::EndLiveSession {
                id_hash,
                ended_us,
                reason,
            } => sessions::end_live(unit, *id_hash, *ended_us, reason),
            Self::EndSessionsOfUser {
                tenant,
                user,
                ended_us,
                reason,
            } => {
                sessions::end_of_user(unit, *tenant, *user, *ended_us, reason);
            }
            Self::EndSessionsByCertificate {
                issuer,
                serial,
                ended_us,
                reason,
            } => {
                sessions::end_by_certificate(unit, *issuer, serial, *ended_us, reason);
            }
            Self::Grant(row) => grants::insert(unit, row),
            Self::UpdateGrant {
                id,
                last_used_us,
                expires_us,
                body,
            } => {
                grants::update(unit, *id, *last_used_us, *expires_us, body);
            }
            Self::RevokeGrant {
                id,
                revoked_us,
                reason,
            } => grants::revoke(unit, *id, *revoked_us, reason),
            Self::RevokeGrantsOfUser {
                tenant,
                user,
                revoked_us,
                reason,
            } => {
                grants::revoke_of_user(unit, *tenant, *user, *revoked_us, reason);
            }
            Self::RevokeGrantsOfSession {
                session,
                revoked_us,
                reason,
            } => {
                grants::revoke_of_session(unit, *session, *revoked_us, reason);
            }
            Self::RevokeGrantsByCertificate {
                issuer,
                serial,
                revoked_us,
                reason,
            } => {
                grants::revoke_by_certificate(unit, *issuer, serial, *revoked_us, reason);
            }
            Self::RevokeGrantsByThumbprint {
                tenant,
                sha256,
                revoked_us,
                reason,
            } => {
                grants::revoke_by_thumbprint(unit, *tenant, *sha256, *revoked_us, reason);
            }
            Self::RevokeGrantsOfTenantByCertificate {
                tenant,
                issuer,
                serial,
                revoked_us,
                reason,
            } => {
                grants::revoke_of_tenant_by_certificate(unit, *tenant, *issuer, serial, *revoked_us, reason);
            }
            Self::DenyCertificate(row) => denied_certificates::insert(unit, row),
            Self::AllowCertificate { tenant, id } => denied_certificates::delete(unit, *tenant, *id),
            Self::DeviceCode(row) => device_codes::upsert(unit, row),
            Self::PolledDeviceCode { hash, last_poll_us } => device_codes::polled(unit, *hash, *last_poll_us),
            Self::TakeDeviceCode { hash } => device_codes::take(unit, *hash),
            Self::DeleteUser { tenant, user } => users::delete(unit, *tenant, *user),
            Self::KeepDeleted(row) => deleted::insert(unit, row),
            Self::ForgetDeleted { tenant, id } => deleted::forget(unit, *tenant, *id),
            Self::DeleteServicePrincipal(principal) => applications::delete_principal(unit, principal),
            Self::DeleteDevice { tenant, device } => devices::delete(unit, *tenant, *device),
            Self::DeleteGroup { tenant, group } => groups::delete(unit, *tenant, *group),
            Self::AddMember {
                tenant,
                group,
                member,
            } => groups::add_member(unit, *tenant, *group, *member),
            Self::RemoveMember {
                tenant,
                group,
                member,
            } => groups::remove_member(unit, *tenant, *group, *member),
            Self::AddOwner(ownership) => owners::add(unit, ownership),
            Self::RemoveOwner {
                tenant,
                object,
                owner,
            } => owners::remove(unit, *tenant, *object, *owner),
            Self::DeleteApplication { tenant, app_id } => applications::delete(unit, *tenant, *app_id),
            Self::DeletePermissionGrant { tenant, grant } => {
                applications::delete_consent(unit, *tenant, *grant)
            }
            Self::RemoveAppRoleAssignment { tenant, assignment } => {
                app_role_assignments::remove(unit, *tenant, *assignment)
            }
            Self::AddRoleAssignment(assignment) => roles::add(unit, assignment),
            Self::RemoveRoleAssignment { tenant, assignment } => roles::remove(unit, *tenant, *assignment),
            Self::InsertKey(key) => keys::insert(unit, key),
            Self::KeepPolicy(row) => kept_policies::upsert(unit, row),
            Self::DeleteKey(key) => keys::delete(unit, *key),
            Self::Announce { tenant, kind, id } => {
                unit.note(ChangeNote {
                    tenant: Some(*tenant),
                    kind: *kind,
                    id: id.clone(),
                });
            }
            // Handled above; listed so that the compiler asks for a new kind of write.
            Self::InsertTenant(_)
            | Self::UpdateTenant(_)
            | Self::Configuration { .. }
            | Self::InsertUser { .. }
            | Self::UpdateUser { .. }
            | Self::User(_)
            | Self::UserIfUnchanged { .. }
            | Self::ChangeUser { .. }
            | Self::ChangeGroup { .. }
            | Self::ChangeApplication { .. }
            | Self::ChangeServicePrincipal { .. }
            | Self::ChangeDevice { .. }
            | Self::InsertDevice(_)
            | Self::UpdateDevice(_)
            | Self::InsertGroup(_)
            | Self::UpdateGroup(_)
            | Self::InsertApplication(_)
            | Self::UpdateApplication(_)
            | Self::InsertServicePrincipal(_)
            | Self::UpdateServicePrincipal(_)
            | Self::UpsertPermissionGrant(_)
            | Self::AddAppRoleAssignment(_) => {}
        }
    }
}
