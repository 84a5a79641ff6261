//! One page, one file.

mod coverage;
mod dossier;
mod imports;
mod language;
mod liaison;
mod password;
mod person_correct;
mod pool;
pub(crate) mod sign_in;
mod talk;
mod talk_correct;
mod talk_form;
mod talk_record;
mod todo;
mod trainings;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

use crate::Pages;
use crate::ask::Done;
use crate::fault::{Fault, Problem};

/// Every page.
pub(crate) fn all() -> Router<Pages> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/todo") }))
        .merge(coverage::routes())
        .merge(dossier::routes())
        .merge(imports::routes())
        .merge(language::routes())
        .merge(liaison::routes())
        .merge(password::routes())
        .merge(person_correct::routes())
        .merge(pool::routes())
        .merge(sign_in::routes())
        .merge(talk::routes())
        .merge(talk_correct::routes())
        .merge(talk_record::routes())
        .merge(todo::routes())
        .merge(trainings::routes())
}

/// What a command said: done, or why not, to be shown beside the form.
pub(crate) fn taken<T>(answer: Result<T, Fault>) -> Result<Result<T, Problem>, Fault> {
    match answer {
        Ok(done) => Ok(Ok(done)),
        Err(fault) => fault.beside_the_form().map(Err),
    }
}

/// The address of a page that shows what was just done, and says so.
pub(crate) fn saved(path: &str, done: &Done) -> String {
    match done.event {
        Some(event) => format!("{path}?after={event}"),
        None => path.to_owned(),
    }
}
