//! Use case: callers of the directory API create and change users.

use lanyard_certificate_policy::{canonical_certificate_user_ids, check_certificate_user_ids};
use lanyard_directory::{Operation, Tenant, User, UserId, UserType};
use lanyard_storage::Write;
use serde_json::{Map, Value, json};

use crate::administer::Change;
use crate::administer::commit_for::{invalid_property, on_newest};
use crate::{Caller, Engine, NotDone};

/// What shall be different; `None` stays as it is, `Some(None)` is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// Sign-in name.
    pub user_principal_name: Option<String>,
    /// Name shown to people.
    pub display_name: Option<String>,
    /// Given name.
    pub given_name: Option<Option<String>>,
    /// Family name.
    pub surname: Option<Option<String>>,
    /// Mail address.
    pub mail: Option<Option<String>>,
    /// Whether the person may sign in.
    pub account_enabled: Option<bool>,
    /// Member or guest.
    pub user_type: Option<UserType>,
    /// The whole new list.
    pub certificate_user_ids: Option<Vec<String>>,
    /// Properties of the profile by their names.
    pub profile: Map<String, Value>,
}

impl UserChange {
    /// Every operation that the caller must be allowed.
    fn operations(&self) -> Vec<&'static Operation> {
        let switch = self.account_enabled.is_some();
        let ids = self.certificate_user_ids.is_some();
        let other = *self
            != Self {
                account_enabled: self.account_enabled,
                certificate_user_ids: self.certificate_user_ids.clone(),
                ..Self::default()
            };
        let mut operations = Vec::new();
        if ids {
            operations.push(&Operation::CHANGE_CERTIFICATE_USER_IDS);
        }
        if switch {
            operations.push(&Operation::SWITCH_USER);
        }
        if other || operations.is_empty() {
            operations.push(&Operation::CHANGE_USER);
        }
        operations
    }

    /// The user after the change.
    fn applied(&self, user: &User, tenant: &Tenant) -> Result<User, NotDone> {
        let mut becomes = user.clone();
        if let Some(name) = &self.user_principal_name {
            name.trim().clone_into(&mut becomes.user_principal_name);
        }
        if let Some(name) = &self.display_name {
            becomes.display_name.clone_from(name);
        }
        if let Some(name) = &self.given_name {
            becomes.given_name.clone_from(name);
        }
        if let Some(name) = &self.surname {
            becomes.surname.clone_from(name);
        }
        becomes.account_enabled = self.account_enabled.unwrap_or(user.account_enabled);
        becomes.user_type = self.user_type.unwrap_or(user.user_type);
        if let Some(ids) = &self.certificate_user_ids {
            becomes.certificate_user_ids.clone_from(ids);
        }
        becomes.profile = user
            .profile
            .changed(&self.profile)
            .map_err(|property| invalid_property(&property))?;
        if let Some(mail) = &self.mail {
            set_mail(&mut becomes, mail.as_deref());
        }
        becomes
            .check(tenant)
            .map_err(|property| invalid_property(&property))?;
        Ok(becomes)
    }
}

/// Rule `DIRECTORY-PRIMARY-ADDRESS`: a new mail address becomes the primary entry `SMTP:` of proxyAddresses; the primary one
/// before stays as `smtp:`. Source: directory-policy-tokens §2.2.
fn set_mail(user: &mut User, mail: Option<&str>) {
    user.mail = mail.map(str::to_owned);
    let Some(mail) = mail else { return };
    let addresses = &mut user.profile.proxy_addresses;
    addresses.retain(|address| {
        address
            .split_once(':')
            .is_none_or(|(_, rest)| !rest.eq_ignore_ascii_case(mail))
    });
    for address in addresses.iter_mut() {
        if let Some(rest) = address.strip_prefix("SMTP:") {
            *address = format!("smtp:{rest}");
        }
    }
    addresses.insert(0, format!("SMTP:{mail}"));
}

/// Rule `DIRECTORY-SYNCHRONIZED`: of a user who is synchronised from elsewhere, names, addresses and certificate user ids are
/// changed there and not here. Source: directory-policy-tokens §2.2, certificate-sign-in §6.6 CU-5.
fn check_synchronized(user: &User, change: &UserChange) -> Result<(), NotDone> {
    if user.profile.on_premises_sync_enabled != Some(true) {
        return Ok(());
    }
    let own = UserChange {
        account_enabled: change.account_enabled,
        profile: change
            .profile
            .iter()
            .filter(|(name, _)| name.as_str() == "usageLocation")
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        ..UserChange::default()
    };
    if own == *change {
        return Ok(());
    }
    Err(NotDone::invalid(
        "",
        "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.",
    ))
}

