//! Authorities of the PKI store, one by one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use lanyard_directory::Operation;
use lanyard_pki::Certificate;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::administer::authority_check::{AuthorityProperty, OfferedAuthority};
use crate::administer::classic_store::read_certificate;
use crate::administer::pki_container::{changed, present};
use crate::administer::{Changed, certificate_of};
use crate::{Caller, Engine, NotDone, PkiAuthority, PublicKeyInfrastructure, TenantConfiguration};

/// Most authorities in the PKI store, containers together. Source: certificate-sign-in §0.3.
pub(crate) const MAX_PKI_AUTHORITIES: usize = 250;
/// Most octets of one certificate. Source: certificate-sign-in §0.3.
const MAX_CERTIFICATE_BYTES: usize = 8 * 1024;
const MAX_NAME_CHARACTERS: usize = 256;

/// An authority as a caller adds it. Only the certificate is needed: what else is given has to agree with it.
#[derive(Clone, Debug, Default)]
pub struct NewPkiAuthority {
    /// DER or PEM.
    pub certificate: Vec<u8>,
    /// Root or not; not given: a self-signed certificate is a root.
    pub is_root: Option<bool>,
    /// Name; not given: the subject.
    pub display_name: Option<String>,
    /// Where its complete CRL is published.
    pub crl_url: Option<String>,
    /// Where its delta CRL is published.
    pub delta_crl_url: Option<String>,
    /// Narrows the issuer hints.
    pub is_issuer_hint_enabled: bool,
    /// SHA-1 thumbprint as hex, to be compared.
    pub thumbprint: Option<String>,
    /// End of validity, to be compared.
    pub expires: Option<Timestamp>,
}

/// What of an authority can be changed; `None` leaves it, an empty address removes it.
#[derive(Clone, Debug, Default)]
pub struct PkiAuthorityChange {
    /// Root or not.
    pub is_root: Option<bool>,
    /// Name.
    pub display_name: Option<String>,
    /// Where its complete CRL is published.
    pub crl_url: Option<Option<String>>,
    /// Where its delta CRL is published.
    pub delta_crl_url: Option<Option<String>>,
    /// Narrows the issuer hints.
    pub is_issuer_hint_enabled: Option<bool>,
}

impl Engine {
    /// Adds an authority to a container: trusted from now on. Returns what is doubtful about it, too.
    ///
    /// Rule `PKI-CA-ADD`: an authority needs its certificate, at most 8 KiB and once in its container, and the store holds 250;
    /// thumbprint or end of validity, where given, have to be the certificate's own; an expired one is stored with a
    /// warning. Source: certificate-sign-in §0.3, §2.1 TS-10, §2.3 PK-2, PK-6.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`].
    pub async fn add_pki_authority(
        &self,
        caller: &Caller,
        container: Uuid,
        new: &NewPkiAuthority,
    ) -> Result<(PkiAuthority, Vec<String>), NotDone> {
        caller.may(&Operation::CHANGE_PKI_STORE)?;
        let certificate = read_certificate(&new.certificate)
            .map_err(|sentence| NotDone::invalid("certificate", sentence))?;
        agrees(new, &certificate)?;
        let authority = self.pki_authority(&certificate, new)?;
        let mut doubts = Vec::new();
        let now = self.now();
        self.change_tenant(caller, None, |configuration| {
            configuration.forget_deleted(now);
            doubts = add(
                configuration,
                container,
                vec![(authority.clone(), certificate.clone())],
                now,
            )
            .map_err(|sentence| NotDone::invalid("certificate", sentence))?;
            let new = told(&authority);
            Ok(changed(
                "Create CertificateAuthority",
                authority.id,
                Value::Null,
                new,
            ))
        })
        .await?;
        Ok((authority, doubts))
    }

