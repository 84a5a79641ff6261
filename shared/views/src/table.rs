//! Tables of the read models and their rows in memory: loaded by stream, folded over, written back at once.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::copy;
use crate::error::ViewError;

/// Bytes that are sent at once.
const COPY_BYTES: usize = 256 * 1024;

/// A table of a read model.
#[derive(Debug)]
pub struct Table {
    /// Name, the same in each generation and for asking.
    pub name: &'static str,
    /// Column of the stream that owns the row; only its events write it.
    pub owner: &'static str,
    /// Primary key.
    pub key: &'static [&'static str],
    /// Name and type of each column.
    pub columns: &'static [(&'static str, &'static str)],
    /// What follows `create index on <table>`.
    pub indexes: &'static [&'static str],
}

impl Table {
    /// The statement that creates it in a schema, with its primary key and without other indexes.
    pub(crate) fn create(&self, schema: &str) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|(name, kind)| format!("\"{name}\" {kind}")).collect();
        let name = self.name;
        format!(
            "create table {schema}.{name} ({}, primary key ({}))",
            columns.join(", "),
            self.key.join(", ")
        )
    }

    /// The statements that make its other indexes, each once: while a table is filled they would only cost.
    pub(crate) fn index(&self, schema: &str) -> Vec<String> {
        let name = self.name;
        // Rows are found for writing by their owner.
        let owner = (self.key.first() != Some(&self.owner)).then(|| format!("({})", self.owner));
        let indexes = self.indexes.iter().map(|index| (*index).to_owned()).chain(owner);
        (1..)
            .zip(indexes)
            .map(|(number, index)| {
                format!("create index if not exists {name}_{number} on {schema}.{name} {index}")
            })
            .collect()
    }

    fn column_list(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|(column, _)| format!("\"{column}\"")).collect();
        columns.join(", ")
    }

    fn upsert(&self, schema: &str) -> String {
        let name = self.name;
        let columns = self.column_list();
        let changes: Vec<String> = self
            .columns
            .iter()
            .filter(|(column, _)| !self.key.contains(column))
            .map(|(column, _)| format!("\"{column}\" = excluded.\"{column}\""))
            .collect();
        let action = if changes.is_empty() {
            "nothing".to_owned()
        } else {
            format!("update set {}", changes.join(", "))
        };
        format!(
            "insert into {schema}.{name} ({columns}) \
             select {columns} from json_populate_recordset(null::{schema}.{name}, $1::text::json) \
             on conflict ({}) do {action}",
            self.key.join(", ")
        )
    }
}

/// A row of one table, in the same fields as its columns.
pub(crate) trait Row: Serialize + DeserializeOwned + Send + Sync {
    /// Its table.
    const TABLE: &'static Table;
    /// Its primary key.
    type Key: Ord + Send + Sync;
    /// The key of this row.
    fn key(&self) -> Self::Key;
}

/// The rows of one table that the streams of a page own.
pub(crate) struct Rows<R: Row>(BTreeMap<R::Key, Held<R>>);

struct Held<R> {
    row: R,
    changed: bool,
}

impl<R: Row> Rows<R> {
    /// None: for tables whose rows are written once and never changed.
    pub(crate) fn empty() -> Self {
        Self(BTreeMap::new())
    }

    pub(crate) async fn load(
        connection: &mut PgConnection,
        schema: &str,
        streams: &[Uuid],
    ) -> Result<Self, ViewError> {
        let Table { name, owner, .. } = R::TABLE;
        let select = format!("select row_to_json(t)::text from {schema}.{name} t where {owner} = any($1)");
        let texts: Vec<String> = sqlx::query_scalar(&select).bind(streams).fetch_all(connection).await?;
        let mut rows = Self::empty();
        for text in &texts {
            let row: R = serde_json::from_str(text)
                .map_err(|source| ViewError::Inconsistent { table: R::TABLE.name, source })?;
            rows.0.insert(row.key(), Held { row, changed: false });
        }
        Ok(rows)
    }

    pub(crate) fn get(&self, key: &R::Key) -> Option<&R> {
        self.0.get(key).map(|held| &held.row)
    }

    /// The row, to be changed and written.
    pub(crate) fn edit(&mut self, key: &R::Key) -> Option<&mut R> {
        self.0.get_mut(key).map(|held| {
            held.changed = true;
            &mut held.row
        })
    }

    pub(crate) fn put(&mut self, row: R) {
        self.0.insert(row.key(), Held { row, changed: true });
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &R> {
        self.0.values().map(|held| &held.row)
    }

    /// Rows from a key on, in order of the keys.
    pub(crate) fn since(&self, first: &R::Key) -> impl DoubleEndedIterator<Item = &R> {
        self.0.range(first..).map(|(_, held)| &held.row)
    }

    pub(crate) async fn save(&self, connection: &mut PgConnection, schema: &str) -> Result<(), ViewError> {
        let changed: Vec<&R> = self.0.values().filter(|held| held.changed).map(|held| &held.row).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let rows = serde_json::to_string(&changed)
            .map_err(|source| ViewError::Inconsistent { table: R::TABLE.name, source })?;
        sqlx::query(&R::TABLE.upsert(schema)).bind(rows).execute(connection).await?;
        Ok(())
    }

    /// Writes rows that are all new, the fastest way there is.
    pub(crate) async fn copy(&self, connection: &mut PgConnection, schema: &str) -> Result<(), ViewError> {
        let table = R::TABLE;
        if self.0.is_empty() {
            return Ok(());
        }
        let statement = format!("copy {schema}.{} ({}) from stdin", table.name, table.column_list());
        let mut copying = connection.copy_in_raw(&statement).await?;
        let mut lines = String::with_capacity(COPY_BYTES + 4096);
        for held in self.0.values() {
            copy::line(&held.row, table, &mut lines)
                .map_err(|source| ViewError::Misshapen { table: table.name, source: source.into() })?;
            if lines.len() >= COPY_BYTES {
                copying.send(lines.as_bytes()).await?;
                lines.clear();
            }
        }
        copying.send(lines.as_bytes()).await?;
        copying.finish().await?;
        Ok(())
    }
}
