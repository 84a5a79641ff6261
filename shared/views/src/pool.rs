//! 信息库: who is in the pool, with liaison, last talk and what is due; filtered, sorted, in pages.

mod order;

use jiff::Timestamp;
use jiff::civil::Date;
use peiyu_domain::duties::DutyKind;
use peiyu_domain::values::{Category, OfficeKind, OrganisationId, PersonId};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

pub use order::{Direction, Order, Sort, Terms};

use crate::ask::{Question, wrap};
use crate::coverage::accompanied;
use crate::error::ViewError;
use crate::obligations::Cutoffs;
use crate::persons::matching;
use crate::places::{Places, Sight};

/// Most rows that are fetched at once; whoever wants more goes on behind the last.
pub const MOST_AT_ONCE: i64 = 5000;

/// Whom to list.
#[derive(Debug, Clone)]
pub struct PoolFilter {
    /// What the viewer may see.
    pub sight: Sight,
    /// The day on which one asks.
    pub day: Date,
    /// Only these places (units, branches), from [`Places::under`].
    pub places: Option<Places>,
    /// Only this unit, as written.
    pub unit: Option<String>,
    /// Only this category.
    pub category: Option<Category>,
    /// Only with (`true`) or without (`false`) a liaison.
    pub has_liaison: Option<bool>,
    /// Only whom this person accompanies.
    pub liaison: Option<PersonId>,
    /// Only whose last talk was before that day, or never.
    pub last_talk_before: Option<Date>,
    /// Only those with whom nobody ever talked.
    pub never_talked: bool,
    /// Only those with an obligation due by these cutoffs (`Cutoffs::overdue_on` for overdue ones).
    pub due_by: Option<Cutoffs>,
    /// Name, pinyin, initials or staff number.
    pub text: Option<String>,
}

/// Behind whom a page begins: the last one seen, with whatever a list may be sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Sort key of the last one seen.
    pub sort_key: String,
    /// Id of the last one seen.
    pub id: PersonId,
    /// Their unit; looked at when units are sorted.
    pub unit: String,
    /// Their last talk, or when something is due; none when there is none. Looked at when days are sorted.
    pub day: Option<Date>,
}

/// An open obligation, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenObligation {
    /// Id.
    pub id: Uuid,
    /// Kind.
    pub kind: DutyKind,
    /// The day from which its term is reckoned.
    pub anchor: Date,
    /// Civil day on which it became known.
    pub known_on: Date,
}

/// One of the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolRow {
    /// Id.
    pub id: PersonId,
    /// Version of the `candidate` aggregate.
    pub version: i64,
    /// 姓名.
    pub name: String,
    /// By which the list is sorted; part of the cursor.
    pub sort_key: String,
    /// 工号.
    pub staff_number: String,
    /// 所在单位.
    pub unit: String,
    /// 教研室.
    pub room: String,
    /// 专业技术职务.
    pub title: String,
    /// 学历.
    pub education: String,
    /// 学位.
    pub degree: String,
    /// 政治面貌.
    pub political_status: String,
    /// Categories.
    pub categories: Vec<Category>,
    /// Since when in the pool.
    pub since: Option<Date>,
    /// Present liaison.
    pub liaison: Option<PersonId>,
    /// The liaison's name.
    pub liaison_name: Option<String>,
    /// The liaison's office.
    pub liaison_office: Option<OfficeKind>,
    /// Organisation of the liaison's office.
    pub liaison_organisation: Option<OrganisationId>,
    /// Since when the liaison accompanies.
    pub assigned_on: Option<Date>,
    /// Day of the last talk.
    pub last_talk: Option<Date>,
    /// How many talks.
    pub talks: i32,
    /// How many training results.
    pub trainings: i32,
    /// What is due.
    pub obligations: Vec<OpenObligation>,
    /// When the person's record changed last.
    pub last_recorded_at: Timestamp,
}

impl PoolRow {
    /// The cursor behind this row in lists sorted by name or unit, or by `day` as it stands here.
    #[must_use]
    pub fn cursor(&self, day: Option<Date>) -> Cursor {
        Cursor { sort_key: self.sort_key.clone(), id: self.id, unit: self.unit.clone(), day }
    }
}

impl PoolFilter {
    /// Everybody whom the viewer may see, as things stand on that day.
    #[must_use]
    pub fn all(sight: Sight, day: Date) -> Self {
        Self {
            sight,
            day,
            places: None,
            unit: None,
            category: None,
            has_liaison: None,
            liaison: None,
            last_talk_before: None,
            never_talked: false,
            due_by: None,
            text: None,
        }
    }

