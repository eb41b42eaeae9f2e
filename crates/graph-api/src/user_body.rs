//! Bodies about users.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lanyard_engine::administer::UserChange;
use lanyard_engine::{UserProfile, UserType};
use serde_json::Value;

use crate::error::GraphError;
use crate::properties::Fields;

/// What `POST /users` asks for.
///
/// Rule `GRAPH-NEW-USER`: a new user needs accountEnabled, displayName, mailNickname and userPrincipalName; a passwordProfile is
/// read and not kept, because there are no passwords here. Source: directory-policy-tokens §2.2.
pub(crate) fn read_new(body: Value) -> Result<UserChange, GraphError> {
    for name in [
        "accountEnabled",
        "displayName",
        "mailNickname",
        "userPrincipalName",
    ] {
        if body.get(name).is_none_or(Value::is_null) {
            return Err(Fields::of(body)?.missing(name));
        }
    }
    read(body)
}

/// What `PATCH /users/{id}` asks for.
pub(crate) fn read(body: Value) -> Result<UserChange, GraphError> {
    let mut fields = Fields::of(body)?;
    let mut change = UserChange {
        user_principal_name: fields.text("userPrincipalName")?,
        display_name: fields.text("displayName")?,
        given_name: fields.text_or_null("givenName")?,
        surname: fields.text_or_null("surname")?,
        mail: fields.text_or_null("mail")?,
        account_enabled: fields.switch("accountEnabled")?,
        ..UserChange::default()
    };
    change.user_type = match fields.text_or_null("userType")?.flatten().as_deref() {
        None => None,
        Some("Member") => Some(UserType::Member),
        Some("Guest") => Some(UserType::Guest),
        Some(_) => {
            return Err(GraphError::at_property(
                "userType",
                "userType is 'Member' or 'Guest'.",
            ));
        }
    };
    if let Some(mut information) = fields.object("authorizationInfo")? {
        change.certificate_user_ids = information.texts("certificateUserIds")?;
        information.end()?;
    }
    if let Some(mut password) = fields.object("passwordProfile")? {
        password.pass_over(&[
            "password",
            "forceChangePasswordNextSignIn",
            "forceChangePasswordNextSignInWithMfa",
        ]);
        password.end()?;
    }
    change.profile = fields.rest(UserProfile::can_change);
    fields.end()?;
    Ok(change)
}

/// The DER of `{"certificate": "base64 or PEM"}`.
pub(crate) fn read_certificate(body: Value) -> Result<Vec<u8>, GraphError> {
    let mut fields = Fields::of(body)?;
    let text = fields.needed_text("certificate")?;
    fields.end()?;
    let bare: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(str::chars)
        .filter(|character| !character.is_whitespace())
        .collect();
    BASE64
        .decode(bare)
        .map_err(|_| GraphError::at_property("certificate", "The certificate is base64 of DER, or PEM."))
}
