//! Latencies of the directory API.

use std::time::Instant;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use lanyard_testkit::{KeyAlgorithm, Keypair, Validity};
use serde_json::Value;
use url::Url;

use super::people::{Draw, Durations};
use super::world::{Size, World};
use super::world_files::{EVERYBODY, card_name, display_name, group_id, user_name};
use crate::browser::{Body, Browser, Setup};
use crate::report::{Better, Figure};

/// What is asked, by the tenant's size and what was drawn.
type Question = fn(&Size, &mut Draw) -> String;

/// Users of a page: so that the small tenant has twenty pages too.
const QUESTIONS: &[(&str, Question)] = &[
    ("users, first page of 50", |_, _| "users?$top=50".to_owned()),
    ("filter by user principal name", |size, draw| {
        let name = user_name(draw.below(size.users));
        format!("users?$filter=userPrincipalName eq '{name}'")
    }),
    ("filter by certificate user id", |size, draw| {
        let card = card_name(draw.below(size.users));
        format!(
            "users?$count=true&$filter=authorizationInfo/certificateUserIds/any(x:x eq 'X509:<PN>{card}')"
        )
    }),
    ("filter by beginning of the name", |size, draw| {
        let name = display_name(draw.below(size.users));
        let beginning: String = name.chars().take(name.len().saturating_sub(2)).collect();
        format!("users?$filter=startswith(displayName,'{beginning}')")
    }),
    ("user by name", |size, draw| {
        format!("users/{}", user_name(draw.below(size.users)))
    }),
    ("groups of a user, nested", |size, draw| {
        format!("users/{}/transitiveMemberOf", user_name(draw.below(size.users)))
    }),
    ("groups, first page of 100", |_, _| "groups?$top=100".to_owned()),
    ("members of a group, nested, first page", |_, _| {
        format!("groups/{}/transitiveMembers?$top=50", group_id(EVERYBODY))
    }),
    ("count of users", |_, _| "users/$count".to_owned()),
    ("sign-in log, first page of 50", |_, _| {
        "auditLogs/signIns?$top=50".to_owned()
    }),
];

/// p50 and p99 of each question, the large tenant beside the small one.
pub(super) async fn figures(
    small: &World,
    large: &World,
    beside: &str,
    requests: usize,
) -> Result<Vec<Figure>> {
    let (small_setup, large_setup) = (setup(small)?, setup(large)?);
    let mut small_asker = Asker::new(small, &small_setup).await?;
    let mut large_asker = Asker::new(large, &large_setup).await?;
    let mut figures = Vec::new();
    let mut push = |name: &str, large: &Durations, small: &Durations| {
        for (what, share) in [("p50", 0.5), ("p99", 0.99)] {
            let name = format!("{name}: {what}");
            figures.push(Figure::beside(
                name,
                large.at(share),
                "ms",
                Better::Less,
                beside,
                small.at(share),
            ));
        }
    };
    for (name, question) in QUESTIONS {
        let small_took = small_asker.ask_often(requests, *question).await?;
        let large_took = large_asker.ask_often(requests, *question).await?;
        push(name, &large_took, &small_took);
    }
    let small_took = small_asker.ask_for_page(20, requests).await?;
    let large_took = large_asker.ask_for_page(20, requests).await?;
    push("users, 20th page of 50", &large_took, &small_took);
    let small_took = small_asker.ask_by_id(requests).await?;
    let large_took = large_asker.ask_by_id(requests).await?;
    push("user by id", &large_took, &small_took);
    Ok(figures)
}

/// A browser's set-up; what certificate it could show does not matter here.
pub(super) fn setup(world: &World) -> Result<Setup> {
    let validity = Validity::days_from(Timestamp::now() - SignedDuration::from_hours(1), 1);
    world
        .demo
        .setup(&Keypair::generate(KeyAlgorithm::P256)?, validity)
}

/// An application with the permissions of a directory tool.
pub(super) struct Asker<'a> {
    size: Size,
    base: Url,
    token: String,
    browser: Browser<'a>,
    draw: Draw,
}

impl<'a> Asker<'a> {
    pub(super) async fn new(world: &World, setup: &'a Setup) -> Result<Self> {
        let mut browser = Browser::new(setup);
        let base = Url::parse(world.demo.text("/graph_url")?)?.join("/v1.0/")?;
        let login = Url::parse(world.demo.text("/login_url")?)?;
        let tenant = world.demo.text("/tenant_id")?;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", world.demo.text("/applications/directory/client_id")?),
            (
                "client_secret",
                world.demo.text("/applications/directory/client_secret")?,
            ),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let answer = browser
            .send(
                &login.join(&format!("/{tenant}/oauth2/v2.0/token"))?,
                Body::BackChannel(&form),
            )
            .await?;
        let tokens: Value = serde_json::from_str(&answer.body).or_else(|_| answer.unexpected("tokens"))?;
        let Some(token) = tokens.get("access_token").and_then(Value::as_str) else {
            return answer.unexpected("an access token");
        };
        Ok(Self {
            size: world.size,
            base,
            token: token.to_owned(),
            browser,
            draw: Draw::by_clock(),
        })
    }

    async fn ask(&mut self, url: &Url) -> Result<String> {
        let answer = self.browser.send(url, Body::Ask(&self.token)).await?;
        if answer.status != 200 {
            return answer.unexpected("an answer of the directory API");
        }
        Ok(answer.body)
    }

    async fn ask_json(&mut self, url: &Url) -> Result<Value> {
        Ok(serde_json::from_str(&self.ask(url).await?)?)
    }

    /// A change; returns when it is answered.
    pub(super) async fn patch(&mut self, path: &str, change: &Value) -> Result<()> {
        let url = self.base.join(path)?;
        let body = Body::Patch(&self.token, change.to_string());
        let answer = self.browser.send(&url, body).await?;
        if answer.status != 204 {
            return answer.unexpected("204");
        }
        Ok(())
    }

    async fn ask_often(&mut self, times: usize, question: Question) -> Result<Durations> {
        let mut took = Durations::default();
        for _ in 0..times {
            let url = self.base.join(&question(&self.size, &mut self.draw))?;
            let begun = Instant::now();
            let body = self.ask(&url).await?;
            took.push(begun.elapsed());
            if body.contains("\"value\":[]") {
                anyhow::bail!("nothing was found by {url}");
            }
        }
        Ok(took)
    }

    /// The page with this number, reached by following the links, then asked for again and again.
    async fn ask_for_page(&mut self, number: usize, times: usize) -> Result<Durations> {
        let mut url = self.base.join("users?$top=50")?;
        for _ in 1..number {
            let page = self.ask_json(&url).await?;
            let next = page.get("@odata.nextLink").and_then(Value::as_str);
            url = Url::parse(next.context("there are too few pages")?)?;
        }
        let mut took = Durations::default();
        for _ in 0..times {
            let begun = Instant::now();
            self.ask(&url).await?;
            took.push(begun.elapsed());
        }
        Ok(took)
    }

    async fn ask_by_id(&mut self, times: usize) -> Result<Durations> {
        let mut took = Durations::default();
        for _ in 0..times {
            let name = user_name(self.draw.below(self.size.users));
            let user = self
                .ask_json(&self.base.join(&format!("users/{name}?$select=id"))?)
                .await?;
            let id = user
                .get("id")
                .and_then(Value::as_str)
                .context("a user without id")?;
            let url = self.base.join(&format!("users/{id}"))?;
            let begun = Instant::now();
            self.ask(&url).await?;
            took.push(begun.elapsed());
        }
        Ok(took)
    }
}
