//! Group commit: a worker sends whatever waits as soon as a call may begin; never a timer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::command::{Append, Outcome};
use crate::error::StoreError;
use crate::{MAX_BATCH_BYTES, MAX_COMMANDS, MAX_LOCKS, Store};

/// Commands that may wait; more make their senders wait.
const QUEUE: usize = 1024;
/// Calls under way at once: while one waits for the disk, or for another process's lock, the next one runs. More would
/// make the groups smaller and gain nothing, since the locks keep commands on one stream apart anyway.
const CALLS: usize = 2;
/// Hints to the sequencer are at least this far apart: little while commands come one at a time, more and more
/// while they come all the time, since each sequencing costs the writers something.
const SHORTEST_HINT_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_HINT_PAUSE: Duration = Duration::from_millis(16);

/// Handle to the worker that appends in groups; cheap to clone.
#[derive(Debug, Clone)]
pub struct Appender {
    queue: mpsc::Sender<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    command: Append,
    answer: oneshot::Sender<Result<Outcome, StoreError>>,
}

impl Appender {
    /// Starts the worker. On `shutdown` it takes nothing new, answers what waits, and ends.
    #[must_use]
    pub fn start(store: Store, shutdown: CancellationToken) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(work(store, waiting, shutdown));
        Self { queue }
    }

    /// Appends one command; whether alone or in a group makes no difference to the outcome.
    ///
    /// # Errors
    /// As [`Store::append`], for this command alone; [`StoreError::Stopped`] after shutdown.
    pub async fn append(&self, command: Append) -> Result<Outcome, StoreError> {
        command.check()?;
        let (answer, outcome) = oneshot::channel();
        self.queue.send(Waiting { command, answer }).await.map_err(|_| StoreError::Stopped)?;
        // The worker drops an answer unsent only when it ended in the middle.
        outcome.await.unwrap_or_else(|_| Err(StoreError::UnknownOutcome(sqlx::Error::WorkerCrashed)))
    }

    /// Returns when the worker has ended: after shutdown, or because it crashed.
    pub async fn stopped(&self) {
        self.queue.closed().await;
    }
}

async fn work(store: Store, mut queue: mpsc::Receiver<Waiting>, shutdown: CancellationToken) {
    let hint = Arc::new(Notify::new());
    let hints = tokio::spawn(send_hints(store.clone(), Arc::clone(&hint)));
    let mut left = VecDeque::new();
    let mut calls = JoinSet::new();
    loop {
        if left.is_empty() {
            tokio::select! {
                biased;
                () = shutdown.cancelled(), if !queue.is_closed() => {
                    queue.close();
                    continue;
                }
                next = queue.recv() => match next {
                    Some(waiting) => left.push_back(waiting),
                    None => break,
                },
            }
        }
        while calls.len() >= CALLS {
            ended(calls.join_next().await);
        }
        while left.len() < MAX_COMMANDS
            && let Ok(waiting) = queue.try_recv()
        {
            left.push_back(waiting);
        }
        let (store, batch, hint) = (store.clone(), take_batch(&mut left), Arc::clone(&hint));
        calls.spawn(async move {
            send(&store, batch).await;
            hint.notify_one();
        });
    }
    while !calls.is_empty() {
        ended(calls.join_next().await);
    }
    hints.abort();
    store.notify_appended().await;
}

/// A call that panicked ends the worker, so that its service notices.
fn ended(call: Option<Result<(), JoinError>>) {
    if let Some(Err(error)) = call
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// The longest front part that fits one call; at least one command.
fn take_batch(left: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let mut batch = Vec::new();
    let (mut bytes, mut locks) = (0, 0);
    while let Some(next) = left.front() {
        bytes += next.command.bytes();
        locks += next.command.locks();
        let full = batch.len() == MAX_COMMANDS || bytes > MAX_BATCH_BYTES || locks > MAX_LOCKS;
        if full && !batch.is_empty() {
            break;
        }
        batch.extend(left.pop_front());
    }
    batch
}

async fn send(store: &Store, batch: Vec<Waiting>) {
    let (commands, answers): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|waiting| (waiting.command, waiting.answer)).unzip();
    match store.append(&commands).await {
        Ok(outcomes) => {
            peiyu_platform::failpoint("store.appended");
            for (answer, outcome) in answers.into_iter().zip(outcomes) {
                // Who no longer waits finds the outcome under the command's id.
                let _ = answer.send(Ok(outcome));
            }
        }
        Err(error) => send_singly(store, commands, answers, error).await,
    }
}

/// One bad command must not sink its neighbours. Safe even when the batch was written after all: each is then
/// found under its id.
async fn send_singly(
    store: &Store,
    commands: Vec<Append>,
    answers: Vec<oneshot::Sender<Result<Outcome, StoreError>>>,
    batch_error: StoreError,
) {
    tracing::warn!(error = %batch_error, commands = commands.len(), "a batch failed");
    let maybe_written = matches!(batch_error, StoreError::UnknownOutcome(_));
    // Asking a server that is away for each member would hold up everybody for minutes.
    let mut away = batch_error.is_away();
    let mut known = (away || (commands.len() == 1 && !maybe_written)).then_some(batch_error);
    for (command, answer) in commands.iter().zip(answers) {
        let outcome = match known.take() {
            Some(error) => Err(error),
            None if away => Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut)),
            None => store.append(std::slice::from_ref(command)).await,
        };
        away = away || outcome.as_ref().is_err_and(StoreError::is_away);
        let outcome = match outcome {
            Ok(outcomes) => outcomes.into_iter().next().ok_or(StoreError::Stopped),
            // This sending was not written, the one before it may be.
            Err(StoreError::Unavailable(error)) if maybe_written => Err(StoreError::UnknownOutcome(error)),
            Err(error) => Err(error),
        };
        let _ = answer.send(outcome);
    }
}

/// Beside the appends, so that a hint never costs one of them time.
async fn send_hints(store: Store, hint: Arc<Notify>) {
    let mut pause = SHORTEST_HINT_PAUSE;
    loop {
        let appended_meanwhile = tokio::select! {
            biased;
            () = hint.notified() => true,
            () = std::future::ready(()) => false,
        };
        if appended_meanwhile {
            pause = pause.saturating_mul(2).min(LONGEST_HINT_PAUSE);
        } else {
            hint.notified().await;
            pause = SHORTEST_HINT_PAUSE;
        }
        store.notify_appended().await;
        tokio::time::sleep(pause).await;
    }
}
