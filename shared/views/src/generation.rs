//! Generations: their schemas and tables, which one serves, and the switch from one to the next.

use peiyu_platform::migrations::Schema;
use sqlx::{Connection, PgConnection, PgPool};

use crate::error::ViewError;
use crate::view::View;

/// So that only one process makes or switches generations at a time.
const GENERATION_LOCK: i64 = 0x7065_6979_7602;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
static SCHEMA: Schema = Schema { name: "views", migrator: &MIGRATOR };

/// A generation of a read model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Which read model.
    pub view: View,
    /// Its schema.
    pub schema: String,
}

/// Brings the schema `views` up to date and makes a first generation of each read model that has none.
/// A read model whose version was raised keeps serving its old generation until it is rebuilt.
///
/// # Errors
/// When the database is away, newer than the binary, or a migration fails.
pub async fn migrate(pool: &PgPool) -> Result<(), ViewError> {
    SCHEMA.migrate(pool).await?;
    if all_serve(pool).await? {
        // Nobody waits for a rebuild or verification that is under way.
        return Ok(());
    }
    let mut connection = locked(pool).await?;
    for view in View::ALL {
        let serving = serving_schema(&mut connection, *view).await?;
        if serving.is_none() {
            let mut transaction = connection.begin().await?;
            let generation = create(&mut transaction, *view, Purpose::Rebuild).await?;
            index(&mut transaction, &generation).await?;
            point_at(&mut transaction, &generation).await?;
            transaction.commit().await?;
        }
    }
    connection.close().await?;
    Ok(())
}

/// Gives everything in the read models' schemas to the role that writes them, whoever made it, and lets the reading
/// role ask; without those roles (the migrating user may not make any) nothing changes.
///
/// # Errors
/// When the database is away.
pub async fn hand_over(pool: &PgPool) -> Result<(), ViewError> {
    sqlx::raw_sql(include_str!("hand_over.sql")).execute(pool).await?;
    Ok(())
}

/// Removes every read model with all its rows: they hold in plain what events hold sealed, and come again from the
/// feed after [`migrate`]. What operators decided and did about parked events stays: that comes from nowhere else.
/// What they asked for and nobody carried out ends here: what waited comes anew, or does not.
///
/// # Errors
/// When the database is away.
pub async fn remove_all(pool: &PgPool) -> Result<(), ViewError> {
    let select = "select nspname::text from pg_namespace where nspname like 'view\\_%'";
    let schemas: Vec<String> = sqlx::query_scalar(select).fetch_all(pool).await?;
    for schema in schemas {
        sqlx::query(&format!("drop schema if exists {schema} cascade")).execute(pool).await?;
    }
    let was_migrated: bool =
        sqlx::query_scalar("select to_regclass('views.checkpoints') is not null").fetch_one(pool).await?;
    if was_migrated {
        // What waits goes with them.
        sqlx::raw_sql("delete from views.current; delete from views.checkpoints").execute(pool).await?;
    }
    let has_requests: bool =
        sqlx::query_scalar("select to_regclass('views.requests') is not null").fetch_one(pool).await?;
    if has_requests {
        let end = "update views.requests set ended_at = now(), fault = 'restored' where ended_at is null";
        sqlx::query(end).execute(pool).await?;
    }
    // What the planner noted of the rows: dead lines of a catalogue keep their bytes until it is written anew.
    sqlx::query("vacuum (full) pg_catalog.pg_statistic").execute(pool).await?;
    Ok(())
}

/// The newest migration that this binary carries, for backups.
#[must_use]
pub fn schema_version() -> i64 {
    SCHEMA.newest()
}

/// Says whether the database stands where this binary expects it; changes nothing.
///
/// # Errors
/// When a schema is missing, older, newer or changed, or the database is away.
pub async fn check_version(pool: &PgPool) -> Result<(), ViewError> {
    SCHEMA.check(pool).await?;
    let mut connection = pool.acquire().await?;
    for view in View::ALL {
        if serving_schema(&mut connection, *view).await?.is_none() {
            return Err(ViewError::Missing { view: view.name() });
        }
    }
    Ok(())
}

/// Read models that still serve a generation of an earlier version than this binary writes: they want a rebuild.
/// One of a later version is none of ours: the newer binary that made it goes on with it.
///
/// # Errors
/// When the database is away.
pub async fn outdated(pool: &PgPool) -> Result<Vec<View>, ViewError> {
    let mut connection = pool.acquire().await?;
    let mut outdated = Vec::new();
    for view in View::ALL {
        if is_outdated(&mut connection, *view).await? {
            outdated.push(*view);
        }
    }
    Ok(outdated)
}

pub(crate) async fn is_outdated(connection: &mut PgConnection, view: View) -> Result<bool, ViewError> {
    let serving = serving_version(connection, view).await?;
    Ok(serving.is_none_or(|serving| serving < view.definition().version))
}

/// The version of the generation that serves.
pub(crate) async fn serving_version(
    connection: &mut PgConnection,
    view: View,
) -> Result<Option<i32>, ViewError> {
    let select = "select k.version from views.current c join views.checkpoints k on k.schema = c.schema where c.name = $1";
    Ok(sqlx::query_scalar(select).bind(view.name()).fetch_optional(connection).await?)
}

