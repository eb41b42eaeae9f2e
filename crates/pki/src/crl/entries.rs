//! The entries of a CRL, walked in place.

use jiff::Timestamp;

use crate::asn1::{DerError, Reader, integer, oid, single, tag, time};
use crate::certificate::extensions::extension;
use crate::certificate::general_name::GeneralName;
use crate::crl::RevocationReason;
use crate::name::CanonicalName;

/// One entry, borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CrlEntry<'a> {
    /// Contents octets of the serial number's INTEGER.
    pub(crate) serial: &'a [u8],
    date_tag: u8,
    date: &'a [u8],
    /// Contents of crlEntryExtensions; empty when absent.
    extensions: &'a [u8],
}

/// What the extensions of an entry say.
#[derive(Clone, Debug)]
pub(crate) struct EntryFacts {
    pub(crate) reason: RevocationReason,
    /// The issuer of the certificate, in indirect CRLs; `None` means the same as the entry before.
    pub(crate) certificate_issuer: Option<CanonicalName>,
}

/// Walks the entries.
#[derive(Clone, Debug)]
pub(crate) struct CrlEntries<'a>(&'a [u8]);

impl<'a> CrlEntries<'a> {
    pub(crate) const fn new(entries: &'a [u8]) -> Self {
        Self(entries)
    }

    /// Octets that are still to be walked.
    pub(crate) const fn remaining(&self) -> usize {
        self.0.len()
    }

    /// The next entry; `None` at the end.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Result<Option<CrlEntry<'a>>, DerError> {
        if let Some((entry, rest)) = usual_entry(self.0) {
            self.0 = rest;
            integer(entry.serial)?;
            return Ok(Some(entry));
        }
        self.next_of_any_form()
    }

    #[cold]
    fn next_of_any_form(&mut self) -> Result<Option<CrlEntry<'a>>, DerError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let mut entries = Reader::new(self.0);
        let whole = entries.expect_element(tag::SEQUENCE)?;
        let mut parts = Reader::new(whole.contents);
        let serial = integer(parts.expect(tag::INTEGER)?)?;
        let date = parts.element()?;
        if !matches!(date.tag, tag::UTC_TIME | tag::GENERALIZED_TIME) {
            return Err(DerError::Value("an entry without a revocation date"));
        }
        let extensions = parts.optional(tag::SEQUENCE)?;
        parts.finish()?;
        if extensions.is_some_and(<[u8]>::is_empty) {
            return Err(DerError::Value("an empty list of extensions"));
        }
        self.0 = self.0.get(whole.whole.len()..).unwrap_or_default();
        Ok(Some(CrlEntry {
            serial,
            date_tag: date.tag,
            date: date.contents,
            extensions: extensions.unwrap_or_default(),
        }))
    }
}

/// The form of nearly every entry: below 128 octets, UTCTime, and at most one list of extensions. A large CRL is walked
/// twice, so this one case is taken without the general reader; everything else falls through to it.
#[inline(always)]
fn usual_entry(entries: &[u8]) -> Option<(CrlEntry<'_>, &[u8])> {
    let [
        tag::SEQUENCE,
        length @ 0..0x80,
        tag::INTEGER,
        serial_length @ 0..0x80,
        after @ ..,
    ] = entries
    else {
        return None;
    };
    let (body, rest) = after.split_at_checked(usize::from(*length).checked_sub(2)?)?;
    let (serial, body) = body.split_at_checked(usize::from(*serial_length))?;
    let [tag::UTC_TIME, 13, body @ ..] = body else {
        return None;
    };
    let (date, body) = body.split_at_checked(13)?;
    let extensions = match body {
        [] => body,
        [tag::SEQUENCE, length @ 1..0x80, contents @ ..] if usize::from(*length) == contents.len() => {
            contents
        }
        _ => return None,
    };
    Some((
        CrlEntry {
            serial,
            date_tag: tag::UTC_TIME,
            date,
            extensions,
        },
        rest,
    ))
}

impl CrlEntry<'_> {
    pub(crate) fn date(&self) -> Result<Timestamp, DerError> {
        time::from_contents(self.date_tag, self.date)
    }

    /// The reason of an entry in one of the two usual forms: no extension at all, or the reason code alone.
    #[inline]
    pub(crate) fn usual_reason(&self) -> Option<RevocationReason> {
        const REASON: &[u8] = &[0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01];
        match self.extensions {
            [] => Some(RevocationReason::Unspecified),
            [front @ .., code] if front == REASON => RevocationReason::from_code(*code),
            _ => None,
        }
    }

    /// Decodes the entry's extensions. An unknown critical one is an error: the CRL must not be used then.
    pub(crate) fn facts(&self) -> Result<EntryFacts, DerError> {
        match self.usual_reason() {
            Some(reason) => Ok(EntryFacts {
                reason,
                certificate_issuer: None,
            }),
            None => decode_entry_extensions(self.extensions),
        }
    }
}

#[cold]
fn decode_entry_extensions(contents: &[u8]) -> Result<EntryFacts, DerError> {
    let mut list = Reader::new(contents);
    let mut facts = EntryFacts {
        reason: RevocationReason::Unspecified,
        certificate_issuer: None,
    };
    let mut seen: Vec<&[u8]> = Vec::new();
    while !list.is_empty() {
        let (kind, critical, value) = extension(&mut list)?;
        if seen.contains(&kind) {
            return Err(DerError::Value("an entry extension that appears twice"));
        }
        seen.push(kind);
        match kind {
            oid::REASON_CODE => {
                facts.reason = match single(value, tag::ENUMERATED)? {
                    [code] => RevocationReason::from_code(*code),
                    _ => None,
                }
                .ok_or(DerError::Value("an unknown reason code"))?;
            }
            oid::CERTIFICATE_ISSUER => facts.certificate_issuer = Some(certificate_issuer(value)?),
            _ if critical => return Err(DerError::Value("an unknown critical extension in an entry")),
            _ => {}
        }
    }
    Ok(facts)
}

fn certificate_issuer(value: &[u8]) -> Result<CanonicalName, DerError> {
    GeneralName::decode_all(single(value, tag::SEQUENCE)?)?
        .into_iter()
        .find_map(|name| match name {
            GeneralName::Directory(name) => Some(name),
            _ => None,
        })
        .ok_or(DerError::Value("a certificate issuer without a directory name"))
}
