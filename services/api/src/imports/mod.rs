//! Imports: a file is kept (mode 0600) until its run has ended; a run goes on after a restart.

mod lease;
mod run;
mod table;
pub(crate) mod upload;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use peiyu_domain::import::ImportKind;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub(crate) use table::{Entry, Noted, Upload, by_id, insert, latest};

use crate::Api;

/// Runs at once: one, since each reads ahead and the chunks of two would only wait for each other.
const AT_ONCE: usize = 1;

/// How long rejected rows can be fetched.
const REJECTS_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// The runs of this process.
#[derive(Debug, Clone)]
pub(crate) struct Runs {
    tasks: TaskTracker,
    stop: CancellationToken,
    turn: Arc<Semaphore>,
}

impl Default for Runs {
    fn default() -> Self {
        let turn = Arc::new(Semaphore::new(AT_ONCE));
        Self { tasks: TaskTracker::new(), stop: CancellationToken::new(), turn }
    }
}

impl Runs {
    /// Breaks runs off (the next start goes on) and waits until they have let go.
    pub(crate) async fn finish(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Where a run's files lie.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    folder: PathBuf,
    id: Uuid,
}

impl Files {
    pub(crate) fn of(api: &Api, id: Uuid) -> Self {
        Self { folder: api.data().join("uploads"), id }
    }

    pub(crate) fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// The file itself.
    pub(crate) fn upload(&self) -> PathBuf {
        self.folder.join(format!("{}.upload", self.id))
    }

    /// Its name as uploaded, which may name a person and so stands in no table.
    pub(crate) fn name(&self) -> PathBuf {
        self.folder.join(format!("{}.name", self.id))
    }

    /// The rejected rows.
    pub(crate) fn rejects(&self) -> PathBuf {
        self.folder.join(format!("{}.rejects.xlsx", self.id))
    }

    /// The conflicts, which hold facts about persons and so stand in no table.
    pub(crate) fn conflicts(&self) -> PathBuf {
        self.folder.join(format!("{}.conflicts.json", self.id))
    }

    /// Removes the file and its name; what is gone already is no fault.
    pub(crate) async fn remove(&self) {
        for path in [self.upload(), self.name()] {
            match tokio::fs::remove_file(&path).await {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => tracing::warn!(%error, import = %self.id, "an uploaded file was not removed"),
            }
        }
    }
}

/// Removes rejected rows and conflicts that nobody fetches any more: they hold names.
pub(crate) async fn sweep(api: &Api) -> std::io::Result<()> {
    let folder = api.data().join("uploads");
    let mut entries = match tokio::fs::read_dir(&folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_result = name.ends_with(".rejects.xlsx") || name.ends_with(".conflicts.json");
        let age = entry.metadata().await?.modified()?.elapsed().unwrap_or_default();
        if is_result && age > REJECTS_KEPT {
            tokio::fs::remove_file(entry.path()).await?;
        }
    }
    Ok(())
}

/// The word of a kind in addresses and tables.
pub(crate) fn word(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Organisation => "organisation",
        ImportKind::Roster => "roster",
        ImportKind::Talks => "talks",
    }
}

/// Starts a run in the background.
pub(crate) fn start(api: &Api, upload: Upload) {
    let (api, runs) = (api.clone(), api.runs().clone());
    let stop = runs.stop.clone();
    runs.tasks.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = run::run(&api, upload) => {}
        }
    });
}

/// Goes on with runs that a stop broke off, if their files lie here.
pub(crate) async fn resume(api: &Api) {
    match table::unfinished(api.pool()).await {
        Ok(uploads) => {
            for upload in uploads {
                if Files::of(api, upload.id).upload().exists() {
                    tracing::info!(import = %upload.id, "an import goes on where it stopped");
                    start(api, upload);
                }
            }
        }
        Err(error) => tracing::warn!(%error, "unfinished imports were not looked for"),
    }
}
