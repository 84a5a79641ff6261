//! One endpoint, one file. The list below is the whole interface: address, methods and who may use them.
//!
//! # How to add an endpoint
//! Add a file with its body, doc and handler, and a line below with the right it needs. `openapi.json` is made
//! anew by `PEIYU_WRITE=1 cargo test -p peiyu-api contracts`, and `tests/it/roles.rs` wants a row for the route.

mod accounts;
mod candidates;
mod dossiers;
mod feed;
mod imports;
mod liaison;
mod operations;
mod organisations;
mod persons;
mod policies;
mod pool;
mod reminders;
mod sessions;
mod talks;
mod todo;
mod tokens;
mod trainings;

use axum::extract::DefaultBodyLimit;
use peiyu_domain::access::Right;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Room for the frame of a multipart body around its file.
const FRAME_BYTES: usize = 256 * 1024;

use crate::Api;
use crate::door::{Access, guarded};

/// Every route.
pub(crate) fn all() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(signing_in())
        .merge(commands())
        .merge(queries())
        .merge(letters())
        .merge(descriptions())
}

fn signing_in() -> OpenApiRouter<Api> {
    use Access::{Open, SignedIn};
    let manage = Access::Right(Right::AccountManage);
    OpenApiRouter::new()
        .routes(guarded(Open, routes!(sessions::begin::begin)))
        .routes(guarded(SignedIn, routes!(sessions::end::end)))
        .routes(guarded(SignedIn, routes!(sessions::whoami::whoami)))
        .routes(guarded(SignedIn, routes!(sessions::password::change)))
        .routes(guarded(SignedIn, routes!(tokens::issue::issue, tokens::list::list)))
        .routes(guarded(SignedIn, routes!(tokens::revoke::revoke)))
        .routes(guarded(manage, routes!(accounts::open::open, accounts::list::list)))
        .routes(guarded(manage, routes!(accounts::reset::reset)))
        .routes(guarded(manage, routes!(accounts::grant::grant)))
        .routes(guarded(manage, routes!(accounts::revoke::revoke)))
        .routes(guarded(manage, routes!(accounts::close::close)))
}

fn commands() -> OpenApiRouter<Api> {
    let right = Access::Right;
    OpenApiRouter::new()
        .routes(guarded(right(Right::LiaisonAssign), routes!(liaison::assign::assign)))
        .routes(guarded(right(Right::LiaisonAssign), routes!(liaison::end::end)))
        .routes(guarded(right(Right::LiaisonAssign), routes!(liaison::apply::apply)))
        .merge(uploads())
        .routes(guarded(right(Right::ImportRun), routes!(imports::confirm::confirm)))
        .routes(guarded(right(Right::ImportRun), routes!(imports::again::again)))
        .routes(guarded(right(Right::TalkRecord), routes!(talks::record::record)))
        .routes(guarded(right(Right::TalkRecord), routes!(talks::correct::correct)))
        .routes(guarded(right(Right::PersonCorrect), routes!(persons::correct::correct)))
        .routes(guarded(right(Right::TrainingManage), routes!(trainings::plan::plan, trainings::list::list)))
        .routes(guarded(right(Right::TrainingManage), routes!(trainings::show::show)))
        .routes(guarded(
            right(Right::TrainingManage),
            routes!(trainings::enrol::enrol, trainings::participants::participants),
        ))
        .routes(guarded(right(Right::TrainingManage), routes!(trainings::complete::complete)))
        .routes(guarded(right(Right::PolicyAdopt), routes!(policies::adopt::adopt)))
        .routes(guarded(right(Right::ImportRun), routes!(organisations::end_office::end_office)))
        .routes(guarded(right(Right::Operate), routes!(reminders::held::release)))
        .routes(guarded(right(Right::Operate), routes!(reminders::held::drop)))
        .routes(guarded(right(Right::Operate), routes!(operations::ask::retry)))
        .routes(guarded(right(Right::Operate), routes!(operations::ask::skip)))
}

