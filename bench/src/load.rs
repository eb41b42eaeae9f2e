//! The load loop: so many people at once, for so long, each starting again when done.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::browser::{Browser, Setup};
use crate::process_facts;

/// One way to sign in; each call is one sign-in from the first request to the tokens.
pub(crate) trait SignIn: Send + Sync + 'static {
    /// Signs in once and checks that both tokens came.
    fn once(&self, browser: &mut Browser<'_>) -> impl Future<Output = Result<()>> + Send;
}

/// What a run showed.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Processor time of the server for one sign-in.
    pub(crate) server_cpu_us: f64,
    pub(crate) sign_ins: usize,
    pub(crate) resumed_handshakes: u64,
}

/// Runs `users` people for `length` after a warm-up; any failed sign-in is an error.
pub(crate) async fn run<S: SignIn>(
    sign_in: Arc<S>,
    setup: &Setup,
    users: usize,
    length: Duration,
    server: u32,
) -> Result<Measured> {
    let warm_up = (length / 4).clamp(Duration::from_millis(500), Duration::from_secs(3));
    people(&sign_in, setup, users, warm_up).await?;
    let processor_before = process_facts::cpu_time(server)?;
    let begun = Instant::now();
    let mut took = people(&sign_in, setup, users, length).await?;
    let elapsed = begun.elapsed();
    let processor = process_facts::cpu_time(server)?.saturating_sub(processor_before);
    took.sort_unstable();
    let at = |share: f64| {
        let index = ((took.len() as f64 * share) as usize).min(took.len().saturating_sub(1));
        took.get(index)
            .map_or(0.0, |duration| duration.as_secs_f64() * 1000.0)
    };
    Ok(Measured {
        per_second: took.len() as f64 / elapsed.as_secs_f64(),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        server_cpu_us: processor.as_secs_f64() * 1e6 / took.len().max(1) as f64,
        sign_ins: took.len(),
        resumed_handshakes: setup
            .handshakes
            .resumed
            .load(std::sync::atomic::Ordering::Relaxed),
    })
}

async fn people<S: SignIn>(
    sign_in: &Arc<S>,
    setup: &Setup,
    users: usize,
    length: Duration,
) -> Result<Vec<Duration>> {
    let end = Instant::now() + length;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..users {
        let (sign_in, setup) = (Arc::clone(sign_in), setup.clone());
        tasks.spawn(async move {
            let mut browser = Browser::new(&setup);
            let mut took = Vec::new();
            while Instant::now() < end {
                let begun = Instant::now();
                sign_in.once(&mut browser).await?;
                took.push(begun.elapsed());
                browser.forget();
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
