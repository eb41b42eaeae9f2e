//! The classic trust store as callers of the directory API replace it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use lanyard_directory::Operation;
use lanyard_pki::{Certificate, parse_pem_or_der};

use crate::administer::authority::{MAX_AUTHORITIES, MAX_GRACE_HOURS, is_expired};
use crate::administer::authority_check::{AuthorityProperty, OfferedAuthority};
use crate::administer::{Change, Changed, certificate_of};
use crate::{Caller, ConfiguredAuthority, Engine, NotDone, TenantConfiguration};

/// Activity of a changed trust store. Source: certificate-sign-in §9.3.
const ACTIVITY: &str = "Set Company Information";

/// An authority of the classic store as a caller sends it. Source: certificate-sign-in §2.2.
#[derive(Clone, Debug, Default)]
pub struct ClassicAuthority {
    /// DER or PEM.
    pub certificate: Vec<u8>,
    /// Chosen by the administrator.
    pub is_root_authority: bool,
    /// Where its complete CRL is published.
    pub crl_url: Option<String>,
    /// Where its delta CRL is published.
    pub delta_crl_url: Option<String>,
    /// What Graph has no word for; `None`: what is stored stays.
    pub own: Option<OwnAuthoritySettings>,
}

/// What only this product knows of an authority of the classic store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnAuthoritySettings {
    /// Name shown to administrators; `None`: the subject.
    pub display_name: Option<String>,
    /// Further addresses of the complete CRL.
    pub further_crl_urls: Vec<String>,
    /// Hours after nextUpdate for which a CRL that cannot be renewed still counts.
    pub crl_grace_hours: Option<u16>,
    /// Narrows the issuer hints.
    pub is_issuer_hint_enabled: bool,
}

/// The classic store with its version.
#[derive(Clone, Debug)]
pub struct ClassicStore {
    /// Version of the tenant's configuration.
    pub version: i64,
    /// Its authorities.
    pub authorities: Vec<ConfiguredAuthority>,
    /// What is doubtful about them, each as one sentence.
    pub warnings: Vec<String>,
}

impl Engine {
    /// The classic store.
    ///
    /// # Errors
    /// [`NotDone::Denied`].
    pub async fn read_classic_store(&self, caller: &Caller) -> Result<ClassicStore, NotDone> {
        caller.may(&Operation::READ_CLASSIC_STORE)?;
        let (version, configuration) = self.tenant_configuration(caller.tenant).await?;
        let warnings = doubts(&configuration.certificate_authorities);
        Ok(ClassicStore {
            version,
            authorities: configuration.certificate_authorities,
            warnings,
        })
    }

    /// Replaces the whole list; trusted, hinted and asked for lists from then on.
    ///
    /// Rule `CLASSIC-REPLACE`: a list replaces the one before it, each authority at most once and 250 at most; while it holds an
    /// expired authority it may not bring a new one; the name and hint flag of an authority that stays are kept.
    /// Source: certificate-sign-in §2.1 TS-10, §2.2.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Changed`], [`NotDone::Invalid`] with every finding, each with its place.
    pub async fn replace_classic_store(
        &self,
        caller: &Caller,
        authorities: &[ClassicAuthority],
        expected_version: Option<i64>,
    ) -> Result<ClassicStore, NotDone> {
        caller.may(&Operation::CHANGE_CLASSIC_STORE)?;
        let read = read_list(authorities)?;
        self.change_tenant(caller, expected_version, |configuration| {
            let stored = &configuration.certificate_authorities;
            let list = self.classic_list(authorities, &read, stored)?;
            if *stored == list {
                return Ok(Changed::Nothing);
            }
            let change = change(stored, &list);
            configuration.certificate_authorities = list;
            Ok(Changed::This(vec![change]))
        })
        .await?;
        let (version, configuration) = self.tenant_configuration(caller.tenant).await?;
        Ok(ClassicStore {
            version,
            warnings: doubts(&configuration.certificate_authorities),
            authorities: configuration.certificate_authorities,
        })
    }

