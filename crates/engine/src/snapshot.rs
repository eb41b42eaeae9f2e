//! The policy of every tenant as an immutable, versioned value that is swapped whole.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use lanyard_certificate_policy::{DeniedCertificate, DenyList, HintCandidate, issuer_hints};
use lanyard_directory::{Tenant, TenantId};
use lanyard_pki::{
    AuthorityId, Certificate, ChosenAuthority, SerialNumber, StoreChoice, StoredAuthority, TrustStore,
    choose_between_stores,
};

use crate::{EngineError, TenantConfiguration};

/// Everything a sign-in reads that an administrator configures.
#[derive(Debug, Default)]
pub struct Snapshot {
    tenants: HashMap<TenantId, Arc<TenantSnapshot>>,
    domains: HashMap<String, TenantId>,
}

/// One tenant of a [`Snapshot`].
#[derive(Debug)]
pub struct TenantSnapshot {
    /// Version of the configuration document; written to every log row.
    pub version: i64,
    /// The tenant.
    pub tenant: Tenant,
    /// Its configuration.
    pub configuration: TenantConfiguration,
    /// Its trust store, ready for path building.
    pub trust: TrustStore,
    /// From which store each authority comes, and why.
    choices: HashMap<AuthorityId, StoreChoice>,
    /// Authorities with the hint flag.
    hinted: HashSet<AuthorityId>,
    /// The certificates that administrators denied.
    pub denied: DenyList,
}

/// What the first path segment of a request names.
#[derive(Clone, Debug)]
pub enum TenantSegment {
    /// One tenant, by GUID or domain.
    Tenant(Arc<TenantSnapshot>),
    /// `common` or `organizations`: the user name or domain hint decides.
    AnyTenant,
    /// Nothing this server knows, `consumers` included.
    Unknown,
}

impl TenantSnapshot {
    /// The denial of a certificate that one of the authorities issued, if there is one.
    #[must_use]
    pub fn denial_of(
        &self,
        authority: &AuthorityId,
        serial: &SerialNumber,
        sha256_thumbprint: Option<&str>,
    ) -> Option<&DeniedCertificate> {
        let issuer = self
            .trust
            .authority(authority)
            .map(|authority| &authority.certificate.facts().subject);
        self.denied.entry(sha256_thumbprint, issuer, serial)
    }

    /// From which store an authority comes, and why.
    #[must_use]
    pub fn store_choice(&self, authority: &AuthorityId) -> Option<StoreChoice> {
        self.choices.get(authority).copied()
    }

    /// DER subject names to offer in the TLS certificate request, most useful first; empty while hints are off.
    #[must_use]
    pub fn issuer_hints(&self) -> Vec<Vec<u8>> {
        if !self
            .configuration
            .x509_policy
            .issuer_hints_configuration
            .state
            .is_enabled()
        {
            return Vec::new();
        }
        let stored: Vec<_> = self.trust.authorities().collect();
        let subjects: Vec<Vec<u8>> = stored
            .iter()
            .map(|(_, authority)| authority.certificate.subject_der())
            .collect();
        let candidates: Vec<HintCandidate<'_>> = stored
            .iter()
            .zip(&subjects)
            .map(|((id, authority), subject)| HintCandidate {
                subject_der: subject,
                is_root: authority.is_root,
                is_hint_enabled: self.hinted.contains(id),
            })
            .collect();
        let hints = issuer_hints(
            &candidates,
            self.configuration.settings.policy.max_issuer_hint_bytes,
        );
        if !hints.cut.is_empty() {
            tracing::warn!(tenant = %self.tenant.id, cut = hints.cut.len(), "issuer hints exceed the limit and are cut");
        }
        hints
            .sent
            .iter()
            .filter_map(|index| candidates.get(*index))
            .map(|candidate| candidate.subject_der.to_vec())
            .collect()
    }
}

impl Snapshot {
    /// Builds a snapshot from what is stored.
    ///
    /// # Errors
    /// [`EngineError::Configuration`] when a stored certificate cannot be read: writing refuses such a certificate, so
    /// the database was changed by other means.
    pub fn build(rows: Vec<(Tenant, i64, TenantConfiguration)>) -> Result<Self, EngineError> {
        Self::build_with_denied(
            rows.into_iter()
                .map(|(tenant, version, configuration)| (tenant, version, configuration, Vec::new()))
                .collect(),
        )
    }

    /// The same with each tenant's denied certificates.
    ///
    /// # Errors
    /// As [`Snapshot::build`].
    pub fn build_with_denied(
        rows: Vec<(Tenant, i64, TenantConfiguration, Vec<DeniedCertificate>)>,
    ) -> Result<Self, EngineError> {
        let mut snapshot = Self::default();
        for (tenant, version, configuration, denied) in rows {
            let chosen = chosen_authorities(&configuration)?;
            let choices = chosen
                .iter()
                .map(|chosen| (chosen.stored.id(), chosen.choice))
                .collect();
            let trust = TrustStore::new(chosen.into_iter().map(|chosen| chosen.stored).collect());
            let hinted = hinted(&configuration)?;
            for domain in &tenant.domains {
                snapshot.domains.insert(domain.clone(), tenant.id);
            }
            let id = tenant.id;
            snapshot.tenants.insert(
                id,
                Arc::new(TenantSnapshot {
                    version,
                    tenant,
                    configuration,
                    trust,
                    choices,
                    hinted,
                    denied: DenyList::new(denied),
                }),
            );
        }
        Ok(snapshot)
    }

