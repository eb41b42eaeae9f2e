//! `lanyard explain`: what would happen, step by step, without a server or a browser.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use lanyard_certificate_policy::UserBindingProperties;
use lanyard_directory::AppId;
use lanyard_engine::{ExplainRequest, Explanation, LiveExplainRequest, Snapshot, TenantSnapshot};
use lanyard_pki::Certificate;

use crate::admin::ExportedPolicy;
use crate::cli::{ExplainArgs, Output};
use crate::installation::Installation;

/// Exit 0: the certificate would sign the user in; 1: it would not.
pub(crate) async fn run(args: ExplainArgs) -> anyhow::Result<ExitCode> {
    let certificate = read_certificate(&args.certificate, args.password.as_deref())?;
    let at = args.at.unwrap_or_else(jiff::Timestamp::now);
    let mut crls = Vec::new();
    for path in &args.crl {
        crls.push(std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?);
    }
    let explanation = match &args.policy {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let exported: ExportedPolicy =
                serde_json::from_str(&text).with_context(|| format!("{}", path.display()))?;
            let id = exported.tenant.id;
            let snapshot = Snapshot::build_with_denied(vec![(
                exported.tenant,
                exported.version,
                exported.configuration,
                exported.denied_certificates,
            )])?;
            let tenant: &TenantSnapshot = snapshot
                .tenant(id)
                .context("the exported policy names no tenant")?;
            let mut explanation = lanyard_engine::explain(&ExplainRequest {
                tenant,
                certificate: &certificate,
                user: UserBindingProperties {
                    user_principal_name: args.user.clone(),
                    ..UserBindingProperties::default()
                },
                crls: &crls,
                at,
            })?;
            if args.app.is_some() {
                let note = "applications are not in an exported policy; --app was not looked at";
                explanation.notes.push(note.to_owned());
            }
            explanation
        }
        None => {
            let installation = Installation::open(&args.config.config).await?;
            installation
                .engine
                .explain_live(&LiveExplainRequest {
                    tenant: args.tenant.as_deref(),
                    certificate: &certificate,
                    user_name: &args.user,
                    application: args.app.map(AppId),
                    crls: &crls,
                    at,
                })
                .await?
        }
    };
    print_explanation(&explanation, args.output)?;
    Ok(if explanation.refusal.is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print_explanation(explanation: &Explanation, output: Output) -> anyhow::Result<()> {
    match output {
        Output::Json => println!("{}", serde_json::to_string_pretty(explanation)?),
        Output::Table => print!("{}", explanation.render()),
    }
    Ok(())
}

/// The first certificate of a PEM or DER file, or the leaf of a PFX file.
fn read_certificate(path: &Path, password: Option<&str>) -> anyhow::Result<Certificate> {
    let octets = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if octets.len() > 8 << 20 {
        bail!("{} is too large for a certificate file", path.display());
    }
    if let Ok(certificates) = lanyard_pki::parse_pem_or_der(&octets)
        && let Some(first) = certificates.into_iter().next()
    {
        return Ok(first);
    }
    let password = match password {
        Some(password) => password.to_owned(),
        None => dialoguer::Password::new()
            .with_prompt(format!("Password of {}", path.display()))
            .allow_empty_password(true)
            .interact()
            .context("not a PEM or DER certificate; a PFX file needs --password")?,
    };
    let store =
        p12_keystore::KeyStore::from_pkcs12(&octets, &password, p12_keystore::Pkcs12ImportPolicy::default())
            .map_err(|error| {
                anyhow::anyhow!(
                    "{} is no certificate file this command reads: {error}",
                    path.display()
                )
            })?;
    let Some((_, chain)) = store.private_key_chain() else {
        bail!("{} holds no certificate with a key", path.display())
    };
    let Some(leaf) = chain.certs().first() else {
        bail!("{} holds no certificate", path.display())
    };
    Ok(Certificate::parse(leaf.as_der())?)
}