    /// Removes every authority of the classic store.
    ///
    /// # Errors
    /// [`NotDone::Denied`], [`NotDone::Changed`].
    pub async fn delete_classic_store(
        &self,
        caller: &Caller,
        expected_version: Option<i64>,
    ) -> Result<(), NotDone> {
        caller.may(&Operation::CHANGE_CLASSIC_STORE)?;
        self.change_tenant(caller, expected_version, |configuration| {
            if configuration.certificate_authorities.is_empty() {
                return Ok(Changed::Nothing);
            }
            let change = change(&configuration.certificate_authorities, &[]);
            configuration.certificate_authorities.clear();
            Ok(Changed::This(vec![change]))
        })
        .await
    }

    /// Puts a list in place of the stored one without saving it.
    pub(super) fn put_classic_list(
        &self,
        configuration: &mut TenantConfiguration,
        authorities: &[ClassicAuthority],
    ) -> Result<(), NotDone> {
        let read = read_list(authorities)?;
        let list = self.classic_list(authorities, &read, &configuration.certificate_authorities)?;
        configuration.certificate_authorities = list;
        Ok(())
    }

    fn classic_list(
        &self,
        offered: &[ClassicAuthority],
        read: &[Certificate],
        stored: &[ConfiguredAuthority],
    ) -> Result<Vec<ConfiguredAuthority>, NotDone> {
        let now = self.now();
        let mut list: Vec<ConfiguredAuthority> = Vec::with_capacity(offered.len());
        let mut brings_new = false;
        for (index, (offered, certificate)) in offered.iter().zip(read).enumerate() {
            let at = |property: &str| format!("certificateAuthorities[{index}].{property}");
            let encoded = BASE64.encode(certificate.der());
            if list.iter().any(|other| other.certificate == encoded) {
                return Err(NotDone::invalid(
                    at("certificate"),
                    "Duplicate certificate: it stands in the list twice.",
                ));
            }
            let present = stored.iter().find(|present| present.certificate == encoded);
            brings_new |= present.is_none();
            OfferedAuthority {
                certificate,
                is_root: offered.is_root_authority,
                crl_url: offered.crl_url.as_deref(),
                delta_crl_url: offered.delta_crl_url.as_deref(),
                further_crl_urls: offered
                    .own
                    .as_ref()
                    .map_or(&[], |own| own.further_crl_urls.as_slice()),
                allow_expired: present.is_some(),
            }
            .check(now)
            .map_err(|(property, sentence)| NotDone::invalid(at(classic_name(property)), sentence))?;
            let own = match &offered.own {
                Some(own) if own.crl_grace_hours.is_some_and(|hours| hours > MAX_GRACE_HOURS) => {
                    let sentence = format!("A grace period has at most {MAX_GRACE_HOURS} hours.");
                    return Err(NotDone::invalid(at("@lanyard.crlGraceHours"), sentence));
                }
                // Graph knows one address and no grace period: what was set by other means stays.
                None => present.map(kept_settings).unwrap_or_default(),
                Some(own) => own.clone(),
            };
            list.push(ConfiguredAuthority {
                display_name: own
                    .display_name
                    .unwrap_or_else(|| certificate.facts().subject.to_string()),
                is_root_authority: offered.is_root_authority,
                certificate: encoded,
                certificate_revocation_list_url: offered.crl_url.clone(),
                further_certificate_revocation_list_urls: if offered.crl_url.is_some() {
                    own.further_crl_urls
                } else {
                    Vec::new()
                },
                crl_grace_hours: own.crl_grace_hours,
                delta_certificate_revocation_list_url: offered.delta_crl_url.clone(),
                is_issuer_hint_enabled: own.is_issuer_hint_enabled,
                added: present.map_or(now, |present| present.added),
            });
        }
        let expired = list.iter().position(|authority| is_expired(authority, now));
        if let (true, Some(index)) = (brings_new, expired) {
            return Err(NotDone::invalid(
                format!("certificateAuthorities[{index}].certificate"),
                "This stored authority is expired: remove it before adding another.",
            ));
        }
        Ok(list)
    }
}

