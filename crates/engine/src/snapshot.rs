//! The policy of every tenant as an immutable, versioned value that is swapped whole.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use lanyard_certificate_policy::{DeniedCertificate, DenyList, HintCandidate, issuer_hints};
use lanyard_directory::{Tenant, TenantId};
use lanyard_pki::{AuthorityId, Certificate, SerialNumber, StoredAuthority, TrustStore};

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
        let stored: Vec<_> = stored_authorities(&self.configuration).unwrap_or_default();
        let subjects: Vec<Vec<u8>> = stored
            .iter()
            .map(|authority| authority.certificate.subject_der())
            .collect();
        let candidates: Vec<HintCandidate<'_>> = stored
            .iter()
            .zip(&subjects)
            .zip(&self.configuration.certificate_authorities)
            .map(|((authority, subject), configured)| HintCandidate {
                subject_der: subject,
                is_root: authority.is_root,
                is_hint_enabled: configured.is_issuer_hint_enabled,
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
            let trust = TrustStore::new(stored_authorities(&configuration)?);
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

/// Decodes the configured authorities.
pub(crate) fn stored_authorities(
    configuration: &TenantConfiguration,
) -> Result<Vec<StoredAuthority>, EngineError> {
    let exempted = &configuration
        .x509_policy
        .crl_validation_configuration
        .exempted_authorities;
    configuration
        .certificate_authorities
        .iter()
        .map(|authority| {
            let unreadable = || {
                EngineError::Configuration(format!(
                    "the certificate of authority `{}` is unreadable",
                    authority.display_name
                ))
            };
            let der = BASE64.decode(&authority.certificate).map_err(|_| unreadable())?;
            let certificate = Certificate::parse(&der).map_err(|_| unreadable())?;
            let crl_check_exempt = certificate
                .facts()
                .subject_key_identifier
                .as_ref()
                .is_some_and(|identifier| exempted.iter().any(|exempt| exempt == identifier));
            Ok(StoredAuthority {
                certificate,
                is_root: authority.is_root_authority,
                base_crl_url: authority.certificate_revocation_list_url.clone(),
                delta_crl_url: authority.delta_certificate_revocation_list_url.clone(),
                crl_check_exempt,
            })
        })
        .collect()
}
