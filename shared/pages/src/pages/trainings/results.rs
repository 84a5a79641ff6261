//! 成绩: the results of a class as one table with one button, each row a command with a key of its own.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::class::{Participant, Shown, written};
use super::enrol::pair_of;
use super::{hours_unfit, next_key, taken_of_row, typed_hours};
use crate::ask::Done;
use crate::fault::Fault;
use crate::pages::saved;
use crate::visitor::Visitor;

/// A participant without a result, as the table has it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) person: Uuid,
    pub(super) key: Uuid,
    pub(super) outcome: String,
    pub(super) hours: String,
    pub(super) fault: Option<String>,
    /// Known once the class was asked for.
    pub(super) who: Option<Participant>,
}

impl Row {
    /// With the planned hours, which most attend.
    pub(super) fn new(participant: Participant, hours: String) -> Self {
        Self {
            person: participant.person,
            key: Uuid::now_v7(),
            outcome: String::new(),
            hours,
            fault: None,
            who: Some(participant),
        }
    }
}

/// The table as it was sent: the lists have one value a row.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Results {
    on: String,
    row: Vec<String>,
    outcome: Vec<String>,
    hours: Vec<String>,
}

impl Results {
    /// The rows; one whose person or key cannot be read is none.
    fn rows(&self) -> Vec<Row> {
        let values = self.row.iter().zip(&self.outcome).zip(&self.hours);
        let row = |((row, outcome), hours): ((&String, &String), &String)| {
            let (person, key) = pair_of(row)?;
            let (outcome, hours) = (outcome.clone(), hours.clone());
            Some(Row { person, key, outcome, hours, fault: None, who: None })
        };
        values.filter_map(row).collect()
    }
}

pub(super) async fn record(
    visitor: Visitor,
    Path(id): Path<Uuid>,
    Form(results): Form<Results>,
) -> Result<Response, Fault> {
    let l = visitor.l;
    let mut rows = results.rows();
    let mut last: Option<Done> = None;
    let is_day = results.on.parse::<jiff::civil::Date>().is_ok();
    // Rows without an outcome are left for another day.
    for row in rows.iter_mut().filter(|row| !row.outcome.is_empty()) {
        if !is_day {
            let fault = l.say(
                "请先填写结业日期，如 2026-12-03。",
                "Give the day of completion first, such as 2026-12-03.",
            );
            row.fault = Some(fault.to_owned());
            continue;
        }
        let Some(hours) = typed_hours(&row.hours) else {
            row.fault = Some(hours_unfit(l));
            continue;
        };
        let path = format!("/v1/trainings/{id}/participants/{}/completion", row.person);
        let body = json!({ "on": results.on, "hours": hours, "outcome": row.outcome });
        match taken_of_row(visitor.ask.command::<Done>(&path, row.key, None, &body).await)? {
            Ok(done) => last = Some(done),
            Err(problem) => {
                row.key = next_key(row.key, &problem);
                row.fault = Some(problem.detail);
            }
        }
    }
    let faults = rows.iter().filter(|row| row.fault.is_some()).count();
    if faults == 0
        && let Some(done) = &last
    {
        return Ok(Redirect::to(&saved(&format!("/trainings/{id}"), done)).into_response());
    }
    let said = match (&last, faults) {
        (_, 0) => {
            l.say("没有选择任何结果，什么都没有保存。", "No result was chosen; nothing is saved.").to_owned()
        }
        (Some(_), faults) => l.count(
            "其余已保存，{} 行没有保存，见表中说明。",
            "The others are saved; {} rows are not, see there.",
            faults,
        ),
        (None, faults) => l.count("{} 行没有保存，见表中说明。", "{} rows are not saved, see there.", faults),
    };
    let after = last.and_then(|done| done.event);
    let shown = Shown { after, said: Some(said), typed: rows, on: Some(results.on), ..Shown::default() };
    written(&visitor, id, StatusCode::UNPROCESSABLE_ENTITY, shown).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_side_by_side_and_what_is_no_row_is_left_out() {
        let (person, key) = (Uuid::now_v7(), Uuid::now_v7());
        let results = Results {
            on: "2026-12-03".to_owned(),
            row: vec![format!("{person} {key}"), "nobody".to_owned()],
            outcome: vec!["passed".to_owned(), "passed".to_owned()],
            hours: vec!["24".to_owned(), "24".to_owned()],
        };
        let rows = results.rows();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].person, rows[0].key, rows[0].hours.as_str()), (person, key, "24"));
    }
}
