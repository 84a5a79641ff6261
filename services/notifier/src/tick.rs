//! One tick: is it time, have the read models caught up, what goes out, send it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use peiyu_application::{Application, CommandError};
use peiyu_domain::values::ReminderId;
use peiyu_platform::{Shutdown, settings};
use peiyu_store::{Store, StoreError};
use peiyu_views::digests::{Digest, Numbers, Plan, import_runs, plan};
use peiyu_views::{View, ViewError, checkpoint, organisations};
use sqlx::PgPool;
use uuid::Uuid;

use crate::clock_face::now_in_shanghai;
use crate::mailer::Mailer;
use crate::metric;
use crate::pace::Pace;
use crate::wording::LastWording;

/// Read models that a plan rests on.
const VIEWS: &[View] = &[
    View::Persons,
    View::Organisations,
    View::Candidates,
    View::Obligations,
    View::Reminders,
    View::Imports,
    View::Epochs,
];
/// How long a tick waits for the read models.
const CATCH_UP: Duration = Duration::from_secs(5);
/// An import that has not ended for so long has crashed and waits for nobody.
const LONGEST_IMPORT: SignedDuration = SignedDuration::from_mins(30);
/// A plan may take at most this part of the time: after one that took a second none for ten.
const REST: u32 = 10;

/// What a notifier stands on.
#[derive(Debug)]
pub struct Parts {
    /// Claims and results go in through it; gives store, keys, clock and numbers.
    pub application: Application,
    /// How mails leave.
    pub mailer: Mailer,
    /// How people reach the api, for the link to their list.
    pub public_url: String,
    /// Pace.
    pub reminders: settings::Reminders,
    /// First wait before what a mail server refused for now is tried again, real time.
    pub retry_after: Duration,
}

/// A notifier of one process.
#[derive(Debug)]
pub struct Notifier {
    pub(crate) parts: Parts,
    /// Tells this notifier's commands from those of another one.
    pub(crate) instance: Uuid,
    pub(crate) pace: Pace,
    pub(crate) wording: LastWording,
    memory: Mutex<Memory>,
}

/// What a notifier need not ask again; losing it costs a look, never a mail.
#[derive(Debug, Default)]
struct Memory {
    /// When what was refused for now is tried again.
    retries: HashMap<ReminderId, Instant>,
    /// Day and head of the feed for which everything was sent.
    settled: Option<(Date, i64)>,
    /// When the next plan may be made.
    rest_until: Option<Instant>,
}

/// What came of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// Nothing was sent, and why.
    Skipped(Skip),
    /// The plan was carried out.
    Done(Tally),
}

/// Why a tick sent nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// Nobody works today.
    DayOff,
    /// The hour of the digests has not come.
    BeforeHour,
    /// The read models have not reached the feed's head.
    Behind {
        /// Position that they show.
        position: i64,
        /// Head of the feed; none while committed events still wait for their positions.
        head: Option<i64>,
    },
    /// An import is under way: what it brings is told of at once.
    ImportRuns,
    /// Nothing happened since everything was sent.
    NothingNew,
    /// A plan was made a moment ago, or the mail server was away a moment ago.
    Resting,
    /// The mail server cannot be spoken to; nothing was claimed.
    ChannelDown,
}

impl Skip {
    fn word(self) -> &'static str {
        match self {
            Self::DayOff => "day_off",
            Self::BeforeHour => "before_hour",
            Self::Behind { .. } => "behind",
            Self::ImportRuns => "import_runs",
            Self::NothingNew => "nothing_new",
            Self::Resting => "resting",
            Self::ChannelDown => "channel_down",
        }
    }
}

/// What a tick did, in digests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sent.
    pub sent: u32,
    /// Refused for good, or without an address.
    pub undeliverable: u32,
    /// Refused for now; tried again later.
    pub postponed: u32,
    /// Left to another notifier, or waiting for a claim to grow old or a wait to end.
    pub waiting: u32,
}

