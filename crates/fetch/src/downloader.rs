//! One download attempt, with an end to everything it may take.

use std::{
    error::Error as StdError,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{
    Client, Response, StatusCode,
    header::{
        ACCEPT, ACCEPT_ENCODING, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
        LAST_MODIFIED, LOCATION,
    },
    redirect::Policy,
};
use url::{Host, Url};

use crate::{
    ConditionalHeaders, DownloadFault, DownloadLimits, DownloadSettings, Downloaded, EgressRules, SetupError,
    address_check::{AddressRefused, CheckedResolver},
    body::read_body,
};

const MAX_REDIRECTS: usize = 3;
const MAX_URL_CHARS: usize = 2048;
const MAX_VALIDATOR_CHARS: usize = 1024;

/// Downloads lists. Holds no state beyond its settings: no cookies, no cache, no proxy from the environment.
#[derive(Clone, Debug)]
pub struct CrlDownloader {
    client: Client,
    rules: Arc<EgressRules>,
    https: bool,
    any_form: bool,
}

impl CrlDownloader {
    /// # Errors
    /// When the roots for HTTPS cannot be read.
    pub fn new(settings: &DownloadSettings) -> Result<Self, SetupError> {
        let rules = Arc::new(settings.egress.clone());
        let resolver = CheckedResolver {
            rules: Arc::clone(&rules),
        };
        let mut builder = Client::builder()
            .user_agent(concat!("Lanyard/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .referer(false)
            .redirect(Policy::none())
            .http1_only()
            .pool_max_idle_per_host(0)
            .connect_timeout(Duration::from_secs(settings.connect_timeout_secs.unwrap_or(5)))
            .dns_resolver(Arc::new(resolver));
        builder = match (&settings.https_roots_pem, settings.https) {
            (Some(pem), true) => {
                builder.tls_certs_only(reqwest::Certificate::from_pem_bundle(pem.as_bytes())?)
            }
            (None, true) => builder,
            // Without HTTPS the system's roots need not even be there.
            (_, false) => builder.tls_certs_only([]),
        };
        Ok(Self {
            client: builder.build()?,
            rules,
            https: settings.https,
            any_form: settings.any_form,
        })
    }

    /// One attempt. `progress` hears how big the body is known to be so far: the announced size, then what came.
    ///
    /// # Errors
    /// The [`DownloadFault`] that ended it. Nothing is retried here.
    pub async fn download(
        &self,
        url: &str,
        limits: DownloadLimits,
        conditional: &ConditionalHeaders,
        progress: impl Fn(u64) + Send,
    ) -> Result<Downloaded, DownloadFault> {
        let started = Instant::now();
        let attempt = self.attempt(url, limits, conditional, progress, started);
        let outcome = match tokio::time::timeout(limits.timeout, attempt).await {
            Ok(outcome) => outcome,
            Err(_) => Err(DownloadFault::TimedOut(limits.timeout)),
        };
        record(url, &outcome, started.elapsed());
        outcome
    }

    async fn attempt(
        &self,
        url: &str,
        limits: DownloadLimits,
        conditional: &ConditionalHeaders,
        progress: impl Fn(u64) + Send,
        started: Instant,
    ) -> Result<Downloaded, DownloadFault> {
        let url = self.checked_url(url)?;
        let headers = request_headers(conditional);
        let asked_conditionally =
            headers.contains_key(IF_NONE_MATCH) || headers.contains_key(IF_MODIFIED_SINCE);
        let (response, url) = self.follow(url, headers).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if asked_conditionally => return Ok(Downloaded::NotModified),
            other => return Err(DownloadFault::Status(other.as_u16())),
        }
        let etag = text_header(&response, &ETAG);
        let last_modified = text_header(&response, &LAST_MODIFIED);
        let octets = read_body(response, limits.max_bytes, self.any_form, progress).await?;
        Ok(Downloaded::Body {
            octets,
            etag,
            last_modified,
            final_url: without_query(&url),
            elapsed: started.elapsed(),
        })
    }

    /// Rule `FETCH-REDIRECTS`: at most three redirects are followed, each only within the same scheme and checked like
    /// the first address. Source: certificate-sign-in §4.3 DL-8.
    async fn follow(&self, mut url: Url, headers: HeaderMap) -> Result<(Response, Url), DownloadFault> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.ask(&url, headers.clone()).await?;
            if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
                return Ok((response, url));
            }
            let target = text_header(&response, &LOCATION).ok_or(DownloadFault::BadRedirect)?;
            let target = url.join(&target).map_err(|_| DownloadFault::BadRedirect)?;
            if target.scheme() != url.scheme() {
                return Err(DownloadFault::RedirectToOtherScheme(target.scheme().to_owned()));
            }
            url = self.checked_url(target.as_str())?;
        }
        Err(DownloadFault::BadRedirect)
    }

    async fn ask(&self, url: &Url, headers: HeaderMap) -> Result<Response, DownloadFault> {
        self.client
            .get(url.clone())
            .headers(headers)
            .send()
            .await
            .map_err(|error| {
                let host = url.host_str().unwrap_or_default().to_owned();
                if caused_by_refused_address(&error) {
                    return DownloadFault::AddressRefused(host);
                }
                DownloadFault::Unreachable {
                    host,
                    reason: innermost_reason(&error),
                }
            })
    }

    /// Parses and checks an address; addresses written as numbers are checked here, names when they are resolved.
    fn checked_url(&self, text: &str) -> Result<Url, DownloadFault> {
        if text.len() > MAX_URL_CHARS {
            return Err(DownloadFault::BadAddress("longer than 2048 characters"));
        }
        let mut url = Url::parse(text).map_err(|_| DownloadFault::BadAddress("not a URL"))?;
        match url.scheme() {
            "http" => {}
            "https" if self.https => {}
            other => return Err(DownloadFault::SchemeRefused(other.to_owned())),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(DownloadFault::BadAddress("has user information"));
        }
        url.set_fragment(None);
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(DownloadFault::BadAddress("has no host")),
        };
        match literal {
            Some(address) if !self.rules.permits(address) => {
                Err(DownloadFault::AddressRefused(address.to_string()))
            }
            _ => Ok(url),
        }
    }
}

