//! Speaks HTTP over one accepted connection until it ends, is idle too long, too old, or told to stop.

use std::{convert::Infallible, sync::Arc};

use axum::{Router, body::Body};
use http::{
    HeaderName, HeaderValue, Request, Response, StatusCode, Version,
    header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    ConnectionFacts, HostDirectory, HttpProtocol, Limits, ServedRole, counters,
    in_flight::{InFlight, InFlightBody},
    misdirected::check_host,
};

/// Headers in which a proxy would tell of a client certificate (RFC 9440). No proxy is believed in this version.
const PROXY_CERTIFICATE_HEADERS: [HeaderName; 2] = [
    HeaderName::from_static("client-cert"),
    HeaderName::from_static("client-cert-chain"),
];

/// Everything the requests of one connection need.
pub(crate) struct HttpConnection {
    pub(crate) facts: Arc<ConnectionFacts>,
    pub(crate) directory: Arc<dyn HostDirectory>,
    pub(crate) router: Router,
    pub(crate) limits: Limits,
}

impl HttpConnection {
    /// Serves `io` to its end.
    pub(crate) async fn serve<I>(self, io: I, draining: CancellationToken)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = self.limits.clone();
        let in_flight = Arc::new(InFlight::default());
        let protocol = self.facts.protocol;
        let connection = Arc::new(self);
        let service = {
            let in_flight = Arc::clone(&in_flight);
            service_fn(move |request: Request<Incoming>| {
                let connection = Arc::clone(&connection);
                let one_request = in_flight.begin();
                async move {
                    let response = connection.answer(request.map(Body::new)).await;
                    Ok::<_, Infallible>(response.map(|body| InFlightBody::new(body, one_request)))
                }
            })
        };
        let builder = http_builder(protocol, &limits);
        let serving = builder.serve_connection(TokioIo::new(io), service);
        tokio::pin!(serving);
        let ends_by_itself = tokio::select! {
            biased;
            _ = serving.as_mut() => return,
            () = draining.cancelled() => false,
            () = in_flight.idle_for(limits.idle_timeout) => true,
            () = sleep(limits.max_connection_age) => true,
        };
        serving.as_mut().graceful_shutdown();
        if ends_by_itself {
            let _ = timeout(limits.drain_timeout, serving).await;
        } else {
            // The accept loop cuts what is open when the drain time is over.
            let _ = serving.await;
        }
    }

    async fn answer(&self, mut request: Request<Body>) -> Response<Body> {
        let facts = &self.facts;
        let version = request.version();
        let name = facts.server_name.as_deref();
        let checked = check_host(
            name,
            &facts.role,
            request.uri(),
            request.headers(),
            &*self.directory,
        );
        let mut response = match checked {
            Err(status) => refusal(status),
            Ok(()) => {
                strip_proxy_certificate(request.headers_mut());
                request.extensions_mut().insert(Arc::clone(facts));
                self.routed(request).await
            }
        };
        if matches!(facts.role, ServedRole::Certauth { .. }) && version < Version::HTTP_2 {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn routed(&self, request: Request<Body>) -> Response<Body> {
        match timeout(self.limits.request_timeout, self.router.clone().oneshot(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => refusal(StatusCode::REQUEST_TIMEOUT),
        }
    }
}

/// Rule `HTTP-PROXY-CERTIFICATE-IGNORED`: the headers `Client-Cert` and `Client-Cert-Chain` never reach a handler,
/// because nobody in front of us is trusted to have checked a certificate. Source: RFC 9440 §2.4.
fn strip_proxy_certificate(headers: &mut http::HeaderMap) {
    for name in PROXY_CERTIFICATE_HEADERS {
        headers.remove(name);
    }
}

fn http_builder(protocol: HttpProtocol, limits: &Limits) -> auto::Builder<TokioExecutor> {
    const HYPER_SMALLEST_BUFFER: usize = 8192;
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_buf_size(limits.max_header_bytes.max(HYPER_SMALLEST_BUFFER))
        .max_headers(limits.max_headers);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.http2_max_concurrent_streams)
        .keep_alive_interval(limits.http2_keep_alive_interval)
        .keep_alive_timeout(limits.http2_keep_alive_interval)
        .max_header_list_size(u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(limits.http2_max_reset_streams)
        .max_local_error_reset_streams(limits.http2_max_reset_streams);
    // Chosen by ALPN, never by looking at the first octets: that look has no time limit.
    match protocol {
        HttpProtocol::Http1 => builder.http1_only(),
        HttpProtocol::Http2 => builder.http2_only(),
    }
}

fn refusal(status: StatusCode) -> Response<Body> {
    let text = match status {
        StatusCode::MISDIRECTED_REQUEST => {
            counters::request_misdirected();
            "421 Misdirected Request: this connection was not opened for the host that the request names.\n"
        }
        StatusCode::REQUEST_TIMEOUT => "408 Request Timeout: the request was not complete in time.\n",
        _ => "400 Bad Request: exactly one readable host must be named.\n",
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
