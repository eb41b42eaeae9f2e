//! Many requests in one process: every core works, answers keep the order of the lines, memory is bounded.

use std::collections::VecDeque;
use std::io::{BufWriter, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;

use lanyard_pki::{RequestId, Unreadable, VerifyAnswer};
use lanyard_verdict::{Code, RuleId};

use super::VerifyArgs;
use super::request_lines::{Line, RequestMembers, next_line};

/// Lines read ahead of the oldest one without an answer, for each worker.
const READ_AHEAD: usize = 4;
/// Overdue workers that may still be at it; then the batch waits for one of them.
const MAX_OVERDUE: usize = 16;

/// A line on its way to its answer.
struct Job {
    line: Line,
    slot: Arc<Slot>,
}

/// Where a worker leaves the answer and the writer finds it.
#[derive(Default)]
struct Slot {
    state: Mutex<SlotState>,
    changed: Condvar,
}

#[derive(Default)]
struct SlotState {
    started: Option<Instant>,
    id: Option<RequestId>,
    answer: Option<VerifyAnswer>,
    is_replaced: bool,
}

/// What came of waiting.
enum Waited {
    Answer(Box<VerifyAnswer>),
    Overdue {
        id: Option<RequestId>,
        needs_replacement: bool,
    },
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) {
        self.lock().started = Some(Instant::now());
        self.changed.notify_all();
    }

    /// Whether another worker took the place of the one that brings this.
    fn finish(&self, answer: VerifyAnswer) -> bool {
        let mut state = self.lock();
        state.answer = Some(answer);
        self.changed.notify_all();
        state.is_replaced
    }

    fn is_answered(&self) -> bool {
        self.lock().answer.is_some()
    }

    /// The time only runs once a worker has begun.
    fn wait(&self, limit: Duration, overdue: &AtomicUsize) -> Waited {
        let mut state = self.lock();
        loop {
            if let Some(answer) = state.answer.take() {
                return Waited::Answer(Box::new(answer));
            }
            let left = match state.started {
                Some(started) => limit.saturating_sub(started.elapsed()),
                None => limit.max(Duration::from_millis(1)),
            };
            if left.is_zero() {
                state.is_replaced = overdue.load(Ordering::Relaxed) < MAX_OVERDUE;
                if state.is_replaced {
                    overdue.fetch_add(1, Ordering::Relaxed);
                }
                return Waited::Overdue {
                    id: state.id.clone(),
                    needs_replacement: state.is_replaced,
                };
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        }
    }
}

/// The threads that answer.
struct Workers {
    jobs: Arc<Mutex<mpsc::Receiver<Job>>>,
    overdue: Arc<AtomicUsize>,
    now: Timestamp,
}

/// Answers every line of the file; 0 when the file was read to its end.
pub(super) fn run(file: &Path, args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let input: Box<dyn std::io::Read + Send> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?)
    };
    let max_octets = args.max_line << 20;
    let limit = Duration::from_millis(args.time_limit);
    let count = std::thread::available_parallelism().map_or(2, usize::from);
    let (job_sender, job_receiver) = mpsc::sync_channel::<Job>(count * READ_AHEAD);
    let (slot_sender, slot_receiver) = mpsc::sync_channel::<Arc<Slot>>(count * READ_AHEAD);
    let reader = std::thread::spawn(move || -> std::io::Result<()> {
        let mut input = std::io::BufReader::with_capacity(1 << 16, input);
        while let Some(line) = next_line(&mut input, max_octets)? {
            let slot = Arc::new(Slot::default());
            let job = Job {
                line,
                slot: Arc::clone(&slot),
            };
            if slot_sender.send(slot).is_err() || job_sender.send(job).is_err() {
                break;
            }
        }
        Ok(())
    });
    let workers = Workers {
        jobs: Arc::new(Mutex::new(job_receiver)),
        overdue: Arc::default(),
        now: Timestamp::now(),
    };
    for _ in 0..count {
        workers.start_one();
    }
    write_answers(&slot_receiver, &workers, limit)?;
    match reader.join() {
        Ok(read) => read.with_context(|| format!("cannot read {}", file.display()))?,
        Err(_) => anyhow::bail!("reading {} failed", file.display()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the answers in the order of the lines; what was written is visible before anything is waited for.
fn write_answers(
    slots: &mpsc::Receiver<Arc<Slot>>,
    workers: &Workers,
    limit: Duration,
) -> anyhow::Result<()> {
    let mut output = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let mut ahead: VecDeque<Arc<Slot>> = VecDeque::new();
    loop {
        ahead.extend(slots.try_iter());
        let slot = match ahead.pop_front() {
            Some(slot) => slot,
            None => {
                output.flush()?;
                match slots.recv() {
                    Ok(slot) => slot,
                    Err(mpsc::RecvError) => return Ok(()),
                }
            }
        };
        if !slot.is_answered() {
            output.flush()?;
        }
        let answer = match slot.wait(limit, &workers.overdue) {
            Waited::Answer(answer) => *answer,
            Waited::Overdue {
                id,
                needs_replacement,
            } => {
                if needs_replacement {
                    workers.start_one();
                }
                undecided(id, limit)
            }
        };
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
    }
}

/// Rule `VERIFY-TIME-LIMIT`: a request of a batch that is not decided within the limit counts as not valid (500179).
/// Source: certificate-sign-in §4.8.
fn undecided(id: Option<RequestId>, limit: Duration) -> VerifyAnswer {
    let detail = format!("not decided within {} ms", limit.as_millis());
    VerifyAnswer {
        outcome: "invalid",
        code: Some(Code::CRL_TIMEOUT),
        rule: Some(RuleId::new("VERIFY-TIME-LIMIT")),
        ..VerifyAnswer::unreadable(id, &Unreadable(detail))
    }
}

impl Workers {
    fn start_one(&self) {
        let (jobs, overdue, now) = (Arc::clone(&self.jobs), Arc::clone(&self.overdue), self.now);
        std::thread::spawn(move || {
            loop {
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(Job { line, slot }) = job else {
                    return;
                };
                slot.start();
                // A fault in one request must not take the others with it.
                let answer = catch_unwind(AssertUnwindSafe(|| answer_one(&line, &slot, now)))
                    .unwrap_or_else(|_| faulty(slot.lock().id.clone()));
                if slot.finish(answer) {
                    overdue.fetch_sub(1, Ordering::Relaxed);
                    return;
                }
            }
        });
    }
}

fn answer_one(line: &Line, slot: &Slot, now: Timestamp) -> VerifyAnswer {
    let request = match RequestMembers::read(line) {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    slot.lock().id.clone_from(&request.id);
    request.answer(now)
}

fn faulty(id: Option<RequestId>) -> VerifyAnswer {
    let cause = "a fault of this program stopped the judgement; please report it";
    VerifyAnswer::unreadable(id, &Unreadable(cause.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names the rule VERIFY-TIME-LIMIT.
    #[test]
    fn what_takes_too_long_is_not_valid_and_its_worker_is_replaced_at_most_sixteen_times() {
        let overdue = AtomicUsize::new(MAX_OVERDUE - 1);
        for expected in [true, false] {
            let slot = Slot::default();
            slot.start();
            slot.lock().id = Some(RequestId::Number(5));
            let Waited::Overdue {
                id,
                needs_replacement,
            } = slot.wait(Duration::ZERO, &overdue)
            else {
                panic!("there is no answer yet");
            };
            assert_eq!(needs_replacement, expected);
            let answer = undecided(id, Duration::ZERO);
            assert_eq!(
                (answer.outcome, answer.id),
                ("invalid", Some(RequestId::Number(5)))
            );
            assert_eq!(answer.rule, Some(RuleId::new("VERIFY-TIME-LIMIT")));
            assert_eq!(slot.finish(faulty(None)), expected);
        }
        assert_eq!(overdue.into_inner(), MAX_OVERDUE);
    }
}
