//! Verification: a rebuild without the switch, compared with the serving tables at one equal position.

use sqlx::{Connection, PgConnection, PgPool, Row};

use crate::apply;
use crate::checkpoint;
use crate::error::ViewError;
use crate::generation::{self, Generation, Purpose};
use crate::rebuild::{Tell, fill};
use crate::replay::{Progress, replay};
use crate::skips;
use crate::source::PageSource;
use crate::table::Table;
use crate::view::View;

/// Rows are compared in so many chunks by hash; only chunks that differ are looked into.
const CHUNKS: i32 = 256;
/// Events that came during the replay, from which on indexes pay for taking them in.
const MANY_PAGES: i64 = 5000;
/// Most differing rows that one table reports.
const MOST_DIFFERENCES: i64 = 100;

/// How a row differs from what the feed says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It should be there and is not.
    Missing,
    /// It is there and should not be.
    Surplus,
    /// It says something else.
    Changed,
}

/// One row that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Read model.
    pub view: View,
    /// Table.
    pub table: &'static str,
    /// Primary key, as JSON.
    pub key: String,
    /// How.
    pub kind: Kind,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Read model.
    pub view: View,
    /// The equal position of both.
    pub position: i64,
    /// Rows compared.
    pub rows: i64,
    /// Streams left out because they are parked.
    pub parked_streams: i64,
    /// Events left out because an operator decided so.
    pub skipped_events: i64,
    /// Rows that differ, at most 100 a table.
    pub differences: Vec<Difference>,
}

/// Replays the feed from zero beside each of these read models, in one pass, and compares; changes nothing that
/// serves. Each is compared as of one moment: what serves stands still only until both stand at the same position.
///
/// # Errors
/// When the feed or the database is away.
pub async fn verify<S: PageSource>(
    pool: &PgPool,
    views: &[View],
    source: &S,
    tell: Tell<'_>,
) -> Result<Vec<Report>, ViewError> {
    let mut locked = generation::locked(pool).await?;
    let mut shadows = Vec::with_capacity(views.len());
    let outcome = match make_shadows(&mut locked, views, &mut shadows).await {
        Ok(()) => replay_and_compare(pool, &shadows, source, tell).await,
        Err(error) => Err(error),
    };
    let mut transaction = locked.begin().await?;
    for shadow in &shadows {
        generation::remove(&mut transaction, &shadow.schema).await?;
    }
    transaction.commit().await?;
    locked.close().await?;
    outcome
}

/// Those that were made before one was refused are among `shadows`, too.
async fn make_shadows(
    locked: &mut PgConnection,
    views: &[View],
    shadows: &mut Vec<Generation>,
) -> Result<(), ViewError> {
    for view in views {
        // One by one: whoever holds several of these locks could wait for a projector that waits for it.
        let mut transaction = locked.begin().await?;
        apply::not_for_ever(&mut transaction).await?;
        checkpoint::lock_serving(&mut transaction, *view).await?;
        generation::remove_unfinished(&mut transaction, *view, Some(Purpose::Verify)).await?;
        let shadow = generation::create(&mut transaction, *view, Purpose::Verify).await?;
        transaction.commit().await?;
        shadows.push(shadow);
    }
    Ok(())
}

async fn replay_and_compare<S: PageSource>(
    pool: &PgPool,
    shadows: &[Generation],
    source: &S,
    tell: Tell<'_>,
) -> Result<Vec<Report>, ViewError> {
    let views: Vec<View> = shadows.iter().map(|shadow| shadow.view).collect();
    let goal = checkpoint::least_position(pool, &views).await?;
    replay(pool, shadows, source, Progress::to(goal), tell).await?;
    let mut reports = Vec::with_capacity(shadows.len());
    for shadow in shadows {
        reports.push(compare_at_one_position(pool, shadow, source, goal).await?);
    }
    Ok(reports)
}

async fn compare_at_one_position<S: PageSource>(
    pool: &PgPool,
    shadow: &Generation,
    source: &S,
    replayed: i64,
) -> Result<Report, ViewError> {
    let view = shadow.view;
    let near = checkpoint::least_position(pool, &[view]).await?;
    if near - replayed > MANY_PAGES {
        let mut connection = pool.acquire().await?;
        generation::index(&mut connection, shadow).await?;
    }
    let replayed = fill(pool, shadow, source, replayed, near).await?;
    // Most of it while what serves goes on.
    skips::carry_over(pool, shadow, source).await?;
    let mut still = pool.begin().await?;
    apply::not_for_ever(&mut still).await?;
    let serving = checkpoint::lock_serving(&mut still, view).await?;
    // What came meanwhile; the serving generation stands still now.
    let position = fill(pool, shadow, source, replayed, serving.position).await?;
    skips::carry_over(pool, shadow, source).await?;
    let mut moment = pool.begin().await?;
    sqlx::query("set transaction isolation level repeatable read, read only").execute(&mut *moment).await?;
    sqlx::query("set local statement_timeout = 0").execute(&mut *moment).await?;
    let mut report = begin_report(&mut moment, &serving.schema, shadow, position).await?;
    // From here on it may go on: what is compared is the moment of the first look.
    still.rollback().await?;
    for table in view.definition().tables {
        compare(&mut moment, &serving.schema, &shadow.schema, table, &mut report).await?;
    }
    moment.rollback().await?;
    Ok(report)
}

