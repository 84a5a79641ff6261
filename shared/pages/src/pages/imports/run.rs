//! One run: what a dry run would do, how far it is, what it came to, what is to be mended.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::columns::IGNORE;
use super::start::{Begun, standing};
use super::{Kind, MOST_BYTES};
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, page, shown};
use crate::pages::taken;
use crate::visitor::Visitor;
use crate::words::Words;

/// Rows of a list that are shown; the file of rejected rows has all of them.
const SHOWN: usize = 20;

#[derive(Debug, Deserialize)]
struct Run {
    kind: String,
    dry_run: bool,
    state: String,
    progress: Progress,
    report: Option<Report>,
    problem: Option<Problem>,
    rejects: bool,
    created_at: String,
    confirmable: bool,
    confirmed_by: Option<Uuid>,
    /// What columns can be read as, when they can be mapped by hand.
    #[serde(default)]
    fields: Vec<Field>,
    /// What was found in a file that failed for its columns.
    columns: Option<Sheet>,
}

#[derive(Debug, Deserialize)]
struct Field {
    field: String,
    title: String,
    required: bool,
}

impl Field {
    /// Its usual title, or in English its name.
    fn name(&self, l: Words) -> String {
        called(&self.field, Some(&self.title), l)
    }
}

/// A field as it is called: its usual title, or in English its name.
fn called(field: &str, title: Option<&str>, l: Words) -> String {
    if l.is_english() { field.replace('_', " ") } else { title.unwrap_or(field).to_owned() }
}

#[derive(Debug, Deserialize)]
struct Progress {
    done: u32,
    total: u32,
}

#[derive(Debug, Deserialize)]
struct Report {
    rows: u32,
    accepted: u32,
    new: u32,
    changed: u32,
    unchanged: u32,
    conflicts: u32,
    rejected: u32,
    absent: u32,
    absence_judged: bool,
    pool: u32,
    sheets: Vec<Sheet>,
    #[serde(default)]
    conflicts_found: Vec<Conflict>,
}

#[derive(Debug, Deserialize)]
struct Sheet {
    sheet: String,
    header_row: u32,
    mapping: Vec<Column>,
    unknown_columns: Vec<Column>,
    #[serde(default)]
    faults: Vec<RowFault>,
}

impl Sheet {
    /// Every column: those that are read, then the others.
    fn columns(&self) -> impl Iterator<Item = &Column> {
        self.mapping.iter().chain(&self.unknown_columns)
    }
}

impl Run {
    /// The sheets whose columns are shown.
    fn sheets(&self) -> Vec<&Sheet> {
        let of_report = self.report.iter().flat_map(|report| &report.sheets);
        of_report.chain(&self.columns).collect()
    }

    /// Columns as they were mapped by hand, by title.
    fn choose(&mut self, chosen: &BTreeMap<String, String>) {
        let of_report = self.report.iter_mut().flat_map(|report| &mut report.sheets);
        for sheet in of_report.chain(&mut self.columns) {
            for column in sheet.mapping.iter_mut().chain(&mut sheet.unknown_columns) {
                if let Some(field) = chosen.get(&column.header) {
                    column.field = (field != IGNORE).then(|| field.clone());
                }
            }
        }
    }
}

#[derive(Debug, Deserialize)]
struct Column {
    column: String,
    header: String,
    field: Option<String>,
    title: Option<String>,
    #[serde(default)]
    examples: Vec<String>,
}

impl Column {
    /// What it is taken for: the usual title, or in English the field's name.
    fn meaning(&self, l: Words) -> String {
        called(self.field.as_deref().unwrap_or_default(), self.title.as_deref(), l)
    }

    fn is(&self, field: &str) -> bool {
        self.field.as_deref() == Some(field)
    }

    fn shown(&self, l: Words) -> String {
        self.examples.join(l.say("、", ", "))
    }
}

#[derive(Debug, Deserialize)]
struct RowFault {
    row: u32,
    column: Option<String>,
    reason: String,
    #[serde(default)]
    facts: Value,
}

#[derive(Debug, Deserialize)]
struct Conflict {
    row: u32,
    staff_number: String,
    field: String,
    roster_value: String,
    kept_value: String,
    kept_by: String,
    cure: String,
}

/// A rejected cell as it is shown.
struct Rejected {
    sheet: String,
    row: u32,
    place: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "import_run.html")]
struct RunPage {
    frame: Frame,
    l: Words,
    id: Uuid,
    key: Uuid,
    run: Run,
    kind_name: String,
    standing: &'static str,
    when: String,
    is_live: bool,
    has_examples: bool,
    rejected: Vec<Rejected>,
    fault: Option<String>,
    next_key: Uuid,
    columns_key: Uuid,
    most_bytes: usize,
    most_shown: usize,
}

/// What the form of a confirmation says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Confirmation {
    key: String,
}

/// How a run stands.
pub(super) async fn show(visitor: Visitor, Path(id): Path<Uuid>) -> Result<Response, Fault> {
    shown(&made(&visitor, id, &BTreeMap::new()).await?)
}

