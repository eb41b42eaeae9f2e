//! Load generation for `cargo xtask bench`: starts nothing but the peer, measures a server that runs already.
//!
//! Owns: a browser reduced to what a sign-in needs, the load loop, the bare cost of the cryptography, the report.
//! Does not own: the server under test; `cargo xtask bench` builds and starts it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its caller"
)]

mod bare_cryptography;
mod browser;
mod lanyard_sign_in;
mod load;
mod peer;
mod process_facts;
mod report;
mod sign_in;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures a running server.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Certificate sign-ins per second, beside a peer and the bare cryptography.
    SignIn(sign_in::SignInArguments),
    /// Only the peer's sign-ins, to see that the peer runs as meant.
    Peer {
        /// Folder with the peer's packages and server.mjs.
        folder: std::path::PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match Arguments::parse().benchmark {
        Benchmark::SignIn(arguments) => sign_in::run(&arguments).await,
        Benchmark::Peer { folder } => sign_in::run_peer(&folder).await,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
