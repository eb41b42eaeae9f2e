//! The one binary: wires the crates together and is the command line.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

mod admin;
mod cli;
mod configuration;
mod crl;
mod crl_lists;
mod demo;
mod doctor;
mod explain;
mod export;
mod import;
mod init;
mod installation;
mod log;
mod logging;
mod pki_verify;
mod serve;
mod what_if;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::cli::{Cli, Command, ConfigCommand};

// A sign-in makes and drops several thousand small values on both cores: the allocator of the C library took a tenth of
// its processor time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    end_quietly_when_nobody_reads();
    let cli = Cli::parse();
    if let Err(problem) = rustls::crypto::aws_lc_rs::default_provider().install_default() {
        eprintln!("error: the TLS library was set up twice: {problem:?}");
        return ExitCode::FAILURE;
    }
    let command = match cli.command {
        // Needs no runtime and takes the cores for itself.
        Command::Pki(command) => return pki_verify::run(command),
        other => other,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `lanyard … | head` ends when `head` does, without a word: `print!` panics on a closed pipe, and changing the signal
/// instead would need unsafe code.
fn end_quietly_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload().downcast_ref::<String>();
        if said.is_some_and(|text| text.starts_with("failed printing to stdout: Broken pipe")) {
            std::process::exit(0);
        }
        usual(panic);
    }));
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::run(args).await,
        Command::Init(args) => init::run(args).await,
        Command::Serve(args) => serve::run(&args).await,
        Command::Config(ConfigCommand::Check(args)) => {
            let configuration = configuration::load(&args.config)?;
            let server = &configuration.server;
            let port = match server.public_port.unwrap_or_else(|| server.listen.port()) {
                443 => String::new(),
                port => format!(":{port}"),
            };
            println!(
                "{} is valid: people sign in at https://login.{}{port}",
                args.config.display(),
                server.base
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Config(ConfigCommand::Sample) => {
            print!(
                "{}",
                configuration::sample(&configuration::SampleValues::example())
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Log(args) => log::run(args).await,
        Command::Explain(args) => explain::run(args).await,
        Command::Pki(command) => Ok(pki_verify::run(command)),
        Command::Crl(command) => crl::run(command).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Import(args) => import::run(args).await,
        Command::Export(args) => export::run(args).await,
        Command::WhatIf(args) => what_if::run(args).await,
        Command::Admin(args) => admin::run(args).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "lanyard", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Man { folder } => {
            std::fs::create_dir_all(&folder)?;
            clap_mangen::generate_to(Cli::command(), &folder)?;
            println!("man pages are in {}", folder.display());
            Ok(ExitCode::SUCCESS)
        }
    }
}