    /// A tenant by its id.
    #[must_use]
    pub fn tenant(&self, id: TenantId) -> Option<&Arc<TenantSnapshot>> {
        self.tenants.get(&id)
    }

    /// Every tenant.
    pub fn tenants(&self) -> impl Iterator<Item = &Arc<TenantSnapshot>> {
        self.tenants.values()
    }

    /// A tenant by a verified domain.
    #[must_use]
    pub fn tenant_by_domain(&self, domain: &str) -> Option<&Arc<TenantSnapshot>> {
        self.domains
            .get(&domain.to_lowercase())
            .and_then(|id| self.tenants.get(id))
    }

    /// The tenant that owns the domain part of a user name.
    #[must_use]
    pub fn tenant_of_user_name(&self, user_name: &str) -> Option<&Arc<TenantSnapshot>> {
        user_name
            .trim()
            .rsplit_once('@')
            .and_then(|(_, domain)| self.tenant_by_domain(domain))
    }

    /// Resolves the first path segment of a request.
    #[must_use]
    pub fn segment(&self, segment: &str) -> TenantSegment {
        if segment.eq_ignore_ascii_case("common") || segment.eq_ignore_ascii_case("organizations") {
            return TenantSegment::AnyTenant;
        }
        let found = match segment.parse::<TenantId>() {
            Ok(id) => self.tenant(id),
            Err(_) => self.tenant_by_domain(segment),
        };
        found.map_or(TenantSegment::Unknown, |tenant| {
            TenantSegment::Tenant(Arc::clone(tenant))
        })
    }
}

/// The authorities of both stores, each once.
///
/// Rule `TRUST-BOTH-STORES`: authorities of the PKI store that are not deleted and those of the classic store are trusted alike; of
/// one that stands in both, one entry counts, and the sign-in log says which. A classic entry with a CRL address goes before a
/// PKI entry without one, whether or not the list can be had now: a list that cannot is no reason not to ask for it.
/// Source: certificate-sign-in §2.3 PK-7, §2.4.
pub(crate) fn chosen_authorities(
    configuration: &TenantConfiguration,
) -> Result<Vec<ChosenAuthority>, EngineError> {
    let exempted = &configuration
        .x509_policy
        .crl_validation_configuration
        .exempted_authorities;
    let stored = |name: &str, certificate: &str, is_root, base: &Option<String>, delta: &Option<String>| {
        let certificate = decoded(name, certificate)?;
        let crl_check_exempt = certificate
            .facts()
            .subject_key_identifier
            .as_ref()
            .is_some_and(|identifier| exempted.iter().any(|exempt| exempt == identifier));
        Ok(StoredAuthority {
            certificate,
            is_root,
            base_crl_url: base.clone(),
            delta_crl_url: delta.clone(),
            crl_check_exempt,
            further_base_crl_urls: Vec::new(),
            crl_grace_secs: u32::from(configuration.settings.crl_grace_hours) * 3600,
        })
    };
    let pki_store: Result<_, EngineError> = configuration
        .pki_authorities()
        .map(|authority| {
            stored(
                &authority.display_name,
                &authority.certificate,
                authority.is_root,
                &authority.certificate_revocation_list_url,
                &authority.delta_certificate_revocation_list_url,
            )
        })
        .collect();
    let classic_store: Result<_, EngineError> = configuration
        .certificate_authorities
        .iter()
        .map(|authority| {
            let mut stored = stored(
                &authority.display_name,
                &authority.certificate,
                authority.is_root_authority,
                &authority.certificate_revocation_list_url,
                &authority.delta_certificate_revocation_list_url,
            )?;
            stored
                .further_base_crl_urls
                .clone_from(&authority.further_certificate_revocation_list_urls);
            if let Some(hours) = authority.crl_grace_hours {
                stored.crl_grace_secs = u32::from(hours) * 3600;
            }
            Ok(stored)
        })
        .collect();
    Ok(choose_between_stores(pki_store?, classic_store?, |_| true))
}

fn hinted(configuration: &TenantConfiguration) -> Result<HashSet<AuthorityId>, EngineError> {
    let classic = configuration
        .certificate_authorities
        .iter()
        .filter(|authority| authority.is_issuer_hint_enabled)
        .map(|authority| (&authority.display_name, &authority.certificate));
    let pki = configuration
        .pki_authorities()
        .filter(|authority| authority.is_issuer_hint_enabled)
        .map(|authority| (&authority.display_name, &authority.certificate));
    classic
        .chain(pki)
        .map(|(name, certificate)| Ok(AuthorityId::of(&decoded(name, certificate)?)))
        .collect()
}

fn decoded(name: &str, certificate: &str) -> Result<Certificate, EngineError> {
    BASE64
        .decode(certificate)
        .ok()
        .and_then(|der| Certificate::parse(&der).ok())
        .ok_or_else(|| {
            EngineError::Configuration(format!("the certificate of authority `{name}` is unreadable"))
        })
}
