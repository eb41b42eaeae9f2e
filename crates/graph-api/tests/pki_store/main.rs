//! The PKI store over the directory API.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod containers;
mod in_force;
#[path = "../server/mod.rs"]
mod server;
mod uploads;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lanyard_testkit::CertificateAuthority;
use serde_json::{Value, json};
use server::Server;

const PKIS: &str = "/v1.0/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations";
const DELETED: &str = "/v1.0/directory/deletedItems";
const WRITE: &[&str] = &["PublicKeyInfrastructure.ReadWrite.All"];

fn trusted(server: &Server) -> usize {
    server
        .engine
        .snapshot()
        .tenant(server.tenant.id)
        .unwrap()
        .trust
        .len()
}

async fn container(server: &Server, token: &str, name: &str) -> String {
    let made = server
        .post(token, PKIS, json!({ "displayName": name }))
        .await
        .expect(201)
        .json();
    assert_eq!(made["status"], "notStarted");
    format!("{PKIS}/{}", made["id"].as_str().unwrap())
}

fn certificate(authority: &CertificateAuthority) -> Value {
    json!({ "certificate": BASE64.encode(authority.certificate_der()) })
}