/// Takes in what the dry run has looked at.
pub(super) async fn confirm(
    visitor: Visitor,
    Path(id): Path<Uuid>,
    Form(form): Form<Confirmation>,
) -> Result<Response, Fault> {
    let key = Uuid::try_parse(&form.key).unwrap_or_else(|_| Uuid::now_v7());
    let path = format!("/v1/imports/{id}/confirm");
    match taken(visitor.ask.command::<Begun>(&path, key, None, &json!({})).await)? {
        Ok(begun) => Ok(Redirect::to(&format!("/imports/{}", begun.id)).into_response()),
        Err(problem) => {
            let status = problem.status();
            let shown = made(&visitor, id, &BTreeMap::new()).await?;
            let key = if problem.status >= 500 { key } else { shown.key };
            page(status, &RunPage { key, fault: Some(problem.detail), ..shown })
        }
    }
}

/// The page of a run whose columns were mapped by hand, with what is wrong with that; the choices stay, and the form's
/// key while the outcome is open.
pub(super) async fn unmapped(
    visitor: &Visitor,
    id: Uuid,
    columns: &BTreeMap<String, String>,
    key: Uuid,
    problem: Problem,
) -> Result<Response, Fault> {
    let status = problem.status();
    let shown = made(visitor, id, columns).await?;
    let columns_key = if problem.status >= 500 { key } else { shown.columns_key };
    page(status, &RunPage { columns_key, fault: Some(problem.detail), ..shown })
}

/// The page of a run; `chosen` is what columns were just mapped to by hand, by title.
async fn made(visitor: &Visitor, id: Uuid, chosen: &BTreeMap<String, String>) -> Result<RunPage, Fault> {
    let l = visitor.l;
    let mut run: Run = visitor.ask.get(&format!("/v1/imports/{id}")).await?;
    run.choose(chosen);
    let kind_name = Kind::read(&run.kind).map_or_else(|| run.kind.clone(), |kind| kind.name(l));
    let has_examples = run.sheets().iter().any(|sheet| sheet.columns().any(|one| !one.examples.is_empty()));
    Ok(RunPage {
        frame: visitor.frame(),
        l,
        id,
        key: Uuid::now_v7(),
        kind_name,
        standing: standing(&run.state, run.dry_run, run.confirmed_by.is_some(), l),
        when: run.created_at.chars().take(16).collect::<String>().replace('T', " "),
        is_live: matches!(run.state.as_str(), "waiting" | "running"),
        has_examples,
        rejected: run.report.as_ref().map(|report| rejected(report, l)).unwrap_or_default(),
        fault: None,
        next_key: Uuid::now_v7(),
        columns_key: Uuid::now_v7(),
        most_bytes: MOST_BYTES,
        most_shown: SHOWN,
        run,
    })
}

/// The first faulty cells, each with its place and what to do about it.
fn rejected(report: &Report, l: Words) -> Vec<Rejected> {
    let cells = report.sheets.iter().flat_map(|sheet| sheet.faults.iter().map(move |fault| (sheet, fault)));
    cells.take(SHOWN).map(|(sheet, fault)| shown_fault(sheet, fault, l)).collect()
}

fn shown_fault(sheet: &Sheet, fault: &RowFault, l: Words) -> Rejected {
    let letter = fault.column.as_deref().unwrap_or_default();
    let header = sheet.columns().find(|column| column.column == letter).map(|column| column.header.as_str());
    Rejected {
        sheet: sheet.sheet.clone(),
        row: fault.row,
        place: [letter, header.unwrap_or_default()].join(" ").trim().to_owned(),
        reason: l.reason(&fault.reason) + &more(&fault.facts, l),
    }
}

/// What a fault rests on, when that helps to mend it.
fn more(facts: &Value, l: Words) -> String {
    let joined = |list: &Value| -> String {
        let texts = list.as_array().into_iter().flatten();
        let texts: Vec<String> =
            texts.map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect();
        texts.join(l.say("、", ", "))
    };
    if let Some(rows) = facts.pointer("/other_rows/rows") {
        return l.count("另见第 {} 行。", " See also row {}.", joined(rows));
    }
    match facts.get("nearest").map(joined) {
        Some(names) if !names.is_empty() => l.count("相近的有：{}。", " Nearest: {}.", names),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use peiyu_language::Language;

    use super::*;

    #[test]
    fn what_a_fault_rests_on_is_said_when_it_helps() {
        let l = Words(Language::Zh);
        let rows = json!({ "other_rows": { "rows": [36, 40], "count": 2 } });
        assert_eq!(more(&rows, l), "另见第 36、40 行。");
        assert_eq!(more(&json!({ "nearest": ["药学院"] }), l), "相近的有：药学院。");
        assert_eq!(more(&json!({ "nearest": [] }), l), "");
        assert_eq!(more(&json!("none"), l), "");
    }
}
