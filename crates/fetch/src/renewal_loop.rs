//! Keeps lists renewed in the background.

use std::{collections::HashMap, future::Future, hash::Hash, time::Duration};

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::{Attempts, ListTimes, RenewalSettings, schedule::next_renewal};

/// Most downloads that the schedule runs at the same time.
const PARALLEL_RENEWALS: usize = 4;
/// Longest sleep: lists added meanwhile are seen after this at the latest.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// Shortest sleep: even a schedule gone wrong does not spin.
const SHORTEST_SLEEP: Duration = Duration::from_millis(200);

/// The lists to keep renewed, as their owner sees them.
pub trait RenewableLists: Send + Sync {
    /// Names one list.
    type List: Clone + Eq + Hash + Send + Sync;

    /// Every list wanted now, with the times of the copy at hand.
    fn lists(&self) -> Vec<(Self::List, Option<ListTimes>)>;

    /// Renews one list; `false` when that failed (said in the log by whoever knows why).
    fn renew(&self, list: &Self::List) -> impl Future<Output = bool> + Send;

    /// The clock.
    fn now(&self) -> Timestamp;

    /// A random number from 0 (inclusive) to 1 (exclusive).
    fn chance(&self) -> f64;
}

/// What the loop remembers of one list between two rounds.
#[derive(Clone, Copy, Debug)]
struct Plan {
    times: Option<ListTimes>,
    attempts: Attempts,
    due: Timestamp,
}

