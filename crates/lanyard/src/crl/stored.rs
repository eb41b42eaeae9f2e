//! `lanyard crl list`, `refresh`, `upload` and `history`: the lists of an installation.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use lanyard_engine::administer::{Actor, issuers_of_crl};
use lanyard_engine::{AddressFault, TenantSnapshot, WantedCrl};
use lanyard_pki::{CrlFacts, CrlIndex, CrlKind, StoredAuthority, parse_crls_pem_or_der};

use super::arguments::{HistoryArgs, StoredArgs};
use super::inspect::kind_of;
use crate::admin::print_rows;
use crate::installation::Installation;

/// Learned lists that are looked through for the first one with a given content.
const HISTORY_ROWS: u32 = 1_000;

pub(super) async fn list(args: &StoredArgs) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.config.config).await?;
    let tenant = installation.tenant(args.tenant.as_deref())?;
    let engine = &installation.engine;
    let (view, now) = (engine.revocation(), engine.now());
    let mut rows = Vec::new();
    for wanted in wanted(&tenant, None) {
        let id = wanted.authority.id();
        let copy = engine.crls().copy(id, wanted.kind);
        let index = view.index(&id, wanted.kind);
        let state = match index {
            _ if wanted.authority.crl_check_exempt => "not checked (exempt)".to_owned(),
            None if address(&wanted).is_none() => "not checked (no address)".to_owned(),
            None => "missing".to_owned(),
            Some(index) if index.next_update() <= now => expired(index, &wanted.authority, now),
            Some(index) => format!("good for {}", span(index.next_update(), now)),
        };
        let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        rows.push(vec![
            name(&wanted.authority),
            kind_name(wanted.kind).to_owned(),
            state,
            text(index.and_then(|index| index.number()).map(ToString::to_string)),
            text(index.map(|index| index.len().to_string())),
            text(index.map(|index| index.next_update().to_string())),
            text(
                copy.as_ref()
                    .map(|copy| copy.fetched.strftime("%Y-%m-%d %H:%M:%S").to_string()),
            ),
            text(
                copy.map(|copy| from(&wanted, copy.url))
                    .or_else(|| address(&wanted).map(str::to_owned)),
            ),
        ]);
    }
    let headings = [
        "Authority",
        "Kind",
        "State",
        "Number",
        "Entries",
        "Next update",
        "Fetched",
        "From",
    ];
    print_rows(args.output, &headings, &rows)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn refresh(args: &StoredArgs, named: Option<&str>) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.config.config).await?;
    let tenant = installation.tenant(args.tenant.as_deref())?;
    let lists: Vec<WantedCrl> = wanted(&tenant, named)
        .into_iter()
        .filter(|wanted| address(wanted).is_some())
        .collect();
    if lists.is_empty() {
        bail!("there is no such authority with a CRL address\n  hint: `lanyard crl list` shows them");
    }
    let (mut rows, mut all_good) = (Vec::new(), true);
    for list in lists {
        let (id, kind, authority) = (list.authority.id(), list.kind, name(&list.authority));
        let outcome = installation.engine.crls().refresh(list).await;
        let view = installation.engine.revocation();
        let number = view.index(&id, kind).and_then(|index| index.number());
        let outcome = match outcome {
            Ok(()) => current(&installation.engine.crls().address_faults(id, kind)),
            Err(refusal) => {
                all_good = false;
                format!(
                    "not renewed: {} ({} by {})",
                    refusal.detail, refusal.code, refusal.rule
                )
            }
        };
        let number = number.map_or_else(|| "-".to_owned(), ToString::to_string);
        rows.push(vec![authority, kind_name(kind).to_owned(), outcome, number]);
    }
    print_rows(args.output, &["Authority", "Kind", "Outcome", "Number"], &rows)?;
    installation.store.close().await;
    Ok(if all_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

pub(super) async fn upload(args: &StoredArgs, file: &Path) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.config.config).await?;
    let tenant = installation.tenant(args.tenant.as_deref())?;
    let octets = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let ders = parse_crls_pem_or_der(&octets).with_context(|| file.display().to_string())?;
    let actor = Actor("command line".to_owned());
    for der in ders {
        let facts = CrlFacts::read(&der).with_context(|| format!("{} is no CRL", file.display()))?;
        let stored = || tenant.trust.authorities().map(|(_, authority)| authority);
        let issuers = issuers_of_crl(&facts, stored().map(|authority| &authority.certificate));
        if issuers.is_empty() {
            bail!(
                "no stored authority issued this list: its issuer is {}\n  hint: `lanyard admin ca list` shows the authorities",
                facts.issuer
            );
        }
        for authority in stored().filter(|authority| issuers.contains(&&authority.certificate)) {
            let wanted = WantedCrl {
                authority: authority.clone(),
                kind: kind_of(&facts),
            };
            installation
                .engine
                .upload_crl(&actor, tenant.tenant.id, &wanted, der.clone())
                .await?;
            println!(
                "{}: the {} CRL number {} with {} entries counts now.",
                name(authority),
                kind_name(wanted.kind),
                facts
                    .number
                    .as_ref()
                    .map_or_else(|| "(none)".to_owned(), ToString::to_string),
                facts.entry_count
            );
            if address(&wanted).is_none() || authority.crl_check_exempt {
                println!(
                    "note: sign-ins do not look at it: the authority has no address for this kind of CRL, or is exempt from checking"
                );
            }
        }
    }
    installation.store.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn history(args: &HistoryArgs) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.stored.config.config).await?;
    let tenant = installation.tenant(args.stored.tenant.as_deref())?;
    let engine = &installation.engine;
    let at = args.at.unwrap_or_else(|| engine.now());
    let mut rows = Vec::new();
    for list in wanted(&tenant, args.authority.as_deref()) {
        let id = list.authority.id();
        if list.kind == CrlKind::Delta {
            continue;
        }
        let now_listed = engine.listed_now(id, &args.serial).await?;
        let kind = now_listed.map_or(CrlKind::Base, |listed| listed.kind);
        let at_that_time = engine.learned_crls(id, kind, at, 1).await?.into_iter().next();
        let all = engine.learned_crls(id, kind, engine.now(), HISTORY_ROWS).await?;
        let now_in_force = all.first();
        let is_same = at_that_time
            .as_ref()
            .zip(now_in_force)
            .is_some_and(|(then, now)| then.sha256 == now.sha256);
        let number = |learned: &lanyard_engine::administer::LearnedCrl| {
            let number = learned.number_hex.as_deref().unwrap_or("(none)");
            format!("0x{number} (learned {})", learned.learned)
        };
        let then = at_that_time.as_ref().map_or_else(|| "none".to_owned(), number);
        let answer = match (now_listed, now_in_force) {
            (None, None) => "unknown: no list of this authority ever took effect here".to_owned(),
            (None, Some(_)) if is_same => "no: the list in force then is still in force and does not list it".to_owned(),
            (None, Some(_)) => "not listed now; the contents of earlier lists are not kept, so whether one listed it cannot be said".to_owned(),
            (Some(listed), in_force) => {
                let date = listed.date.map_or_else(|| "an unknown date".to_owned(), |date| date.to_string());
                let now_number = in_force.map_or_else(|| "(unknown)".to_owned(), number);
                if listed.date.is_some_and(|date| date > at) {
                    format!("no: the issuer revoked it later, at {date} ({:?}), says number {now_number}", listed.reason)
                } else if is_same {
                    format!("yes: revoked at {date} ({:?}); known here then, from number {now_number}", listed.reason)
                } else {
                    format!(
                        "yes by the issuer's date {date} ({:?}); known here at the latest from number {now_number}; the contents of the list in force then are not kept",
                        listed.reason
                    )
                }
            }
        };
        rows.push(vec![name(&list.authority), then, answer]);
    }
    if rows.is_empty() {
        bail!("there is no such authority\n  hint: `lanyard admin ca list` shows them");
    }
    print_rows(
        args.stored.output,
        &["Authority", "In force then", "Revoked then"],
        &rows,
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Both lists of every authority of the tenant, or of the one that is named; a delta only when it has an address.
fn wanted(tenant: &TenantSnapshot, named: Option<&str>) -> Vec<WantedCrl> {
    let mut lists = Vec::new();
    for (_, authority) in tenant.trust.authorities() {
        if named.is_some_and(|named| !is_named(authority, named)) {
            continue;
        }
        for kind in [CrlKind::Base, CrlKind::Delta] {
            if kind == CrlKind::Base || authority.delta_crl_url.is_some() {
                lists.push(WantedCrl {
                    authority: authority.clone(),
                    kind,
                });
            }
        }
    }
    lists
}

fn is_named(authority: &StoredAuthority, named: &str) -> bool {
    let facts = authority.certificate.facts();
    let digits = named.replace([':', ' '], "").to_lowercase();
    let hex = |octets: &[u8]| data_encoding::HEXLOWER.encode(octets);
    let key = facts.subject_key_identifier.as_ref();
    name(authority) == named
        || hex(&facts.sha256_thumbprint) == digits
        || hex(&facts.sha1_thumbprint) == digits
        || key.is_some_and(|key| hex(key.as_bytes()) == digits)
}

fn name(authority: &StoredAuthority) -> String {
    authority.certificate.facts().subject.to_string()
}

fn address(wanted: &WantedCrl) -> Option<&str> {
    match wanted.kind {
        CrlKind::Base => wanted.authority.base_crl_url.as_deref(),
        CrlKind::Delta => wanted.authority.delta_crl_url.as_deref(),
    }
}

/// Where the copy came from, and which of several addresses that is.
fn from(wanted: &WantedCrl, url: String) -> String {
    let addresses = wanted.addresses();
    match addresses.iter().position(|address| *address == url) {
        Some(position) if addresses.len() > 1 => format!("{url} ({} of {})", position + 1, addresses.len()),
        _ => url,
    }
}

/// A list was renewed; addresses that did not give it before the one that did are named.
fn current(faults: &[AddressFault]) -> String {
    let told: Vec<String> = faults
        .iter()
        .map(|fault| {
            format!(
                "{}: {} ({})",
                fault.address, fault.refusal.detail, fault.refusal.code
            )
        })
        .collect();
    if told.is_empty() {
        "current".to_owned()
    } else {
        format!("current, but not from {}", told.join("; "))
    }
}

/// An expired list may have a grace period.
fn expired(index: &CrlIndex, authority: &StoredAuthority, now: Timestamp) -> String {
    match grace_until(index, authority) {
        Some(until) if now <= until => format!("expired; in its grace period until {until}"),
        Some(until) => format!("expired; its grace period ended at {until}"),
        None => "expired".to_owned(),
    }
}

/// The end of the grace period, where one is set.
pub(crate) fn grace_until(index: &CrlIndex, authority: &StoredAuthority) -> Option<Timestamp> {
    let grace = jiff::SignedDuration::from_secs(i64::from(authority.crl_grace_secs));
    (authority.crl_grace_secs > 0)
        .then(|| index.next_update().checked_add(grace).ok())
        .flatten()
}

fn kind_name(kind: CrlKind) -> &'static str {
    match kind {
        CrlKind::Base => "complete",
        CrlKind::Delta => "delta",
    }
}

/// Whole hours or minutes until a moment.
pub(crate) fn span(until: Timestamp, now: Timestamp) -> String {
    let minutes = (until.as_second() - now.as_second()) / 60;
    match minutes.abs() {
        0..120 => format!("{minutes} min"),
        120..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}
