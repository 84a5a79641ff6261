//! 追溯: event -> obligation -> rungs with their days -> reminder -> delivery, and for each rung why or why not.

use std::collections::{HashMap, HashSet};

use jiff::civil::{Date, Time};
use peiyu_domain::calendar::days_after;
use peiyu_domain::duties::routing::{Call, Passed};
use peiyu_domain::duties::why::{Closed, Hour, Notice, Reason, Situation, why};
use peiyu_domain::duties::{DutyKind, DutyState, Holds, Rung, article, due_on, state_on};
use peiyu_domain::values::{PersonId, ReminderId};
use serde::Serialize;
use sqlx::PgPool;
use uuid::Uuid;

use super::plan::{Duty, Ladders};
use super::{MAIL, Numbers, is_done, told};
use crate::candidates::{self, Talk};
use crate::epochs;
use crate::error::ViewError;
use crate::leaders;
use crate::obligations::{self, Closing, Obligation};
use crate::reminders;

/// The moment at which one asks, Asia/Shanghai.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Day.
    pub day: Date,
    /// Time of day.
    pub time: Time,
}

/// A duty with all that came of it.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedDuty {
    /// The obligation.
    pub obligation: Uuid,
    /// Its kind.
    pub kind: DutyKind,
    /// Whom it concerns.
    pub about: PersonId,
    /// Who must act, when somebody accompanies the candidate.
    pub liaison: Option<PersonId>,
    /// The provision that it rests on.
    pub article: &'static str,
    /// The event that opened it.
    pub opened_by: Uuid,
    /// From which day the term is reckoned.
    pub anchor: Date,
    /// The day on which it became known as it is.
    pub known_on: Date,
    /// First day without a liaison, of a gap: whoever has ended is there until the end of the last day.
    pub gap_from: Option<Date>,
    /// When it is due.
    pub due_on: Date,
    /// Where it stands.
    pub state: DutyState,
    /// The event that ended it.
    pub closed_by: Option<Uuid>,
    /// Rung by rung, lowest first.
    pub rungs: Vec<ExplainedRung>,
}

/// A rung and those to whom it speaks.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedRung {
    /// The rung.
    pub rung: Rung,
    /// When it is reached.
    pub day: Date,
    /// Whether its year was loaded; if not, Monday to Friday count.
    pub is_calendar_known: bool,
    /// Offices that it goes past.
    pub passed: Vec<(Rung, Passed)>,
    /// Each addressee with the one reason; nobody with a reason when nobody is left.
    pub told: Vec<Told>,
}

/// Why somebody was told, or was not.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// Who.
    pub addressee: Option<PersonId>,
    /// Why.
    #[serde(flatten)]
    pub reason: Reason,
}

/// Everything about the duties of a candidate, or of a leader with nobody; latest first, at most 200.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn explain(
    pool: &PgPool,
    person: PersonId,
    now: Now,
    numbers: Numbers<'_>,
) -> Result<Vec<ExplainedDuty>, ViewError> {
    let of_candidate = obligations::of_candidate(pool, person).await?;
    let leaders: Vec<_> = leaders::with_nobody_if(pool, person, now.day).await?.into_iter().collect();
    let duties: Vec<Duty> = of_candidate.iter().cloned().map(Duty::from).collect();
    let ladders = Ladders::for_candidates(pool, &duties, now.day).await?;
    let leader_ladders = Ladders::for_leaders(pool, &leaders, now.day).await?;
    let ids = duties.iter().map(|duty| duty.id).chain(leaders.iter().map(|leader| leader.id)).collect();
    let mut notices: HashMap<Uuid, Vec<Notice>> = HashMap::new();
    let open: HashSet<Uuid> =
        of_candidate.iter().filter(|duty| duty.closed_on.is_none()).map(|duty| duty.id).collect();
    for row in told::of(pool, ids).await? {
        // What failed for want of an address goes out now that there is one; of an ended duty it stays the answer.
        let is_open =
            open.contains(&row.obligation) || leaders.iter().any(|leader| leader.id == row.obligation);
        if is_open && row.waited_for_address() {
            continue;
        }
        notices.entry(row.obligation).or_default().push(row.notice());
    }
    let ended: HashMap<Uuid, Date> = candidates::assignments_of(pool, person)
        .await?
        .iter()
        .filter_map(|assignment| Some((assignment.ended_by?, assignment.to?)))
        .collect();
    let talks = candidates::talks_of(pool, person).await?;
    let holds = epochs::holds(pool).await?;
    let mut explaining = Explaining { pool, now, numbers, holds, told_today: HashMap::new() };
    let mut explained = Vec::with_capacity(duties.len() + leaders.len());
    for leader in &leaders {
        let duty = Duty::from(leader);
        let calls = duty.calls(&leader_ladders.of(duty.id), numbers);
        let notices = notices.remove(&duty.id).unwrap_or_default();
        let rungs = explaining.rungs(&calls, &notices, None).await?;
        explained.push(explaining.duty(&duty, leader.opened_by, None, None, rungs));
    }
    for (duty, obligation) in duties.iter().zip(&of_candidate) {
        let calls = duty.calls(&ladders.of(duty.id), numbers);
        let notices = notices.remove(&duty.id).unwrap_or_default();
        let closed = closed(obligation, &talks);
        let rungs = explaining.rungs(&calls, &notices, closed).await?;
        let last_day = ended.get(&obligation.opened_by).copied();
        let gap_from = (duty.kind == DutyKind::LiaisonGap)
            .then(|| last_day.map_or(duty.anchor, |last_day| days_after(last_day, 1)));
        explained.push(explaining.duty(duty, obligation.opened_by, gap_from, closed, rungs));
    }
    Ok(explained)
}

