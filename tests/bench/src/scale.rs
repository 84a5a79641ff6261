//! The same questions of much and of little: the pool list with filters, coverage, to-dos, a dossier; one tick.

use std::time::Instant;

use jiff::civil::{Date, date};
use peiyu_domain::calendar::Calendar;
use peiyu_domain::policy::Policy;
use peiyu_domain::values::{Category, PersonId};
use peiyu_views::View;
use peiyu_views::digests::{self, Numbers};
use peiyu_views::obligations::{self, Cutoffs};
use peiyu_views::places::Sight;
use peiyu_views::pool::{self, Order, PoolFilter};
use peiyu_views::rebuild::{Start, rebuild};
use peiyu_views::{coverage, dossier};
use sqlx::PgPool;

use crate::feed::{Filled, filled};
use crate::machine::Machine;
use crate::table::{Bar, Table, quantile};

/// Times that each question is asked.
const ASKED: usize = 60;
/// People of whom there are few.
const FEW: usize = 10_000;
/// People without a liaison, among few and among many.
const WITHOUT: i64 = 500;
/// Obligations that are due.
const DUE: i64 = 1000;
/// Milliseconds within which 99 of 100 answers come.
pub const SLOW: f64 = 200.0;

/// `many` is rebuilt already, with much in it; `obligations` of the tick at most.
pub async fn measure(
    machine: &Machine,
    many: &Filled,
    obligations: i64,
    table: &mut Table,
) -> anyhow::Result<()> {
    let few = filled(machine, "scale_few", FEW.min(many.people.len())).await?;
    rebuild(&few.pool, View::ALL, &few.feed, Start::Again, &mut |_, _| {}).await?;
    for filled in [&few, many] {
        without_liaison(&filled.pool).await?;
    }
    let (much, little) = (many.people.len(), few.people.len());
    for question in Question::ALL {
        let (mut ours, mut peer) = (Vec::new(), Vec::new());
        for turn in 0..ASKED {
            peer.push(ask(&few, question, turn).await?);
            ours.push(ask(many, question, turn).await?);
        }
        let name = question.name();
        let (median, less) = (quantile(&mut ours, 0.5), quantile(&mut peer, 0.5));
        table.row(
            format!("{name} at {much} candidates, median"),
            format!("{median:.2} ms"),
            format!("at {little}: {less:.2} ms"),
            median / less,
            Bar::AtMost(2.0),
        );
        let slow = quantile(&mut ours, 0.99);
        table.row(
            format!("{name} at {much} candidates, p99"),
            format!("{slow:.1} ms"),
            format!("{SLOW} ms"),
            slow / SLOW,
            Bar::AtMost(1.0),
        );
    }
    tick(&few, obligations, table).await
}

#[derive(Debug, Clone, Copy)]
enum Question {
    Pool,
    PoolOverdue,
    Coverage,
    Todo,
    Dossier,
}

impl Question {
    const ALL: [Self; 5] = [Self::Pool, Self::PoolOverdue, Self::Coverage, Self::Todo, Self::Dossier];

    fn name(self) -> &'static str {
        match self {
            Self::Pool => "pool list of one unit and category, 50 rows",
            Self::PoolOverdue => "pool list of the overdue, 50 rows",
            Self::Coverage => "whom nobody accompanies, 50 rows of 500",
            Self::Todo => "to-dos of a liaison",
            Self::Dossier => "a dossier",
        }
    }
}

const TODAY: Date = date(2026, 3, 2);
/// A day by which all of the feed has happened, as on every day of use.
const AFTER_ALL: Date = date(2026, 7, 1);

