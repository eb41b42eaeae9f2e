//! What the listener knows about a connection, in the words of the fronts.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::Response;

use lanyard_engine::PresentedCertificate;
use lanyard_listener::{ConnectionFacts, TlsVersion};

/// Puts the peer's address and the presented certificate into the request's extensions.
pub(crate) async fn describe_connection(mut request: Request, next: Next) -> Response {
    if let Some(facts) = request.extensions().get::<Arc<ConnectionFacts>>().map(Arc::clone) {
        let presented = PresentedCertificate {
            chain: facts
                .client_chain
                .as_ref()
                .map(|chain| chain.as_der().to_vec())
                .unwrap_or_default(),
            server_name: facts.server_name.clone().unwrap_or_default(),
            tls_version: match facts.tls_version {
                Some(TlsVersion::Tls13) => "TLSv1.3",
                Some(TlsVersion::Tls12) => "TLSv1.2",
                None => "none",
            }
            .to_owned(),
            unproven: facts.unproven.as_ref().map(ToString::to_string),
        };
        request
            .extensions_mut()
            .insert(ConnectInfo::<SocketAddr>(facts.peer));
        request.extensions_mut().insert(presented);
    }
    next.run(request).await
}
