//! 全覆盖无缝隙: who has nobody, which leader has nobody, the load of each, gaps in days; on any day.

use jiff::civil::Date;
use peiyu_domain::organisation::leaders::{is_obliged, may_accompany};
use peiyu_domain::values::PersonId;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::ask::{Question, wrap};
use crate::error::ViewError;
use crate::organisations::{self, Held};
use crate::places::{Places, Sight};

/// Most people of one answer that is no page.
pub const MOST: i64 = 50_000;

/// The number of people whom each liaison accompanies, and those whom nobody does, on `$1`: a day counts as
/// accompanied from the first to the last day of an assignment; of a hand-over's two, the later.
pub(crate) const ON_DAY: &str = "select distinct on (d.candidate) d.candidate, d.\"from\" as since, a.liaison, a.number \
     from views.pool_periods d left join views.assignments a on a.candidate = d.candidate \
         and a.\"from\" <= $1 and (a.\"to\" is null or $1 <= a.\"to\") \
     where d.\"from\" <= $1 and (d.\"to\" is null or $1 < d.\"to\") \
     order by d.candidate, d.number desc, a.number desc nulls last";

/// Whether somebody accompanies `views.candidates c` on day `$day`, as things stand: who has ended is there until
/// the end of the last day.
pub(crate) fn accompanied(day: usize) -> String {
    format!(
        "(c.liaison is not null or exists (select 1 from views.assignments a \
         where a.candidate = c.id and a.number = c.assignments and a.\"to\" >= ${day}))"
    )
}

/// Whom nobody accompanies on `$1`, reckoned as [`ON_DAY`] does. Only those are looked at who can be: who is without
/// now, whose present liaison came after that day, and who left after it; everybody else in the pool on that day
/// is still with the liaison of that day. So today's answer costs who is without, not the pool.
const WITHOUT_ON_DAY: &str = "select distinct on (d.candidate) d.candidate, d.\"from\" as since \
     from views.pool_periods d \
     where d.\"from\" <= $1 and (d.\"to\" is null or $1 < d.\"to\") and d.candidate in ( \
             select n.id from views.candidates n where n.in_pool and n.liaison is null \
             union select l.candidate from views.assignments l where l.\"to\" is null and l.\"from\" > $1 \
             union select g.candidate from views.pool_periods g where g.\"to\" is not null and g.\"to\" > $1) \
         and not exists (select 1 from views.assignments a where a.candidate = d.candidate \
             and a.\"from\" <= $1 and (a.\"to\" is null or $1 <= a.\"to\")) \
     order by d.candidate, d.number desc";

/// Somebody who accompanies people or could.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leader {
    /// Who.
    pub person: PersonId,
    /// 姓名.
    pub name: String,
    /// 工号.
    pub staff_number: String,
    /// 所在单位.
    pub unit: String,
    /// Offices held on that day that allow accompanying.
    pub offices: Vec<Held>,
    /// Whether one of them obliges.
    pub obliged: bool,
    /// People accompanied on that day.
    pub load: i64,
}

/// Somebody of the pool whom nobody accompanies on that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncovered {
    /// Who.
    pub candidate: PersonId,
    /// 姓名.
    pub name: String,
    /// 工号.
    pub staff_number: String,
    /// 所在单位.
    pub unit: String,
    /// 教研室.
    pub room: String,
    /// First day without.
    pub gap_since: Date,
    /// Days without, that day included.
    pub days: i32,
}

/// Days in the pool without a liaison, past or present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapRow {
    /// Who.
    pub candidate: PersonId,
    /// 姓名.
    pub name: String,
    /// 工号.
    pub staff_number: String,
    /// 所在单位.
    pub unit: String,
    /// 教研室.
    pub room: String,
    /// First day without.
    pub from: Date,
    /// Last day without, or the day asked for.
    pub to: Date,
    /// How many days.
    pub days: i32,
}

/// The gaps that are listed, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gaps {
    /// Open ones first, of each the earliest first.
    pub rows: Vec<GapRow>,
    /// All of them, listed or not.
    pub total: i64,
    /// Those of them that are open.
    pub open: i64,
}

#[derive(Debug, Deserialize)]
struct Counted {
    #[serde(flatten)]
    row: GapRow,
    total: i64,
    open: i64,
}

impl GapRow {
    /// Whether nobody accompanies them on the day asked for.
    #[must_use]
    pub fn is_open(&self, day: Date) -> bool {
        self.to == day
    }
}

/// The whole picture of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The day.
    pub day: Date,
    /// People in the pool.
    pub pool: i64,
    /// Those of them whom somebody accompanies.
    pub covered: i64,
    /// Everybody who accompanies somebody or could, least load first.
    pub leaders: Vec<Leader>,
    /// Whom nobody accompanies, longest gap first.
    pub without: Vec<Uncovered>,
}

impl Coverage {
    /// Those who are obliged and accompany nobody.
    pub fn with_nobody(&self) -> impl Iterator<Item = &Leader> {
        self.leaders.iter().filter(|leader| leader.obliged && leader.load == 0)
    }
}

#[derive(Debug, Deserialize)]
struct Load {
    person: PersonId,
    load: i64,
}

#[derive(Debug, Deserialize)]
struct Name {
    id: PersonId,
    name: String,
    staff_number: String,
    unit: String,
}

#[derive(Debug, Deserialize)]
struct Numbers {
    pool: i64,
    covered: i64,
}

