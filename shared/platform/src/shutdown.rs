//! Two-step shutdown, and services whose end is noticed.
//!
//! First everything is asked to end and gets [`GRACE`]; what has not ended then is cut off. A second signal
//! cuts off at once. A service that ends by itself ends the process: a background loop is never just gone.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// How long services may take to end.
pub const GRACE: Duration = Duration::from_secs(10);

/// What an end for its own reasons is called.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The request to end, seen by everybody who holds a copy.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// Not requested yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everybody to end.
    pub fn request(&self) {
        self.0.cancel();
    }

    /// True once asked.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until asked.
    pub async fn requested(&self) {
        self.0.cancelled().await;
    }

    /// One that is requested with this one, and can be requested alone (to end one service of several).
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }

    /// Waits `duration`; false when asked to end meanwhile.
    pub async fn sleep(&self, duration: Duration) -> bool {
        tokio::select! {
            () = self.0.cancelled() => false,
            () = tokio::time::sleep(duration) => true,
        }
    }

    /// Requests the end upon Ctrl-C or SIGTERM; a second one ends the process at once with code 130.
    ///
    /// # Errors
    /// When the operating system refuses the handlers.
    pub fn on_signals(&self) -> std::io::Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let shutdown = self.clone();
        tokio::spawn(async move {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            tracing::info!("asked to end");
            shutdown.request();
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            tracing::warn!("asked to end again, ending at once");
            std::process::exit(130);
        });
        Ok(())
    }
}

/// Why the process ends with a failing exit code.
#[derive(Debug, thiserror::Error)]
pub enum ServiceFailure {
    /// A service returned an error.
    #[error("service {name} failed")]
    Failed {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// A service returned though nobody had asked.
    #[error("service {name} ended though nobody had asked it to")]
    EndedEarly {
        /// Its name.
        name: String,
    },
    /// A service panicked.
    #[error("service {name} panicked")]
    Panicked {
        /// Its name.
        name: String,
    },
    /// Services did not end in time.
    #[error("still running {seconds} s after being asked to end, cut off: {names}")]
    Late {
        /// Their names, comma-separated.
        names: String,
        /// The time they had, in seconds.
        seconds: u64,
    },
}

/// The long-running parts of one process.
#[derive(Debug)]
pub struct Services {
    shutdown: Shutdown,
    grace: Duration,
    tasks: JoinSet<Result<(), BoxError>>,
    names: HashMap<Id, String>,
}

impl Services {
    /// None yet.
    #[must_use]
    pub fn new(shutdown: Shutdown) -> Self {
        Self { shutdown, grace: GRACE, tasks: JoinSet::new(), names: HashMap::new() }
    }

    /// Another time to end than [`GRACE`].
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Runs `service` until the shutdown is requested; should it end before, [`Services::wait`] says so.
    pub fn spawn<F, E>(&mut self, name: impl Into<String>, service: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let task = self.tasks.spawn(async move { service.await.map_err(Into::into) });
        self.names.insert(task.id(), name.into());
    }

    /// Waits until all have ended; the first that fails or ends unasked makes the others end too.
    ///
    /// # Errors
    /// The first failure, else those that were cut off.
    pub async fn wait(mut self) -> Result<(), ServiceFailure> {
        let mut first_failure = None;
        let shutdown = self.shutdown.clone();
        while !shutdown.is_requested() {
            let ended = tokio::select! {
                () = shutdown.requested() => break,
                ended = self.tasks.join_next_with_id() => ended,
            };
            match ended {
                Some(ended) => {
                    let unasked = !shutdown.is_requested();
                    first_failure = self.failure_of(ended, unasked);
                    shutdown.request();
                }
                None => return Ok(()),
            }
        }
        let late = tokio::time::timeout(self.grace, async {
            while let Some(ended) = self.tasks.join_next_with_id().await {
                let failure = self.failure_of(ended, false);
                first_failure = first_failure.take().or(failure);
            }
        });
        if late.await.is_err() {
            let mut names: Vec<String> = self.names.drain().map(|(_, name)| name).collect();
            names.sort();
            let late = ServiceFailure::Late { names: names.join(", "), seconds: self.grace.as_secs() };
            tracing::error!("{late}");
            self.tasks.abort_all();
            return Err(first_failure.unwrap_or(late));
        }
        first_failure.map_or(Ok(()), Err)
    }

    fn failure_of(
        &mut self,
        ended: Result<(Id, Result<(), BoxError>), JoinError>,
        unasked: bool,
    ) -> Option<ServiceFailure> {
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let name = self.names.remove(&id).unwrap_or_default();
        let failure = match ended {
            Ok((_, Ok(()))) if unasked => ServiceFailure::EndedEarly { name },
            Ok((_, Ok(()))) => return None,
            Ok((_, Err(source))) => ServiceFailure::Failed { name, source },
            Err(_) => ServiceFailure::Panicked { name },
        };
        tracing::error!(error = &failure as &dyn std::error::Error, "a service ended");
        Some(failure)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    async fn until(shutdown: Shutdown) -> Result<(), std::io::Error> {
        shutdown.requested().await;
        Ok(())
    }

    #[tokio::test]
    async fn services_that_end_when_asked_are_no_failure() {
        let shutdown = Shutdown::new();
        let mut services = Services::new(shutdown.clone());
        services.spawn("one", until(shutdown.clone()));
        services.spawn("two", until(shutdown.clone()));
        shutdown.request();
        services.wait().await.unwrap();
    }

    #[tokio::test]
    async fn a_service_that_ends_unasked_ends_the_others() {
        let shutdown = Shutdown::new();
        let mut services = Services::new(shutdown.clone());
        services.spawn("steady", until(shutdown.clone()));
        services.spawn("gone", async { Ok::<(), std::io::Error>(()) });
        let failure = services.wait().await.unwrap_err();
        assert!(matches!(failure, ServiceFailure::EndedEarly { name } if name == "gone"));
        assert!(shutdown.is_requested());
    }

    #[tokio::test]
    async fn the_first_error_is_what_the_process_reports() {
        let shutdown = Shutdown::new();
        let mut services = Services::new(shutdown.clone());
        services.spawn("steady", until(shutdown.clone()));
        services.spawn("broken", async { Err(std::io::Error::other("disk full")) });
        let failure = services.wait().await.unwrap_err();
        assert!(matches!(failure, ServiceFailure::Failed { name, .. } if name == "broken"));
    }

    #[tokio::test]
    async fn a_panic_is_noticed_by_name() {
        let mut services = Services::new(Shutdown::new());
        services.spawn("broken", async {
            panic!("a fault");
            #[expect(unreachable_code, reason = "gives the future its type")]
            Ok::<(), std::io::Error>(())
        });
        let failure = services.wait().await.unwrap_err();
        assert!(matches!(failure, ServiceFailure::Panicked { name } if name == "broken"));
    }

    #[tokio::test]
    async fn a_service_that_does_not_end_is_cut_off_and_named() {
        let shutdown = Shutdown::new();
        let mut services = Services::new(shutdown.clone()).with_grace(Duration::from_millis(20));
        services.spawn("stuck", std::future::pending::<Result<(), std::io::Error>>());
        services.spawn("steady", until(shutdown.clone()));
        shutdown.request();
        let failure = services.wait().await.unwrap_err();
        assert!(matches!(failure, ServiceFailure::Late { names, .. } if names == "stuck"));
    }
}