impl Engine {
    /// Creates a user. `change` holds at least both names; the account is enabled unless it says otherwise.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Invalid`], [`NotDone::Duplicate`].
    pub async fn add_user(&self, caller: &Caller, change: &UserChange) -> Result<User, NotDone> {
        caller.may(&Operation::CREATE_USER)?;
        if change.certificate_user_ids.is_some() {
            caller.may(&Operation::CHANGE_CERTIFICATE_USER_IDS)?;
        }
        let now = self.now();
        let blank = User {
            id: UserId(self.new_guid()?),
            tenant: caller.tenant,
            user_principal_name: String::new(),
            display_name: String::new(),
            given_name: None,
            surname: None,
            mail: None,
            on_premises_user_principal_name: None,
            account_enabled: true,
            user_type: UserType::Member,
            certificate_user_ids: Vec::new(),
            sign_in_sessions_valid_from: now,
            certificate_used_last: false,
            profile: Default::default(),
            created: now,
        };
        let user = change.applied(&blank, &self.tenant_of(caller)?)?;
        let canonical = self.canonical_for(caller, &user.certificate_user_ids)?;
        let told = Change {
            activity: "Add user",
            target: user.id.to_string(),
            property: "",
            old: Value::Null,
            new: told(&user),
        };
        let write = Write::InsertUser {
            user: Box::new(user.clone()),
            canonical_certificate_user_ids: canonical,
        };
        self.commit_for(caller, told, vec![write]).await?;
        self.directory.forget_users();
        Ok(user)
    }

    /// Changes a user, by object id or name. In force on this node when this returns, on the others within a second.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`], [`NotDone::Duplicate`]; [`NotDone::Changed`] when
    /// it is another version than the caller expects.
    pub async fn change_user_by(
        &self,
        caller: &Caller,
        key: &str,
        change: &UserChange,
    ) -> Result<User, NotDone> {
        on_newest!(caller, self.change_user_once(caller, key, change))
    }

    async fn change_user_once(
        &self,
        caller: &Caller,
        key: &str,
        change: &UserChange,
    ) -> Result<User, NotDone> {
        for operation in change.operations() {
            caller.may(operation)?;
        }
        let was = self.user_by_key(caller, key).await?;
        self.check_protected(caller, was.id.0, &Operation::CHANGE_ADMINISTRATOR)
            .await?;
        caller.expects(&was)?;
        check_synchronized(&was, change)?;
        let becomes = change.applied(&was, &self.tenant_of(caller)?)?;
        if becomes == was {
            return Ok(was);
        }
        let canonical = match &change.certificate_user_ids {
            Some(ids) => Some(self.canonical_for(caller, ids)?),
            None => None,
        };
        if !becomes.account_enabled || signs_in_by(&was) != signs_in_by(&becomes) {
            self.guard_user(&becomes).await?;
        }
        let switched = was.account_enabled != becomes.account_enabled;
        let activity = match (switched, becomes.account_enabled) {
            (true, true) => "Enable account",
            (true, false) => "Disable account",
            (false, _) => "Update user",
        };
        self.save_user(caller, activity, &was, &becomes, canonical)
            .await?;
        Ok(becomes)
    }

    /// Saves a changed user with its audit row.
    pub(crate) async fn save_user(
        &self,
        caller: &Caller,
        activity: &'static str,
        was: &User,
        becomes: &User,
        canonical_certificate_user_ids: Option<Vec<String>>,
    ) -> Result<(), NotDone> {
        let change = Change {
            activity,
            target: becomes.id.to_string(),
            property: "",
            old: told(was),
            new: told(becomes),
        };
        let write = Write::ChangeUser {
            was: Box::new(was.clone()),
            becomes: Box::new(becomes.clone()),
            canonical_certificate_user_ids,
        };
        self.commit_for(caller, change, vec![write]).await?;
        self.directory.forget_users();
        Ok(())
    }

    /// The keys under which certificate user ids are unique in the tenant.
    pub(crate) fn canonical_for(&self, caller: &Caller, ids: &[String]) -> Result<Vec<String>, NotDone> {
        let settings = self
            .snapshot()
            .tenant(caller.tenant)
            .map(|owner| owner.configuration.settings.policy.clone())
            .unwrap_or_default();
        for warning in check_certificate_user_ids(ids, &settings) {
            if !warning.is_error() {
                tracing::warn!(tenant = %caller.tenant, %warning, "certificate user ids");
            }
        }
        canonical_certificate_user_ids(ids, &settings).map_err(NotDone::Invalid)
    }
}

/// The properties that certificates are bound to.
fn signs_in_by(user: &User) -> (&str, Option<&str>, &[String]) {
    (
        &user.user_principal_name,
        user.on_premises_user_principal_name.as_deref(),
        &user.certificate_user_ids,
    )
}

/// A user as the audit log tells it: no secret is in it.
pub(crate) fn told(user: &User) -> Value {
    let mut value = json!({
        "id": user.id,
        "userPrincipalName": user.user_principal_name,
        "displayName": user.display_name,
        "givenName": user.given_name,
        "surname": user.surname,
        "mail": user.mail,
        "accountEnabled": user.account_enabled,
        "userType": user.user_type,
        "AuthorizationInfo": { "CertificateUserIds": user.certificate_user_ids },
        "signInSessionsValidFromDateTime": user.sign_in_sessions_valid_from,
    });
    if let (Some(target), Ok(Value::Object(profile))) =
        (value.as_object_mut(), serde_json::to_value(&user.profile))
    {
        target.extend(profile);
    }
    value
}
