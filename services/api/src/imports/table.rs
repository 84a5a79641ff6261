//! The table of uploads: what is to be run, how far it is, what came of it.

use peiyu_domain::import::ImportKind;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use super::word;

/// A file to be run.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// The import's id.
    pub(crate) id: Uuid,
    /// Who sent it.
    pub(crate) principal: Uuid,
    /// Under which command id.
    pub(crate) command_id: Uuid,
    /// Keyed digest of kind, file and mapping.
    pub(crate) digest: [u8; 32],
    /// What the file is.
    pub(crate) kind: ImportKind,
    /// Whether nothing shall be written.
    pub(crate) dry_run: bool,
    /// Columns as mapped by hand, TOML.
    pub(crate) mapping: Option<String>,
    /// The dry run whose file it takes in.
    pub(crate) confirms: Option<Uuid>,
}

/// How a run stands.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) dry_run: bool,
    pub(crate) state: String,
    pub(crate) done: i32,
    pub(crate) total: i32,
    pub(crate) report: Option<Value>,
    pub(crate) problem: Option<Value>,
    pub(crate) rejects: bool,
    /// The run that took this dry run's file in.
    pub(crate) confirmed_by: Option<Uuid>,
    pub(crate) created_at: String,
}

/// A dry run as its confirmation needs it, or another dry run of its file.
pub(crate) struct Confirmable {
    pub(crate) kind: ImportKind,
    pub(crate) mapping: Option<String>,
    pub(crate) confirmed_by: Option<Uuid>,
}

/// What was there when an upload was to be noted.
pub(crate) enum Noted {
    /// Nothing: it is noted now.
    New,
    /// The same upload, sent before.
    Before(Uuid),
    /// Another one under the same command id.
    Other,
}

/// Notes an upload, once a command id.
pub(crate) async fn insert(pool: &PgPool, upload: &Upload) -> Result<Noted, sqlx::Error> {
    let inserted = sqlx::query(
        "insert into api.uploads (import_id, principal, command_id, digest, kind, dry_run, mapping, confirms, \
             state) values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting') on conflict do nothing",
    )
    .bind(upload.id)
    .bind(upload.principal)
    .bind(upload.command_id)
    .bind(upload.digest.as_slice())
    .bind(word(upload.kind))
    .bind(upload.dry_run)
    .bind(upload.mapping.as_deref())
    .bind(upload.confirms)
    .execute(pool)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(Noted::New);
    }
    if let Some(noted) = noted(pool, upload.principal, upload.command_id, &upload.digest).await? {
        return Ok(noted);
    }
    // The same dry run was confirmed under another key.
    let select = "select import_id from api.uploads where confirms = $1";
    Ok(Noted::Before(sqlx::query_scalar(select).bind(upload.confirms).fetch_one(pool).await?))
}

/// What was noted under a command id, if anything.
pub(crate) async fn noted(
    pool: &PgPool,
    principal: Uuid,
    command_id: Uuid,
    digest: &[u8; 32],
) -> Result<Option<Noted>, sqlx::Error> {
    let select = "select import_id, digest from api.uploads where principal = $1 and command_id = $2";
    let row = sqlx::query(select).bind(principal).bind(command_id).fetch_optional(pool).await?;
    let Some(row) = row else { return Ok(None) };
    let before: Vec<u8> = row.try_get("digest")?;
    Ok(Some(if before == digest { Noted::Before(row.try_get("import_id")?) } else { Noted::Other }))
}

/// A dry run that went well, by its id.
pub(crate) async fn confirmable(pool: &PgPool, id: Uuid) -> Result<Option<Confirmable>, sqlx::Error> {
    ended_dry_run(pool, id, &["finished"]).await
}

/// A dry run that has ended, well or not, by its id.
pub(crate) async fn checked(pool: &PgPool, id: Uuid) -> Result<Option<Confirmable>, sqlx::Error> {
    ended_dry_run(pool, id, &["finished", "failed"]).await
}

async fn ended_dry_run(pool: &PgPool, id: Uuid, states: &[&str]) -> Result<Option<Confirmable>, sqlx::Error> {
    let row = sqlx::query(
        "select kind, mapping, (select c.import_id from api.uploads c where c.confirms = u.import_id) as confirmed_by \
         from api.uploads u where import_id = $1 and dry_run and state = any($2)",
    )
    .bind(id)
    .bind(states)
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(kind) = kind_of(&row.try_get::<String, _>("kind")?) else { return Ok(None) };
    Ok(Some(Confirmable {
        kind,
        mapping: row.try_get("mapping")?,
        confirmed_by: row.try_get("confirmed_by")?,
    }))
}

