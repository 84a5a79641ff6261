//! The api: commands and queries over HTTP, sign-in, imports, and the descriptions of it all.
//!
//! A request passes `door` (who asks, may they, in which form), then one file of `routes`, which asks
//! `peiyu-application` or `peiyu-views`, and comes back as JSON or as a [`problem::Problem`].

mod api;
mod asyncapi;
mod connect;
mod contracts;
mod door;
mod error;
mod imports;
mod live;
mod metric;
pub mod problem;
mod routes;
mod sign_in;
mod words;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use peiyu_platform::migrations::Schema;
use peiyu_platform::{Health, Settings, Shutdown, health, telemetry};
use sqlx::PgPool;
use tokio::net::TcpListener;

pub use api::{Api, Parts};
pub use asyncapi::asyncapi;
pub use contracts::{openapi, schemas};
pub use error::ApiError;
pub use peiyu_platform::migrations::SchemaError;

use door::around::around;
use door::drain::drained;
use door::json::MOST_BYTES;
use problem::{Code, Problem};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
static SCHEMA: Schema = Schema { name: "api", migrator: &MIGRATOR };

/// Between two removals of what has ended long ago.
const SWEEP: Duration = Duration::from_secs(600);
/// What is left of the time to end once connections are cut off.
const MARGIN: Duration = Duration::from_secs(2);

/// Brings the schema `api` up to date, under a lock.
///
/// # Errors
/// When the database is away, newer than the binary, or a migration fails.
pub async fn migrate(pool: &PgPool) -> Result<(), SchemaError> {
    SCHEMA.migrate(pool).await
}

/// The newest migration that this binary carries, for backups.
#[must_use]
pub fn schema_version() -> i64 {
    SCHEMA.newest()
}

/// Says whether the database stands where this binary expects it; changes nothing.
///
/// # Errors
/// When the schema is missing, older, newer or changed, or the database is away.
pub async fn check_version(pool: &PgPool) -> Result<(), SchemaError> {
    SCHEMA.check(pool).await
}

/// Ends every session, after a restore: nobody knows which of them were ended since the backup.
///
/// # Errors
/// When the database is away.
pub async fn end_sessions(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("delete from api.sessions").execute(pool).await?;
    sqlx::query("delete from api.tokens").execute(pool).await.map(drop)
}

/// Serves until asked to end, on `held` if that is given, else where the settings say. A database that is away at the
/// start is waited for and shows in `health`.
///
/// # Errors
/// [`ApiError`] when something is wrong that waiting does not mend.
pub async fn run(
    settings: Settings,
    held: Option<std::net::TcpListener>,
    health: Health,
    shutdown: Shutdown,
) -> Result<(), ApiError> {
    let address = settings.http.listen;
    let listening = |source| ApiError::Listen { address, source };
    let listener = match held {
        Some(held) => taken_over(held).map_err(listening)?,
        None => TcpListener::bind(address).await.map_err(listening)?,
    };
    let metrics = telemetry::record_metrics()?;
    let operations = health::operations_router(health.clone(), metrics);
    let probe = health.register("api.postgres");
    let keys = health.register("api.keys");
    let Some(parts) = connect::wait(&settings, &health, &probe, &shutdown).await? else { return Ok(()) };
    let api = Api::new(parts);
    let served = serve(api.clone(), listener, operations, shutdown.clone());
    tokio::try_join!(served, connect::watch(&api, &probe, &keys, &shutdown), tend(&api, &shutdown))?;
    api.runs().finish().await;
    Ok(())
}

fn taken_over(held: std::net::TcpListener) -> std::io::Result<TcpListener> {
    held.set_nonblocking(true)?;
    TcpListener::from_std(held)
}

/// Serves on a listener until asked to end; `operations` stands beside the routes.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    api: Api,
    listener: TcpListener,
    operations: Router,
    shutdown: Shutdown,
) -> Result<(), ApiError> {
    imports::resume(&api).await;
    let app = router(api.clone()).merge(operations).into_make_service_with_connect_info::<SocketAddr>();
    let asked = shutdown.clone();
    let ended = async move { asked.requested().await };
    let watching = async {
        live::watch(&api, &shutdown).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        served = axum::serve(listener, app).with_graceful_shutdown(ended) => served.map_err(ApiError::Serve),
        () = watching => Ok(()),
        () = late(&shutdown) => Ok(()),
    }
}

/// A reader that takes nothing keeps its connection, and the server, from ending: it is cut off in the end.
async fn late(shutdown: &Shutdown) {
    shutdown.requested().await;
    tokio::time::sleep(peiyu_platform::shutdown::GRACE.saturating_sub(MARGIN)).await;
    tracing::warn!("connections that did not end in time are cut off");
}

/// The interface with all that stands around it, and the pages made from its answers.
fn router(api: Api) -> Router {
    let (routes, _) = routes::all().split_for_parts();
    let interface = routes
        .fallback(|| async { Problem::new(Code::RouteUnknown) })
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(from_fn_with_state(api.clone(), around))
        .with_state(api);
    peiyu_pages::router(interface).layer(from_fn(drained))
}

async fn tend(api: &Api, shutdown: &Shutdown) -> Result<(), ApiError> {
    while shutdown.sleep(SWEEP).await {
        if let Err(error) = api.sign_in().sweep().await {
            tracing::warn!(%error, "ended sessions were not removed; it is tried again");
        }
        if let Err(error) = imports::sweep(api).await {
            tracing::warn!(%error, "old rejected rows were not removed; it is tried again");
        }
    }
    Ok(())
}
