//! 报名: people are looked for and several of them enrolled at once, each under a key of their own.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::class::{Shown, written};
use super::{Items, next_key, taken_of_row, with_unshown};
use crate::ask::Done;
use crate::fault::Fault;
use crate::pages::saved;
use crate::visitor::Visitor;

/// People that a search shows.
const MOST: usize = 50;

/// A search and what it found; the words travel in the body, never in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Search {
    pub(super) text: String,
    #[serde(skip)]
    pub(super) is_done: bool,
    /// There are more than those found.
    #[serde(skip)]
    pub(super) has_more: bool,
    #[serde(skip)]
    pub(super) found: Vec<Found>,
}

/// Somebody found.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Found {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) staff_number: String,
    #[serde(default)]
    pub(super) unit: String,
    #[serde(default)]
    pub(super) in_pool: bool,
    #[serde(skip)]
    pub(super) is_enrolled: bool,
    #[serde(skip)]
    pub(super) is_chosen: bool,
    #[serde(skip, default = "Uuid::now_v7")]
    pub(super) key: Uuid,
    #[serde(skip)]
    pub(super) fault: Option<String>,
}

/// Whom to enrol: `person key`, so that nobody's key is another's; and the search, to be shown again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    text: String,
    person: Vec<String>,
}

pub(super) async fn search(
    visitor: Visitor,
    Path(id): Path<Uuid>,
    Form(search): Form<Search>,
) -> Result<Response, Fault> {
    let search = find(&visitor, search.text).await?;
    written(&visitor, id, StatusCode::OK, Shown { search, ..Shown::default() }).await
}

async fn find(visitor: &Visitor, text: String) -> Result<Search, Fault> {
    if text.trim().is_empty() {
        return Ok(Search::default());
    }
    // One more than is shown tells whether there are more.
    let body = json!({ "text": text.trim(), "limit": MOST + 1 });
    let answer: Items<Found> = visitor.ask.search("/v1/persons/search", &body).await?;
    let mut found = answer.items;
    let has_more = found.len() > MOST;
    found.truncate(MOST);
    Ok(Search { text, is_done: true, has_more, found })
}

pub(super) async fn enrol(
    visitor: Visitor,
    Path(id): Path<Uuid>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Fault> {
    let l = visitor.l;
    let path = format!("/v1/trainings/{id}/participants");
    let (mut last, mut refused) = (None, Vec::new());
    for (person, key) in chosen.person.iter().filter_map(|pair| pair_of(pair)) {
        let answer = visitor.ask.command::<Done>(&path, key, None, &json!({ "person": person })).await;
        match taken_of_row(answer)? {
            Ok(done) => last = Some(done),
            Err(problem) => refused.push((person, next_key(key, &problem), problem.detail)),
        }
    }
    if refused.is_empty()
        && let Some(done) = &last
    {
        return Ok(Redirect::to(&saved(&format!("/trainings/{id}"), done)).into_response());
    }
    let mut search = find(&visitor, chosen.text).await?;
    let mut unshown = Vec::new();
    for (person, key, fault) in refused {
        match search.found.iter_mut().find(|found| found.id == person) {
            Some(found) => *found = Found { is_chosen: true, key, fault: Some(fault), ..found.clone() },
            None => unshown.push(fault),
        }
    }
    let said = match &last {
        Some(_) => {
            l.say("部分已报名，其余见下面的说明。", "Some are enrolled; why others are not is said below.")
        }
        None => l.say("没有人报名。", "Nobody was enrolled."),
    };
    let after = last.and_then(|done| done.event);
    let said = with_unshown(said.to_owned(), unshown, l);
    let shown = Shown { after, said: Some(said), search, ..Shown::default() };
    written(&visitor, id, StatusCode::UNPROCESSABLE_ENTITY, shown).await
}

/// A person and the key of their row.
pub(super) fn pair_of(text: &str) -> Option<(Uuid, Uuid)> {
    let (person, key) = text.split_once(' ')?;
    Some((Uuid::try_parse(person).ok()?, Uuid::try_parse(key).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_person_or_key_is_none() {
        let (person, key) = (Uuid::now_v7(), Uuid::now_v7());
        assert_eq!(pair_of(&format!("{person} {key}")), Some((person, key)));
        assert_eq!((pair_of("x y"), pair_of(&person.to_string())), (None, None));
    }
}
