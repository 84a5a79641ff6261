//! Appends a batch of commands: one call, one round trip, one outcome each.

use std::time::Instant;

use sqlx::Row;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use uuid::Uuid;

use crate::batch::Batch;
use crate::command::{Append, Outcome, StreamId};
use crate::error::{Limit, StoreError};
use crate::{MAX_BATCH_BYTES, MAX_COMMANDS, MAX_LOCKS, Store, metric};

const APPEND: &str = "select outcome, answer, item, expected, actual, holder \
     from store.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
     $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)";

impl Store {
    /// Appends the commands in order; a later one sees what an earlier one did. Outcomes come in the same order.
    ///
    /// # Errors
    /// Before anything is sent: [`StoreError::TooLarge`], [`StoreError::Malformed`].
    /// [`StoreError::Unavailable`] when nothing was written, [`StoreError::UnknownOutcome`] when that is not
    /// known. An error is about the whole batch: send its members one by one.
    pub async fn append(&self, commands: &[Append]) -> Result<Vec<Outcome>, StoreError> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        check(commands)?;
        let batch = Batch::of(commands)?;
        let mut connection = self.pool.acquire().await.map_err(StoreError::reading)?;
        let started = Instant::now();
        let answer = bind(sqlx::query(APPEND), &batch).fetch_all(&mut *connection).await;
        metrics::histogram!(metric::APPEND_SECONDS).record(started.elapsed());
        metrics::histogram!(metric::APPEND_COMMANDS)
            .record(f64::from(u32::try_from(commands.len()).unwrap_or(u32::MAX)));
        let rows = match answer {
            Ok(rows) => rows,
            Err(error) => return self.judge(error, commands).await,
        };
        if rows.len() != commands.len() {
            let problem = format!("{} outcomes for {} commands", rows.len(), commands.len());
            return Err(StoreError::inconsistent("append", "outcome", rows.len(), problem));
        }
        let outcomes: Vec<Outcome> = rows.iter().map(|row| outcome(row, &batch)).collect::<Result<_, _>>()?;
        for outcome in &outcomes {
            metrics::counter!(metric::OUTCOMES, "outcome" => outcome.name()).increment(1);
        }
        Ok(outcomes)
    }

    /// What an error means. Only writers that take no locks (postgres-es) can make the function raise.
    async fn judge(&self, error: sqlx::Error, commands: &[Append]) -> Result<Vec<Outcome>, StoreError> {
        metrics::counter!(metric::OUTCOMES, "outcome" => "error").increment(1);
        let constraint = error.as_database_error().and_then(|database| database.constraint()).unwrap_or("");
        match (constraint, commands) {
            ("events_event_id_key", _) => Err(StoreError::EventIdUsed),
            ("events_pkey", [only]) => match self.moved(only).await? {
                Some(stale) => Ok(vec![stale]),
                None => Err(StoreError::writing(error)),
            },
            // A batch: the appender sends its members one by one.
            ("events_pkey" | "commands_pkey" | "claims_pkey", _) => Err(StoreError::Unavailable(error)),
            _ => Err(StoreError::writing(error)),
        }
    }

    async fn moved(&self, command: &Append) -> Result<Option<Outcome>, StoreError> {
        let streams: Vec<StreamId> = command.writes.iter().map(|write| write.stream.clone()).collect();
        let versions = self.versions(&streams).await?;
        Ok(command.writes.iter().zip(versions).find(|(write, found)| write.version != *found).map(
            |(write, found)| Outcome::Stale { stream: write.stream.clone(), expected: write.version, found },
        ))
    }
}

fn check(commands: &[Append]) -> Result<(), StoreError> {
    Limit::Commands.check(commands.len(), MAX_COMMANDS)?;
    for command in commands {
        command.check()?;
    }
    if commands.len() > 1 {
        Limit::BatchBytes.check(commands.iter().map(Append::bytes).sum(), MAX_BATCH_BYTES)?;
        Limit::Locks.check(commands.iter().map(Append::locks).sum(), MAX_LOCKS)?;
    }
    Ok(())
}

fn bind<'q>(
    query: Query<'q, sqlx::Postgres, PgArguments>,
    batch: &'q Batch<'_>,
) -> Query<'q, sqlx::Postgres, PgArguments> {
    query
        .bind(&batch.stream_kinds)
        .bind(&batch.stream_ids)
        .bind(&batch.stream_written)
        .bind(&batch.claim_kinds)
        .bind(&batch.claim_keys)
        .bind(&batch.slot_principals)
        .bind(&batch.slot_commands)
        .bind(&batch.command_slots)
        .bind(&batch.command_digests)
        .bind(&batch.command_answers)
        .bind(&batch.expect_ends)
        .bind(&batch.expect_streams)
        .bind(&batch.expect_versions)
        .bind(&batch.expect_events)
        .bind(&batch.take_ends)
        .bind(&batch.take_claims)
        .bind(&batch.take_streams)
        .bind(&batch.take_releases)
        .bind(&batch.event_commands)
        .bind(&batch.event_streams)
        .bind(&batch.event_sequences)
        .bind(&batch.event_ids)
        .bind(&batch.event_types)
        .bind(&batch.event_versions)
        .bind(&batch.event_payloads)
        .bind(&batch.event_metadata)
        .bind(&batch.event_recorded)
        .bind(&batch.event_occurred)
}

fn outcome(row: &PgRow, batch: &Batch<'_>) -> Result<Outcome, StoreError> {
    let word: String = row.try_get("outcome").map_err(StoreError::writing)?;
    let bad = |column| StoreError::inconsistent("append", column, &word, "not understood");
    let read = |outcome: Option<Outcome>, column| outcome.ok_or_else(|| bad(column));
    match word.as_str() {
        "done" => Ok(Outcome::Done),
        "key_reused" => Ok(Outcome::KeyReused),
        "repeated" => read(repeated(row), "answer"),
        "stale" => read(stale(row, batch), "item"),
        "taken" => read(taken(row, batch), "holder"),
        _ => Err(bad("outcome")),
    }
}

fn repeated(row: &PgRow) -> Option<Outcome> {
    Some(Outcome::Repeated { answer: row.try_get("answer").ok()? })
}

fn stale(row: &PgRow, batch: &Batch<'_>) -> Option<Outcome> {
    let stream = batch.stream_at(row.try_get("item").ok()?)?;
    let expected = row.try_get("expected").ok()?;
    let found = row.try_get("actual").ok()?;
    Some(Outcome::Stale { stream, expected, found })
}

fn taken(row: &PgRow, batch: &Batch<'_>) -> Option<Outcome> {
    let kind = batch.claim_kind_at(row.try_get("item").ok()?)?;
    let holder: String = row.try_get("holder").ok()?;
    // A kind may hold a colon, a UUID does not.
    let (stream, id) = holder.rsplit_once(':')?;
    Some(Outcome::Taken { kind, holder: StreamId::new(stream.to_owned(), Uuid::parse_str(id).ok()?) })
}

impl Outcome {
    fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Repeated { .. } => "repeated",
            Self::KeyReused => "key_reused",
            Self::Stale { .. } => "stale",
            Self::Taken { .. } => "taken",
        }
    }
}