fn request_headers(conditional: &ConditionalHeaders) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        ACCEPT,
        HeaderValue::from_static("application/pkix-crl, */*;q=0.1"),
    );
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in [
        (IF_NONE_MATCH, &conditional.etag),
        (IF_MODIFIED_SINCE, &conditional.last_modified),
    ] {
        if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

fn text_header(response: &Response, name: &HeaderName) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    let most = if *name == LOCATION {
        MAX_URL_CHARS
    } else {
        MAX_VALIDATOR_CHARS
    };
    (value.len() <= most).then(|| value.to_owned())
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

fn caused_by_refused_address(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.is::<AddressRefused>())
}

/// The innermost cause speaks of the connection; the outer ones repeat the URL with its query.
fn innermost_reason(error: &reqwest::Error) -> String {
    causes(error)
        .last()
        .map_or_else(|| "no answer".to_owned(), ToString::to_string)
}

/// For messages and logs: no query, no fragment, no user information.
fn without_query(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // Refused only for addresses that cannot have user information.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.into()
}

fn record(url: &str, outcome: &Result<Downloaded, DownloadFault>, elapsed: Duration) {
    let label = match outcome {
        Ok(Downloaded::Body { octets, .. }) => {
            metrics::counter!("lanyard_fetch_octets_total").increment(octets.len() as u64);
            "body"
        }
        Ok(Downloaded::NotModified) => "not_modified",
        Err(fault) => fault.label(),
    };
    metrics::counter!("lanyard_fetch_attempts_total", "outcome" => label).increment(1);
    metrics::histogram!("lanyard_fetch_seconds").record(elapsed.as_secs_f64());
    let url = Url::parse(url).map_or_else(|_| "not a URL".to_owned(), |url| without_query(&url));
    tracing::debug!(url, outcome = label, ?elapsed, "download ended");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_secrets() {
        for (url, shown) in [
            (
                "http://me:word@crl.example.test/a.crl?key=secret#x",
                "http://crl.example.test/a.crl",
            ),
            (
                "ldap://me@directory.example.test/cn=ca?certificateRevocationList",
                "ldap://directory.example.test/cn=ca",
            ),
            ("mailto:me@example.test?subject=x", "mailto:me@example.test"),
        ] {
            assert_eq!(without_query(&Url::parse(url).unwrap()), shown);
        }
    }
}
