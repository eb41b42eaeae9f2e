//! `lanyard crl`: looking at revocation lists and bringing them in.

mod arguments;
mod inspect;
mod stored;

use std::process::ExitCode;

pub(crate) use arguments::CrlCommand;
pub(crate) use stored::{grace_until, span};

/// Runs the command.
pub(crate) async fn run(command: CrlCommand) -> anyhow::Result<ExitCode> {
    match command {
        CrlCommand::Inspect(args) => inspect::run(&args).await,
        CrlCommand::List(args) => stored::list(&args).await,
        CrlCommand::Refresh { args, authority } => stored::refresh(&args, authority.as_deref()).await,
        CrlCommand::Upload { args, file } => stored::upload(&args, &file).await,
        CrlCommand::History(args) => stored::history(&args).await,
    }
}
