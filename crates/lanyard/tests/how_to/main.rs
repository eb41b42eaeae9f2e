//! Every command, request and answer of docs/how-to.md, taken from the page itself and run against the real program.
//!
//! Once as whoever uses `lanyard admin`, once as whoever sends Graph requests; `az` is run by tests/clients. The page needs the
//! `openssl` command; without it the test says so and ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

mod block;
mod expected;
mod reader;

use std::process::Command;

use block::{Block, Kind, blocks};
use reader::Reader;

/// The browser that `lanyard demo --once` uses; it knows nothing of the program around it.
#[allow(dead_code, reason = "not every part is needed here")]
#[path = "../../src/demo/scripted_browser.rs"]
mod scripted_browser;

fn page() -> Vec<Block> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/how-to.md");
    blocks(&std::fs::read_to_string(path).unwrap())
}

async fn follow(way: &str) {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("there is no openssl command here: nothing was run");
        return;
    }
    let page = page();
    let mut reader = Reader::at_an_empty_desk(way);
    for (at, block) in page.iter().enumerate() {
        let next = page.get(at + 1).map(|next| &next.kind);
        reader.read(block, next).await;
    }
    let meant = page.iter().filter(|block| block.kind.is_done_by(way)).count();
    assert_eq!(reader.ran, meant, "blocks for {way}");
}

#[tokio::test]
async fn the_page_by_lanyard_admin() {
    follow("admin").await;
}

#[tokio::test]
async fn the_page_by_graph_requests() {
    follow("graph").await;
}

/// No block is of a kind that nobody runs, and every step before the test of it can be done in each of the three ways.
#[test]
fn every_step_in_three_ways() {
    let page = page();
    for step in 1..=5 {
        let of_step = |wanted: fn(&Kind) -> bool| {
            page.iter()
                .filter(|block| block.step == step)
                .any(|block| wanted(&block.kind))
        };
        let admin =
            of_step(|kind| matches!(kind, Kind::Shell { way, .. } if way.as_deref() == Some("admin")));
        let common = of_step(|kind| matches!(kind, Kind::Shell { way: None, .. }));
        assert!(admin || (step == 5 && common), "step {step} by lanyard admin");
        assert!(
            of_step(|kind| matches!(kind, Kind::Shell { way, .. } if way.as_deref() == Some("az"))),
            "step {step} by az"
        );
        assert!(
            of_step(|kind| matches!(kind, Kind::Request { .. })),
            "step {step} by a Graph request"
        );
    }
    let text = include_str!("../../../../docs/how-to.md");
    assert_eq!(
        text.matches("\n```").count(),
        page.len() * 2,
        "a block was overlooked"
    );
}
