//! A whole PKI in one file: taken in in the background.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use lanyard_directory::Operation;
use lanyard_pki::{AuthorityId, Certificate, CrlKind, parse_certificate_bundle};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;
use uuid::Uuid;

use crate::administer::pki_authority::{MAX_PKI_AUTHORITIES, NewPkiAuthority, add};
use crate::administer::pki_container::{changed, present};
use crate::administer::{Change, Changed};
use crate::crl_updates::WantedCrl;
use crate::pki_store::UPLOAD_TIME;
use crate::{Caller, CrlDownload, DownloadedCrl, Engine, NotDone, PkiAuthority, UploadStatus};

/// Most octets of a file. Source: certificate-sign-in §0.3.
const MAX_FILE_BYTES: u64 = 2 << 20;
/// The longest a download may take: well within the time of the whole upload.
const DOWNLOAD_TIME: Duration = Duration::from_secs(600);
/// Revocation lists that are asked for at a time when a file has come in.
const LISTS_AT_A_TIME: usize = 8;
const MAX_DETAILS_CHARACTERS: usize = 8 * 1024;

/// Where a file lies, and its SHA-256.
#[derive(Clone, Debug)]
pub struct PkiUpload {
    /// `http` or `https`.
    pub url: String,
    /// 64 hex digits.
    pub sha256: String,
}

impl Engine {
    /// Begins to take in a file of certificates from a web address; the container's status tells how it came out.
    ///
    /// Rule `PKI-UPLOAD`: a PKCS #7 file of at most 2 MiB whose SHA-256 is the given one is fetched in the background, by the rules
    /// for revocation lists, and its authorities are added to the container, all or none of them; a second upload has to
    /// wait for the end of the first, at most 30 minutes. Source: certificate-sign-in §0.3, §2.3 PK-4, PK-9.
    ///
    /// The returned task ends with the upload; it need not be waited for.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`].
    pub async fn start_pki_upload(
        self: &Arc<Self>,
        caller: &Caller,
        container: Uuid,
        upload: &PkiUpload,
    ) -> Result<JoinHandle<()>, NotDone> {
        caller.may(&Operation::CHANGE_PKI_STORE)?;
        let url = checked_url(&upload.url)?;
        let sha256 = data_encoding::HEXLOWER_PERMISSIVE
            .decode(upload.sha256.trim().as_bytes())
            .ok()
            .filter(|digest| digest.len() == 32)
            .ok_or_else(|| NotDone::invalid("sha256FileHash", "A SHA-256 is 64 hex digits."))?;
        self.begin_upload(caller, container, &url).await?;
        let (engine, caller) = (Arc::clone(self), caller.clone());
        Ok(tokio::spawn(async move {
            let file = engine.fetch_file(&url, &sha256).await;
            if let Err(error) = engine.finish_upload(&caller, container, file).await {
                tracing::error!(%error, %container, "an upload did not end; it can be begun again after 30 minutes");
            }
        }))
    }

    /// Takes in a file at hand; the container as it is afterwards says how it came out.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`].
    pub async fn upload_pki_file(
        self: &Arc<Self>,
        caller: &Caller,
        container: Uuid,
        file: Vec<u8>,
    ) -> Result<crate::PublicKeyInfrastructure, NotDone> {
        caller.may(&Operation::CHANGE_PKI_STORE)?;
        let Ok(place) = Url::parse("file:///") else {
            return Err(NotDone::invalid("", "No file."));
        };
        self.begin_upload(caller, container, &place).await?;
        let file = if u64::try_from(file.len()).is_ok_and(|length| length <= MAX_FILE_BYTES) {
            Ok(file)
        } else {
            Err("The file has more than 2 MiB.".to_owned())
        };
        self.finish_upload(caller, container, file).await?;
        Ok(self.read_pki_container(caller, container).await?.1)
    }

    async fn begin_upload(&self, caller: &Caller, container: Uuid, url: &Url) -> Result<(), NotDone> {
        let now = self.now();
        self.change_tenant(caller, None, |configuration| {
            let container = present(configuration, container)?;
            if container.status_at(now) == UploadStatus::Running {
                return Err(NotDone::invalid(
                    "",
                    "An upload into this PKI is running; wait for its end.",
                ));
            }
            container.status = UploadStatus::Running;
            container.status_details = None;
            container.last_modified = now;
            let mut shown = url.clone();
            shown.set_query(None);
            let new = json!({ "uploadUrl": shown });
            let id = container.id;
            Ok(changed(
                "Upload PublicKeyInfrastructure file",
                id,
                Value::Null,
                new,
            ))
        })
        .await
    }

