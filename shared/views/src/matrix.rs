//! Where everybody of the pool stands on any day: with a liaison or not, talked, due, overdue, never talked.
//!
//! One statement places everybody (talks and assignments behind the day do not count) and is either counted by unit
//! and room or listed; terms are the domain's, turned into cut-offs (`Cutoffs`), so the order of magnitude of an
//! answer is that of the pool, never a question a person.

use jiff::civil::Date;
use peiyu_domain::calendar::days_after;
use peiyu_domain::duties::DutyKind;
use peiyu_domain::policy::Policy;
use peiyu_domain::values::PersonId;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::ask::{Question, wrap};
use crate::coverage::{self, ON_DAY};
use crate::error::ViewError;
use crate::obligations::Cutoffs;
use crate::places::{Places, Sight};

/// Most people of one list on a page.
pub const MOST_PEOPLE: i64 = 1000;

/// Where somebody stands; everybody of the pool stands in exactly one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Talked with, and nothing is due within the lead.
    Talked,
    /// Talked with; the next talk is due within the lead, or today.
    DueSoon,
    /// Talked with; the next talk is past due.
    Overdue,
    /// Has a liaison, and nobody ever talked with them.
    Never,
    /// Has no liaison.
    Nobody,
}

impl Standing {
    /// Every place, best first.
    pub const ALL: [Self; 5] = [Self::Talked, Self::DueSoon, Self::Overdue, Self::Never, Self::Nobody];

    /// The word, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Talked => "talked",
            Self::DueSoon => "due_soon",
            Self::Overdue => "overdue",
            Self::Never => "never",
            Self::Nobody => "nobody",
        }
    }
}

/// Of whom, and as of when.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The day.
    pub day: Date,
    /// What the viewer may see.
    pub sight: &'a Sight,
    /// Only these places.
    pub places: Option<Places>,
    /// The policy of that day.
    pub policy: &'a Policy,
}

/// How many of one unit and room stand in one place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Tally {
    /// 所在单位.
    pub unit: String,
    /// 教研室.
    pub room: String,
    /// Where they stand.
    pub standing: Standing,
    /// How many.
    pub people: i64,
    /// How many of them are past due; of those with whom nobody ever talked it is the first talk.
    pub past_due: i64,
}

/// Somebody of the pool on that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Who.
    pub id: PersonId,
    /// 姓名.
    pub name: String,
    /// 工号.
    pub staff_number: String,
    /// 所在单位.
    pub unit: String,
    /// 教研室.
    pub room: String,
    /// Where they stand.
    pub standing: Standing,
    /// Who accompanied them on that day.
    pub liaison: Option<PersonId>,
    /// Since when; without a liaison, the first day without.
    pub since: Date,
    /// Latest talk up to that day.
    pub last_talk: Option<Date>,
    /// What is due next.
    pub duty: DutyKind,
    /// From which day its term is reckoned; `due_on` of the domain says when it is due.
    pub anchor: Date,
}

/// How many stand where, by unit and room.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn tallies(pool: &PgPool, asked: &Asked<'_>) -> Result<Vec<Tally>, ViewError> {
    let select = wrap(&format!(
        "{} select q.unit, q.room, q.standing, count(*) as people, count(*) filter (where q.past_due) as past_due \
         from judged q group by q.unit, q.room, q.standing order by q.unit, q.room, q.standing",
        placed()
    ));
    asked.bind(Question::new("assignments", &select)).all(pool).await
}

/// Everybody who stands there, or everybody; by unit, room and pinyin, at most `limit` (and 50,000).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn people(
    pool: &PgPool,
    asked: &Asked<'_>,
    standing: Option<Standing>,
    limit: i64,
) -> Result<Vec<Placed>, ViewError> {
    let select = wrap(&format!(
        "{} select q.candidate as id, q.name, q.staff_number, q.unit, q.room, q.standing, q.liaison, q.begun as since, \
             q.last_talk, q.duty, q.anchor \
         from judged q where $14::text is null or q.standing = $14 \
         order by q.unit, q.room, q.sort_key, q.candidate limit $15",
        placed()
    ));
    asked
        .bind(Question::new("assignments", &select))
        .maybe_text(standing.map(|standing| standing.as_str().to_owned()))
        .number(limit.clamp(1, coverage::MOST))
        .all(pool)
        .await
}

