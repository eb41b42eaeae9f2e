//! Use case: an application changes its own certificates by proof that it holds one of them.

use lanyard_directory::{Application, KeyCredential};
use lanyard_storage::{StorageError, Write};
use lanyard_tokens::verify_proof;
use uuid::Uuid;

use crate::administer::KeyChange;
use crate::administer::application_change::{credentials_change, told};
use crate::flow::{OneTimePurpose, digest};
use crate::{Caller, CallerIdentity, Engine, NotDone};

impl Engine {
    /// Adds a certificate.
    ///
    /// Rule `DIRECTORY-KEY-ROLL`: an application adds and removes certificates of its own without any permission; others need to be
    /// allowed to change it; each change takes a proof. Source: directory-policy-tokens §2.5.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`] for a proof or certificate that is not acceptable.
    pub async fn add_key(
        &self,
        caller: &Caller,
        key: &str,
        new: &KeyChange,
        proof: &str,
    ) -> Result<KeyCredential, NotDone> {
        let was = self.application_to_roll(caller, key).await?;
        let kept = was.key_credentials.iter().map(|known| KeyChange {
            key_id: Some(known.key_id),
            ..KeyChange::default()
        });
        let keys: Vec<KeyChange> = kept.chain([new.clone()]).collect();
        let mut becomes = was.clone();
        self.apply_keys(&mut becomes, Some(&keys))?;
        let added = becomes.key_credentials.last().cloned();
        self.save_proven(caller, &was, becomes, proof).await?;
        added.ok_or_else(|| NotDone::invalid("keyCredential", "A certificate is required."))
    }

    /// Removes a certificate.
    ///
    /// # Errors
    /// As [`Engine::add_key`].
    pub async fn remove_key(
        &self,
        caller: &Caller,
        key: &str,
        key_id: Uuid,
        proof: &str,
    ) -> Result<(), NotDone> {
        let was = self.application_to_roll(caller, key).await?;
        let mut becomes = was.clone();
        becomes.key_credentials.retain(|known| known.key_id != key_id);
        if becomes.key_credentials.len() == was.key_credentials.len() {
            return Err(NotDone::invalid("keyId", "No credentials found to be removed."));
        }
        self.save_proven(caller, &was, becomes, proof).await
    }

    async fn application_to_roll(&self, caller: &Caller, key: &str) -> Result<Application, NotDone> {
        if let CallerIdentity::Application { client, .. } = &caller.identity
            && let Ok(application) = self.application_by_key(caller, key, false).await
            && application.app_id == *client
        {
            caller.expects(&application)?;
            return Ok(application);
        }
        self.application_to_change(caller, key, false).await
    }

    async fn save_proven(
        &self,
        caller: &Caller,
        was: &Application,
        becomes: Application,
        proof: &str,
    ) -> Result<(), NotDone> {
        let replay = verify_proof(proof, was, self.now())
            .map_err(|failure| NotDone::invalid("proof", format!("{} [KEY-PROOF]", failure.detail)))?;
        let mut id = [0; 16];
        id.copy_from_slice(digest(&replay.id).as_chunks::<16>().0.first().unwrap_or(&[0; 16]));
        let change = credentials_change(was, told(was), told(&becomes));
        let writes = vec![
            Write::OneTime {
                id,
                purpose: OneTimePurpose::KeyProof as i16,
                expires_us: replay.forget_after.as_microsecond(),
            },
            Write::ChangeApplication {
                was: Box::new(was.clone()),
                becomes: Box::new(becomes),
            },
            Write::Audit(self.audit_of(caller, change)?),
        ];
        match self.store.commit(writes).await {
            Ok(()) => {}
            Err(StorageError::AlreadyUsed) => {
                let sentence = "The proof was used before; every change needs a fresh one [KEY-PROOF].";
                return Err(NotDone::invalid("proof", sentence));
            }
            Err(error) => return Err(error.into()),
        }
        self.directory.forget_application(was.app_id).await;
        Ok(())
    }
}
