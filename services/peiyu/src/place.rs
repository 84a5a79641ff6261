//! The data folder of a system that runs here: where its files lie, and who runs in it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use peiyu_servers::start_of;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// A data folder.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    folder: PathBuf,
}

/// The process that runs in a data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Running {
    /// Process id.
    pub pid: i32,
    /// Start of the process in clock ticks since boot: a reused pid has another.
    pub started: u64,
    /// Where the api listens.
    pub address: SocketAddr,
    /// False until everything answers and the invented people are loaded.
    pub ready: bool,
}

impl Place {
    /// The folder given, else `PEIYU_DATA`, else the usual one.
    pub(crate) fn at(folder: Option<&Path>) -> Self {
        let folder = folder.map_or_else(peiyu_servers::default_data_folder, Path::to_owned);
        Self { folder: std::path::absolute(&folder).unwrap_or(folder) }
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Settings that `up` writes.
    pub(crate) fn settings(&self) -> PathBuf {
        self.folder.join("peiyu.toml")
    }

    /// The key that wraps the keys of persons.
    pub(crate) fn master_key(&self) -> PathBuf {
        self.folder.join("master.key")
    }

    /// The operator's token.
    pub(crate) fn operator_token(&self) -> PathBuf {
        self.folder.join("operator.token")
    }

    /// Logins of the invented people.
    pub(crate) fn demo_logins(&self) -> PathBuf {
        self.folder.join("demo-logins.txt")
    }

    /// How far the invented people are loaded.
    pub(crate) fn demo_state(&self) -> PathBuf {
        self.folder.join("demo.json")
    }

    /// The mark of a trial with a shifted clock.
    pub(crate) fn trial(&self) -> PathBuf {
        self.folder.join("trial.json")
    }

    /// Who was erased: outside both databases, so that a restore erases them again.
    pub(crate) fn erasures(&self) -> PathBuf {
        self.folder.join("erasures")
    }

    /// The highest epoch that a restore began here.
    pub(crate) fn epoch(&self) -> PathBuf {
        self.folder.join("epoch")
    }

    /// Log of a system in the background.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("peiyu.log")
    }

    /// Folder of the private PostgreSQL.
    pub(crate) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    /// Where a restore makes the next private PostgreSQL ready.
    pub(crate) fn restoring(&self) -> PathBuf {
        self.folder.join("postgres.restoring")
    }

    /// Folder of the private nats-server.
    pub(crate) fn nats(&self) -> PathBuf {
        self.folder.join("nats")
    }

    /// Makes the folder (0711 for root, whose servers run as somebody else and pass through, else 0700).
    ///
    /// # Errors
    /// When it belongs to somebody else or cannot be made.
    pub(crate) fn prepare(&self) -> Result<(), Failure> {
        let us = geteuid();
        let mode = if us.is_root() { 0o711 } else { 0o700 };
        match fs::metadata(&self.folder) {
            Ok(found) if !found.is_dir() => Err(Failure::usage(
                format!("{} 不是文件夹", self.folder.display()),
                format!("{} is no folder", self.folder.display()),
            )),
            Ok(found) if found.uid() == us.as_raw() => {
                fs::set_permissions(&self.folder, fs::Permissions::from_mode(mode))
                    .map_err(Failure::file(&self.folder))
            }
            Ok(found) => Err(Failure::usage(
                format!("{} 属于另一个用户（uid {}）", self.folder.display(), found.uid()),
                format!("{} belongs to another user (uid {})", self.folder.display(), found.uid()),
            )
            .next("换一个：peiyu up --data 文件夹", "choose another: peiyu up --data DIR")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => fs::DirBuilder::new()
                .recursive(true)
                .mode(mode)
                .create(&self.folder)
                .map_err(Failure::file(&self.folder)),
            Err(error) => Err(Failure::file(&self.folder)(error)),
        }
    }

    /// The process that runs here, if it lives.
    pub(crate) fn running(&self) -> Option<Running> {
        let text = fs::read_to_string(self.folder.join("running.json")).ok()?;
        let running: Running = serde_json::from_str(&text).ok()?;
        (start_of(running.pid) == Some(running.started)).then_some(running)
    }

    /// Says that this process runs here.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn announce(&self, address: SocketAddr, ready: bool) -> Result<(), Failure> {
        let pid = std::process::id().cast_signed();
        let running = Running { pid, started: start_of(pid).unwrap_or_default(), address, ready };
        let text = serde_json::to_string(&running)
            .map_err(|error| Failure::failed("内部错误", "internal error").because(error))?;
        write_private(&self.folder.join("running.json"), &text)
    }

