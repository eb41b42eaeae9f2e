//! The demo organisation's web server for revocation lists.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::http::header;
use axum::routing::get;
use tokio::task::JoinHandle;

use lanyard_listener::{CancellationToken, Limits, PlainListener};

use crate::demo::pki::DemoPki;

/// Serves every list under its path.
pub(crate) async fn start(
    pki: &DemoPki,
    port: u16,
    stop: CancellationToken,
) -> anyhow::Result<JoinHandle<()>> {
    let mut router = Router::new();
    for (path, der) in &pki.crls {
        let body = axum::body::Bytes::from(der.clone());
        router = router.route(
            path,
            get(move || async move { ([(header::CONTENT_TYPE, "application/pkix-crl")], body) }),
        );
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = PlainListener::bind(address, router, Limits::default()).await?;
    Ok(tokio::spawn(async move {
        listener.serve(stop).await;
    }))
}
