//! Reads a body that should be one DER SEQUENCE, and stops as soon as it cannot be one or is too big.

use reqwest::{Response, header::CONTENT_ENCODING};

use crate::{
    DownloadFault,
    announced_size::{Announced, announced_size},
};

/// Rule `FETCH-BODY-LIMITS`: a body is refused as soon as its announced length, the length its own DER header gives, or
/// what has come is above the limit, or as soon as it does not begin like DER (unless it is no list); nothing is ever
/// decompressed.
/// Source: certificate-sign-in §4.3 DL-2, DL-6, DL-8.
pub(crate) async fn read_body(
    mut response: Response,
    limit: u64,
    any_form: bool,
    progress: impl Fn(u64) + Send,
) -> Result<Vec<u8>, DownloadFault> {
    let encoding = response.headers().get(CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(DownloadFault::NotDer("compressed although not asked for"));
    }
    let within = |size: u64| {
        if size > limit {
            Err(DownloadFault::TooLarge { limit })
        } else {
            Ok(size)
        }
    };
    let mut known = within(response.content_length().unwrap_or(0))?;
    progress(known);
    let mut octets = Vec::new();
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(_) => {
                return Err(DownloadFault::Truncated {
                    received: octets.len() as u64,
                });
            }
        };
        known = known.max(within(octets.len() as u64 + chunk.len() as u64)?);
        octets.extend_from_slice(&chunk);
        match announced_size(&octets) {
            _ if any_form => {}
            Announced::NotDer => return Err(DownloadFault::NotDer(kind_of_text(&octets))),
            Announced::Octets(size) => known = known.max(within(size)?),
            Announced::NotYet => {}
        }
        progress(known);
    }
    match announced_size(&octets) {
        _ if any_form && !octets.is_empty() => Ok(octets),
        Announced::Octets(size) if size <= octets.len() as u64 => Ok(octets),
        _ if octets.is_empty() => Err(DownloadFault::Empty),
        _ => Err(DownloadFault::Truncated {
            received: octets.len() as u64,
        }),
    }
}

/// For the message: what people put there by mistake.
fn kind_of_text(octets: &[u8]) -> &'static str {
    let start = octets.trim_ascii_start();
    if start.starts_with(b"-----BEGIN") {
        "it is PEM"
    } else if start.starts_with(b"<") {
        "it looks like a web page"
    } else if start.starts_with(&[0x1f, 0x8b]) {
        "it is compressed"
    } else {
        "it does not begin with a SEQUENCE"
    }
}
