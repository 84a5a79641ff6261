//! Asking: every query answers rows as JSON objects, which serde turns into typed structs.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryScalar;
use sqlx::{PgPool, Postgres};
use uuid::Uuid;

use crate::error::ViewError;

/// Most rows that one question answers.
pub const MAX_ROWS: i64 = 200;

/// A question under way: text, then its values in order.
pub(crate) struct Question<'q> {
    name: &'static str,
    query: QueryScalar<'q, Postgres, String, PgArguments>,
}

/// `select` must answer the columns of the struct by name.
pub(crate) fn wrap(select: &str) -> String {
    format!("select row_to_json(q)::text from ({select}) q")
}

impl<'q> Question<'q> {
    /// `text` is what [`wrap`] made.
    pub(crate) fn new(name: &'static str, text: &'q str) -> Self {
        Self { name, query: sqlx::query_scalar(text) }
    }

    pub(crate) fn text(mut self, value: impl Into<String>) -> Self {
        self.query = self.query.bind(value.into());
        self
    }

    pub(crate) fn maybe_text(mut self, value: Option<String>) -> Self {
        self.query = self.query.bind(value);
        self
    }

    pub(crate) fn texts(mut self, values: Vec<String>) -> Self {
        self.query = self.query.bind(values);
        self
    }

    pub(crate) fn id(mut self, value: Uuid) -> Self {
        self.query = self.query.bind(value);
        self
    }

    pub(crate) fn maybe_id(mut self, value: Option<Uuid>) -> Self {
        self.query = self.query.bind(value);
        self
    }

    pub(crate) fn ids(mut self, values: Vec<Uuid>) -> Self {
        self.query = self.query.bind(values);
        self
    }

    pub(crate) fn day(mut self, value: Date) -> Self {
        self.query = self.query.bind(jiff_sqlx::Date::from(value));
        self
    }

    pub(crate) fn maybe_day(mut self, value: Option<Date>) -> Self {
        self.query = self.query.bind(value.map(jiff_sqlx::Date::from));
        self
    }

    pub(crate) fn instant(mut self, value: Timestamp) -> Self {
        self.query = self.query.bind(jiff_sqlx::Timestamp::from(value));
        self
    }

    pub(crate) fn number(mut self, value: i64) -> Self {
        self.query = self.query.bind(value);
        self
    }

    pub(crate) fn flag(mut self, value: bool) -> Self {
        self.query = self.query.bind(value);
        self
    }

    pub(crate) fn maybe_flag(mut self, value: Option<bool>) -> Self {
        self.query = self.query.bind(value);
        self
    }

    pub(crate) async fn all<T: DeserializeOwned>(self, pool: &PgPool) -> Result<Vec<T>, ViewError> {
        let texts = self.query.fetch_all(pool).await?;
        texts.iter().map(|text| read(self.name, text)).collect()
    }

    pub(crate) async fn one<T: DeserializeOwned>(self, pool: &PgPool) -> Result<Option<T>, ViewError> {
        let text = self.query.fetch_optional(pool).await?;
        text.map(|text| read(self.name, &text)).transpose()
    }
}

fn read<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, ViewError> {
    serde_json::from_str(text).map_err(|source| ViewError::Inconsistent { table, source })
}
