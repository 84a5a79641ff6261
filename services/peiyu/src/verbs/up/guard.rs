//! The servers beneath a running system: one that ends by itself is started again where it was.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peiyu_servers::{Nats, NatsOptions, Postgres, PostgresOptions, ServerError, ServerState, is_running};

use crate::place::Place;

const LOOK: Duration = Duration::from_secs(1);
/// After a start that failed: whatever keeps it from starting is seldom gone within a second.
const LOOK_AFTER_FAILURE: Duration = Duration::from_secs(10);

/// Looks after both servers for as long as it is awaited. The services wait for them meanwhile, as for any that is
/// away, and a server comes back on its port, since settings and subscribers know it.
pub(super) async fn watch(place: &Place) -> Infallible {
    let (postgres, nats) = (place.postgres(), place.nats());
    tokio::join!(watch_one("postgres", postgres, start_postgres), watch_one("nats-server", nats, start_nats))
        .0
}

async fn watch_one(
    program: &'static str,
    folder: PathBuf,
    start: impl AsyncFn(&Path, u16) -> Result<(), ServerError>,
) -> Infallible {
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(state) = ServerState::read(&folder).filter(|_| !is_running(&folder)) else { continue };
        tracing::error!(program, pid = state.pid, "ended by itself; it is started again");
        match start(&folder, state.port).await {
            Ok(()) => tracing::warn!(program, port = state.port, "runs again"),
            Err(error) => {
                tracing::error!(program, %error, "does not start; it is tried again");
                tokio::time::sleep(LOOK_AFTER_FAILURE).await;
            }
        }
    }
}

async fn start_postgres(folder: &Path, port: u16) -> Result<(), ServerError> {
    let data = folder.join("data");
    if !data.exists() {
        // Empty data in place of those that are gone would hide that they are.
        let source = std::io::ErrorKind::NotFound.into();
        return Err(ServerError::File { path: data, source });
    }
    let options = PostgresOptions { port: Some(port), ..PostgresOptions::default() };
    Postgres::find_for(folder)?.start(folder, &options).await.map(drop)
}

async fn start_nats(folder: &Path, port: u16) -> Result<(), ServerError> {
    let options = NatsOptions { port: Some(port), ..NatsOptions::default() };
    Nats::find()?.start(folder, &options).await.map(drop)
}
