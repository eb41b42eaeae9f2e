//! What a server name stands for, read from the live policy snapshot at every handshake.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use lanyard_engine::{Engine, TenantSegment};
use lanyard_listener::{CaHints, HostDirectory, HostNames, HostRole, NamedHost};

/// Hints of a tenant at one policy version.
type KnownHints = HashMap<String, (i64, Arc<CaHints>)>;

/// The host names of an engine, with issuer hints from its trust stores.
pub(crate) struct HostDirectoryOfEngine {
    engine: Arc<Engine>,
    names: HostNames,
    none: Arc<CaHints>,
    hints: RwLock<KnownHints>,
}

impl HostDirectoryOfEngine {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        let settings = engine.settings();
        let login = settings
            .login_origins()
            .cloned()
            .chain([settings.graph_origin()])
            .filter_map(|origin| origin.host_str().map(str::to_owned));
        let names = HostNames::new(login.collect::<Vec<_>>(), &settings.certauth_host);
        let none = Arc::new(CaHints::from_subjects(Vec::<Vec<u8>>::new()));
        Self {
            engine,
            names,
            none,
            hints: RwLock::default(),
        }
    }

    /// Rule `TLS-HINTS-LIVE`: a tenant's certauth names offer the subjects of its stored authorities while its policy has
    /// issuer hints on; a change shows in the next handshake. Source: certificate-sign-in §2.5.
    fn hints_of(&self, tenant: &str) -> Arc<CaHints> {
        let TenantSegment::Tenant(snapshot) = self.engine.snapshot().segment(tenant) else {
            return Arc::clone(&self.none);
        };
        let known = self.hints.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, hints)) = known.get(tenant)
            && *version == snapshot.version
        {
            return Arc::clone(hints);
        }
        drop(known);
        let hints = Arc::new(CaHints::from_subjects(snapshot.issuer_hints()));
        if hints.omitted() > 0 {
            tracing::warn!(
                tenant,
                omitted = hints.omitted(),
                "issuer hints exceed the limit and are cut"
            );
        }
        self.hints
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(tenant.to_owned(), (snapshot.version, Arc::clone(&hints)));
        hints
    }
}

impl HostDirectory for HostDirectoryOfEngine {
    fn role_of(&self, server_name: &str) -> HostRole {
        match self.names.classify(server_name) {
            NamedHost::Login => HostRole::Login,
            NamedHost::Unknown => HostRole::Unknown,
            NamedHost::Certauth { tenant, .. } => {
                let hints = match &tenant {
                    Some(tenant) => self.hints_of(tenant),
                    None => Arc::clone(&self.none),
                };
                HostRole::Certauth { tenant, hints }
            }
        }
    }
}