/// What is left out of the comparison.
async fn begin_report(
    connection: &mut PgConnection,
    serving: &str,
    shadow: &Generation,
    position: i64,
) -> Result<Report, ViewError> {
    let row = sqlx::query(
        "select (select count(distinct (aggregate_type, stream)) from views.parked where schema = any($1)) as parked, \
             (select count(*) from views.skipped where name = $2 and position <= $3) as skipped",
    )
    .bind(vec![serving, shadow.schema.as_str()])
    .bind(shadow.view.name())
    .bind(position)
    .fetch_one(connection)
    .await?;
    Ok(Report {
        view: shadow.view,
        position,
        rows: 0,
        parked_streams: row.try_get("parked")?,
        skipped_events: row.try_get("skipped")?,
        differences: Vec::new(),
    })
}

async fn compare(
    connection: &mut PgConnection,
    serving: &str,
    shadow: &str,
    table: &'static Table,
    report: &mut Report,
) -> Result<(), ViewError> {
    let select = format!(
        "select coalesce(a.chunk, b.chunk) as chunk, coalesce(a.rows, 0)::bigint as rows, \
             a.hash is distinct from b.hash as differs \
         from ({}) a full join ({}) b on a.chunk = b.chunk order by 1",
        chunks(serving, serving, shadow, table),
        chunks(shadow, serving, shadow, table)
    );
    for row in sqlx::query(&select).fetch_all(&mut *connection).await? {
        report.rows += row.try_get::<i64, _>("rows")?;
        let differs: bool = row.try_get("differs")?;
        if differs {
            let chunk: i32 = row.try_get("chunk")?;
            look_into(connection, serving, shadow, table, chunk, report).await?;
        }
    }
    Ok(())
}

/// Count and hash of each chunk of a table, without the rows of parked streams.
fn chunks(schema: &str, serving: &str, shadow: &str, table: &Table) -> String {
    format!(
        "select chunk, count(*) as rows, sum(hash::numeric) as hash from ({}) r group by chunk",
        hashed(schema, serving, shadow, table)
    )
}

/// Key, chunk and hash of each row.
fn hashed(schema: &str, serving: &str, shadow: &str, table: &Table) -> String {
    let Table { name, owner, key, .. } = table;
    let key = key.iter().map(|column| format!("t.{column}")).collect::<Vec<_>>().join(", ");
    format!(
        "select k.key, ((hashtext(k.key) % {CHUNKS}) + {CHUNKS}) % {CHUNKS} as chunk, hashtextextended(row_to_json(t)::text, 0) as hash \
         from {schema}.{name} t cross join lateral (select json_build_array({key})::text as key) k \
         where not exists (select 1 from views.parked p where p.stream = t.{owner} and p.schema in ('{serving}', '{shadow}'))"
    )
}

async fn look_into(
    connection: &mut PgConnection,
    serving: &str,
    shadow: &str,
    table: &'static Table,
    chunk: i32,
    report: &mut Report,
) -> Result<(), ViewError> {
    let select = format!(
        "select coalesce(a.key, b.key) as key, a.key is null as missing, b.key is null as surplus \
         from (select * from ({}) x where chunk = $1) a full join (select * from ({}) y where chunk = $1) b \
         on a.key = b.key where a.hash is distinct from b.hash order by 1 limit $2",
        hashed(serving, serving, shadow, table),
        hashed(shadow, serving, shadow, table)
    );
    let rows = sqlx::query(&select).bind(chunk).bind(MOST_DIFFERENCES).fetch_all(connection).await?;
    for row in rows {
        let (missing, surplus): (bool, bool) = (row.try_get("missing")?, row.try_get("surplus")?);
        let kind = match (missing, surplus) {
            (true, _) => Kind::Missing,
            (false, true) => Kind::Surplus,
            (false, false) => Kind::Changed,
        };
        report.differences.push(Difference {
            view: report.view,
            table: table.name,
            key: row.try_get("key")?,
            kind,
        });
    }
    Ok(())
}