    /// Changes what can be changed of an authority.
    ///
    /// Rule `PKI-CA-CHANGE`: type, the two list addresses, the hint flag and the name of an authority can be changed, its certificate
    /// and what follows from it cannot. Source: certificate-sign-in §2.3 PK-3.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Invalid`], [`NotDone::Changed`].
    pub async fn change_pki_authority(
        &self,
        caller: &Caller,
        (container, id): (Uuid, Uuid),
        change: &PkiAuthorityChange,
        expected_version: Option<i64>,
    ) -> Result<(), NotDone> {
        caller.may(&Operation::CHANGE_PKI_STORE)?;
        let now = self.now();
        self.change_tenant(caller, expected_version, |configuration| {
            let container = present(configuration, container)?;
            let authority = present_authority(container, id)?;
            let before = authority.clone();
            let PkiAuthorityChange {
                is_root,
                display_name,
                crl_url,
                delta_crl_url,
                is_issuer_hint_enabled,
            } = change.clone();
            authority.is_root = is_root.unwrap_or(authority.is_root);
            authority.display_name = display_name.unwrap_or_else(|| authority.display_name.clone());
            if let Some(url) = crl_url {
                authority.certificate_revocation_list_url = url;
            }
            if let Some(url) = delta_crl_url {
                authority.delta_certificate_revocation_list_url = url;
            }
            authority.is_issuer_hint_enabled =
                is_issuer_hint_enabled.unwrap_or(authority.is_issuer_hint_enabled);
            if *authority == before {
                return Ok(Changed::Nothing);
            }
            check_name(&authority.display_name)?;
            if let Some(certificate) = certificate_of(&authority.certificate) {
                check(&certificate, authority, now)?;
            }
            let (old, new) = (told(&before), told(authority));
            container.last_modified = now;
            Ok(changed("Update CertificateAuthority", id, old, new))
        })
        .await
    }

    /// Deletes an authority: trusted no more from now on, restorable for 30 days.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::NotFound`], [`NotDone::Changed`].
    pub async fn delete_pki_authority(
        &self,
        caller: &Caller,
        (container, id): (Uuid, Uuid),
        expected_version: Option<i64>,
    ) -> Result<(), NotDone> {
        caller.may(&Operation::CHANGE_PKI_STORE)?;
        let now = self.now();
        self.change_tenant(caller, expected_version, |configuration| {
            configuration.forget_deleted(now);
            let container = present(configuration, container)?;
            let authority = present_authority(container, id)?;
            authority.deleted = Some(now);
            let old = told(authority);
            container.last_modified = now;
            Ok(changed("Delete CertificateAuthority", id, old, Value::Null))
        })
        .await
    }

    /// An entry for a certificate.
    pub(crate) fn pki_authority(
        &self,
        certificate: &Certificate,
        new: &NewPkiAuthority,
    ) -> Result<PkiAuthority, NotDone> {
        let subject = || {
            certificate
                .facts()
                .subject
                .to_string()
                .chars()
                .take(MAX_NAME_CHARACTERS)
                .collect()
        };
        let authority = PkiAuthority {
            id: self.new_guid()?,
            display_name: new.display_name.clone().unwrap_or_else(subject),
            is_root: new.is_root.unwrap_or_else(|| certificate.is_self_signed()),
            certificate: BASE64.encode(certificate.der()),
            certificate_revocation_list_url: new.crl_url.clone(),
            delta_certificate_revocation_list_url: new.delta_crl_url.clone(),
            is_issuer_hint_enabled: new.is_issuer_hint_enabled,
            created: self.now(),
            deleted: None,
        };
        check_name(&authority.display_name)?;
        check(certificate, &authority, self.now())?;
        Ok(authority)
    }
}

/// Puts authorities into a container, or none of them; returns what is doubtful.
pub(crate) fn add(
    configuration: &mut TenantConfiguration,
    container: Uuid,
    authorities: Vec<(PkiAuthority, Certificate)>,
    now: Timestamp,
) -> Result<Vec<String>, String> {
    let count = configuration
        .pki_authorities()
        .count()
        .saturating_add(authorities.len());
    if count > MAX_PKI_AUTHORITIES {
        return Err(format!(
            "The PKI store holds at most {MAX_PKI_AUTHORITIES} authorities."
        ));
    }
    let into = present(configuration, container).map_err(|gone| gone.to_string())?;
    for (authority, certificate) in &authorities {
        if into
            .present()
            .any(|other| other.certificate == authority.certificate)
        {
            return Err(format!(
                "Duplicate certificate: '{}' is in this PKI already.",
                certificate.facts().subject
            ));
        }
    }
    into.last_modified = now;
    into.authorities
        .extend(authorities.iter().map(|(authority, _)| authority.clone()));
    let stored: Vec<Certificate> = configuration
        .pki_authorities()
        .map(|authority| &authority.certificate)
        .chain(
            configuration
                .certificate_authorities
                .iter()
                .map(|authority| &authority.certificate),
        )
        .filter_map(|certificate| certificate_of(certificate))
        .collect();
    let mut doubts = Vec::new();
    for (authority, certificate) in &authorities {
        doubts.extend(offered(certificate, authority).doubts(&stored));
        let facts = certificate.facts();
        if facts.not_after < now {
            doubts.push(format!("'{}' expired at {}.", facts.subject, facts.not_after));
        }
    }
    Ok(doubts)
}