/// How it ended. The row keeps the day of the talk as it was when the duty was met; told is the day as corrected.
fn closed(obligation: &Obligation, talks: &[Talk]) -> Option<Closed> {
    let (on, by) = (obligation.closed_on?, obligation.closed_by?);
    let by_talk = talks.iter().find(|talk| talk.event_id == by || talk.corrected_by.contains(&by));
    // A talk that was moved to before the term meets nothing: then the day on record stays.
    let held_on = by_talk.map(|talk| talk.held_on).filter(|held_on| *held_on >= obligation.anchor);
    Some(Closed { on: held_on.unwrap_or(on), by, met: obligation.how == Some(Closing::Met) })
}

struct Explaining<'a> {
    pool: &'a PgPool,
    now: Now,
    numbers: Numbers<'a>,
    holds: Holds,
    told_today: HashMap<PersonId, bool>,
}

impl Explaining<'_> {
    fn hour(&self) -> Hour {
        let Numbers { policy, calendar } = self.numbers;
        if !calendar.is_working_day(self.now.day) {
            return Hour::DayOff { next: calendar.next_working_day_on_or_after(days_after(self.now.day, 1)) };
        }
        if self.now.time < policy.digest_at { Hour::Before } else { Hour::Reached }
    }

    async fn had_digest(&mut self, addressee: PersonId) -> Result<bool, ViewError> {
        if let Some(known) = self.told_today.get(&addressee) {
            return Ok(*known);
        }
        let id = ReminderId::of(addressee, self.now.day, MAIL);
        let had = reminders::by_ids(self.pool, &[id]).await?.iter().any(is_done);
        self.told_today.insert(addressee, had);
        Ok(had)
    }

    async fn rungs(
        &mut self,
        calls: &[Call],
        notices: &[Notice],
        closed: Option<Closed>,
    ) -> Result<Vec<ExplainedRung>, ViewError> {
        let mut rungs = Vec::with_capacity(calls.len());
        for call in calls {
            let mut told = Vec::new();
            for addressee in spoken_to(call, notices) {
                let told_today = match addressee {
                    Some(addressee) => self.had_digest(addressee).await?,
                    None => false,
                };
                let (today, hour, holds) = (self.now.day, self.hour(), self.holds);
                let situation = Situation { today, hour, told_today, closed, notices, holds };
                told.push(Told { addressee, reason: why(call, addressee, &situation) });
            }
            rungs.push(ExplainedRung {
                rung: call.rung,
                day: call.day,
                is_calendar_known: self.numbers.calendar.knows(call.day),
                passed: call.passed.clone(),
                told,
            });
        }
        Ok(rungs)
    }

    fn duty(
        &self,
        duty: &Duty,
        opened_by: Uuid,
        gap_from: Option<Date>,
        closed: Option<Closed>,
        rungs: Vec<ExplainedRung>,
    ) -> ExplainedDuty {
        let policy = self.numbers.policy;
        ExplainedDuty {
            obligation: duty.id,
            kind: duty.kind,
            about: duty.about,
            liaison: duty.liaison,
            article: article(duty.kind),
            opened_by,
            anchor: duty.anchor,
            known_on: duty.known_on,
            gap_from,
            due_on: due_on(duty.kind, duty.anchor, policy),
            state: state_on(duty.kind, duty.anchor, closed.map(|closed| closed.on), self.now.day, policy),
            closed_by: closed.map(|closed| closed.by),
            rungs,
        }
    }
}

/// Those to whom the rung speaks now and those to whom it spoke before; nobody when there are none.
fn spoken_to(call: &Call, notices: &[Notice]) -> Vec<Option<PersonId>> {
    let mut people = call.addressees.clone();
    for notice in notices.iter().filter(|notice| notice.rung == call.rung) {
        if !people.contains(&notice.addressee) {
            people.push(notice.addressee);
        }
    }
    if people.is_empty() { vec![None] } else { people.into_iter().map(Some).collect() }
}
