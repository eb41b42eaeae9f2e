//! Resolves names and lets only permitted addresses through, so that the address that was checked is the address
//! that is connected to: a name that changes its mind between check and connection gains nothing.

use std::{net::SocketAddr, sync::Arc};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use crate::EgressRules;

/// A name led only to addresses that the egress rules refuse.
#[derive(Clone, Copy, Debug, Error)]
#[error("every address of the host is refused by the egress rules")]
pub(crate) struct AddressRefused;

/// The resolver behind the HTTP client.
pub(crate) struct CheckedResolver {
    pub(crate) rules: Arc<EgressRules>,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = Arc::clone(&self.rules);
        Box::pin(async move {
            // Port 0 is replaced by the client with the one of the address.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted: Vec<SocketAddr> = found.filter(|address| rules.permits(address.ip())).collect();
            if permitted.is_empty() {
                return Err(AddressRefused.into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}