/// Milliseconds of one answer.
async fn ask(filled: &Filled, question: Question, turn: usize) -> anyhow::Result<f64> {
    let pool = &filled.pool;
    let person = PersonId(filled.people[turn * 97 % filled.people.len()]);
    let liaison = PersonId(filled.people[turn * 8 % filled.people.len()]);
    let all = || PoolFilter::all(Sight::Everybody, TODAY);
    let began = Instant::now();
    match question {
        Question::Pool => {
            let unit = Some(format!("第{:02}学院", turn % 40));
            let filter = PoolFilter { unit, category: Some(Category::Doctor), ..all() };
            pool::list(pool, &filter, Order::NAMES, None, 50).await?;
        }
        Question::PoolOverdue => {
            let due_by = Some(Cutoffs::overdue_on(TODAY, Policy::shipped()));
            pool::list(pool, &PoolFilter { due_by, ..all() }, Order::NAMES, None, 50).await?;
        }
        Question::Coverage => {
            let without = coverage::without_liaison(pool, AFTER_ALL, &Sight::Everybody, 50).await?;
            anyhow::ensure!(without.len() == 50, "{} are without a liaison", without.len());
        }
        Question::Todo => {
            obligations::for_liaison(pool, liaison).await?;
        }
        Question::Dossier => {
            dossier::of(pool, person, 0, 1000).await?;
        }
    }
    Ok(began.elapsed().as_secs_f64() * 1000.0)
}

/// Takes the liaison from as many people, whatever the pool.
pub async fn without_liaison(pool: &PgPool) -> anyhow::Result<()> {
    let some = "(select id from views.persons order by id limit $1)";
    for statement in [
        format!("delete from views.assignments where candidate in {some}"),
        format!(
            "update views.candidates set liaison = null, liaison_organisation = null, liaison_office = null, \
                 assigned_on = null where id in {some}"
        ),
    ] {
        sqlx::query(&statement).bind(WITHOUT).execute(pool).await?;
    }
    let schema: String = sqlx::query_scalar("select schema from views.current where name = 'candidates'")
        .fetch_one(pool)
        .await?;
    for table in ["assignments", "candidates"] {
        sqlx::query(&format!("vacuum analyze {schema}.{table}")).execute(pool).await?;
    }
    Ok(())
}

/// One tick of the reminders over few and over many obligations, of which as many are due.
async fn tick(few: &Filled, obligations: i64, table: &mut Table) -> anyhow::Result<()> {
    sqlx::query("delete from views.obligations").execute(&few.pool).await?;
    obliged(&few.pool, DUE, date(2025, 6, 1)).await?;
    let little = 10_000.min(obligations);
    obliged(&few.pool, little - DUE, date(2026, 2, 20)).await?;
    let peer = planned(&few.pool).await?;
    obliged(&few.pool, obligations - little, date(2026, 2, 20)).await?;
    let ours = planned(&few.pool).await?;
    table.row(
        format!("one reminder tick, {DUE} due among {obligations} obligations"),
        format!("{ours:.0} ms"),
        format!("among {little}: {peer:.0} ms"),
        ours / peer,
        Bar::AtMost(1.5),
    );
    Ok(())
}

/// So many open obligations of the people there are.
async fn obliged(pool: &PgPool, count: i64, anchor: Date) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await?.detach();
    sqlx::query("set statement_timeout = 0").execute(&mut connection).await?;
    sqlx::query(
        "with people as (select array_agg(id) as ids, count(*)::integer as n from views.persons) \
         insert into views.obligations (id, kind, candidate, liaison, anchor, opened_by, position, known_on) \
         select gen_random_uuid(), 'next_talk', p.ids[1 + g % p.n], p.ids[1 + g % p.n / 8 * 8], $2::date + g % 7, \
             gen_random_uuid(), g, $2 from people p, generate_series(1, $1::integer) g",
    )
    .bind(i32::try_from(count)?)
    .bind(jiff_sqlx::Date::from(anchor))
    .execute(&mut connection)
    .await?;
    let schema: String = sqlx::query_scalar("select schema from views.current where name = 'obligations'")
        .fetch_one(&mut connection)
        .await?;
    sqlx::query(&format!("vacuum analyze {schema}.obligations")).execute(&mut connection).await?;
    Ok(())
}

/// Milliseconds of the plan of a day, the median of several.
async fn planned(pool: &PgPool) -> anyhow::Result<f64> {
    let numbers = Numbers { policy: Policy::shipped(), calendar: Calendar::shipped() };
    let mut times = Vec::new();
    for _ in 0..7 {
        let began = Instant::now();
        let plan = digests::plan(pool, TODAY, numbers).await?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        let named: usize = plan.digests.iter().map(|digest| digest.items.len() + digest.more).sum();
        anyhow::ensure!(named > 0 || !plan.unheard.is_empty(), "nothing was due");
    }
    Ok(crate::table::median(&mut times))
}
