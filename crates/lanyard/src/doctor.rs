//! `lanyard doctor`: would certificate sign-in work today, and for how long?

mod authority_checks;
mod crl_checks;
mod finding;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use lanyard_engine::TenantSnapshot;
use lanyard_fetch::{ConditionalHeaders, CrlDownloader, DownloadLimits, Downloaded};
use lanyard_pki::{CrlKind, RevocationView, StoredAuthority};

use crate::cli::{ConfigArg, Output};
use crate::installation::{self, Installation};
use crl_checks::Published;
use finding::{AuthorityReport, CheckResult, Finding};

/// The largest list that is downloaded.
const MAX_OCTETS: u64 = 256 << 20;
/// The longest download.
const MAX_TIME: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
#[command(after_help = "\
Every authority of the tenant is looked at: its own validity, its place in the trust store, the form of its CRL
addresses, whether each CRL can be fetched (12 s and 44 MB are the marks for a warning), whose key signed it, whether the
signature is right, its dates and the time left. Nothing is changed.

Exit status: 0 when nothing failed (there may be warnings), 1 when something failed.")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArg,
    /// Tenant: GUID or domain [default: the only one]
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// Warn this many days before a CRL ends, once half of its life is over
    #[arg(long, value_name = "DAYS", default_value_t = 2)]
    pub(crate) crl_alarm_days: u16,
    /// Warn this many days before an authority's certificate ends
    #[arg(long, value_name = "DAYS", default_value_t = 60)]
    pub(crate) authority_alarm_days: u16,
    /// Do not fetch anything; look at the CRLs in use instead
    #[arg(long)]
    pub(crate) offline: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// Runs the command.
pub(crate) async fn run(args: DoctorArgs) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(&args.config.config).await?;
    let tenant = installation.tenant(args.tenant.as_deref())?;
    let downloader = installation::downloader(&installation.configuration)?;
    let engine = &installation.engine;
    let examination = Examination {
        args: &args,
        tenant: &tenant,
        view: &engine.revocation(),
        downloader: &downloader,
        now: engine.now(),
    };
    let mut reports = Vec::new();
    for (_, authority) in tenant.trust.authorities() {
        reports.push(examination.authority(authority).await);
    }
    if reports.is_empty() {
        reports.push(AuthorityReport::of_store(vec![Finding::new(
            "trust-store",
            CheckResult::Failed,
            "the trust store is empty: nobody can sign in by certificate",
        )]));
    }
    finding::print(args.output, &reports)?;
    let worst = reports.iter().map(AuthorityReport::worst).max();
    Ok(if worst == Some(CheckResult::Failed) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

struct Examination<'a> {
    args: &'a DoctorArgs,
    tenant: &'a TenantSnapshot,
    view: &'a RevocationView,
    downloader: &'a CrlDownloader,
    now: Timestamp,
}

impl Examination<'_> {
    async fn authority(&self, authority: &StoredAuthority) -> AuthorityReport {
        let mut findings = vec![
            authority_checks::validity(authority, self.args.authority_alarm_days, self.now),
            authority_checks::chain(authority, &self.tenant.trust, self.now),
        ];
        let lists = [
            (CrlKind::Base, &authority.base_crl_url),
            (CrlKind::Delta, &authority.delta_crl_url),
        ];
        if authority.crl_check_exempt {
            let note = "certificates of this authority are exempt from revocation checking";
            findings.push(Finding::new("crl-address", CheckResult::Warning, note));
        } else if authority.base_crl_url.is_none() {
            findings.push(authority_checks::no_address(authority));
        } else {
            for (kind, url) in lists {
                if let Some(url) = url {
                    findings.extend(self.list(authority, kind, url).await);
                }
            }
            for (position, url) in authority.further_base_crl_urls.iter().enumerate() {
                let of_this = self.list(authority, CrlKind::Base, url).await;
                findings.extend(crl_checks::of_address(position + 2, of_this));
            }
        }
        AuthorityReport::of(authority, findings)
    }

    async fn list(&self, authority: &StoredAuthority, kind: CrlKind, url: &str) -> Vec<Finding> {
        let mut findings = vec![crl_checks::address(url)];
        let in_use = self.view.index(&authority.id(), kind);
        if self.args.offline {
            findings.push(crl_checks::in_use(
                in_use.map(AsRef::as_ref),
                authority,
                self.args.crl_alarm_days,
                self.now,
            ));
            return crl_checks::named_after(kind, findings);
        }
        let limits = DownloadLimits {
            max_bytes: MAX_OCTETS,
            timeout: MAX_TIME,
        };
        let nothing_at_hand = ConditionalHeaders::default();
        match self
            .downloader
            .download(url, limits, &nothing_at_hand, |_| {})
            .await
        {
            Ok(Downloaded::Body { octets, elapsed, .. }) => {
                findings.push(crl_checks::download(octets.len(), elapsed));
                let published = Published {
                    octets: &octets,
                    kind,
                    authority,
                    highest: in_use.map(|index| index.highest()),
                };
                let alarm_days = self.args.crl_alarm_days;
                findings.extend(published.checks(&self.tenant.trust, alarm_days, self.now));
            }
            Ok(Downloaded::NotModified) => {
                let what = "the server sent no list although none was named as known";
                findings.push(Finding::new("crl-download", CheckResult::Failed, what));
            }
            Err(fault) => {
                let what = format!("{fault} (AADSTS{})", fault.code_number());
                findings.push(Finding::new("crl-download", CheckResult::Failed, what));
                findings.push(crl_checks::in_use(
                    in_use.map(AsRef::as_ref),
                    authority,
                    self.args.crl_alarm_days,
                    self.now,
                ));
            }
        }
        crl_checks::named_after(kind, findings)
    }
}
