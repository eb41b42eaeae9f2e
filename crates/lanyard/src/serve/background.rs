//! Background work: policy changes of other nodes, key rotation, CRL renewal, clearing what is over.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use lanyard_engine::Engine;
use lanyard_fetch::{RenewalSettings, keep_renewed};
use lanyard_listener::CancellationToken;
use lanyard_storage::{Retention, Store};

use crate::crl_lists::ListsOfEngine;
use crate::serve::crl_watch::CrlWatch;

/// Pause before changes are followed again after the database did not answer.
const LOOK_FOR_CHANGES: Duration = Duration::from_secs(1);
/// Published signing keys come into use by this clock.
const LOOK_AT_KEYS: Duration = Duration::from_secs(60);
/// How often the time left of revocation lists is looked at.
const LOOK_AT_LISTS: Duration = Duration::from_secs(15);
/// How often rows that are over are removed.
const CLEAR_UP: Duration = Duration::from_secs(600);

/// Starts every task; each ends when `stop` is cancelled.
pub(crate) fn start(
    engine: &Arc<Engine>,
    store: &Store,
    retention: Retention,
    stop: &CancellationToken,
) -> Vec<JoinHandle<()>> {
    let changes = {
        let engine = Arc::clone(engine);
        every(LOOK_FOR_CHANGES, stop, move || {
            let engine = Arc::clone(&engine);
            async move {
                if let Err(error) = engine.follow_changes().await {
                    tracing::warn!(%error, "changes cannot be followed; trying again");
                }
            }
        })
    };
    let revoked = {
        let (engine, stop) = (Arc::clone(engine), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = engine.end_revoked_sessions() => {}
                () = engine.tell_of_lists() => {}
            }
        })
    };
    let keys = {
        let engine = Arc::clone(engine);
        every(LOOK_AT_KEYS, stop, move || {
            let engine = Arc::clone(&engine);
            async move {
                if let Err(error) = engine.reload_keys().await {
                    tracing::error!(%error, "signing keys not reloaded; the old ones stay in use");
                }
            }
        })
    };
    let crls = {
        let (engine, stop) = (Arc::clone(engine), stop.clone());
        let max_cache_age = engine.settings().crl.max_cache_age.as_secs();
        let settings = RenewalSettings {
            max_cache_age_secs: u32::try_from(max_cache_age).unwrap_or(u32::MAX),
            ..RenewalSettings::default()
        };
        tokio::spawn(async move { keep_renewed(&ListsOfEngine(engine), &settings, stop).await })
    };
    let watch = {
        let (engine, watch) = (Arc::clone(engine), Arc::new(CrlWatch::default()));
        every(LOOK_AT_LISTS, stop, move || {
            let (engine, watch) = (Arc::clone(&engine), Arc::clone(&watch));
            async move { watch.look(&engine) }
        })
    };
    let clear_up = {
        let (engine, store) = (Arc::clone(engine), store.clone());
        every(CLEAR_UP, stop, move || {
            let (engine, store) = (Arc::clone(&engine), store.clone());
            async move {
                if let Err(error) = store
                    .purge_expired(engine.now().as_microsecond(), retention)
                    .await
                {
                    tracing::warn!(%error, "rows that are over were not removed");
                }
            }
        })
    };
    vec![changes, revoked, keys, crls, watch, clear_up]
}

fn every<F, W>(period: Duration, stop: &CancellationToken, work: F) -> JoinHandle<()>
where
    F: Fn() -> W + Send + 'static,
    W: Future<Output = ()> + Send,
{
    let stop = stop.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = work() => {}
            }
        }
    })
}
