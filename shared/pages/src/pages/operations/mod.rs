//! 运行: how the system fares, what is parked and is done about it, which policy is in force. For whoever operates it.

mod act;
mod overview;
mod parked;
mod policy;
mod request;

use axum::Router;
use axum::routing::get;

use crate::Pages;
use crate::frame::Link;
use crate::words::Words;

pub(crate) fn routes() -> Router<Pages> {
    Router::new()
        .route("/operations", get(overview::overview))
        .route("/operations/parked", get(parked::list))
        .route("/operations/parked/retry", get(act::ask_retry).post(act::retry))
        .route("/operations/parked/skip", get(act::ask_skip).post(act::skip))
        .route("/operations/parked/requests/{id}", get(request::show))
        .route("/operations/parked/{view}/{stream}", get(parked::show))
        .route("/operations/policy", get(policy::policy))
}

/// The pages about the system; `here` is the address of the one that is shown.
fn tabs(l: Words, here: &str) -> Vec<Link> {
    let tab = |href: &'static str, zh, en| Link { href, text: l.say(zh, en), is_here: href == here };
    vec![
        tab("/operations", "运行状况", "Health"),
        tab("/operations/parked", "搁置的事件", "Parked"),
        tab("/operations/policy", "现行政策", "Policy"),
    ]
}
