//! Load generation for `cargo xtask bench`.
//!
//! Owns: a browser reduced to what a sign-in needs, the load loop, CRLs of every size, a server of listener and verdict
//! alone, the peers, the bare cost of the cryptography, the report.
//! Does not own: the whole server; `cargo xtask bench sign-in` builds and starts it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its caller"
)]

mod bare_cryptography;
mod browser;
mod crl;
mod crl_files;
mod crl_once;
mod directory;
mod handshake;
mod handshake_client;
mod handshake_server;
mod lanyard_sign_in;
mod load;
mod measured_process;
mod nginx;
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
    /// Sign-ins and the directory API of a small tenant and a large one, in turns.
    Directory(directory::DirectoryArguments),
    /// CRLs by size: taking up, memory, look-up; beside OpenSSL and the bare cost.
    Crl(crl::CrlArguments),
    /// One CRL, once.
    #[command(hide = true)]
    CrlOnce(crl_once::CrlOnceArguments),
    /// Handshakes with a verdict by size of the CRL, beside nginx; CRLs exchanged under load.
    Handshake(handshake::HandshakeArguments),
    /// The server that `handshake` measures.
    #[command(hide = true)]
    HandshakeServer(handshake_server::HandshakeServerArguments),
    /// Only the peer's sign-ins, to see that the peer runs as meant.
    Peer {
        /// Folder with the peer's packages and server.mjs.
        folder: std::path::PathBuf,
    },
}

fn main() -> ExitCode {
    let ended = match Arguments::parse().benchmark {
        Benchmark::SignIn(arguments) => wait_for(sign_in::run(&arguments)),
        Benchmark::Directory(arguments) => wait_for(directory::run(&arguments)),
        Benchmark::Peer { folder } => wait_for(sign_in::run_peer(&folder)),
        Benchmark::Crl(arguments) => crl::run(&arguments),
        Benchmark::CrlOnce(arguments) => crl_once::run(&arguments),
        Benchmark::Handshake(arguments) => wait_for(handshake::run(&arguments)),
        Benchmark::HandshakeServer(arguments) => handshake_server::run(&arguments),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// For what needs a runtime; what is measured by its memory or makes its own does not get one.
fn wait_for(benchmark: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(benchmark)
}