impl Asked<'_> {
    /// Binds $1 to $13 of [`placed`].
    fn bind<'q>(&self, question: Question<'q>) -> Question<'q> {
        let anywhere = self.places.is_none();
        let (units, rooms) = self.places.clone().unwrap_or_default().into_columns();
        let overdue = Cutoffs::overdue_on(self.day, self.policy);
        let soon = Cutoffs::due_by(days_after(self.day, self.policy.talk.lead_days), self.policy);
        self.sight
            .bind(question.day(self.day))
            .flag(anywhere)
            .texts(units)
            .texts(rooms)
            .day(overdue.first_talk)
            .day(overdue.next_talk)
            .day(overdue.liaison_gap)
            .day(soon.first_talk)
            .day(soon.next_talk)
    }
}

/// The statement's head: `judged` has everybody of the pool on $1 whom the viewer sees, and where they stand.
///
/// A term runs from the first of the assignments that followed one another by hand-over, or from the latest talk
/// since then, as in the domain's `Timeline`.
fn placed() -> String {
    format!(
        "with seen as materialized ( \
             select x.candidate, x.since, x.liaison, p.unit, p.room, p.name, p.staff_number, p.sort_key \
             from ({ON_DAY}) x join views.candidates c on c.id = x.candidate join views.persons p on p.id = x.candidate \
             where {} and ($6::boolean or (p.unit, p.room) in (select * from unnest($7::text[], $8::text[]))) \
         ), links as ( \
             select a.candidate, a.number, a.\"from\", a.\"to\", \
                 coalesce(lag(a.reason) over w = 'hand_over' and lag(a.\"to\") over w = a.\"from\", false) as goes_on \
             from views.assignments a join seen s on s.candidate = a.candidate where a.\"from\" <= $1 \
             window w as (partition by a.candidate order by a.number) \
         ), served as ( \
             select candidate, (array_agg(\"from\" order by number desc))[1] as begun, \
                 (array_agg(\"from\" order by number desc) filter (where not goes_on))[1] as chain, \
                 max(\"to\") filter (where \"to\" < $1) as ended \
             from links group by candidate \
         ), talks as ( \
             select t.candidate, max(t.held_on) as last_talk from views.talks t join seen s on s.candidate = t.candidate \
             where t.held_on <= $1 group by t.candidate \
         ), reckoned as ( \
             select s.*, t.last_talk, \
                 case when s.liaison is null then greatest(s.since, v.ended + 1) else v.begun end as begun, \
                 case when s.liaison is null then 'liaison_gap' when t.last_talk >= v.chain then 'next_talk' \
                     else 'first_talk' end as duty, \
                 case when s.liaison is null then greatest(s.since, v.ended) when t.last_talk >= v.chain then t.last_talk \
                     else v.chain end as anchor \
             from seen s left join served v on v.candidate = s.candidate left join talks t on t.candidate = s.candidate \
         ), timed as ( \
             select r.*, r.anchor <= case r.duty when 'first_talk' then $9::date when 'next_talk' then $10::date \
                     else $11::date end as past_due, \
                 r.anchor <= case r.duty when 'first_talk' then $12::date else $13::date end as soon \
             from reckoned r \
         ), judged as ( \
             select m.*, case when m.liaison is null then 'nobody' when m.last_talk is null then 'never' \
                 when m.past_due then 'overdue' when m.soon then 'due_soon' else 'talked' end as standing \
             from timed m \
         )",
        Sight::condition(2)
    )
}
