//! One class: who takes part, who can be enrolled, and the results still to be recorded.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::enrol::{Found, Search};
use super::list::Class;
use super::results::Row;
use super::{Items, Saved, hours, with_unshown};
use crate::fault::Fault;
use crate::frame::{Frame, page};
use crate::visitor::Visitor;
use crate::words::Words;

/// Rows of one question; a class that is larger is asked in pages.
const PAGE: u32 = 200;

/// One participant as the interface tells it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Participant {
    pub(super) person: Uuid,
    pub(super) name: String,
    pub(super) staff_number: String,
    pub(super) unit: String,
    pub(super) completed_on: Option<Date>,
    pub(super) hours_tenths: Option<u32>,
    pub(super) outcome: Option<String>,
}

impl Participant {
    fn hours(&self) -> String {
        self.hours_tenths.map(hours).unwrap_or_default()
    }

    fn outcome(&self, l: Words) -> String {
        self.outcome.as_deref().map(|outcome| l.word("outcome", outcome)).unwrap_or_default()
    }

    fn badge(&self) -> &'static str {
        match self.outcome.as_deref() {
            Some("failed") => "bad",
            _ => "good",
        }
    }
}

/// What the page shows beside the class itself.
#[derive(Default)]
pub(super) struct Shown {
    /// The last event that the page should show.
    pub(super) after: Option<Uuid>,
    /// Said at the top.
    pub(super) said: Option<String>,
    /// A search, with what it found.
    pub(super) search: Search,
    /// Results as they were typed, with their faults.
    pub(super) typed: Vec<Row>,
    /// The day of the results, as it was typed.
    pub(super) on: Option<String>,
}

#[derive(Template)]
#[template(path = "training.html")]
struct ClassPage {
    frame: Frame,
    l: Words,
    class: Class,
    organiser: String,
    today: Date,
    said: Option<String>,
    is_refused: bool,
    search: Search,
    is_over: bool,
    has_begun: bool,
    done: Vec<Participant>,
    open: Vec<Row>,
    on: String,
    unseen: usize,
}

pub(super) async fn show(
    visitor: Visitor,
    Path(id): Path<Uuid>,
    Query(saved): Query<Saved>,
) -> Result<Response, Fault> {
    let said = saved.after.map(|_| visitor.l.say("已保存。", "Saved.").to_owned());
    written(&visitor, id, StatusCode::OK, Shown { after: saved.after, said, ..Shown::default() }).await
}

#[derive(Debug, Deserialize)]
struct Organisation {
    id: Uuid,
    name: String,
}

/// The page, whatever was asked of it.
pub(super) async fn written(
    visitor: &Visitor,
    id: Uuid,
    status: StatusCode,
    shown: Shown,
) -> Result<Response, Fault> {
    let ask = visitor.ask.clone().after(shown.after);
    let class: Class = ask.get(&format!("/v1/trainings/{id}")).await?;
    let participants = participants(visitor, id, shown.after).await?;
    let organisations: Items<Organisation> = ask.get("/v1/organisations").await?;
    let organiser = organisations.items.into_iter().find(|one| one.id == class.organisation);
    let unseen = class.enrolled.saturating_sub(participants.len());
    let (done, open): (Vec<_>, Vec<_>) =
        participants.into_iter().partition(|participant| participant.outcome.is_some());
    let today = visitor.me.today;
    let enrolled = |found: &Found| {
        let takes_part = |participant: &Participant| participant.person == found.id;
        done.iter().chain(&open).any(takes_part)
    };
    let mut search = shown.search;
    for found in &mut search.found {
        found.is_enrolled = enrolled(found);
    }
    let mut typed = shown.typed;
    let row = |participant: Participant| {
        let before = typed.iter().position(|row| row.person == participant.person);
        match before {
            Some(place) => Row { who: Some(participant), ..typed.swap_remove(place) },
            None => Row::new(participant, class.hours()),
        }
    };
    let open: Vec<Row> = open.into_iter().map(row).collect();
    // Whoever was recorded or left meanwhile has no row any more.
    let unshown = typed.into_iter().filter_map(|row| row.fault).collect();
    page(
        status,
        &ClassPage {
            frame: visitor.frame(),
            l: visitor.l,
            organiser: organiser.map(|one| one.name).unwrap_or_default(),
            today,
            said: shown.said.map(|said| with_unshown(said, unshown, visitor.l)),
            is_refused: !status.is_success(),
            is_over: class.to < today,
            has_begun: class.from <= today,
            on: shown.on.unwrap_or_else(|| class.to.min(today).to_string()),
            search,
            done,
            open,
            unseen,
            class,
        },
    )
}

/// Every participant whom the visitor may see, by staff number.
async fn participants(visitor: &Visitor, id: Uuid, after: Option<Uuid>) -> Result<Vec<Participant>, Fault> {
    let ask = visitor.ask.clone().after(after);
    let mut all = Vec::new();
    let mut path = format!("/v1/trainings/{id}/participants?limit={PAGE}");
    loop {
        let page: Items<Participant> = ask.get(&path).await?;
        all.extend(page.items);
        let Some(cursor) = page.next_cursor else { break };
        path = format!("/v1/trainings/{id}/participants?limit={PAGE}&cursor={cursor}");
    }
    all.sort_by(|one, other| one.staff_number.cmp(&other.staff_number));
    Ok(all)
}
