//! People drawn at random over the whole tenant, and the load they make.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use lanyard_testkit::{KeyAlgorithm, Keypair, UserProfile, Validity};

use super::world::World;
use super::world_files::{self, card_name, user_name};
use super::world_policy::CARD_POLICY;
use crate::browser::{Browser, Setup};
use crate::lanyard_sign_in::LanyardSignIn;
use crate::load::Measured;
use crate::process_facts;

/// Issuing authorities that people's certificates come from.
const ISSUERS: usize = 16;

/// Numbers that look random and are the same for the same start. Source: SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn by_clock() -> Self {
        Self(Timestamp::now().as_nanosecond() as u64)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }
}

struct Person {
    user_name: String,
    setup: Setup,
}

/// Everybody who signs in at a tenant during a run.
pub(super) struct People {
    people: Vec<Person>,
    sign_in: LanyardSignIn,
}

impl People {
    /// Draws people and issues a certificate to each.
    pub(super) fn draw(world: &World, count: usize) -> Result<Self> {
        let size = &world.size;
        let now = Timestamp::now();
        let validity = Validity::days_from(now - SignedDuration::from_hours(1), 30);
        let key = Keypair::generate(KeyAlgorithm::P256)?;
        let issuers = (1..size.authorities.min(ISSUERS + 1))
            .map(|number| world_files::authority(&world.folder, number))
            .collect::<Result<Vec<_>>>()?;
        let blank = world.demo.setup(&key, validity)?;
        let mut draw = Draw::by_clock();
        let mut numbers: Vec<usize> = if size.users <= count {
            (0..size.users).collect()
        } else {
            (0..count).map(|_| draw.below(size.users)).collect()
        };
        numbers.sort_unstable();
        numbers.dedup();
        let people = numbers
            .into_iter()
            .map(|number| {
                let issuer = issuers.get(number % issuers.len()).context("no issuer")?;
                let profile = UserProfile::new("Bench Person", validity)
                    .user_principal_name(&card_name(number))
                    .policy(CARD_POLICY)
                    .key(&key);
                let issued = issuer.issue_user(&profile)?;
                let chain = [
                    issued.certificate_der().to_vec(),
                    issuer.certificate_der().to_vec(),
                ];
                Ok(Person {
                    user_name: user_name(number),
                    setup: blank.showing(&chain, key.pkcs8_der())?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            people,
            sign_in: world.demo.sign_in("es256")?,
        })
    }

    fn person(&self, index: usize) -> Result<&Person> {
        self.people.get(index).context("nobody was drawn")
    }
}

/// How long each sign-in took.
#[derive(Debug, Default)]
pub(super) struct Durations(Vec<Duration>);

impl Durations {
    /// Milliseconds that a share of them stayed below.
    pub(super) fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let index = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        sorted
            .get(index)
            .map_or(0.0, |duration| duration.as_secs_f64() * 1000.0)
    }

    pub(super) fn push(&mut self, duration: Duration) {
        self.0.push(duration);
    }
}

/// Everybody signs in once, so many at a time. A first certificate sign-in also writes to the account.
pub(super) async fn once_each(people: &Arc<People>, at_once: usize) -> Result<(f64, Durations)> {
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let took = at_a_time(people, at_once, move |_| {
        let next = Arc::clone(&next);
        move |count| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            (index < count).then_some(index)
        }
    })
    .await?;
    Ok((took.len() as f64 / begun.elapsed().as_secs_f64(), Durations(took)))
}

/// One turn of a tenant.
pub(super) struct Turn {
    took: Vec<Duration>,
    elapsed: Duration,
    processor: Duration,
}

/// Random people sign in, so many at once, for so long; any failed sign-in is an error.
pub(super) async fn turn(
    people: &Arc<People>,
    at_once: usize,
    length: Duration,
    server: u32,
) -> Result<Turn> {
    until(people, at_once, (length / 5).max(Duration::from_millis(300))).await?;
    let before = process_facts::cpu_time(server)?;
    let begun = Instant::now();
    let took = until(people, at_once, length).await?;
    Ok(Turn {
        took,
        elapsed: begun.elapsed(),
        processor: process_facts::cpu_time(server)?.saturating_sub(before),
    })
}

async fn until(people: &Arc<People>, at_once: usize, length: Duration) -> Result<Vec<Duration>> {
    let end = Instant::now() + length;
    at_a_time(people, at_once, move |browser| {
        let mut draw = Draw::by_clock();
        draw.0 = draw.0.wrapping_add(browser as u64);
        move |count| (Instant::now() < end).then(|| draw.below(count))
    })
    .await
}

/// So many browsers; each asks `who` for the next person until there is none.
async fn at_a_time<W>(people: &Arc<People>, at_once: usize, who: impl Fn(usize) -> W) -> Result<Vec<Duration>>
where
    W: FnMut(usize) -> Option<usize> + Send + 'static,
{
    let mut tasks = tokio::task::JoinSet::new();
    for browser in 0..at_once {
        let (people, mut who) = (Arc::clone(people), who(browser));
        tasks.spawn(async move {
            let mut browser = Browser::new(&people.person(0)?.setup);
            let mut took = Vec::new();
            while let Some(index) = who(people.people.len()) {
                let person = people.person(index)?;
                browser.hand_over_to(&person.setup);
                let begun = Instant::now();
                people.sign_in.once_as(&mut browser, &person.user_name).await?;
                took.push(begun.elapsed());
            }
            Ok::<_, anyhow::Error>(took)
        });
    }
    let mut all = Vec::new();
    while let Some(finished) = tasks.join_next().await {
        all.extend(finished??);
    }
    Ok(all)
}

/// All turns of a tenant.
#[derive(Default)]
pub(super) struct Turns {
    took: Vec<Duration>,
    elapsed: Duration,
    processor: Duration,
}

impl Turns {
    pub(super) fn add(&mut self, turn: Turn) {
        self.took.extend(turn.took);
        self.elapsed += turn.elapsed;
        self.processor += turn.processor;
    }

    pub(super) fn measured(&self) -> Measured {
        let took = Durations(self.took.clone());
        Measured {
            per_second: self.took.len() as f64 / self.elapsed.as_secs_f64(),
            p50_ms: took.at(0.5),
            p99_ms: took.at(0.99),
            server_cpu_us: self.processor.as_secs_f64() * 1e6 / self.took.len().max(1) as f64,
            sign_ins: self.took.len(),
            resumed_handshakes: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_reach_everywhere() {
        let mut draw = Draw(1);
        let drawn: Vec<usize> = (0..1_000).map(|_| draw.below(10)).collect();
        assert!((0..10).all(|number| drawn.contains(&number)));
        assert!(drawn.iter().all(|number| *number < 10));
    }
}