    /// The condition; its parameters are $1 to $18. Only what was asked for stands in it: a condition that may be
    /// off (`$8 is null or …`) keeps PostgreSQL from using an index.
    fn condition(&self) -> String {
        let mut all = vec!["c.in_pool".to_owned()];
        let mut ask = |asked: bool, condition: &dyn Fn() -> String| {
            if asked {
                all.push(condition());
            }
        };
        ask(self.sight != Sight::Everybody, &|| Sight::condition(1));
        ask(self.places.is_some(), &|| {
            "(p.unit, p.room) in (select * from unnest($6::text[], $7::text[]))".to_owned()
        });
        ask(self.unit.is_some(), &|| "p.unit = $8".to_owned());
        ask(self.category.is_some(), &|| "$9 = any(p.categories)".to_owned());
        ask(self.has_liaison.is_some(), &|| format!("{} = $10", accompanied(18)));
        ask(self.liaison.is_some(), &|| "c.liaison = $11".to_owned());
        ask(self.last_talk_before.is_some(), &|| "(c.last_talk is null or c.last_talk < $12)".to_owned());
        ask(self.never_talked, &|| "c.last_talk is null".to_owned());
        ask(self.due_by.is_some(), &|| {
            let due = Cutoffs::condition(14);
            format!("exists (select 1 from views.obligations o where o.candidate = c.id and {due})")
        });
        ask(self.text.is_some(), &|| matching("$17"));
        all.join(" and ")
    }

    fn bind<'q>(&self, question: Question<'q>) -> Question<'q> {
        let anywhere = self.places.is_none();
        let (units, rooms) = self.places.clone().unwrap_or_default().into_columns();
        let any_duty = self.due_by.is_none();
        let never = Cutoffs {
            first_talk: jiff::civil::date(1, 1, 1),
            next_talk: jiff::civil::date(1, 1, 1),
            liaison_gap: jiff::civil::date(1, 1, 1),
        };
        let due_by = self.due_by.unwrap_or(never);
        self.sight
            .bind(question)
            .flag(anywhere)
            .texts(units)
            .texts(rooms)
            .maybe_text(self.unit.clone())
            .maybe_text(self.category.and_then(word))
            .maybe_flag(self.has_liaison)
            .maybe_id(self.liaison.map(|liaison| liaison.0))
            .maybe_day(self.last_talk_before)
            .flag(any_duty)
            .day(due_by.first_talk)
            .day(due_by.next_talk)
            .day(due_by.liaison_gap)
            .maybe_text(self.text.as_deref().map(crate::persons::like))
            .day(self.day)
    }
}

/// The stored word of a closed list.
fn word<T: Serialize>(value: T) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

/// One page in that order; at most `limit` (and [`MOST_AT_ONCE`]).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn list(
    pool: &PgPool,
    filter: &PoolFilter,
    order: Order,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<PoolRow>, ViewError> {
    let mut condition = filter.condition();
    if after.is_some() {
        condition = format!("{condition} and {}", order.behind());
    }
    let select = wrap(&format!(
        "select p.id, c.version, p.name, p.sort_key, p.staff_number, p.unit, p.room, p.title, p.education, p.degree, \
             p.political_status, p.categories, c.since, c.liaison, l.name as liaison_name, c.liaison_office, \
             c.liaison_organisation, c.assigned_on, c.last_talk, c.talks, c.trainings, p.last_recorded_at, \
             coalesce((select json_agg(json_build_object('id', o.id, 'kind', o.kind, 'anchor', o.anchor, \
                 'known_on', o.known_on) order by o.anchor, o.id) \
                 from views.obligations o where o.candidate = c.id and o.closed_by is null), '[]') as obligations \
         from views.candidates c join views.persons p on p.id = c.id \
         left join views.persons l on l.id = c.liaison {} \
         where {condition} order by {} limit $23",
        order.joined(),
        order.by()
    ));
    let question = filter
        .bind(Question::new("candidates", &select))
        .maybe_text(after.map(|cursor| cursor.sort_key.clone()))
        .maybe_id(after.map(|cursor| cursor.id.0))
        .maybe_text(after.map(|cursor| cursor.unit.clone()))
        .maybe_day(after.and_then(|cursor| cursor.day))
        .number(limit.clamp(1, MOST_AT_ONCE));
    order.bind(question).all(pool).await
}

/// How many there are, counted no further than `most`; asked only when somebody wants to know.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn count(pool: &PgPool, filter: &PoolFilter, most: i64) -> Result<i64, ViewError> {
    #[derive(Deserialize)]
    struct Count {
        count: i64,
    }
    let select = wrap(&format!(
        "select count(*) from (select 1 from views.candidates c join views.persons p on p.id = c.id where {} \
             limit $19) counted",
        filter.condition()
    ));
    let question = filter.bind(Question::new("candidates", &select)).number(most);
    let count: Option<Count> = question.one(pool).await?;
    Ok(count.map_or(0, |count| count.count))
}
