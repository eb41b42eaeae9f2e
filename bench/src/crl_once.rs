//! One CRL taken up in a process of its own, so that its peak memory is its own.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use lanyard_pki::{Certificate, CrlIndex, CrlKind, IngestOptions};
use serde::{Deserialize, Serialize};

use crate::process_facts;

/// What to do with the CRL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    /// Read the file and check the signature over its bytes: no server can do less.
    Bare,
    /// Read the file, check everything and build the index.
    Ingest,
}

impl Work {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Ingest => "ingest",
        }
    }
}

/// One CRL, once.
#[derive(Args)]
pub(crate) struct CrlOnceArguments {
    /// DER file.
    crl: PathBuf,
    /// DER certificate of its issuer.
    #[arg(long)]
    issuer: PathBuf,
    #[arg(long)]
    work: Work,
}

/// What it took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Taken {
    pub(crate) ms: f64,
    /// Processor time of all threads; the kernel counts it in steps of 10 ms.
    pub(crate) cpu_ms: f64,
    pub(crate) peak_bytes: u64,
    pub(crate) entries: usize,
    pub(crate) index_octets: usize,
}

/// Prints [`Taken`] as JSON.
pub(crate) fn run(arguments: &CrlOnceArguments) -> Result<()> {
    let issuer = Certificate::parse(&std::fs::read(&arguments.issuer)?)?;
    let public_key = subject_public_key(issuer.der())?;
    let processor_before = process_facts::cpu_time(std::process::id())?;
    let begun = Instant::now();
    let bytes = std::fs::read(&arguments.crl)?;
    let index = match arguments.work {
        Work::Bare => {
            let (signed, signature) = signed_part_and_signature(&bytes)?;
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key)
                .verify(signed, signature)
                .map_err(|_| anyhow!("the CRL's signature is wrong"))?;
            None
        }
        Work::Ingest => Some(ingest(&bytes, &issuer)?),
    };
    let elapsed = begun.elapsed();
    let processor = process_facts::cpu_time(std::process::id())?.saturating_sub(processor_before);
    let taken = Taken {
        ms: elapsed.as_secs_f64() * 1000.0,
        cpu_ms: processor.as_secs_f64() * 1000.0,
        peak_bytes: process_facts::own_peak_bytes()?,
        entries: index.as_ref().map_or(0, CrlIndex::len),
        index_octets: index.as_ref().map_or(0, CrlIndex::resident_octets),
    };
    println!("{}", serde_json::to_string(&taken)?);
    Ok(())
}

/// Ingests a complete CRL as of now.
pub(crate) fn ingest(crl: &[u8], issuer: &Certificate) -> Result<CrlIndex> {
    CrlIndex::ingest(
        crl,
        issuer,
        CrlKind::Base,
        &IngestOptions::default(),
        Timestamp::now(),
    )
    .map_err(|refusal| anyhow!("the CRL was refused: {refusal:?}"))
}

/// The RSA public key of a certificate (contents of its BIT STRING).
fn subject_public_key(certificate: &[u8]) -> Result<&[u8]> {
    let fields = elements(elements(elements(certificate)?.contents(0)?)?.contents(0)?)?;
    // [0] version, serial number, algorithm, issuer, validity, subject, key
    let key = elements(fields.contents(6)?)?.contents(1)?;
    key.strip_prefix(&[0]).context("a key with unused bits")
}

/// What is signed, and the signature.
fn signed_part_and_signature(crl: &[u8]) -> Result<(&[u8], &[u8])> {
    let parts = elements(elements(crl)?.contents(0)?)?;
    let signed = parts.whole(0)?;
    let signature = parts.contents(2)?;
    let signature = signature
        .strip_prefix(&[0])
        .context("a signature with unused bits")?;
    Ok((signed, signature))
}

/// Elements one after the other, each as (whole, contents).
struct Elements<'a>(Vec<(&'a [u8], &'a [u8])>);

impl<'a> Elements<'a> {
    fn whole(&self, index: usize) -> Result<&'a [u8]> {
        self.0
            .get(index)
            .map(|(whole, _)| *whole)
            .context("an element is missing")
    }

    fn contents(&self, index: usize) -> Result<&'a [u8]> {
        self.0
            .get(index)
            .map(|(_, contents)| *contents)
            .context("an element is missing")
    }
}

fn elements(mut bytes: &[u8]) -> Result<Elements<'_>> {
    let mut found = Vec::new();
    while let [_, first, ..] = *bytes {
        let octets = if first < 0x80 {
            0
        } else {
            usize::from(first & 0x7f)
        };
        let long = bytes.get(2..2 + octets).context("a cut length")?;
        let length = if octets == 0 {
            usize::from(first)
        } else {
            long.iter()
                .fold(0, |length, octet| (length << 8) | usize::from(*octet))
        };
        let header = 2 + octets;
        ensure!(bytes.len() >= header + length, "a cut element");
        let (whole, rest) = bytes.split_at(header + length);
        found.push((whole, whole.get(header..).unwrap_or_default()));
        bytes = rest;
    }
    Ok(Elements(found))
}
