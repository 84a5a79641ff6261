//! Imports: a file is kept (mode 0600) until its run has ended, that of a dry run a day longer, so that it can be
//! confirmed, or checked again with its columns mapped by hand; a run goes on after a restart.

mod lease;
mod run;
mod sweep;
mod table;
pub(crate) mod upload;

use std::path::PathBuf;
use std::sync::Arc;

use peiyu_domain::import::ImportKind;
use peiyu_workbooks::Mappable;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub(crate) use sweep::sweep;
pub(crate) use table::{
    Confirmable, Entry, Noted, Upload, by_id, checked, confirmable, insert, kind_of, latest, noted,
};

use crate::Api;

/// Runs at once: one, since each reads ahead and the chunks of two would only wait for each other.
const AT_ONCE: usize = 1;

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

    /// The first values of a file's columns, which name persons and so stand in no table.
    pub(crate) fn examples(&self) -> PathBuf {
        self.folder.join(format!("{}.examples.json", self.id))
    }

    /// The columns of a sheet that could not be read for want of them.
    pub(crate) fn columns(&self) -> PathBuf {
        self.folder.join(format!("{}.columns.json", self.id))
    }

    /// Gives the file and its name to another run as well.
    ///
    /// # Errors
    /// [`std::io::ErrorKind::NotFound`] when the file is kept no more.
    pub(crate) async fn lend(&self, other: &Self) -> std::io::Result<()> {
        tokio::fs::hard_link(self.name(), other.name()).await?;
        tokio::fs::hard_link(self.upload(), other.upload()).await
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

/// The word of a kind in addresses and tables.
pub(crate) fn word(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Organisation => "organisation",
        ImportKind::Roster => "roster",
        ImportKind::Talks => "talks",
    }
}

/// What its columns can be read as, when they can be mapped by hand.
pub(crate) fn mappable(kind: ImportKind) -> Option<Mappable> {
    match kind {
        ImportKind::Organisation => None,
        ImportKind::Roster => Some(Mappable::Roster),
        ImportKind::Talks => Some(Mappable::Talks),
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
