//! Processes that outlive us: started in their own group, found again by pid, start time and port.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::ServerError;
use crate::folder::{Owner, tail, write_owned};

/// Name of the state file in a server's folder.
const STATE_FILE: &str = "server.json";
/// Seconds that a server gets to end in good order.
const STOP_SECONDS: u64 = 30;

/// Which server a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Postgres,
    Nats,
}

impl Kind {
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Nats => "nats-server",
        }
    }

    /// Seconds that it gets to answer; PostgreSQL may have much to recover.
    fn ready_seconds(self) -> u64 {
        match self {
            Self::Postgres => 120,
            Self::Nats => 60,
        }
    }

    /// The signal upon which it ends in good order without waiting for its clients.
    fn stop_signal(self) -> Signal {
        match self {
            Self::Postgres => Signal::SIGINT,
            Self::Nats => Signal::SIGTERM,
        }
    }
}

/// What a server's folder says about the process that runs, or last ran, in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerState {
    pub(crate) kind: Kind,
    /// Process id.
    pub pid: i32,
    /// Start of the process in clock ticks since boot: a reused pid has another.
    pub started: u64,
    /// Port on 127.0.0.1.
    pub port: u16,
    /// Port of the monitoring page on 127.0.0.1 (nats-server).
    pub monitor: Option<u16>,
}

impl ServerState {
    /// Reads the state file of `folder`; `None` when there is none or it is no such file.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        let text = fs::read_to_string(folder.join(STATE_FILE)).ok()?;
        serde_json::from_str(&text).ok()
    }

    pub(crate) fn write(&self, folder: &Path, owner: &Owner) -> Result<(), ServerError> {
        let text = serde_json::to_string(self)
            .map_err(|error| ServerError::file(&folder.join(STATE_FILE))(error.into()))?;
        write_owned(&folder.join(STATE_FILE), &text, owner)
    }

    /// True while this very process runs (not another with its pid, not a corpse).
    #[must_use]
    pub fn is_alive(&self) -> bool {
        start_of(self.pid) == Some(self.started)
    }
}

/// True while a server that was started in `folder` runs.
#[must_use]
pub fn is_running(folder: &Path) -> bool {
    ServerState::read(folder).is_some_and(|state| state.is_alive())
}

/// Stops the server that runs in `folder`, whoever started it; false when none runs.
///
/// # Errors
/// When it may not be signalled or does not end within 30 s.
pub async fn stop_by_folder(folder: &Path) -> Result<bool, ServerError> {
    let Some(state) = ServerState::read(folder).filter(ServerState::is_alive) else {
        return Ok(false);
    };
    Process { state, child: Mutex::new(None) }.stop().await?;
    Ok(true)
}

/// A running server, our child or not.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) state: ServerState,
    /// Kept to reap it; a server found by its state file is nobody's child here.
    child: Mutex<Option<Child>>,
}

impl Process {
    /// The process that the folder's state names, if it runs.
    pub(crate) fn attach(folder: &Path, kind: Kind) -> Option<Self> {
        let state = ServerState::read(folder)?;
        (state.kind == kind && state.is_alive()).then(|| Self { state, child: Mutex::new(None) })
    }

    /// Starts `command` as `owner`, in a group of its own, with its output in `log`.
    pub(crate) fn spawn(
        mut command: Command,
        (kind, port, monitor): (Kind, u16, Option<u16>),
        folder: &Path,
        owner: &Owner,
    ) -> Result<Self, ServerError> {
        let log = log_file(folder);
        let file = fs::OpenOptions::new().create(true).append(true).open(&log);
        let file = file.map_err(ServerError::file(&log))?;
        owner.give(&log)?;
        let second = file.try_clone().map_err(ServerError::file(&log))?;
        command.stdin(Stdio::null()).stdout(file).stderr(second).current_dir(folder).process_group(0);
        let child = as_owner(&mut command, owner).spawn().map_err(|source| ServerError::Spawn {
            program: PathBuf::from(command.get_program()),
            as_user: owner.drop_to.clone(),
            source,
        })?;
        let pid = child.id().cast_signed();
        let started = start_of(pid).unwrap_or_default();
        let state = ServerState { kind, pid, started, port, monitor };
        let process = Self { state, child: Mutex::new(Some(child)) };
        if let Err(error) = process.state.write(folder, owner) {
            process.kill9();
            return Err(error);
        }
        Ok(process)
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.reap();
        self.state.is_alive()
    }

    /// Waits until `answers` says that the server does; one attempt may take five seconds.
    pub(crate) async fn wait_until_ready(
        &self,
        folder: &Path,
        answers: impl AsyncFn() -> bool,
    ) -> Result<(), ServerError> {
        let (program, log) = (self.state.kind.program(), log_file(folder));
        let seconds = self.state.kind.ready_seconds();
        let deadline = Instant::now() + Duration::from_secs(seconds);
        loop {
            if !self.is_alive() {
                let tail = tail(&log);
                return Err(ServerError::Ended { program, log, tail });
            }
            if let Ok(true) = tokio::time::timeout(Duration::from_secs(5), answers()).await {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(ServerError::NotReady { program, seconds, log });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends the process in good order and waits for its end.
    pub(crate) async fn stop(&self) -> Result<(), ServerError> {
        self.signal(self.state.kind.stop_signal())?;
        let deadline = Instant::now() + Duration::from_secs(STOP_SECONDS);
        while self.is_alive() {
            if Instant::now() > deadline {
                return Err(ServerError::DoesNotEnd { pid: self.state.pid });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Makes it read its configuration again.
    pub(crate) fn reload(&self) -> Result<(), ServerError> {
        self.signal(Signal::SIGHUP)
    }

    /// Ends the process at once, as a power failure would. Its end is waited for (a few milliseconds).
    pub(crate) fn kill9(&self) {
        // A process that is gone already is what we want; one of another user we could not have started.
        let _ = self.signal(Signal::SIGKILL);
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.is_alive() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn signal(&self, signal: Signal) -> Result<(), ServerError> {
        if !self.is_alive() {
            return Ok(());
        }
        match kill(Pid::from_raw(self.state.pid), signal) {
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(source) => Err(ServerError::Signal { pid: self.state.pid, source }),
        }
    }

    fn reap(&self) {
        let mut child = self.child.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(running) = child.as_mut()
            && let Ok(Some(_status)) = running.try_wait()
        {
            *child = None;
        }
    }
}

/// Lets `command` run as `owner`, when privileges are dropped.
pub(crate) fn as_owner<'a>(command: &'a mut Command, owner: &Owner) -> &'a mut Command {
    if owner.drop_to.is_some() {
        // `uid` also clears the supplementary groups of root.
        command.uid(owner.uid).gid(owner.gid).env("HOME", "/");
    }
    command
}

/// Where a server's output goes.
pub(crate) fn log_file(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

/// Start of a living process in clock ticks since boot; `None` for none and for a corpse.
#[must_use]
pub fn start_of(pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the fields after it are fixed (proc(5): 3 state, 22 starttime).
    let (_, fields) = text.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    match fields.first() {
        Some(&("Z" | "X")) | None => None,
        Some(_) => fields.get(19)?.parse().ok(),
    }
}
