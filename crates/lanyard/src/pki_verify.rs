//! `lanyard pki verify`: is this certificate valid? Asked of files alone: no server, no database, no network.

mod arguments;
mod batch;
mod request_lines;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use lanyard_pki::{
    Certificate, CrlCheck, PolicyInputs, Purpose, VerifyAnswer, VerifyInputs, VerifyProfile,
    parse_crls_pem_or_der, parse_pem_or_der,
};

pub(crate) use arguments::PkiCommand;
use arguments::{AnswerForm, VerifyArgs};

/// Exit code for usage and unreadable input.
const UNREADABLE: u8 = 2;
/// The largest file that is read.
const MAX_FILE_OCTETS: u64 = 256 << 20;

/// Runs the command: 0 valid, 1 not valid, 2 unreadable.
pub(crate) fn run(command: PkiCommand) -> ExitCode {
    let PkiCommand::Verify(args) = command;
    let outcome = match &args.batch {
        Some(file) => batch::run(file, &args),
        None => one(&args),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(UNREADABLE)
        }
    }
}

fn one(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let answer = inputs(args)?.answer(None);
    match args.output {
        AnswerForm::Json => println!("{}", serde_json::to_string_pretty(&answer)?),
        AnswerForm::Text => print!("{}", text(&answer)),
    }
    match (answer.outcome, answer.detail) {
        ("valid", _) => Ok(ExitCode::SUCCESS),
        ("unreadable", detail) => anyhow::bail!(detail.unwrap_or_default()),
        _ => Ok(ExitCode::FAILURE),
    }
}

fn inputs(args: &VerifyArgs) -> anyhow::Result<VerifyInputs> {
    let leaf_file = args.leaf.as_deref().context("no certificate is named")?;
    let mut leaf_first = certificates(leaf_file)?.into_iter();
    let leaf = leaf_first
        .next()
        .with_context(|| format!("{} holds no certificate", leaf_file.display()))?;
    // A chain file holds the certificates above the leaf behind it.
    let mut intermediates: Vec<Certificate> = leaf_first.collect();
    for file in &args.intermediate {
        intermediates.extend(certificates(file)?);
    }
    let mut anchors = Vec::new();
    for file in &args.anchor {
        anchors.extend(certificates(file)?);
    }
    let mut crls = Vec::new();
    for file in &args.crl {
        let found = parse_crls_pem_or_der(&read(file)?).with_context(|| file.display().to_string())?;
        crls.extend(found);
    }
    let default_check = if crls.is_empty() {
        CrlCheck::None
    } else {
        CrlCheck::Chain
    };
    Ok(VerifyInputs {
        anchors,
        intermediates,
        crls,
        leaf,
        at: args.at.unwrap_or_else(jiff::Timestamp::now),
        profile: args.profile.map_or(VerifyProfile::Rfc5280, Into::into),
        crl_check: args.crl_check.map_or(default_check, Into::into),
        purpose: args.purpose.map_or(Purpose::ClientAuth, Into::into),
        policies: PolicyInputs {
            initial_policies: Some(args.policy.clone()).filter(|policies| !policies.is_empty()),
            require_explicit_policy: args.require_explicit_policy,
            inhibit_policy_mapping: args.inhibit_policy_mapping,
            inhibit_any_policy: args.inhibit_any_policy,
        },
        max_depth: args.max_depth,
        min_rsa_bits: args.min_rsa_bits,
        allow_sha1: args.allow_sha1,
    })
}

fn certificates(file: &Path) -> anyhow::Result<Vec<Certificate>> {
    parse_pem_or_der(&read(file)?).with_context(|| file.display().to_string())
}

/// Reads a file of bounded size; `-` is standard input.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut octets = Vec::new();
    let named = || format!("cannot read {}", file.display());
    let read = if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_FILE_OCTETS + 1)
            .read_to_end(&mut octets)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(MAX_FILE_OCTETS + 1).read_to_end(&mut octets))
    };
    if read.with_context(named)? as u64 > MAX_FILE_OCTETS {
        anyhow::bail!("{} is larger than {MAX_FILE_OCTETS} octets", file.display());
    }
    Ok(octets)
}

fn text(answer: &VerifyAnswer) -> String {
    use std::fmt::Write as _;
    let mut text = answer.outcome.to_owned();
    if let (Some(code), Some(rule)) = (answer.code, &answer.rule) {
        let _ = write!(text, ": {code} by {rule}");
    }
    text.push('\n');
    if let Some(detail) = &answer.detail {
        let _ = writeln!(text, "  {detail}");
    }
    for (position, link) in answer.chain.iter().enumerate() {
        let role = if position == 0 { "certificate" } else { "issued by" };
        let _ = writeln!(text, "  {role}: {}  sha256 {}", link.subject, link.sha256);
    }
    if !answer.policies.is_empty() {
        let _ = writeln!(text, "  policies: {}", answer.policies.join(", "));
    }
    text.push_str("steps:\n");
    text.push_str(&lanyard_audit::render_tree(&answer.steps));
    text
}
