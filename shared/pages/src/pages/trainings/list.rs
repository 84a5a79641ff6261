//! The classes, latest first.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::{Items, hours};
use crate::fault::Fault;
use crate::frame::{Frame, shown};
use crate::visitor::Visitor;
use crate::words::Words;

/// A class as the interface tells it.
#[derive(Debug, Deserialize)]
pub(super) struct Class {
    pub(super) id: Uuid,
    pub(super) title: String,
    pub(super) form: String,
    pub(super) organisation: Uuid,
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) hours_tenths: u32,
    pub(super) places: Option<u32>,
    pub(super) enrolled: usize,
    pub(super) completed: usize,
}

impl Class {
    pub(super) fn hours(&self) -> String {
        hours(self.hours_tenths)
    }
}

/// Where in the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "trainings.html")]
struct Trainings {
    frame: Frame,
    l: Words,
    classes: Vec<Class>,
    /// Where the list begins, and where it goes on.
    latest: Option<&'static str>,
    next: Option<String>,
}

pub(super) async fn list(visitor: Visitor, Query(wanted): Query<Wanted>) -> Result<Response, Fault> {
    let cursor = wanted.cursor.filter(|cursor| is_cursor(cursor));
    let path = match &cursor {
        Some(cursor) => format!("/v1/trainings?cursor={cursor}"),
        None => "/v1/trainings".to_owned(),
    };
    let page: Items<Class> = visitor.ask.get(&path).await?;
    shown(&Trainings {
        frame: visitor.frame(),
        l: visitor.l,
        classes: page.items,
        next: page.next_cursor.map(|cursor| format!("/trainings?cursor={cursor}")),
        latest: cursor.map(|_| "/trainings"),
    })
}

/// Cursors are base64url: anything else is no part of an address.
fn is_cursor(text: &str) -> bool {
    text.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
}