pub(crate) fn kind_of(text: &str) -> Option<ImportKind> {
    let kinds = [ImportKind::Organisation, ImportKind::Roster, ImportKind::Talks];
    kinds.into_iter().find(|known| word(*known) == text)
}

/// Runs that have not ended, oldest first.
pub(super) async fn unfinished(pool: &PgPool) -> Result<Vec<Upload>, sqlx::Error> {
    let rows = sqlx::query(
        "select import_id, principal, command_id, digest, kind, dry_run, mapping, confirms from api.uploads \
         where state in ('waiting', 'running') order by created_at limit 100",
    )
    .fetch_all(pool)
    .await?;
    let mut uploads = Vec::with_capacity(rows.len());
    for row in &rows {
        let digest: Vec<u8> = row.try_get("digest")?;
        let kind = kind_of(&row.try_get::<String, _>("kind")?);
        let (Ok(digest), Some(kind)) = (digest.try_into(), kind) else { continue };
        uploads.push(Upload {
            id: row.try_get("import_id")?,
            principal: row.try_get("principal")?,
            command_id: row.try_get("command_id")?,
            digest,
            kind,
            dry_run: row.try_get("dry_run")?,
            mapping: row.try_get("mapping")?,
            confirms: row.try_get("confirms")?,
        });
    }
    Ok(uploads)
}

/// Whether a run has come to its end.
pub(super) async fn has_ended(pool: &PgPool, id: Uuid) -> Result<bool, sqlx::Error> {
    let select = "select state in ('finished', 'failed') from api.uploads where import_id = $1";
    Ok(sqlx::query_scalar(select).bind(id).fetch_optional(pool).await?.unwrap_or(true))
}

const COLUMNS: &str = "import_id, kind, dry_run, state, done, total, report::text, problem::text, rejects, \
    (select c.import_id from api.uploads c where c.confirms = uploads.import_id) as confirmed_by, \
    to_char(created_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD\"T\"HH24:MI:SS+08:00') as created_at";

/// How one run stands.
pub(crate) async fn by_id(pool: &PgPool, id: Uuid) -> Result<Option<Entry>, sqlx::Error> {
    let select = format!("select {COLUMNS} from api.uploads where import_id = $1");
    sqlx::query(&select).bind(id).fetch_optional(pool).await?.as_ref().map(entry).transpose()
}

/// The latest runs, newest first.
pub(crate) async fn latest(pool: &PgPool, limit: i64) -> Result<Vec<Entry>, sqlx::Error> {
    let select = format!("select {COLUMNS} from api.uploads order by created_at desc limit $1");
    sqlx::query(&select).bind(limit).fetch_all(pool).await?.iter().map(entry).collect()
}

fn entry(row: &PgRow) -> Result<Entry, sqlx::Error> {
    let json = |name: &str| -> Result<Option<Value>, sqlx::Error> {
        let text: Option<String> = row.try_get(name)?;
        text.map(|text| serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into())))
            .transpose()
    };
    Ok(Entry {
        id: row.try_get("import_id")?,
        kind: row.try_get("kind")?,
        dry_run: row.try_get("dry_run")?,
        state: row.try_get("state")?,
        done: row.try_get("done")?,
        total: row.try_get("total")?,
        report: json("report")?,
        problem: json("problem")?,
        rejects: row.try_get("rejects")?,
        confirmed_by: row.try_get("confirmed_by")?,
        created_at: row.try_get("created_at")?,
    })
}

pub(super) async fn progress(pool: &PgPool, id: Uuid, done: u32, total: u32) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update api.uploads set state = 'running', done = $2, total = $3 \
         where import_id = $1 and state in ('waiting', 'running')",
    )
    .bind(id)
    .bind(i32::try_from(done).unwrap_or(i32::MAX))
    .bind(i32::try_from(total).unwrap_or(i32::MAX))
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn finish(pool: &PgPool, id: Uuid, report: &str, rejects: bool) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update api.uploads set state = 'finished', report = $2::json, rejects = $3, done = total, \
             ended_at = now() where import_id = $1",
    )
    .bind(id)
    .bind(report)
    .bind(rejects)
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn fail(pool: &PgPool, id: Uuid, problem: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update api.uploads set state = 'failed', problem = $2::json, ended_at = now() \
         where import_id = $1 and state in ('waiting', 'running')",
    )
    .bind(id)
    .bind(problem)
    .execute(pool)
    .await?;
    Ok(())
}
