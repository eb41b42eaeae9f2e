//! Use case: secrets and certificates of applications.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use lanyard_directory::{Application, ClientSecret, KeyCredential};
use lanyard_pki::Certificate;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::administer::NewSecret;
use crate::administer::commit_for::on_newest;
use crate::{Caller, Engine, NotDone};

/// Activity of a changed credential.
pub(crate) const CREDENTIALS_CHANGED: &str = "Update application – Certificates and secrets management";
/// How long a secret lasts when nobody says.
const SECRET_DAYS: i64 = 730;

/// One entry of a new list of certificates: a new one by its bytes, or one that stays by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyChange {
    /// Id of one that is there.
    pub key_id: Option<Uuid>,
    /// Name given by the administrator.
    pub display_name: Option<String>,
    /// DER of a new one.
    pub certificate: Option<Vec<u8>>,
}

impl Engine {
    /// Replaces the certificates of an application.
    ///
    /// Rule `DIRECTORY-KEY-CREDENTIALS`: a change of keyCredentials replaces the list: an entry with a certificate is new, one
    /// without stays by its keyId. Source: directory-policy-tokens §2.5.
    ///
    /// # Errors
    /// [`NotDone::Invalid`].
    pub(crate) fn apply_keys(
        &self,
        application: &mut Application,
        keys: Option<&[KeyChange]>,
    ) -> Result<(), NotDone> {
        let Some(keys) = keys else { return Ok(()) };
        let mut credentials = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            let place = format!("keyCredentials[{index}]");
            let Some(der) = &key.certificate else {
                let known = application
                    .key_credentials
                    .iter()
                    .find(|known| Some(known.key_id) == key.key_id);
                let known = known.ok_or_else(|| {
                    NotDone::invalid(place, "A new credential needs 'key': the certificate.")
                })?;
                credentials.push(known.clone());
                continue;
            };
            let certificate = Certificate::parse(der)
                .map_err(|error| NotDone::invalid(place, format!("Not a certificate: {error}.")))?;
            let facts = certificate.facts();
            credentials.push(KeyCredential {
                key_id: match key.key_id {
                    Some(id) => id,
                    None => self.new_guid()?,
                },
                display_name: key
                    .display_name
                    .clone()
                    .unwrap_or_else(|| facts.subject.to_string()),
                certificate: BASE64.encode(der),
                start: facts.not_before,
                end: facts.not_after,
            });
        }
        application.key_credentials = credentials;
        Ok(())
    }

    /// Adds a client secret of 256 random bits; only its SHA-256 is kept. Two years when nobody says how long.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`] when it would never be valid.
    pub async fn add_password(
        &self,
        caller: &Caller,
        key: &str,
        display_name: Option<&str>,
        start: Option<Timestamp>,
        end: Option<Timestamp>,
    ) -> Result<NewSecret, NotDone> {
        let span = (start, end);
        on_newest!(caller, self.add_password_once(caller, key, display_name, span))
    }

    async fn add_password_once(
        &self,
        caller: &Caller,
        key: &str,
        display_name: Option<&str>,
        (start, end): (Option<Timestamp>, Option<Timestamp>),
    ) -> Result<NewSecret, NotDone> {
        let was = self.application_to_change(caller, key, false).await?;
        let octets: Zeroizing<[u8; 32]> = Zeroizing::new(self.randomness.array()?);
        let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(octets.as_slice()));
        let start = start.unwrap_or_else(|| self.now());
        let stored = ClientSecret {
            key_id: self.new_guid()?,
            display_name: display_name.unwrap_or_default().to_owned(),
            hint: secret.chars().take(3).collect(),
            sha256: data_encoding::HEXLOWER.encode(&crate::flow::digest(&secret)),
            start,
            end: end.unwrap_or(start + SignedDuration::from_hours(24 * SECRET_DAYS)),
        };
        if stored.end <= stored.start {
            return Err(NotDone::invalid("endDateTime", "The end is not after the start."));
        }
        let mut becomes = was.clone();
        becomes.client_secrets.push(stored.clone());
        self.save_application(caller, CREDENTIALS_CHANGED, &was, becomes)
            .await?;
        Ok(NewSecret { secret, stored })
    }

    /// Takes a client secret away.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`].
    pub async fn remove_password(&self, caller: &Caller, key: &str, key_id: Uuid) -> Result<(), NotDone> {
        on_newest!(caller, self.remove_password_once(caller, key, key_id))
    }

    async fn remove_password_once(&self, caller: &Caller, key: &str, key_id: Uuid) -> Result<(), NotDone> {
        let was = self.application_to_change(caller, key, false).await?;
        let mut becomes = was.clone();
        becomes.client_secrets.retain(|secret| secret.key_id != key_id);
        if becomes.client_secrets.len() == was.client_secrets.len() {
            return Err(NotDone::invalid(
                "keyId",
                "No password credential found with keyId.",
            ));
        }
        self.save_application(caller, CREDENTIALS_CHANGED, &was, becomes)
            .await
    }
}
