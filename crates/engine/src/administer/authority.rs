//! The trust store: adding and removing certification authorities.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use lanyard_directory::TenantId;
use lanyard_pki::Certificate;
use serde_json::json;

use crate::administer::authority_check::OfferedAuthority;
use crate::administer::{Actor, Change, Changed, certificate_of};
use crate::{ConfiguredAuthority, Engine, EngineError};

/// Most authorities in a classic store (certificate-sign-in §2.2).
pub(crate) const MAX_AUTHORITIES: usize = 250;

/// Longest grace period, in hours.
pub(crate) const MAX_GRACE_HOURS: u16 = 720;

/// A certification authority to trust.
#[derive(Clone, Debug, Default)]
pub struct NewAuthority {
    /// DER certificate.
    pub certificate: Vec<u8>,
    /// Trust anchor or intermediate: the administrator decides.
    pub is_root_authority: bool,
    /// Where its complete CRL is published.
    pub crl_url: Option<String>,
    /// Further addresses of the complete CRL, in the order to ask.
    pub further_crl_urls: Vec<String>,
    /// Where its delta CRL is published.
    pub delta_crl_url: Option<String>,
    /// See [`ConfiguredAuthority::is_issuer_hint_enabled`].
    pub is_issuer_hint_enabled: bool,
    /// An expired authority may be stored although it can never help: for rehearsing failures.
    pub allow_expired: bool,
}