async fn all_serve(pool: &PgPool) -> Result<bool, ViewError> {
    let mut connection = pool.acquire().await?;
    for view in View::ALL {
        if serving_schema(&mut connection, *view).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A connection of its own that holds the lock for making and switching generations; close it to let go.
pub(crate) async fn locked(pool: &PgPool) -> Result<PgConnection, ViewError> {
    let mut connection = pool.acquire().await?.detach();
    // Whoever builds before may take hours, and so may an index.
    sqlx::query("set statement_timeout = 0").execute(&mut connection).await?;
    sqlx::query("select pg_advisory_lock($1)").bind(GENERATION_LOCK).execute(&mut connection).await?;
    Ok(connection)
}

async fn serving_schema(connection: &mut PgConnection, view: View) -> Result<Option<String>, ViewError> {
    let select = "select schema from views.current where name = $1";
    Ok(sqlx::query_scalar(select).bind(view.name()).fetch_optional(connection).await?)
}

/// What a generation that does not serve was begun for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To serve, in the end; a later rebuild may go on with it.
    Rebuild,
    /// To be compared and removed.
    Verify,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Self::Rebuild => "rebuild",
            Self::Verify => "verify",
        }
    }
}

/// Removes what was cut off: of verifications, or of whatever does not serve. The lock must be held: nobody else
/// builds.
pub(crate) async fn remove_unfinished(
    connection: &mut PgConnection,
    view: View,
    only: Option<Purpose>,
) -> Result<(), ViewError> {
    let left: Vec<String> = sqlx::query_scalar(
        "select k.schema from views.checkpoints k where k.name = $1 and ($2::text is null or k.purpose = $2) \
         and not exists (select 1 from views.current c where c.schema = k.schema)",
    )
    .bind(view.name())
    .bind(only.map(Purpose::word))
    .fetch_all(&mut *connection)
    .await?;
    for schema in left {
        remove(connection, &schema).await?;
    }
    Ok(())
}

/// Makes the next generation, at position 0, without rows and with no index but the primary keys. What serves must be
/// locked, if anything does: skips that are on record by now are known to the new one from the beginning.
pub(crate) async fn create(
    connection: &mut PgConnection,
    view: View,
    purpose: Purpose,
) -> Result<Generation, ViewError> {
    let definition = view.definition();
    let next = "select coalesce(max(generation), 0) + 1 from views.checkpoints where name = $1";
    let number: i32 = sqlx::query_scalar(next).bind(definition.name).fetch_one(&mut *connection).await?;
    let schema = view.schema(number);
    sqlx::query(&format!("create schema {schema}")).execute(&mut *connection).await?;
    for table in definition.tables {
        sqlx::query(&table.create(&schema)).execute(&mut *connection).await?;
    }
    sqlx::query(
        "insert into views.checkpoints (schema, name, version, generation, purpose, skips_known) \
         select $1, $2, $3, $4, $5, coalesce(max(i.no), 0) from views.interventions i \
         where i.name = $2 and i.what = 'skip'",
    )
    .bind(&schema)
    .bind(definition.name)
    .bind(definition.version)
    .bind(number)
    .bind(purpose.word())
    .execute(connection)
    .await?;
    Ok(Generation { view, schema })
}

/// Makes the indexes that a serving generation needs; those that are there stay.
pub(crate) async fn index(connection: &mut PgConnection, generation: &Generation) -> Result<(), ViewError> {
    for table in generation.view.definition().tables {
        for statement in table.index(&generation.schema) {
            sqlx::query(&statement).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Lets PostgreSQL look at the tables once they are full, so that the first questions get good plans.
pub(crate) async fn analyze(connection: &mut PgConnection, generation: &Generation) -> Result<(), ViewError> {
    for table in generation.view.definition().tables {
        let statement = format!("analyze {}.{}", generation.schema, table.name);
        sqlx::query(&statement).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Lets a generation serve: the pointer of writers and the SQL views of readers move in one transaction.
pub(crate) async fn point_at(
    connection: &mut PgConnection,
    generation: &Generation,
) -> Result<(), ViewError> {
    let Generation { view, schema } = generation;
    for table in view.definition().tables {
        let name = table.name;
        for statement in [
            format!("drop view if exists views.{name}"),
            format!("create view views.{name} as select * from {schema}.{name}"),
        ] {
            sqlx::query(&statement).execute(&mut *connection).await?;
        }
    }
    sqlx::query(
        "insert into views.current (name, schema) values ($1, $2) \
         on conflict (name) do update set schema = excluded.schema",
    )
    .bind(view.name())
    .bind(schema)
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a generation that does not serve.
pub(crate) async fn remove(connection: &mut PgConnection, schema: &str) -> Result<(), ViewError> {
    sqlx::query(&format!("drop schema if exists {schema} cascade")).execute(&mut *connection).await?;
    sqlx::query("delete from views.checkpoints where schema = $1").bind(schema).execute(connection).await?;
    Ok(())
}
