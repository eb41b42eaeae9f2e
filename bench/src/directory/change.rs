//! A change of policy: how long its answer takes, recent sign-ins judged again included, and when another node follows it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::graph::{Asker, setup};
use super::people::Durations;
use super::world::{Server, World};
use crate::browser::{Body, Browser};
use crate::report::Figure;

/// The second node listens so many ports above the first.
const PORTS_ABOVE: u16 = 7;
const CHANGES: usize = 6;
const CHANGES_QUICK: usize = 4;
/// The aim is five seconds.
const GIVE_UP: Duration = Duration::from_secs(30);

pub(super) async fn figures(lanyard: &Path, world: &World, quick: bool) -> Result<Vec<Figure>> {
    let node = SecondNode::start(lanyard, world).await?;
    let first_setup = setup(world)?;
    let second_setup = first_setup.at_node(node.address.parse()?);
    let mut asker = Asker::new(world, &first_setup).await?;
    let mut browser = Browser::new(&second_setup);
    let sign_in = world.demo.sign_in("es256")?;
    let mut authorize = sign_in.at("oauth2/v2.0/authorize")?;
    authorize
        .query_pairs_mut()
        .append_pair("client_id", &sign_in.client_id)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", &sign_in.redirect_uri)
        .append_pair("scope", "openid");
    let page = browser.send(&authorize, Body::Nothing).await?;
    let config = page.config().context("no sign-in page")?;
    let flow_token = config
        .get("sFT")
        .and_then(Value::as_str)
        .context("sFT is missing")?;
    let question = json!({
        "username": super::world_files::user_name(0),
        "flowToken": flow_token,
    });
    let (mut answered, mut followed) = (Durations::default(), Durations::default());
    for change in 0..if quick { CHANGES_QUICK } else { CHANGES } {
        let hints_on = change % 2 == 0;
        let state = if hints_on { "enabled" } else { "disabled" };
        let begun = Instant::now();
        asker
            .patch(
                "policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate",
                &json!({
                    "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
                    "issuerHintsConfiguration": { "state": state },
                }),
            )
            .await?;
        answered.push(begun.elapsed());
        let saved = Instant::now();
        // With hints the certificate host is the tenant's own: this is how the other node shows that it followed.
        loop {
            let answer = browser
                .send(
                    &sign_in.at("GetCredentialType?mkt=en-US")?,
                    Body::Json(question.to_string()),
                )
                .await?;
            let types: Value = serde_json::from_str(&answer.body).or_else(|_| answer.unexpected("JSON"))?;
            let Some(host) = types
                .pointer("/Credentials/CertAuthParams/CertAuthUrl")
                .and_then(Value::as_str)
            else {
                return answer.unexpected("CertAuthUrl");
            };
            if host.starts_with("https://t") == hints_on {
                break;
            }
            if saved.elapsed() > GIVE_UP {
                bail!("the other node did not follow within {GIVE_UP:?}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        followed.push(saved.elapsed());
    }
    drop(node);
    Ok(vec![
        Figure::alone(
            "change of policy, recent sign-ins judged: p50",
            answered.at(0.5),
            "ms",
        ),
        Figure::alone(
            "change of policy, recent sign-ins judged: slowest",
            answered.at(1.0),
            "ms",
        ),
        Figure::alone(
            "change of policy, in force on another node: p50",
            followed.at(0.5),
            "ms",
        ),
        Figure::alone(
            "change of policy, in force on another node: slowest",
            followed.at(1.0),
            "ms",
        ),
    ])
}

/// Another `lanyard serve` on the same database.
struct SecondNode {
    address: String,
    _server: Server,
}

impl SecondNode {
    async fn start(lanyard: &Path, world: &World) -> Result<Self> {
        let config = world.config()?;
        let text = std::fs::read_to_string(&config)?;
        let other = |address: &str| -> Result<String> {
            let (host, port) = address.rsplit_once(':').context("an address without port")?;
            Ok(format!(
                "{host}:{}",
                port.parse::<u16>()?.wrapping_add(PORTS_ABOVE)
            ))
        };
        let listen = world.demo.text("/address")?.to_owned();
        let management = world.management()?;
        let (address, other_management) = (other(&listen)?, other(&management)?);
        let port = listen.rsplit_once(':').map(|(_, port)| port).unwrap_or_default();
        let text = text
            .replace(
                &format!("\nlisten = \"{listen}\""),
                &format!("\nlisten = \"{address}\"\npublic_port = {port}"),
            )
            .replace(&format!("\"{management}\""), &format!("\"{other_management}\""))
            // Asking again and again until the change shows would count as failed attempts.
            .replace(
                "failed_attempts_per_minute = 120",
                "failed_attempts_per_minute = 0",
            );
        let second = config.with_file_name("second-node.toml");
        std::fs::write(&second, text)?;
        Ok(Self {
            _server: Server::start(lanyard, &second, &other_management).await?,
            address,
        })
    }
}
