//! Columns mapped by hand: what each is read as is sent off, and the same file is checked again.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::run::unmapped;
use super::start::Begun;
use crate::fault::Fault;
use crate::pages::taken;
use crate::visitor::Visitor;

/// The interface's word for a column that is not read.
pub(super) const IGNORE: &str = "ignore";

/// The form: titles and fields, in the same order.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Mapped {
    key: String,
    title: Vec<String>,
    field: Vec<String>,
}

impl Mapped {
    /// Field by title; of two columns with one title, the one that is read counts.
    fn columns(self) -> BTreeMap<String, String> {
        let mut columns = BTreeMap::new();
        for (title, field) in self.title.into_iter().zip(self.field) {
            let known = columns.entry(title).or_insert_with(|| field.clone());
            if known.as_str() == IGNORE {
                *known = field;
            }
        }
        columns
    }
}

/// Checks the same file again, with these columns.
pub(super) async fn map(
    visitor: Visitor,
    Path(id): Path<Uuid>,
    Form(form): Form<Mapped>,
) -> Result<Response, Fault> {
    let key = Uuid::try_parse(&form.key).unwrap_or_else(|_| Uuid::now_v7());
    let path = format!("/v1/imports/{id}/again");
    let columns = form.columns();
    let body = json!({ "columns": columns });
    match taken(visitor.ask.command::<Begun>(&path, key, None, &body).await)? {
        Ok(begun) => Ok(Redirect::to(&format!("/imports/{}", begun.id)).into_response()),
        Err(problem) => unmapped(&visitor, id, &columns, key, problem).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_columns_with_one_title_the_one_that_is_read_counts() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let form = Mapped {
            key: String::new(),
            title: texts(&["备注", "备注", "单位", "单位"]),
            field: texts(&["ignore", "remark", "unit", "ignore"]),
        };
        let columns = form.columns();
        assert_eq!((columns["备注"].as_str(), columns["单位"].as_str()), ("remark", "unit"));
    }
}