/// The picture of one day, as far as the viewer sees it. Who leads is seen by everybody who may ask.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn as_of(pool: &PgPool, day: Date, sight: &Sight) -> Result<Coverage, ViewError> {
    let select = wrap(&format!(
        "select count(*) as pool, count(x.liaison) as covered from ({ON_DAY}) x \
         join views.candidates c on c.id = x.candidate join views.persons p on p.id = x.candidate where {}",
        Sight::condition(2)
    ));
    let numbers: Option<Numbers> =
        sight.bind(Question::new("assignments", &select).day(day)).one(pool).await?;
    let numbers = numbers.unwrap_or(Numbers { pool: 0, covered: 0 });
    Ok(Coverage {
        day,
        pool: numbers.pool,
        covered: numbers.covered,
        leaders: leaders(pool, day).await?,
        without: without_liaison(pool, day, sight, MOST).await?,
    })
}

/// Whom nobody accompanies on that day, longest gap first; at most `limit` (and 50,000).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn without_liaison(
    pool: &PgPool,
    day: Date,
    sight: &Sight,
    limit: i64,
) -> Result<Vec<Uncovered>, ViewError> {
    let select = wrap(&format!(
        "select g.*, $1 - g.gap_since + 1 as days from ( \
             select x.candidate, p.name, p.staff_number, p.unit, p.room, p.sort_key, \
                 greatest(x.since, (select max(a.\"to\") + 1 from views.assignments a \
                     where a.candidate = x.candidate and a.\"to\" < $1)) as gap_since \
             from ({WITHOUT_ON_DAY}) x join views.candidates c on c.id = x.candidate \
             join views.persons p on p.id = x.candidate where {} \
         ) g order by g.gap_since, g.sort_key, g.candidate limit $6",
        Sight::condition(2)
    ));
    sight.bind(Question::new("assignments", &select).day(day)).number(limit.clamp(1, MOST)).all(pool).await
}

/// Every gap up to that day, closed ones included, of people in these places or of all; at most `limit` (and 50,000)
/// are listed, closed ones left off first, and all are counted.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn gaps(
    pool: &PgPool,
    day: Date,
    sight: &Sight,
    places: Option<&Places>,
    limit: i64,
) -> Result<Gaps, ViewError> {
    let select = wrap(&format!(
        "select g.id as candidate, g.name, g.staff_number, g.unit, g.room, lower(g.gap) as \"from\", \
             upper(g.gap) - 1 as \"to\", upper(g.gap) - lower(g.gap) as days, \
             count(*) over () as total, count(*) filter (where upper(g.gap) > $1) over () as open from ( \
             select p.id, p.name, p.staff_number, p.unit, p.room, p.sort_key, \
                 unnest(d.stays - coalesce(a.served, '{{}}'::datemultirange)) as gap from ( \
                 select candidate, range_agg(daterange(\"from\", least(\"to\", $1 + 1), '[)')) as stays \
                 from views.pool_periods where \"from\" <= $1 and (\"to\" is null or \"from\" < \"to\") group by candidate \
             ) d join views.persons p on p.id = d.candidate join views.candidates c on c.id = d.candidate \
             left join lateral ( \
                 select range_agg(daterange(a.\"from\", a.\"to\", '[]')) as served \
                 from views.assignments a where a.candidate = d.candidate and (a.\"to\" is null or a.\"from\" <= a.\"to\") \
             ) a on true where {} \
                 and ($6::boolean or (p.unit, p.room) in (select * from unnest($7::text[], $8::text[]))) \
         ) g order by upper(g.gap) > $1 desc, lower(g.gap), g.sort_key, g.id limit $9",
        Sight::condition(2)
    ));
    let (units, rooms) = places.cloned().unwrap_or_default().into_columns();
    let counted: Vec<Counted> = sight
        .bind(Question::new("assignments", &select).day(day))
        .flag(places.is_none())
        .texts(units)
        .texts(rooms)
        .number(limit.clamp(1, MOST))
        .all(pool)
        .await?;
    let (total, open) = counted.first().map_or((0, 0), |first| (first.total, first.open));
    Ok(Gaps { rows: counted.into_iter().map(|counted| counted.row).collect(), total, open })
}

/// Everybody who accompanies somebody on that day or whose office allows it, least load first.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn leaders(pool: &PgPool, day: Date) -> Result<Vec<Leader>, ViewError> {
    let select = wrap(&format!(
        "select x.liaison as person, count(*) as load from ({ON_DAY}) x where x.liaison is not null group by x.liaison"
    ));
    let loads: Vec<Load> = Question::new("assignments", &select).day(day).all(pool).await?;
    let mut leaders = std::collections::BTreeMap::<PersonId, (Vec<Held>, i64)>::new();
    for held in organisations::held_on(pool, day).await? {
        if may_accompany(&held.office()) {
            leaders.entry(held.person).or_default().0.push(held);
        }
    }
    for Load { person, load } in loads {
        leaders.entry(person).or_default().1 = load;
    }
    let select =
        wrap("select p.id, p.name, p.staff_number, p.unit from views.persons p where p.id = any($1)");
    let ids = leaders.keys().map(|person| person.0).collect();
    let names: Vec<Name> = Question::new("persons", &select).ids(ids).all(pool).await?;
    let mut names: std::collections::HashMap<PersonId, Name> =
        names.into_iter().map(|name| (name.id, name)).collect();
    let mut list: Vec<Leader> = leaders
        .into_iter()
        .map(|(person, (offices, load))| {
            let obliged = offices.iter().any(|held| is_obliged(&held.office()));
            let name = names.remove(&person);
            let (name, staff_number, unit) =
                name.map_or_else(Default::default, |one| (one.name, one.staff_number, one.unit));
            Leader { person, name, staff_number, unit, offices, obliged, load }
        })
        .collect();
    list.sort_by(|one, other| {
        (one.load, &one.name, one.person).cmp(&(other.load, &other.name, other.person))
    });
    Ok(list)
}
