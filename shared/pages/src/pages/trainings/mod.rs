//! 培训: classes, who takes part, and what came of it.

mod class;
mod enrol;
mod list;
mod plan;
mod results;

use axum::Router;
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use crate::Pages;
use crate::fault::{Fault, Problem};
use crate::words::Words;

/// Rows of the interface's lists.
#[derive(Debug, Deserialize)]
struct Items<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

/// What was just saved, to be waited for and said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Saved {
    after: Option<Uuid>,
}

/// Hours as people write them.
fn hours(tenths: u32) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

/// Hours as somebody typed them, for the interface; full-width digits come from Chinese keyboards.
fn typed_hours(text: &str) -> Option<f64> {
    let plain = |character: char| match character {
        '０'..='９' => char::from_u32(character as u32 - '０' as u32 + '0' as u32).unwrap_or(character),
        '．' | '。' => '.',
        other => other,
    };
    let hours: f64 = text.trim().chars().map(plain).collect::<String>().parse().ok()?;
    let tenths = hours * 10.0;
    let fits = (0.0..=10_000.0).contains(&tenths) && (tenths.round() - tenths).abs() < 1e-6;
    fits.then_some(hours)
}

/// What to say of hours that are none.
fn hours_unfit(l: Words) -> String {
    l.say(
        "学时请填 0 至 1000 的数，至多一位小数，如 24 或 7.5。",
        "Hours are a number from 0 to 1000 with one decimal at most, such as 24 or 7.5.",
    )
    .to_owned()
}

/// What a row's command said: done, or why this row is not.
fn taken_of_row<T>(answer: Result<T, Fault>) -> Result<Result<T, Problem>, Fault> {
    answer.map(Ok).or_else(|fault| fault.beside_the_row().map(Err))
}

/// A sentence, and why rows that the page no longer shows were refused, each reason once.
fn with_unshown(mut said: String, mut reasons: Vec<String>, l: Words) -> String {
    reasons.sort();
    reasons.dedup();
    for reason in reasons {
        said += &l.count(" 有人已不在下面：{}", " Somebody is no longer shown below: {}", reason);
    }
    said
}

/// The key under which a row is sent again: kept while the outcome is open.
fn next_key(key: Uuid, problem: &Problem) -> Uuid {
    if problem.status >= 500 { key } else { Uuid::now_v7() }
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new()
        .route("/trainings", get(list::list))
        .route("/trainings/new", get(plan::form).post(plan::plan))
        .route("/trainings/{id}", get(class::show))
        .route("/trainings/{id}/search", post(enrol::search))
        .route("/trainings/{id}/participants", post(enrol::enrol))
        .route("/trainings/{id}/results", post(results::record))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_written_and_read_with_one_decimal_at_most() {
        assert_eq!((hours(240), hours(75)), ("24".to_owned(), "7.5".to_owned()));
        assert_eq!((typed_hours(" 24 "), typed_hours("７．５")), (Some(24.0), Some(7.5)));
        for unfit in ["", "many", "-1", "1000.1", "1.25", "NaN", "inf"] {
            assert_eq!(typed_hours(unfit), None, "{unfit}");
        }
    }
}
