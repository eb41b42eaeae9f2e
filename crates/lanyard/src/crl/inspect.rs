//! `lanyard crl inspect`

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use ipnet::IpNet;
use jiff::Timestamp;
use serde_json::json;

use lanyard_fetch::{
    ConditionalHeaders, CrlDownloader, DownloadLimits, DownloadSettings, Downloaded, EgressRules,
};
use lanyard_pki::{CrlFacts, CrlIndex, CrlKind, IngestOptions, parse_crls_pem_or_der, parse_pem_or_der};

use super::arguments::InspectArgs;
use crate::admin::print_rows;
use crate::cli::Output;

/// The largest list that is looked at.
const MAX_OCTETS: u64 = 256 << 20;
/// The longest download.
const MAX_TIME: Duration = Duration::from_secs(120);

pub(super) async fn run(args: &InspectArgs) -> anyhow::Result<ExitCode> {
    let octets = obtain(&args.crl).await?;
    let ders = parse_crls_pem_or_der(&octets).with_context(|| args.crl.clone())?;
    let [der] = ders.as_slice() else {
        bail!("expected one CRL in {}, found {}", args.crl, ders.len());
    };
    let facts = CrlFacts::read(der).with_context(|| format!("{} is no CRL", args.crl))?;
    let now = args.at.unwrap_or_else(Timestamp::now);
    let verified = match &args.issuer {
        None => None,
        Some(file) => {
            let read = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            let issuer = parse_pem_or_der(&read)?
                .into_iter()
                .next()
                .with_context(|| format!("{} holds no certificate", file.display()))?;
            let kind = kind_of(&facts);
            // Judged at its first moment: whether it is over by now is a question of its own.
            let at = facts.this_update;
            Some(CrlIndex::ingest(der, &issuer, kind, &IngestOptions::default(), at).map(drop))
        }
    };
    let is_usable = !matches!(verified, Some(Err(_)));
    let signature = match &verified {
        None => "not verified (no --issuer)".to_owned(),
        Some(Ok(())) => "verified".to_owned(),
        Some(Err(refusal)) => format!(
            "refused: {} ({} by {})",
            refusal.detail, refusal.code, refusal.rule
        ),
    };
    match args.output {
        Output::Json => {
            let mut value = serde_json::to_value(&facts)?;
            if let Some(members) = value.as_object_mut() {
                members.insert("octets".to_owned(), json!(der.len()));
                members.insert("signature".to_owned(), json!(signature));
                members.insert("is_current".to_owned(), json!(is_current(&facts, now)));
            }
            println!("{}", serde_json::to_string_pretty(&value)?);
        }
        Output::Table => {
            let mut rows = rows(&facts, now);
            rows.push(row("Signature", signature));
            rows.push(row("Octets", der.len().to_string()));
            for oddity in &facts.oddities {
                rows.push(row("Odd", oddity.clone()));
            }
            print_rows(Output::Table, &["What", "Value"], &rows)?;
        }
    }
    Ok(if is_usable {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Complete or delta, as the list says.
pub(super) fn kind_of(facts: &CrlFacts) -> CrlKind {
    if facts.delta_base_number.is_some() {
        CrlKind::Delta
    } else {
        CrlKind::Base
    }
}

fn is_current(facts: &CrlFacts, now: Timestamp) -> bool {
    facts.this_update <= now && facts.next_update.is_some_and(|next| now < next)
}

fn row(what: &str, value: String) -> Vec<String> {
    vec![what.to_owned(), value]
}

fn rows(facts: &CrlFacts, now: Timestamp) -> Vec<Vec<String>> {
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "(none)".to_owned());
    let kind = match &facts.delta_base_number {
        Some(base) => format!("delta, builds on number {base}"),
        None => "complete".to_owned(),
    };
    let validity = if is_current(facts, now) {
        "current"
    } else {
        "not current"
    };
    vec![
        row("Issuer", facts.issuer.to_string()),
        row(
            "Key identifier",
            or_none(facts.authority_key_identifier.as_ref().map(ToString::to_string)),
        ),
        row("Kind", kind),
        row("Number", or_none(facts.number.as_ref().map(ToString::to_string))),
        row("This update", facts.this_update.to_string()),
        row(
            "Next publish",
            or_none(facts.next_publish.map(|at| at.to_string())),
        ),
        row("Next update", or_none(facts.next_update.map(|at| at.to_string()))),
        row("Validity", validity.to_owned()),
        row("Entries", facts.entry_count.to_string()),
        row(
            "Longest serial",
            format!("{} octets", facts.longest_serial_octets),
        ),
        row("Algorithm", facts.signature_algorithm.clone()),
    ]
}

/// Reads a file, or downloads. Whoever types an address here may reach it: loopback is allowed.
async fn obtain(place: &str) -> anyhow::Result<Vec<u8>> {
    let is_https = place.starts_with("https://");
    if !is_https && !place.starts_with("http://") {
        let metadata = std::fs::metadata(place).with_context(|| format!("cannot read {place}"))?;
        if metadata.len() > MAX_OCTETS {
            bail!("{place} is larger than {MAX_OCTETS} octets");
        }
        return std::fs::read(place).with_context(|| format!("cannot read {place}"));
    }
    let loopback = ["127.0.0.0/8", "::1/128"];
    let downloader = CrlDownloader::new(&DownloadSettings {
        https: is_https,
        egress: EgressRules {
            allow: loopback
                .iter()
                .filter_map(|network| network.parse::<IpNet>().ok())
                .collect(),
            deny: Vec::new(),
        },
        ..DownloadSettings::default()
    })?;
    let limits = DownloadLimits {
        max_bytes: MAX_OCTETS,
        timeout: MAX_TIME,
    };
    match downloader
        .download(place, limits, &ConditionalHeaders::default(), |_| {})
        .await?
    {
        Downloaded::Body { octets, .. } => Ok(octets),
        Downloaded::NotModified => bail!("{place} sent no list"),
    }
}