    async fn fetch_file(&self, url: &Url, sha256: &[u8]) -> Result<Vec<u8>, String> {
        let download = CrlDownload {
            url: url.to_string(),
            max_bytes: MAX_FILE_BYTES,
            timeout: DOWNLOAD_TIME,
            etag: None,
            last_modified: None,
        };
        let (progress, _) = watch::channel(0);
        let octets = match self.crls.source().download_file(download, progress).await {
            Ok(DownloadedCrl::Body { octets, .. }) => octets,
            Ok(DownloadedCrl::NotModified) => return Err("The file was not sent.".to_owned()),
            Err(failure) => return Err(format!("The file could not be fetched: {}.", failure.detail)),
        };
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &octets);
        if digest.as_ref() != sha256 {
            return Err(format!(
                "The SHA-256 of the file is {}, not the given one.",
                data_encoding::HEXUPPER.encode(digest.as_ref())
            ));
        }
        Ok(octets)
    }

    /// Adds what is in the file, asks once for every list, and says how it came out.
    async fn finish_upload(
        self: &Arc<Self>,
        caller: &Caller,
        container: Uuid,
        file: Result<Vec<u8>, String>,
    ) -> Result<(), NotDone> {
        let outcome = match file {
            Ok(file) => self.take_in(caller, container, &file).await?,
            Err(sentence) => Err(sentence),
        };
        let (status, details) = match outcome {
            Ok((ids, mut notes)) => {
                notes.extend(self.doubtful_lists(caller, &ids).await);
                (UploadStatus::Succeeded, notes)
            }
            Err(sentence) => (UploadStatus::Failed, vec![sentence]),
        };
        let details: String = details.join(" ").chars().take(MAX_DETAILS_CHARACTERS).collect();
        let details = Some(details).filter(|details| !details.is_empty());
        let now = self.now();
        self.change_tenant(caller, None, |configuration| {
            let container = present(configuration, container)?;
            container.status = status;
            container.status_details.clone_from(&details);
            container.last_modified = now;
            let new = json!({ "status": status.as_str(), "statusDetails": details });
            let id = container.id;
            Ok(changed("Update PublicKeyInfrastructure", id, Value::Null, new))
        })
        .await
    }

    /// Adds the authorities of a file, or says why none.
    async fn take_in(
        &self,
        caller: &Caller,
        container: Uuid,
        file: &[u8],
    ) -> Result<Result<(Vec<AuthorityId>, Vec<String>), String>, NotDone> {
        let bundle = match parse_certificate_bundle(file, 4 * MAX_PKI_AUTHORITIES) {
            Ok(bundle) => bundle,
            Err(error) => return Ok(Err(format!("The file is not a PKCS #7 bundle: {error}."))),
        };
        let mut notes = Vec::new();
        let mut refused = Vec::new();
        let mut offered: Vec<(PkiAuthority, Certificate)> = Vec::new();
        for certificate in &bundle {
            let facts = certificate.facts();
            let named = format!(
                "'{}' ({})",
                facts.subject,
                data_encoding::HEXUPPER.encode(&facts.sha1_thumbprint)
            );
            if !certificate.is_authority() {
                notes.push(format!("{named} is not that of an authority and was left out."));
                continue;
            }
            if offered.iter().any(|(_, other)| other.der() == certificate.der()) {
                refused.push(format!("{named}: duplicate certificate in the file."));
                continue;
            }
            let new = NewPkiAuthority {
                crl_url: list_address(certificate, &bundle),
                ..NewPkiAuthority::default()
            };
            match self.pki_authority(certificate, &new) {
                Ok(authority) => offered.push((authority, certificate.clone())),
                Err(reason) => refused.push(format!("{named}: {reason}.")),
            }
        }
        if !refused.is_empty() {
            return Ok(Err(format!("Nothing was added. {}", refused.join(" "))));
        }
        let ids = offered
            .iter()
            .map(|(_, certificate)| AuthorityId::of(certificate))
            .collect();
        let without: Vec<String> = offered
            .iter()
            .filter(|(authority, _)| authority.certificate_revocation_list_url.is_none())
            .map(|(authority, _)| format!("'{}'", authority.display_name))
            .collect();
        if !without.is_empty() {
            notes.push(format!(
                "No CRL address is known for {}: no certificate in the file was issued by them. Enter it by hand, or \
                 certificates they issued are not checked for revocation.",
                without.join(", ")
            ));
        }
        let now = self.now();
        let mut failed = None;
        self.change_tenant(caller, None, |configuration| {
            configuration.forget_deleted(now);
            failed = None;
            match add(configuration, container, offered.clone(), now) {
                Ok(doubts) => notes.extend(doubts),
                Err(sentence) => {
                    failed = Some(sentence);
                    return Ok(Changed::Nothing);
                }
            }
            let changes = offered.iter().map(|(authority, _)| Change {
                activity: "Create CertificateAuthority",
                target: authority.id.to_string(),
                property: "PublicKeyInfrastructure",
                old: Value::Null,
                new: crate::administer::pki_authority::told(authority),
            });
            Ok(Changed::This(changes.collect()))
        })
        .await?;
        notes.dedup();
        Ok(failed.map_or(Ok((ids, notes)), Err))
    }

    /// Asks once for the list of each new authority.
    ///
    /// Rule `PKI-UPLOAD-LISTS`: after an upload each authority's revocation list is fetched once, and one that cannot be had, or was
    /// not issued by that authority, is named in the container's status. Source: certificate-sign-in §2.3 PK-5.
    async fn doubtful_lists(self: &Arc<Self>, caller: &Caller, ids: &[AuthorityId]) -> Vec<String> {
        let snapshot = self.snapshot();
        let Some(tenant) = snapshot.tenant(caller.tenant) else {
            return Vec::new();
        };
        let wanted: Vec<WantedCrl> = ids
            .iter()
            .filter_map(|id| tenant.trust.authority(id))
            .filter(|authority| authority.base_crl_url.is_some())
            .map(|authority| WantedCrl {
                authority: authority.clone(),
                kind: CrlKind::Base,
            })
            .collect();
        stream::iter(wanted)
            .map(|wanted| {
                let crls = Arc::clone(&self.crls);
                async move {
                    let subject = wanted.authority.certificate.facts().subject.to_string();
                    let refused = crls.refresh(wanted).await.err()?;
                    Some(format!("The revocation list of '{subject}': {}.", refused.detail))
                }
            })
            .buffered(LISTS_AT_A_TIME)
            .filter_map(|doubt| async move { doubt })
            .collect()
            .await
    }
}

