//! `bench directory`: a small tenant and a large one side by side.

mod change;
mod graph;
mod people;
mod world;
mod world_files;
mod world_policy;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use self::people::{People, Turns};
use self::world::{LARGE, LARGE_QUICK, SMALL, Server, World};
use crate::report::{self, Better, Figure};
use crate::{measured_process, process_facts};

/// What to measure and how long.
#[derive(Args)]
pub(crate) struct DirectoryArguments {
    /// The program that is measured.
    #[arg(long)]
    lanyard: PathBuf,
    /// Where the two tenants are kept between runs.
    #[arg(long)]
    folder: PathBuf,
    /// A large tenant of 50,000 users instead of a million.
    #[arg(long)]
    quick: bool,
    /// Seconds of each turn; each tenant has six.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// People signing in at once.
    #[arg(long, default_value_t = 8)]
    users: usize,
    /// JSON lines instead of a table.
    #[arg(long)]
    json: bool,
}

/// Turns of each tenant.
const TURNS: usize = 6;
/// Different people of each tenant who sign in, drawn at random over all of them.
const PEOPLE: usize = 4_000;
/// Requests of each kind to the directory API.
const REQUESTS: usize = 100;
const REQUESTS_QUICK: usize = 30;

/// Measures and prints each part when it is measured: the whole takes half an hour, and what is known need not wait for it.
pub(crate) async fn run(arguments: &DirectoryArguments) -> Result<()> {
    let tell = |what: &str| {
        if !arguments.json {
            eprintln!("{what}");
        }
    };
    let print = |figures: &[Figure]| report::print(figures, arguments.json);
    let large_size = if arguments.quick { LARGE_QUICK } else { LARGE };
    let small = World::prepare(&arguments.lanyard, &arguments.folder, SMALL, &tell).await?;
    let large = World::prepare(&arguments.lanyard, &arguments.folder, large_size, &tell).await?;
    print(&large.fill_figures());

    tell("starting both servers");
    let small_server = Server::start(&arguments.lanyard, &small.config()?, &small.management()?).await?;
    let large_server = Server::start(&arguments.lanyard, &large.config()?, &large.management()?).await?;
    let beside = format!("{} users", SMALL.users);
    let start = Figure::beside(
        "time to first answer",
        large_server.first_answer.as_secs_f64() * 1000.0,
        "ms",
        Better::Less,
        &beside,
        small_server.first_answer.as_secs_f64() * 1000.0,
    );
    print(&[start]);

    tell("drawing people and issuing their certificates");
    let small_people = Arc::new(People::draw(&small, PEOPLE)?);
    let large_people = Arc::new(People::draw(&large, PEOPLE)?);
    tell("everybody signs in once");
    let (rate, _) = people::once_each(&small_people, arguments.users).await?;
    tell(&format!("  {}: {rate:.0} a second", small.size.name));
    let (rate, first) = people::once_each(&large_people, arguments.users).await?;
    tell(&format!("  {}: {rate:.0} a second", large.size.name));
    print(&[
        Figure::alone("first sign-in of a person: p50", first.at(0.5), "ms"),
        Figure::alone("first sign-in of a person: p99", first.at(0.99), "ms"),
    ]);

    let (mut small_turns, mut large_turns) = (Turns::default(), Turns::default());
    let length = Duration::from_secs(arguments.seconds);
    for turn in 0..TURNS {
        tell(&format!("turn {} of {TURNS}", turn + 1));
        let small_turn = || people::turn(&small_people, arguments.users, length, small_server.id());
        let large_turn = || people::turn(&large_people, arguments.users, length, large_server.id());
        // Who goes first gains from a machine that was at rest.
        if turn % 2 == 0 {
            small_turns.add(small_turn().await?);
            large_turns.add(large_turn().await?);
        } else {
            large_turns.add(large_turn().await?);
            small_turns.add(small_turn().await?);
        }
    }
    let mut figures = sign_in_figures(&mut large_turns, &mut small_turns, &beside);
    let memory = |server: &Server| process_facts::resident_bytes(server.id()).map(|bytes| bytes as f64 / 1e6);
    figures.push(Figure::beside(
        "memory, after the turns",
        memory(&large_server)?,
        "MB",
        Better::Less,
        &beside,
        memory(&small_server)?,
    ));
    print(&figures);

    tell("directory API");
    let requests = if arguments.quick { REQUESTS_QUICK } else { REQUESTS };
    print(&graph::figures(&small, &large, &beside, requests).await?);
    drop(small_server);

    tell("changes of policy");
    print(&change::figures(&arguments.lanyard, &large, arguments.quick).await?);
    tell("people without a certificate");
    print(&without_certificate(&arguments.lanyard, &large)?);
    drop(large_server);
    Ok(())
}

fn sign_in_figures(large: &mut Turns, small: &mut Turns, beside: &str) -> Vec<Figure> {
    let (large, small) = (large.measured(), small.measured());
    let figure = |what: &str, unit: &'static str, better, large, small| {
        Figure::beside(format!("sign-ins: {what}"), large, unit, better, beside, small)
    };
    vec![
        figure("rate", "1/s", Better::More, large.per_second, small.per_second),
        figure("p50", "ms", Better::Less, large.p50_ms, small.p50_ms),
        figure("p99", "ms", Better::Less, large.p99_ms, small.p99_ms),
        figure(
            "server processor time",
            "µs",
            Better::Less,
            large.server_cpu_us,
            small.server_cpu_us,
        ),
    ]
}

/// The list of those who would be locked out, as an administrator asks for it, beside a running server.
fn without_certificate(lanyard: &std::path::Path, world: &World) -> Result<Vec<Figure>> {
    let mut command = std::process::Command::new(lanyard);
    command
        .args([
            "admin",
            "user",
            "without-certificate",
            "--output",
            "json",
            "--limit",
        ])
        .arg((world.size.users * 2).to_string())
        .arg("--config")
        .arg(world.config()?);
    let run = measured_process::run(&mut command).context("lanyard admin user without-certificate")?;
    Ok(vec![
        Figure::alone("people without certificate: all", run.wall.as_secs_f64(), "s"),
        Figure::alone(
            "people without certificate: peak memory",
            run.peak_bytes as f64 / 1e6,
            "MB",
        ),
    ])
}
