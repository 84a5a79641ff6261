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
    let mut connection = locked(pool).await?;
    for view in View::ALL {
        let serving = serving_schema(&mut connection, *view).await?;
        if serving.is_none() {
            let mut transaction = connection.begin().await?;
            let generation = create(&mut transaction, *view).await?;
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
/// feed after [`migrate`].
///
/// # Errors
/// When the database is away.
pub async fn remove_all(pool: &PgPool) -> Result<(), ViewError> {
    let select = "select nspname::text from pg_namespace where nspname = 'views' or nspname like 'view\\_%'";
    let schemas: Vec<String> = sqlx::query_scalar(select).fetch_all(pool).await?;
    for schema in schemas {
        sqlx::query(&format!("drop schema if exists {schema} cascade")).execute(pool).await?;
    }
    // What the planner noted of the rows: dead lines of a catalogue keep their bytes until it is written anew.
    sqlx::query("vacuum (full) pg_catalog.pg_statistic").execute(pool).await?;
    Ok(())
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

/// Read models that still serve a generation of another version than this binary writes: they want a rebuild.
///
/// # Errors
/// When the database is away.
pub async fn outdated(pool: &PgPool) -> Result<Vec<View>, ViewError> {
    let mut connection = pool.acquire().await?;
    let mut outdated = Vec::new();
    for view in View::ALL {
        let serving = serving_schema(&mut connection, *view).await?;
        let prefix = format!("view_{}_v{}_g", view.name(), view.definition().version);
        if serving.is_none_or(|schema| !schema.starts_with(&prefix)) {
            outdated.push(*view);
        }
    }
    Ok(outdated)
}

/// A connection of its own that holds the lock for making and switching generations; close it to let go.
pub(crate) async fn locked(pool: &PgPool) -> Result<PgConnection, ViewError> {
    let mut connection = pool.acquire().await?.detach();
    sqlx::query("select pg_advisory_lock($1)").bind(GENERATION_LOCK).execute(&mut connection).await?;
    Ok(connection)
}

async fn serving_schema(connection: &mut PgConnection, view: View) -> Result<Option<String>, ViewError> {
    let select = "select schema from views.current where name = $1";
    Ok(sqlx::query_scalar(select).bind(view.name()).fetch_optional(connection).await?)
}

/// Removes what a rebuild or verification left behind that was cut off. The lock must be held: nobody else builds.
pub(crate) async fn remove_unfinished(connection: &mut PgConnection, view: View) -> Result<(), ViewError> {
    let left: Vec<String> = sqlx::query_scalar(
        "select k.schema from views.checkpoints k where k.name = $1 \
         and not exists (select 1 from views.current c where c.schema = k.schema)",
    )
    .bind(view.name())
    .fetch_all(&mut *connection)
    .await?;
    for schema in left {
        remove(connection, &schema).await?;
    }
    Ok(())
}

/// Makes the next generation, empty, at position 0.
pub(crate) async fn create(connection: &mut PgConnection, view: View) -> Result<Generation, ViewError> {
    let definition = view.definition();
    let next =
        "select coalesce(max(generation), 0) + 1 from views.checkpoints where name = $1 and version = $2";
    let number: i32 = sqlx::query_scalar(next)
        .bind(definition.name)
        .bind(definition.version)
        .fetch_one(&mut *connection)
        .await?;
    let schema = view.schema(number);
    sqlx::query(&format!("create schema {schema}")).execute(&mut *connection).await?;
    for table in definition.tables {
        for statement in table.create(&schema) {
            sqlx::query(&statement).execute(&mut *connection).await?;
        }
    }
    sqlx::query("insert into views.checkpoints (schema, name, version, generation) values ($1, $2, $3, $4)")
        .bind(&schema)
        .bind(definition.name)
        .bind(definition.version)
        .bind(number)
        .execute(connection)
        .await?;
    Ok(Generation { view, schema })
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
