//! `lanyard demo --once`: every demo certificate signs in once, without a browser, and the verdicts are printed.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::Context as _;
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

use lanyard_engine::SignInQuery;

use crate::demo::application::{decode_claims, random_text};
use crate::demo::pki::{DemoCertificate, DemoPki};
use crate::demo::scripted_browser::{ScriptedBrowser, SignInEnd, SignInRequest};
use crate::demo::world::World;
use crate::demo::{BASE, Ports};
use crate::installation::Installation;

/// What has to come out.
enum Expected {
    /// Tokens; `amr` holds `mfa` or not.
    Tokens { multifactor: bool },
    /// This error number.
    Refused(u32),
}

/// Signs in with those that differ in their outcome; exit 0 only if each came out as it must.
pub(crate) async fn run(
    installation: &Installation,
    world: &World,
    pki: &DemoPki,
    ports: &Ports,
) -> anyhow::Result<ExitCode> {
    let cases = [
        ("single-factor", Expected::Tokens { multifactor: false }),
        ("multifactor", Expected::Tokens { multifactor: true }),
        ("revoked", Expected::Refused(500_171)),
        ("expired", Expected::Refused(500_172)),
        ("foreign", Expected::Refused(1_001_009)),
        ("expired-ca", Expected::Refused(500_176)),
    ];
    let mut wrong = 0;
    for (name, expected) in cases {
        let certificate = pki
            .certificate(name)
            .with_context(|| format!("no certificate {name}"))?;
        println!(
            "── {name}: {} presents a certificate that {}",
            certificate.user_name, certificate.lesson
        );
        let outcome = attempt(world, pki, ports, certificate).await?;
        print_verdict(installation, world, &certificate.user_name).await?;
        let right = match (&expected, &outcome) {
            (Expected::Tokens { multifactor }, Outcome::Tokens { claims, user_info }) => {
                println!("id token claims: {}", serde_json::to_string_pretty(claims)?);
                println!("userinfo: {user_info}");
                let is_multifactor = claims
                    .pointer("/amr")
                    .and_then(Value::as_array)
                    .is_some_and(|amr| amr.iter().any(|value| value == "mfa"));
                is_multifactor == *multifactor && user_info.get("sub") == claims.get("sub")
            }
            (Expected::Refused(code), Outcome::Refused { code: got, message }) => {
                println!("refused: {message}");
                code == got
            }
            (_, Outcome::Tokens { .. }) => {
                println!("signed in, but must not be");
                false
            }
            (_, Outcome::Refused { message, .. }) => {
                println!("refused, but must not be: {message}");
                false
            }
        };
        println!("{}\n", if right { "→ as it must be" } else { "→ WRONG" });
        wrong += usize::from(!right);
    }
    println!("{} of {} came out right.", 6 - wrong, 6);
    Ok(if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

enum Outcome {
    Tokens { claims: Value, user_info: Value },
    Refused { code: u32, message: String },
}

async fn attempt(
    world: &World,
    pki: &DemoPki,
    ports: &Ports,
    certificate: &DemoCertificate,
) -> anyhow::Result<Outcome> {
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.login));
    let hosts = [
        format!("login.{BASE}"),
        format!("certauth.{BASE}"),
        format!("t{}.certauth.{BASE}", world.tenant),
    ];
    let identity = certificate.identity_pem();
    let mut browser = ScriptedBrowser::new(
        pki.tls_root.certificate_pem().as_bytes(),
        Some(identity.as_bytes()),
        &hosts,
        server,
    )?;
    let verifier = random_text()?;
    let challenge = data_encoding::BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
    let client_id = world.web.client_id.to_string();
    let redirect_uri = world.web.redirect_uri.as_deref().unwrap_or_default();
    let tenant = world.tenant.to_string();
    let end = browser
        .sign_in(&SignInRequest {
            login_origin: &world.login_origin,
            tenant: &tenant,
            client_id: &client_id,
            redirect_uri,
            scope: "openid profile email offline_access",
            user_name: &certificate.user_name,
            code_challenge: &challenge,
            nonce: &random_text()?,
        })
        .await?;
    let code = match end {
        SignInEnd::Code(code) => code,
        SignInEnd::Refused { code, message } => return Ok(Outcome::Refused { code, message }),
    };
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client_id.as_str()),
        (
            "client_secret",
            world.web.client_secret.as_deref().unwrap_or_default(),
        ),
        ("redirect_uri", redirect_uri),
        ("code", &code),
        ("code_verifier", &verifier),
    ];
    let url = format!("{}/{tenant}/oauth2/v2.0/token", world.login_origin);
    let tokens: Value = browser.http().post(url).form(&form).send().await?.json().await?;
    let text = |member: &str| {
        tokens
            .get(member)
            .and_then(Value::as_str)
            .with_context(|| format!("no {member}: {tokens}"))
    };
    let claims = decode_claims(text("id_token")?)?;
    let user_info = browser
        .http()
        .get(format!("{}/oidc/userinfo", world.login_origin))
        .bearer_auth(text("access_token")?)
        .send()
        .await?
        .json()
        .await?;
    Ok(Outcome::Tokens { claims, user_info })
}

async fn print_verdict(installation: &Installation, world: &World, user_name: &str) -> anyhow::Result<()> {
    let query = SignInQuery {
        user_name: Some(user_name.to_owned()),
        limit: 1,
        ..SignInQuery::default()
    };
    let records = installation.engine.sign_ins(world.tenant, &query).await?;
    match records.first() {
        Some(record) => print!("{}", crate::log::explained(record)),
        None => println!("(no row in the sign-in log)"),
    }
    Ok(())
}