    /// Takes back [`Place::announce`].
    pub(crate) fn withdraw(&self) {
        // Gone already is as good.
        let _ = fs::remove_file(self.folder.join("running.json"));
    }

    /// Holds the folder for this process; it is free again when the file is dropped.
    ///
    /// # Errors
    /// When another process holds it: says which.
    pub(crate) fn hold(&self) -> Result<fs::File, Failure> {
        let path = self.folder.join("up.lock");
        let mut options = fs::OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(Failure::file(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => Err(self.in_use()),
            Err(fs::TryLockError::Error(error)) => Err(Failure::file(&path)(error)),
        }
    }

    /// The folder is taken: by whom, and where it answers.
    pub(crate) fn in_use(&self) -> Failure {
        let folder = self.folder.display();
        let failure = match self.running() {
            Some(Running { pid, address, .. }) => Failure::failed(
                format!("{folder} 正由进程 {pid} 使用，地址 http://{address}"),
                format!("{folder} is in use by process {pid}, at http://{address}"),
            ),
            None => Failure::failed(
                format!("{folder} 正由另一个 peiyu up 使用"),
                format!("{folder} is in use by another peiyu up"),
            ),
        };
        failure.next(
            "停止它：peiyu down；或换一个：peiyu up --data 文件夹",
            "stop it: peiyu down; or choose another: peiyu up --data DIR",
        )
    }
}

/// Writes a file that only its owner may read; whole or not at all.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn write_private(path: &Path, content: &str) -> Result<(), Failure> {
    peiyu_servers::write_private(path, content).map_err(Failure::file(path))
}

/// A secret in a file of mode 0600, made at random on first use.
///
/// # Errors
/// When the file cannot be read or written.
pub(crate) fn secret_in(path: &Path) -> Result<String, Failure> {
    match fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::file(path)(error)),
        Ok(_) | Err(_) => {
            let secret = peiyu_servers::random_secret();
            write_private(path, &secret)?;
            Ok(secret)
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, Place) {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(Some(&folder.path().join("data")));
        place.prepare().unwrap();
        (folder, place)
    }

    #[test]
    fn a_folder_in_use_is_refused_with_pid_and_address() {
        let (_folder, place) = place();
        let _held = place.hold().unwrap();
        place.announce("127.0.0.1:4321".parse().unwrap(), true).unwrap();
        let failure = place.hold().unwrap_err().to_string();
        assert!(failure.contains(&std::process::id().to_string()), "{failure}");
        assert!(failure.contains("127.0.0.1:4321"), "{failure}");
    }

    #[test]
    fn a_process_that_is_gone_does_not_run() {
        let (_folder, place) = place();
        place.announce("127.0.0.1:4321".parse().unwrap(), true).unwrap();
        let mut running = place.running().unwrap();
        running.started += 1;
        let text = serde_json::to_string(&running).unwrap();
        write_private(&place.folder().join("running.json"), &text).unwrap();
        assert_eq!(place.running(), None);
    }

    #[test]
    fn a_secret_is_made_once_and_nobody_else_may_read_it() {
        let (_folder, place) = place();
        let first = secret_in(&place.operator_token()).unwrap();
        assert_eq!(secret_in(&place.operator_token()).unwrap(), first);
        let mode = fs::metadata(place.operator_token()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