/// Files are larger than commands.
fn uploads() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(guarded(
            Access::Right(Right::ImportRun),
            routes!(imports::begin::begin, imports::follow::list),
        ))
        .layer(DefaultBodyLimit::max(crate::imports::upload::MOST_BYTES + FRAME_BYTES))
}

fn queries() -> OpenApiRouter<Api> {
    let right = Access::Right;
    OpenApiRouter::new()
        .routes(guarded(right(Right::PoolRead), routes!(candidates::head::head)))
        .routes(guarded(right(Right::PoolRead), routes!(persons::head::head)))
        .routes(guarded(right(Right::PoolRead), routes!(persons::search::search)))
        .routes(guarded(right(Right::PoolRead), routes!(pool::list::list)))
        .routes(guarded(right(Right::PoolRead), routes!(pool::search::search)))
        .routes(guarded(right(Right::PoolRead), routes!(pool::export::export)))
        .routes(guarded(right(Right::PoolRead), routes!(pool::coverage::coverage)))
        .routes(guarded(right(Right::PoolRead), routes!(pool::matrix::matrix)))
        .routes(guarded(right(Right::PoolRead), routes!(pool::gaps::gaps)))
        .routes(guarded(right(Right::PoolRead), routes!(pool::leaders::leaders)))
        .routes(guarded(right(Right::PoolRead), routes!(pool::coverage_export::export)))
        .routes(guarded(right(Right::PoolRead), routes!(dossiers::show::show)))
        .routes(guarded(right(Right::TodoRead), routes!(todo::todo)))
        .routes(guarded(right(Right::ReminderRead), routes!(reminders::list::list)))
        .routes(guarded(right(Right::ReminderRead), routes!(reminders::show::show)))
        .routes(guarded(right(Right::ReminderRead), routes!(reminders::preview::preview)))
        .routes(guarded(right(Right::ReminderRead), routes!(reminders::letter::letter)))
        .routes(guarded(right(Right::ReminderRead), routes!(reminders::explain::explain)))
        .routes(guarded(right(Right::Operate), routes!(reminders::held::held)))
        .routes(guarded(right(Right::Operate), routes!(operations::overview::overview)))
        .routes(guarded(right(Right::Operate), routes!(operations::parked::list)))
        .routes(guarded(right(Right::Operate), routes!(operations::parked::show)))
        .routes(guarded(right(Right::Operate), routes!(operations::requests::list)))
        .routes(guarded(right(Right::Operate), routes!(operations::requests::show)))
        .routes(guarded(right(Right::LiaisonAssign), routes!(liaison::propose::propose)))
        .routes(guarded(right(Right::ImportRun), routes!(imports::follow::follow)))
        .routes(guarded(right(Right::ImportRun), routes!(imports::rejects::rejects)))
        .routes(guarded(Access::SignedIn, routes!(organisations::list::list)))
        .routes(guarded(right(Right::FeedRead), routes!(feed::events::events)))
        .routes(guarded(Access::SignedIn, routes!(policies::current::current)))
        .routes(guarded(Access::SignedIn, routes!(feed::changes::changes)))
}

/// In which words people are written to.
fn letters() -> OpenApiRouter<Api> {
    let (see, change) = (Access::Right(Right::ReminderRead), Access::Right(Right::PolicyAdopt));
    OpenApiRouter::new()
        .routes(guarded(see, routes!(reminders::templates::list::list)))
        .routes(guarded(see, routes!(reminders::templates::changes::changes)))
        .routes(guarded(see, routes!(reminders::templates::draft::draft)))
        .routes(guarded(change, routes!(reminders::templates::set::set)))
        .routes(guarded(change, routes!(reminders::templates::restore::restore)))
}

fn descriptions() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(guarded(Access::Open, routes!(feed::schema::schema)))
        .routes(guarded(Access::Open, routes!(feed::openapi::openapi)))
        .routes(guarded(Access::Open, routes!(feed::asyncapi::asyncapi)))
}