fn read_list(authorities: &[ClassicAuthority]) -> Result<Vec<Certificate>, NotDone> {
    if authorities.len() > MAX_AUTHORITIES {
        let sentence = format!("The classic store holds at most {MAX_AUTHORITIES} authorities.");
        return Err(NotDone::invalid("certificateAuthorities", sentence));
    }
    let mut read = Vec::with_capacity(authorities.len());
    for (index, authority) in authorities.iter().enumerate() {
        read.push(read_certificate(&authority.certificate).map_err(|sentence| {
            NotDone::invalid(format!("certificateAuthorities[{index}].certificate"), sentence)
        })?);
    }
    Ok(read)
}

fn kept_settings(present: &ConfiguredAuthority) -> OwnAuthoritySettings {
    OwnAuthoritySettings {
        display_name: Some(present.display_name.clone()),
        further_crl_urls: present.further_certificate_revocation_list_urls.clone(),
        crl_grace_hours: present.crl_grace_hours,
        is_issuer_hint_enabled: present.is_issuer_hint_enabled,
    }
}

/// One certificate in DER or PEM, or what is wrong.
pub(crate) fn read_certificate(octets: &[u8]) -> Result<Certificate, String> {
    let mut found = parse_pem_or_der(octets).map_err(|error| format!("Not a certificate: {error}."))?;
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        _ => Err("Exactly one certificate is expected here.".to_owned()),
    }
}

fn classic_name(property: AuthorityProperty) -> &'static str {
    match property {
        AuthorityProperty::Certificate => "certificate",
        AuthorityProperty::Root => "isRootAuthority",
        AuthorityProperty::CrlUrl => "certificateRevocationListUrl",
        AuthorityProperty::DeltaCrlUrl => "deltaCertificateRevocationListUrl",
    }
}

fn doubts(authorities: &[ConfiguredAuthority]) -> Vec<String> {
    let certificates: Vec<Certificate> = authorities
        .iter()
        .filter_map(|authority| certificate_of(&authority.certificate))
        .collect();
    certificates
        .iter()
        .zip(authorities)
        .flat_map(|(certificate, authority)| {
            let offered = OfferedAuthority {
                certificate,
                is_root: authority.is_root_authority,
                crl_url: None,
                delta_crl_url: None,
                further_crl_urls: &[],
                allow_expired: true,
            };
            offered.doubts(&certificates)
        })
        .collect()
}

pub(super) fn change(old: &[ConfiguredAuthority], new: &[ConfiguredAuthority]) -> Change {
    Change {
        activity: ACTIVITY,
        target: "TrustedCAsForPasswordlessAuth".to_owned(),
        property: "TrustedCAsForPasswordlessAuth",
        old: told(old),
        new: told(new),
    }
}

/// The list as the audit log keeps it: certificates by thumbprint. Source: certificate-sign-in §2.2, §9.3.
fn told(authorities: &[ConfiguredAuthority]) -> Value {
    authorities
        .iter()
        .map(|authority| {
            let certificate = certificate_of(&authority.certificate);
            let facts = certificate.as_ref().map(Certificate::facts);
            json!({
                "authorityType": u8::from(!authority.is_root_authority),
                "trustedIssuer": facts.map(|facts| facts.subject.to_string()),
                "trustedIssuerSKI": facts
                    .and_then(|facts| facts.subject_key_identifier.as_ref())
                    .map(ToString::to_string),
                "thumbprint": facts.map(|facts| data_encoding::HEXUPPER.encode(&facts.sha1_thumbprint)),
                "sha256": facts.map(|facts| data_encoding::HEXUPPER.encode(&facts.sha256_thumbprint)),
                "crlDistributionPoint": authority.certificate_revocation_list_url,
                "deltaCrlDistributionPoint": authority.delta_certificate_revocation_list_url,
            })
        })
        .collect()
}
