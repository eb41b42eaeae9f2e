//! `lanyard what-if`: who would be treated otherwise by a change, before it is made.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use lanyard_engine::change_safety::{ChangeReport, Draft};
use lanyard_engine::{ConfiguredAuthority, TenantConfiguration};

use crate::admin::print_rows;
use crate::cli::{Output, WhatIfArgs};
use crate::installation::Installation;

/// Exit 0: nobody who can sign in today would be refused; 1: somebody would.
pub(crate) async fn run(args: WhatIfArgs) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.config.config).await?;
    let tenant = installation.tenant(args.tenant.as_deref())?.tenant.id;
    let draft = draft(&installation, &args).await?;
    let report = installation.engine.what_if(tenant, draft).await?;
    match args.output {
        Output::Json => println!("{}", serde_json::to_string_pretty(&report)?),
        Output::Table => print(&report)?,
    }
    installation.store.close().await;
    Ok(if report.cut_off == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn draft(installation: &Installation, args: &WhatIfArgs) -> anyhow::Result<Draft> {
    let engine = &installation.engine;
    let tenant = installation.tenant(args.tenant.as_deref())?.tenant.id;
    let (_, mut configuration) = engine.tenant_configuration(tenant).await?;
    let mut changed = false;
    if let Some(file) = &args.policy {
        let text = read(file)?;
        configuration.x509_policy =
            serde_json::from_str(&text).with_context(|| format!("{}", file.display()))?;
        changed = true;
    }
    if let Some(file) = &args.settings {
        let text = read(file)?;
        configuration.settings =
            serde_json::from_str(&text).with_context(|| format!("{}", file.display()))?;
        changed = true;
    }
    for named in &args.without_ca {
        remove_authority(&mut configuration, named)?;
        changed = true;
    }
    let mut user = None;
    if let Some(name) = &args.user {
        let mut becomes = engine.user_named(tenant, name).await?;
        if args.disabled {
            becomes.account_enabled = false;
        }
        if !args.id.is_empty() {
            becomes.certificate_user_ids.clone_from(&args.id);
        }
        user = Some(becomes);
    }
    if !changed && user.is_none() {
        bail!(
            "nothing to try\n  hint: --policy FILE, --settings FILE, --without-ca NAME, or --user UPN with --id or --disabled"
        );
    }
    Ok(Draft {
        configuration: changed.then_some(configuration),
        user,
        ..Draft::default()
    })
}

fn remove_authority(configuration: &mut TenantConfiguration, named: &str) -> anyhow::Result<()> {
    let stored = &mut configuration.certificate_authorities;
    let before = stored.len();
    stored.retain(|authority| !is_named(authority, named));
    if stored.len() == before {
        bail!("there is no authority `{named}`\n  hint: `lanyard admin ca list` shows them");
    }
    Ok(())
}

fn is_named(authority: &ConfiguredAuthority, named: &str) -> bool {
    let thumbprint = BASE64
        .decode(&authority.certificate)
        .ok()
        .and_then(|der| lanyard_pki::Certificate::parse(&der).ok())
        .map(|certificate| data_encoding::HEXLOWER.encode(&certificate.facts().sha256_thumbprint));
    authority.display_name == named || thumbprint.is_some_and(|hex| hex.eq_ignore_ascii_case(named))
}

fn read(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn print(report: &ChangeReport) -> anyhow::Result<()> {
    println!(
        "{} accounts with {} certificates signed in since {}{}.",
        report.people,
        report.certificates,
        report.since.strftime("%Y-%m-%d"),
        if report.complete {
            ""
        } else {
            " (the newest sign-ins; there are more)"
        }
    );
    println!(
        "{} of them would be refused ({} %); {} of {} administrators could still sign in.",
        report.cut_off,
        report.cut_off_percent(),
        report.administrators_after,
        report.administrators
    );
    if report.changes.is_empty() {
        println!("Nothing would change for anybody.");
        return Ok(());
    }
    println!();
    let rows: Vec<Vec<String>> = report
        .changes
        .iter()
        .map(|changed| {
            vec![
                changed.user_principal_name.clone(),
                changed.subject.clone(),
                changed.before.word(),
                changed.after.word(),
                changed.after.rule.clone().unwrap_or_default(),
                changed.after.detail.clone().unwrap_or_default(),
            ]
        })
        .collect();
    print_rows(
        Output::Table,
        &["User", "Certificate", "Today", "Then", "Rule", "Why"],
        &rows,
    )
}