/// Where an authority publishes its list.
///
/// Rule `PKI-UPLOAD-CRL-URL`: the list an authority issues is named in the certificates it issued: its address is the first HTTP one in
/// any certificate of the file that it issued, never the one in its own certificate, and none when it issued none of them.
/// Source: certificate-sign-in §2.3 PK-5.
fn list_address(authority: &Certificate, bundle: &[Certificate]) -> Option<String> {
    let own = authority.facts();
    bundle
        .iter()
        .filter(|child| child.der() != authority.der())
        .filter(|child| {
            let facts = child.facts();
            facts.issuer == own.subject
                && (facts.authority_key_identifier.is_none()
                    || facts.authority_key_identifier == own.subject_key_identifier)
        })
        .flat_map(|child| &child.facts().crl_distribution_points)
        .find(|url| url.to_ascii_lowercase().starts_with("http://"))
        .cloned()
}

fn checked_url(text: &str) -> Result<Url, NotDone> {
    let refuse = |sentence| NotDone::invalid("uploadUrl", sentence);
    let url = Url::parse(text.trim()).map_err(|_| refuse("The address is not a URL."))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(refuse(
            "The address must start with http:// or https:// and name a host.",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() || text.len() > 2048 {
        return Err(refuse(
            "The address may hold no credentials and at most 2048 characters.",
        ));
    }
    debug_assert!(DOWNLOAD_TIME.as_secs() < UPLOAD_TIME.as_secs().unsigned_abs());
    Ok(url)
}
