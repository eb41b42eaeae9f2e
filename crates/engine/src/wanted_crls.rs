//! Which revocation lists this server wants.

use std::collections::HashSet;

use lanyard_pki::CrlKind;

use crate::{Engine, WantedCrl};

impl Engine {
    /// Every list of every tenant that has an address, each once.
    #[must_use]
    pub fn wanted_crls(&self) -> Vec<WantedCrl> {
        let snapshot = self.snapshot();
        let mut seen = HashSet::new();
        let mut wanted = Vec::new();
        for tenant in snapshot.tenants() {
            for (_, authority) in tenant.trust.authorities() {
                let lists = [
                    (CrlKind::Base, &authority.base_crl_url),
                    (CrlKind::Delta, &authority.delta_crl_url),
                ];
                for (kind, url) in lists {
                    if !authority.crl_check_exempt && url.is_some() && seen.insert((authority.id(), kind)) {
                        wanted.push(WantedCrl {
                            authority: authority.clone(),
                            kind,
                        });
                    }
                }
            }
        }
        wanted
    }
}
