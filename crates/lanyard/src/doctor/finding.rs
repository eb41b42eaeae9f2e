//! What was found, and how it is shown.

use serde::Serialize;

use lanyard_pki::StoredAuthority;

use crate::admin::print_rows;
use crate::cli::Output;

/// How a check came out, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CheckResult {
    Ok,
    Warning,
    Failed,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) check: String,
    pub(super) result: CheckResult,
    pub(super) detail: String,
}

impl Finding {
    pub(super) fn new(check: &str, result: CheckResult, detail: impl Into<String>) -> Self {
        Self {
            check: check.to_owned(),
            result,
            detail: detail.into(),
        }
    }
}

/// Everything about one authority.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AuthorityReport {
    pub(super) authority: String,
    pub(super) sha256: Option<String>,
    pub(super) result: CheckResult,
    pub(super) checks: Vec<Finding>,
}

impl AuthorityReport {
    pub(super) fn of(authority: &StoredAuthority, checks: Vec<Finding>) -> Self {
        Self {
            authority: authority.certificate.facts().subject.to_string(),
            sha256: Some(authority.id().to_string()),
            result: worst(&checks),
            checks,
        }
    }

    /// About the store as a whole.
    pub(super) fn of_store(checks: Vec<Finding>) -> Self {
        Self {
            authority: "(trust store)".to_owned(),
            sha256: None,
            result: worst(&checks),
            checks,
        }
    }

    pub(super) fn worst(&self) -> CheckResult {
        self.result
    }
}

fn worst(checks: &[Finding]) -> CheckResult {
    checks
        .iter()
        .map(|check| check.result)
        .max()
        .unwrap_or(CheckResult::Ok)
}

/// Prints the reports; as JSON, an array of them.
pub(super) fn print(output: Output, reports: &[AuthorityReport]) -> anyhow::Result<()> {
    if output == Output::Json {
        println!("{}", serde_json::to_string_pretty(reports)?);
        return Ok(());
    }
    for report in reports {
        println!("{}", report.authority);
        let rows: Vec<Vec<String>> = report
            .checks
            .iter()
            .map(|finding| {
                let result = match finding.result {
                    CheckResult::Ok => "ok",
                    CheckResult::Warning => "WARNING",
                    CheckResult::Failed => "FAILED",
                };
                vec![result.to_owned(), finding.check.clone(), finding.detail.clone()]
            })
            .collect();
        print_rows(Output::Table, &["Result", "Check", "Detail"], &rows)?;
        println!();
    }
    let count = |result| {
        let checks = reports.iter().flat_map(|report| &report.checks);
        checks.filter(|finding| finding.result == result).count()
    };
    println!(
        "{} failed, {} warnings, {} ok",
        count(CheckResult::Failed),
        count(CheckResult::Warning),
        count(CheckResult::Ok)
    );
    Ok(())
}