impl Engine {
    /// Adds an authority to the tenant's trust store; in effect for the next sign-in.
    ///
    /// Rule `TRUST-CA-ONCE`: the classic store holds at most 250 authorities, each once, and takes no further one while a stored
    /// one is expired. Source: certificate-sign-in §2.1 TS-10, §2.2.
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] naming what is wrong; nothing is stored then.
    pub async fn add_authority(
        &self,
        actor: &Actor,
        tenant: TenantId,
        new: NewAuthority,
    ) -> Result<ConfiguredAuthority, EngineError> {
        let certificate = Certificate::parse(&new.certificate)
            .map_err(|error| EngineError::InvalidChange(format!("not a certificate: {error}")))?;
        let facts = certificate.facts();
        let now = self.now();
        OfferedAuthority {
            certificate: &certificate,
            is_root: new.is_root_authority,
            crl_url: new.crl_url.as_deref(),
            delta_crl_url: new.delta_crl_url.as_deref(),
            further_crl_urls: &new.further_crl_urls,
            allow_expired: new.allow_expired,
        }
        .check(now)
        .map_err(|(_, sentence)| EngineError::InvalidChange(sentence))?;
        let authority = ConfiguredAuthority {
            display_name: facts.subject.to_string(),
            is_root_authority: new.is_root_authority,
            certificate: BASE64.encode(&new.certificate),
            certificate_revocation_list_url: new.crl_url,
            further_certificate_revocation_list_urls: new.further_crl_urls,
            crl_grace_hours: None,
            delta_certificate_revocation_list_url: new.delta_crl_url,
            is_issuer_hint_enabled: new.is_issuer_hint_enabled,
            added: now,
        };
        let added = authority.clone();
        let allow_expired = new.allow_expired;
        self.change_configuration(actor, tenant, |configuration| {
            let stored = &mut configuration.certificate_authorities;
            if stored
                .iter()
                .any(|present| present.certificate == authority.certificate)
            {
                return Err(EngineError::InvalidChange(
                    "this certificate is already stored".to_owned(),
                ));
            }
            if stored.len() >= MAX_AUTHORITIES {
                return Err(EngineError::InvalidChange(format!(
                    "the trust store holds at most {MAX_AUTHORITIES} authorities"
                )));
            }
            if !allow_expired && let Some(expired) = stored.iter().find(|present| is_expired(present, now)) {
                return Err(EngineError::InvalidChange(format!(
                    "the stored authority `{}` is expired; remove it first",
                    expired.display_name
                )));
            }
            stored.push(authority.clone());
            Ok(changed_store(&[], std::slice::from_ref(&authority)))
        })
        .await?;
        Ok(added)
    }

    /// Removes an authority by its SHA-256 or SHA-1 thumbprint, subject key identifier (hex) or exact display name.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when none matches.
    pub async fn remove_authority(
        &self,
        actor: &Actor,
        tenant: TenantId,
        named: &str,
    ) -> Result<ConfiguredAuthority, EngineError> {
        let named = named.trim().to_owned();
        let mut removed = None;
        self.change_configuration(actor, tenant, |configuration| {
            let position = configuration
                .certificate_authorities
                .iter()
                .position(|authority| is_named(authority, &named));
            match position {
                Some(position) => {
                    let gone = configuration.certificate_authorities.remove(position);
                    let change = changed_store(std::slice::from_ref(&gone), &[]);
                    removed = Some(gone);
                    Ok(change)
                }
                None => Err(EngineError::NotFound(format!("the authority `{named}`"))),
            }
        })
        .await?;
        removed.ok_or_else(|| EngineError::NotFound("the authority".to_owned()))
    }

    /// Sets for how many hours after its nextUpdate a CRL that cannot be renewed still counts: of one authority, named as in
    /// [`Engine::remove_authority`], or of all that have no setting of their own. `None` removes an authority's own setting
    /// and switches the tenant's off.
    ///
    /// Rule `CRL-GRACE-EXPLICIT`: no grace period holds unless an administrator set one, of at most 720 hours; each change has
    /// an audit row of its own name. Source: certificate-sign-in §4.4 CA-3.
    ///
    /// # Errors
    /// [`EngineError::InvalidChange`] for a longer one, [`EngineError::NotFound`] when no authority matches.
    pub async fn set_crl_grace(
        &self,
        actor: &Actor,
        tenant: TenantId,
        authority: Option<&str>,
        hours: Option<u16>,
    ) -> Result<(), EngineError> {
        if hours.is_some_and(|hours| hours > MAX_GRACE_HOURS) {
            return Err(EngineError::InvalidChange(format!(
                "a grace period has at most {MAX_GRACE_HOURS} hours"
            )));
        }
        let told = |target: String, old: Option<u16>| {
            if old == hours {
                return Changed::Nothing;
            }
            Changed::This(vec![Change {
                activity: "Set CRL grace period",
                target,
                property: "crlGraceHours",
                old: json!(old),
                new: json!(hours),
            }])
        };
        self.change_configuration(actor, tenant, |configuration| {
            let Some(named) = authority else {
                let old = std::mem::replace(&mut configuration.settings.crl_grace_hours, hours.unwrap_or(0));
                let was = (old > 0).then_some(old);
                return Ok(told(tenant.to_string(), was));
            };
            let mut stored = configuration.certificate_authorities.iter_mut();
            match stored.find(|stored| is_named(stored, named.trim())) {
                Some(stored) => {
                    let old = std::mem::replace(&mut stored.crl_grace_hours, hours);
                    Ok(told(stored.display_name.clone(), old))
                }
                None => Err(EngineError::NotFound(format!("the authority `{named}`"))),
            }
        })
        .await
    }
}

/// The audit row of a changed trust store: what comes and what goes.
fn changed_store(old: &[ConfiguredAuthority], new: &[ConfiguredAuthority]) -> Changed {
    Changed::This(vec![crate::administer::classic_store::change(old, new)])
}

pub(crate) fn is_expired(authority: &ConfiguredAuthority, now: jiff::Timestamp) -> bool {
    certificate_of(&authority.certificate).is_some_and(|certificate| certificate.facts().not_after < now)
}

fn is_named(authority: &ConfiguredAuthority, named: &str) -> bool {
    if authority.display_name == named {
        return true;
    }
    let Some(certificate) = certificate_of(&authority.certificate) else {
        return false;
    };
    let facts = certificate.facts();
    let hex = |octets: &[u8]| {
        octets
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect::<String>()
    };
    let digits = named.replace([':', ' '], "").to_lowercase();
    digits == hex(&facts.sha256_thumbprint)
        || digits == hex(&facts.sha1_thumbprint)
        || facts
            .subject_key_identifier
            .as_ref()
            .is_some_and(|identifier| digits == hex(identifier.as_bytes()))
}