/// Why a tick could not be made; the next one may.
#[derive(Debug, thiserror::Error)]
pub enum TickError {
    /// The read models did not answer.
    #[error("the read models did not answer")]
    Views(#[from] ViewError),
    /// The event store did not answer.
    #[error("the event store did not answer")]
    Store(#[from] StoreError),
    /// A command could not be handled.
    #[error("a command could not be handled")]
    Command(#[from] CommandError),
    /// A mail could not be rendered.
    #[error("a digest cannot be rendered")]
    Template(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Notifier {
    /// Puts the parts together; touches nothing.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let pace = Pace::per_minute(parts.reminders.mails_per_minute);
        let (wording, memory) = (LastWording::default(), Mutex::default());
        Self { parts, instance: Uuid::new_v4(), pace, wording, memory }
    }

    /// Sends what is to go out now.
    ///
    /// # Errors
    /// [`TickError`]; what was claimed and not ended is found again by a later tick.
    #[expect(clippy::disallowed_methods, reason = "a watchdog compares it with real time")]
    pub async fn tick(&self, shutdown: &Shutdown) -> Result<Tick, TickError> {
        let tick = self.try_tick(shutdown).await?;
        match tick {
            Tick::Skipped(skip) => {
                metrics::counter!(metric::SKIPPED, "reason" => skip.word()).increment(1);
                if let Skip::Behind { position, head } = skip {
                    tracing::warn!(position, head, "the read models are behind, nothing is sent");
                }
            }
            Tick::Done(tally) => {
                let Tally { sent, undeliverable, postponed, waiting } = tally;
                if sent + undeliverable + postponed > 0 {
                    tracing::info!(sent, undeliverable, postponed, waiting, "digests went out");
                }
            }
        }
        metrics::gauge!(metric::LAST_TICK).set(Timestamp::now().as_duration().as_secs_f64());
        Ok(tick)
    }

    async fn try_tick(&self, shutdown: &Shutdown) -> Result<Tick, TickError> {
        let application = &self.parts.application;
        let now = application.clock().now();
        let policy = application.policy_today().await?;
        let numbers = Numbers { policy: &policy, calendar: application.calendar() };
        let moment = now_in_shanghai(now);
        if !numbers.calendar.is_working_day(moment.day) {
            return Ok(Tick::Skipped(Skip::DayOff));
        }
        if moment.time < policy.digest_at {
            return Ok(Tick::Skipped(Skip::BeforeHour));
        }
        let head = match caught_up(application.store()).await? {
            Ok(head) => head,
            Err(behind) => return Ok(Tick::Skipped(behind)),
        };
        if let Some(rests) = self.rests(moment.day, head) {
            return Ok(Tick::Skipped(rests));
        }
        if import_runs(self.views(), now.saturating_sub(LONGEST_IMPORT).unwrap_or(now)).await? {
            return Ok(Tick::Skipped(Skip::ImportRuns));
        }
        self.close_abandoned(moment.day, now).await?;
        let began = Instant::now();
        let plan = plan(self.views(), moment.day, numbers).await?;
        self.rest_for(began.elapsed().saturating_mul(REST));
        let tick = self.carry_out(plan, now, &policy, shutdown).await?;
        if tick == Tick::Done(Tally::default()) {
            self.memory().settled = Some((moment.day, head));
        }
        Ok(tick)
    }

    async fn carry_out(
        &self,
        plan: Plan,
        now: Timestamp,
        policy: &peiyu_domain::policy::Policy,
        shutdown: &Shutdown,
    ) -> Result<Tick, TickError> {
        let open: Vec<Digest> = plan.digests.into_iter().filter(|digest| !digest.is_done()).collect();
        let due = u32::try_from(open.len()).unwrap_or(u32::MAX);
        metrics::gauge!(metric::DUE).set(f64::from(due));
        metrics::gauge!(metric::UNHEARD)
            .set(f64::from(u32::try_from(plan.unheard.len()).unwrap_or(u32::MAX)));
        if !plan.unheard.is_empty() {
            tracing::warn!(rungs = plan.unheard.len(), "rungs are reached and every office above is vacant");
        }
        if !plan.held.is_empty() {
            tracing::warn!(
                digests = plan.held.len(),
                "held since a restore: see `peiyu reminders held list`"
            );
        }
        let held = u32::try_from(plan.held.len()).unwrap_or(u32::MAX);
        metrics::gauge!(metric::HELD).set(f64::from(held));
        let mut sendable: Vec<Digest> =
            open.into_iter().filter(|digest| self.is_time(digest, plan.day, now)).collect();
        let waiting = due.saturating_sub(u32::try_from(sendable.len()).unwrap_or(0));
        if sendable.is_empty() {
            return Ok(Tick::Done(Tally { waiting, ..Tally::default() }));
        }
        // Asked before anything is claimed: a server that is away makes no events.
        if let Err(error) = self.parts.mailer.ready().await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                digests = sendable.len(),
                "the mail server cannot be spoken to, nothing is sent"
            );
            self.rest_for(self.parts.retry_after);
            return Ok(Tick::Skipped(Skip::ChannelDown));
        }
        // Those that failed before stand behind, so that they hold up nobody.
        sendable.sort_by_key(|digest| {
            (digest.begun.as_ref().map_or(0, |begun| begun.attempts), digest.addressee)
        });
        let university = organisations::university(self.views()).await?.map(|one| one.name);
        let around = crate::send::Day {
            day: plan.day,
            is_calendar_known: plan.is_calendar_known,
            policy,
            university: university.as_deref().unwrap_or_default(),
        };
        let mut tally = self.send_all(sendable, &around, shutdown).await?;
        tally.waiting += waiting;
        Ok(Tick::Done(tally))
    }

    /// Whether a digest may be claimed: not while another notifier has it, not before its wait is over.
    fn is_time(&self, digest: &Digest, day: Date, now: Timestamp) -> bool {
        use peiyu_views::reminders::Stage;
        let Some(begun) = &digest.begun else { return true };
        match begun.stage {
            Stage::Claimed => now.duration_since(begun.claimed_at) >= self.abandoned_after(),
            Stage::Failed => {
                let id = ReminderId::of(digest.addressee, day, peiyu_views::digests::MAIL);
                self.memory().retries.get(&id).is_none_or(|again| *again <= Instant::now())
            }
            Stage::Sent => false,
        }
    }

    /// After a failed attempt: waits double up to an hour.
    pub(crate) fn try_again_later(&self, id: ReminderId, attempt: u32) {
        let doubled = self.parts.retry_after.saturating_mul(1 << attempt.saturating_sub(1).min(10));
        let again = Instant::now() + doubled.min(Duration::from_secs(3600));
        let mut memory = self.memory();
        memory.retries.retain(|_, again| *again > Instant::now());
        memory.retries.insert(id, again);
    }

    pub(crate) fn abandoned_after(&self) -> SignedDuration {
        let minutes = i64::try_from(self.parts.reminders.claim_minutes).unwrap_or(i64::MAX / 60);
        SignedDuration::from_secs(minutes.saturating_mul(60))
    }

    pub(crate) fn views(&self) -> &PgPool {
        self.parts.application.store().pool()
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rests(&self, day: Date, head: i64) -> Option<Skip> {
        let memory = self.memory();
        if memory.settled == Some((day, head)) {
            return Some(Skip::NothingNew);
        }
        memory.rest_until.is_some_and(|until| Instant::now() < until).then_some(Skip::Resting)
    }

    fn rest_for(&self, duration: Duration) {
        let mut memory = self.memory();
        let until = Instant::now() + duration;
        memory.rest_until = Some(memory.rest_until.map_or(until, |before| before.max(until)));
    }
}

/// Waits until the read models have reached the feed's head as of now; else how far behind they are.
async fn caught_up(store: &Store) -> Result<Result<i64, Skip>, TickError> {
    let began = Instant::now();
    // What waits for a position and is younger than this tick came after T.
    while let waiting = store.unsequenced_backlog().await?
        && waiting.count > 0
        && waiting.age >= began.elapsed()
    {
        if began.elapsed() >= CATCH_UP {
            let position = checkpoint::least_position(store.pool(), VIEWS).await?;
            return Ok(Err(Skip::Behind { position, head: None }));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let head = store.feed_head().await?.position;
    loop {
        let left = CATCH_UP.saturating_sub(began.elapsed());
        let position = checkpoint::wait_for(store.pool(), head, VIEWS, left).await?;
        if position >= head {
            return Ok(Ok(head));
        }
        if left.is_zero() {
            return Ok(Err(Skip::Behind { position, head: Some(head) }));
        }
    }
}