/// Runs until `stop`: renews what is due, sleeps until the next is.
pub async fn keep_renewed<L: RenewableLists>(lists: &L, settings: &RenewalSettings, stop: CancellationToken) {
    let mut plans = HashMap::new();
    loop {
        let round = one_round(lists, settings, &mut plans);
        let pause = tokio::select! {
            pause = round => pause,
            () = stop.cancelled() => return,
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Renews everything due and says how long nothing will be.
async fn one_round<L: RenewableLists>(
    lists: &L,
    settings: &RenewalSettings,
    plans: &mut HashMap<L::List, Plan>,
) -> Duration {
    update_plans(lists, settings, plans);
    let now = lists.now();
    let due: Vec<L::List> = plans
        .iter()
        .filter(|(_, plan)| plan.due <= now)
        .map(|(list, _)| list.clone())
        .collect();
    let outcomes: Vec<(L::List, bool)> = stream::iter(due)
        .map(|list| async move {
            let renewed = lists.renew(&list).await;
            (list, renewed)
        })
        .buffer_unordered(PARALLEL_RENEWALS)
        .collect()
        .await;
    let now = lists.now();
    for (list, renewed) in outcomes {
        let Some(plan) = plans.get_mut(&list) else {
            continue;
        };
        plan.attempts = if renewed {
            Attempts::default()
        } else {
            Attempts {
                failures: plan.attempts.failures.saturating_add(1),
                last_failure: Some(now),
            }
        };
        // Also when the owner shows no new times after a success: the server is not asked without a pause.
        let pause = SignedDuration::from_secs(settings.first_retry_secs.into());
        let soonest = now.saturating_add(pause).unwrap_or(now);
        plan.due =
            next_renewal(plan.times.as_ref(), plan.attempts, settings, now, lists.chance()).max(soonest);
    }
    update_plans(lists, settings, plans);
    let next = plans.values().map(|plan| plan.due).min();
    let pause = next.map_or(LONGEST_SLEEP, |next| {
        Duration::try_from(next.duration_since(now)).unwrap_or_default()
    });
    pause.clamp(SHORTEST_SLEEP, LONGEST_SLEEP)
}

/// Takes in new lists and new copies, forgets lists that are gone. A plan whose copy did not change keeps its moment,
/// so that chance is drawn once for each copy.
fn update_plans<L: RenewableLists>(
    lists: &L,
    settings: &RenewalSettings,
    plans: &mut HashMap<L::List, Plan>,
) {
    let now = lists.now();
    let wanted = lists.lists();
    plans.retain(|list, _| wanted.iter().any(|(candidate, _)| candidate == list));
    for (list, times) in wanted {
        let known = plans.get(&list);
        if known.is_some_and(|plan| plan.times == times) {
            continue;
        }
        let attempts = Attempts::default();
        let due = next_renewal(times.as_ref(), attempts, settings, now, lists.chance());
        plans.insert(list, Plan { times, attempts, due });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A clock that the test moves, and lists that are renewed as the test says.
    struct Shelf {
        now: Mutex<Timestamp>,
        times: Mutex<HashMap<&'static str, Option<ListTimes>>>,
        asked: Mutex<Vec<&'static str>>,
        succeed: Mutex<bool>,
    }

    impl Shelf {
        fn new(lists: &[&'static str]) -> Self {
            Self {
                now: Mutex::new("2026-01-01T00:00:00Z".parse().unwrap()),
                times: Mutex::new(lists.iter().map(|list| (*list, None)).collect()),
                asked: Mutex::default(),
                succeed: Mutex::new(true),
            }
        }

        fn advance(&self, secs: i64) {
            *self.now.lock().unwrap() += SignedDuration::from_secs(secs);
        }

        fn asked(&self) -> Vec<&'static str> {
            let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
            asked.sort_unstable();
            asked
        }
    }

    impl RenewableLists for Shelf {
        type List = &'static str;

        fn lists(&self) -> Vec<(Self::List, Option<ListTimes>)> {
            self.times
                .lock()
                .unwrap()
                .iter()
                .map(|(list, times)| (*list, *times))
                .collect()
        }

        async fn renew(&self, list: &Self::List) -> bool {
            self.asked.lock().unwrap().push(list);
            let succeed = *self.succeed.lock().unwrap();
            if succeed {
                let now = self.now();
                let times = ListTimes {
                    this_update: now,
                    next_update: now + SignedDuration::from_hours(10),
                    next_publish: None,
                    fetched: now,
                };
                self.times.lock().unwrap().insert(list, Some(times));
            }
            succeed
        }

        fn now(&self) -> Timestamp {
            *self.now.lock().unwrap()
        }

        fn chance(&self) -> f64 {
            0.0
        }
    }

    #[tokio::test]
    async fn rounds_ask_for_what_is_due_and_for_nothing_else() {
        let settings = RenewalSettings::default();
        let shelf = Shelf::new(&["a", "b"]);
        let mut plans = HashMap::new();
        assert_eq!(one_round(&shelf, &settings, &mut plans).await, LONGEST_SLEEP);
        assert_eq!(shelf.asked(), ["a", "b"], "what is missing is fetched at once");
        one_round(&shelf, &settings, &mut plans).await;
        assert!(shelf.asked().is_empty());

        shelf.advance(3600);
        shelf.times.lock().unwrap().remove("a");
        shelf.times.lock().unwrap().insert("c", None);
        one_round(&shelf, &settings, &mut plans).await;
        assert_eq!(
            shelf.asked(),
            ["b", "c"],
            "after the cache age, without the list that is gone"
        );
    }

    #[tokio::test]
    async fn failures_are_followed_by_pauses() {
        let settings = RenewalSettings::default();
        let shelf = Shelf::new(&["a"]);
        *shelf.succeed.lock().unwrap() = false;
        let mut plans = HashMap::new();
        let mut attempts = 0;
        for _ in 0..600 {
            one_round(&shelf, &settings, &mut plans).await;
            attempts += shelf.asked().len();
            shelf.advance(1);
        }
        assert_eq!(attempts, 5, "at 0, 30, 90, 210 and 450 seconds");
        *shelf.succeed.lock().unwrap() = true;
        shelf.advance(900);
        one_round(&shelf, &settings, &mut plans).await;
        assert_eq!(shelf.asked(), ["a"]);
    }

    #[tokio::test]
    async fn the_loop_stops_when_told() {
        let shelf = Shelf::new(&["a"]);
        let stop = CancellationToken::new();
        let settings = RenewalSettings::default();
        let stopping = async {
            while shelf.asked.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
            stop.cancel();
        };
        tokio::join!(keep_renewed(&shelf, &settings, stop.clone()), stopping);
        assert_eq!(shelf.asked(), ["a"]);
    }
}
