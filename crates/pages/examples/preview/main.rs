//! Serves every page with sample data: `cargo run -p lanyard-pages --example preview [port]`.
//!
//! `GET /` lists the pages; `GET /pages.json` lists their paths for the browser checks.

#![allow(
    missing_docs,
    clippy::print_stdout,
    reason = "a preview for designers and for the browser checks"
)]

mod samples;

use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;

#[tokio::main]
async fn main() -> Result<(), std::io::Error> {
    let port = std::env::args()
        .nth(1)
        .and_then(|port| port.parse().ok())
        .unwrap_or(8400);
    let routes = Router::new()
        .route("/", get(list))
        .route("/pages.json", get(|| async { Json(samples::NAMES) }))
        .route("/page/{name}", get(page))
        .route(lanyard_pages::assets::ROUTE, get(lanyard_pages::assets::serve));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}/", listener.local_addr()?);
    axum::serve(listener, routes).await
}

async fn list() -> Html<String> {
    let links: String = samples::NAMES
        .iter()
        .map(|name| format!("<li><a href=\"/page/{name}\">{name}</a></li>"))
        .collect();
    Html(format!(
        "<!doctype html><html lang=en><title>Pages</title><h1>Pages</h1><ul>{links}</ul>"
    ))
}

async fn page(Path(name): Path<String>) -> Response {
    samples::page(&name).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}