pub(crate) fn present_authority(
    container: &mut PublicKeyInfrastructure,
    id: Uuid,
) -> Result<&mut PkiAuthority, NotDone> {
    container
        .authorities
        .iter_mut()
        .find(|authority| authority.id == id && authority.deleted.is_none())
        .ok_or_else(|| NotDone::NotFound(id.to_string()))
}

/// What the audit log keeps of an authority.
pub(crate) fn told(authority: &PkiAuthority) -> Value {
    let certificate = certificate_of(&authority.certificate);
    let facts = certificate.as_ref().map(Certificate::facts);
    json!({
        "displayName": authority.display_name,
        "certificateAuthorityType": if authority.is_root { "root" } else { "intermediate" },
        "subject": facts.map(|facts| facts.subject.to_string()),
        "thumbprint": facts.map(|facts| data_encoding::HEXUPPER.encode(&facts.sha1_thumbprint)),
        "certificateRevocationListUrl": authority.certificate_revocation_list_url,
        "deltacertificateRevocationListUrl": authority.delta_certificate_revocation_list_url,
        "isIssuerHintEnabled": authority.is_issuer_hint_enabled
    })
}

fn offered<'a>(certificate: &'a Certificate, authority: &'a PkiAuthority) -> OfferedAuthority<'a> {
    OfferedAuthority {
        certificate,
        is_root: authority.is_root,
        crl_url: authority.certificate_revocation_list_url.as_deref(),
        delta_crl_url: authority.delta_certificate_revocation_list_url.as_deref(),
        further_crl_urls: &[],
        allow_expired: true,
    }
}

fn check(certificate: &Certificate, authority: &PkiAuthority, now: Timestamp) -> Result<(), NotDone> {
    if certificate.der().len() > MAX_CERTIFICATE_BYTES {
        return Err(NotDone::invalid(
            "certificate",
            "A certificate has at most 8 KiB.",
        ));
    }
    offered(certificate, authority)
        .check(now)
        .map_err(|(property, sentence)| {
            let name = match property {
                AuthorityProperty::Certificate => "certificate",
                AuthorityProperty::Root => "certificateAuthorityType",
                AuthorityProperty::CrlUrl => "certificateRevocationListUrl",
                AuthorityProperty::DeltaCrlUrl => "deltacertificateRevocationListUrl",
            };
            NotDone::invalid(name, sentence)
        })
}

fn check_name(name: &str) -> Result<(), NotDone> {
    if name.trim().is_empty()
        || name.chars().count() > MAX_NAME_CHARACTERS
        || name.chars().any(char::is_control)
    {
        let sentence = format!("A name has 1 to {MAX_NAME_CHARACTERS} characters.");
        return Err(NotDone::invalid("displayName", sentence));
    }
    Ok(())
}

fn agrees(new: &NewPkiAuthority, certificate: &Certificate) -> Result<(), NotDone> {
    let facts = certificate.facts();
    let own = data_encoding::HEXLOWER.encode(&facts.sha1_thumbprint);
    let given = new
        .thumbprint
        .as_deref()
        .map(|text| text.replace([':', ' '], "").to_lowercase());
    if given.is_some_and(|given| given != own) {
        let sentence = "This is not the SHA-1 thumbprint of the certificate.";
        return Err(NotDone::invalid("thumbprint", sentence));
    }
    if new
        .expires
        .is_some_and(|given| given.as_second() != facts.not_after.as_second())
    {
        let sentence = "This is not the end of the certificate's validity.";
        return Err(NotDone::invalid("expirationDateTime", sentence));
    }
    Ok(())
}
