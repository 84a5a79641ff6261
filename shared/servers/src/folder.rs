//! Folders of servers: who owns them, who may enter, and the secret files in them.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::unistd::{Gid, Uid, User, chown, geteuid};
use rand::Rng;
use tempfile::NamedTempFile;

use crate::ServerError;

/// Seconds that one process waits for another that starts a server in the same folder.
const LOCK_SECONDS: u64 = 90;

/// Where `peiyu up` keeps its data unless told otherwise: `PEIYU_DATA`, else `/var/lib/peiyu` for root
/// (servers drop privileges and could not enter root's home), else `~/.local/share/peiyu`.
#[must_use]
pub fn default_data_folder() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = variable("PEIYU_DATA") {
        return folder;
    }
    if geteuid().is_root() {
        return PathBuf::from("/var/lib/peiyu");
    }
    variable("XDG_DATA_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_else(std::env::temp_dir)
        .join("peiyu")
}

/// A port seen free may be taken before the server binds it; then another one is tried.
pub(crate) const PORT_ATTEMPTS: u32 = 4;

/// Whether a server's log ends with a refused bind.
pub(crate) fn port_was_taken(log: &Path) -> bool {
    let tail = tail(log).to_lowercase();
    tail.contains("address already in use")
}

/// Whom a server runs as.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    pub uid: u32,
    pub gid: u32,
    /// Set when privileges are dropped.
    pub drop_to: Option<String>,
}

impl Owner {
    /// Ourselves, or when we are root the user `postgres`, else `nobody`.
    pub(crate) fn of_servers() -> Result<Self, ServerError> {
        if !geteuid().is_root() {
            return Ok(Self { uid: geteuid().as_raw(), gid: nix::unistd::getegid().as_raw(), drop_to: None });
        }
        let known = ["postgres", "nobody"].into_iter().find_map(|name| User::from_name(name).ok().flatten());
        let user = known.ok_or(ServerError::NoUser)?;
        Ok(Self { uid: user.uid.as_raw(), gid: user.gid.as_raw(), drop_to: Some(user.name) })
    }

    /// Makes `path` this owner's, when we are root.
    pub(crate) fn give(&self, path: &Path) -> Result<(), ServerError> {
        if self.drop_to.is_none() {
            return Ok(());
        }
        chown(path, Some(Uid::from_raw(self.uid)), Some(Gid::from_raw(self.gid)))
            .map_err(|errno| ServerError::file(path)(errno.into()))
    }

    fn may_enter(&self, metadata: &fs::Metadata) -> bool {
        let execute = if metadata.uid() == self.uid {
            0o100
        } else if metadata.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        metadata.mode() & execute != 0
    }
}

/// Makes `folder` (mode 0700, the owner's) and checks that the owner gets there.
pub(crate) fn prepare(folder: &Path, owner: &Owner) -> Result<PathBuf, ServerError> {
    let parent = folder.parent().unwrap_or(Path::new("/"));
    fs::DirBuilder::new().recursive(true).mode(0o711).create(parent).map_err(ServerError::file(parent))?;
    make_private(folder, owner)?;
    let folder = fs::canonicalize(folder).map_err(ServerError::file(folder))?;
    if let Some(user) = &owner.drop_to {
        for ancestor in folder.ancestors().skip(1) {
            let metadata = fs::metadata(ancestor).map_err(ServerError::file(ancestor))?;
            if !owner.may_enter(&metadata) {
                return Err(ServerError::NotTraversable { user: user.clone(), parent: ancestor.to_owned() });
            }
        }
    }
    Ok(folder)
}

/// Makes one folder with mode 0700; an existing one of another owner is refused.
pub(crate) fn make_private(folder: &Path, owner: &Owner) -> Result<(), ServerError> {
    match fs::metadata(folder) {
        Ok(metadata) if metadata.uid() == owner.uid => return Ok(()),
        // Made by root a moment ago (a data folder prepared by hand): it may be given away.
        Ok(metadata) if owner.drop_to.is_some() && metadata.uid() == 0 => {}
        Ok(metadata) => {
            return Err(ServerError::OtherOwner {
                folder: folder.to_owned(),
                found: metadata.uid(),
                expected: owner.uid,
            });
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            fs::DirBuilder::new().mode(0o700).create(folder).map_err(ServerError::file(folder))?;
        }
        Err(error) => return Err(ServerError::file(folder)(error)),
    }
    owner.give(folder)
}

/// Writes a file that only its owner may read (0600); replaces it whole or not at all.
///
/// # Errors
/// When the disk refuses, or the folder is not there.
pub fn write_private(path: &Path, content: &str) -> io::Result<()> {
    written_beside(path, content)?.persist(path)?;
    Ok(())
}

/// As [`write_private`], and the file is the owner's before anybody finds it.
pub(crate) fn write_owned(path: &Path, content: &str, owner: &Owner) -> Result<(), ServerError> {
    let file = written_beside(path, content).map_err(ServerError::file(path))?;
    owner.give(file.path())?;
    file.persist(path).map_err(|error| ServerError::file(path)(error.error))?;
    Ok(())
}

/// The whole content on disk under a name of its own: two writers at once do not mix.
fn written_beside(path: &Path, content: &str) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A secret made at random: 64 hexadecimal digits.
#[must_use]
pub fn random_secret() -> String {
    let random: [u8; 32] = rand::rng().random();
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The password in `<folder>/password`, made at random on first use.
pub(crate) fn password(folder: &Path, owner: &Owner, data_exists: bool) -> Result<String, ServerError> {
    let path = folder.join("password");
    match fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(ServerError::file(&path)(error)),
    }
    if data_exists {
        return Err(ServerError::PasswordLost { path });
    }
    let password = random_secret();
    write_owned(&path, &password, owner)?;
    Ok(password)
}

/// Waits until no other process starts a server in this folder; the lock goes with the returned file.
pub(crate) async fn lock(folder: &Path) -> Result<fs::File, ServerError> {
    let path = folder.join("lock");
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(ServerError::file(&path))?;
    let deadline = Instant::now() + Duration::from_secs(LOCK_SECONDS);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(fs::TryLockError::WouldBlock) => {
                return Err(ServerError::Busy { folder: folder.to_owned(), seconds: LOCK_SECONDS });
            }
            Err(fs::TryLockError::Error(error)) => return Err(ServerError::file(&path)(error)),
        }
    }
}

/// The last lines of a log file, for error messages.
pub(crate) fn tail(path: &Path) -> String {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(6).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
}
