//! What a backup says of itself: the manifest, written last, so that a backup that was cut off has none.

pub(crate) mod files;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::Failure;
use crate::place::write_private;

/// Name of the manifest in a backup's folder, of events and of keys alike.
const MANIFEST: &str = "manifest.json";
/// The form of the manifests that this binary writes.
const FORM: u32 = 1;

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its content, lower-case hex.
    pub sha256: String,
}

/// Whose backup it is, and of when; stands in both manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Source {
    /// Form of the manifest.
    pub form: u32,
    /// Version of the program that wrote it.
    pub peiyu: String,
    /// Short name of the university.
    pub tenant: String,
    /// When it was begun, by the system's clock.
    pub taken_at: Timestamp,
    /// Tells the master key from others, without telling anything of it.
    pub master_key: String,
    /// Newest migration of each schema.
    pub schemas: BTreeMap<String, i64>,
}

/// The manifest of a backup of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Events {
    /// Whose, and of when.
    pub source: Source,
    /// When the copy ended: it holds nothing younger. Keys must be of then or later.
    pub ended_at: Timestamp,
    /// How far the system's clock was ahead of the machine's, in seconds.
    pub clock_offset_seconds: i64,
    /// Major version of PostgreSQL.
    pub postgres: u32,
    /// Epoch of the feed.
    pub epoch: i32,
    /// Last feed position.
    pub position: i64,
    /// The event there.
    pub last_event: Option<Uuid>,
    /// Every folder, those without files too.
    pub folders: Vec<String>,
    /// Every file.
    pub files: BTreeMap<String, FileEntry>,
}

/// The manifest of a backup of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Keys {
    /// Whose, and of when.
    pub source: Source,
    /// How many.
    pub keys: u64,
    /// The file of keys.
    pub file: FileEntry,
}

impl Source {
    /// What holds for every backup that this binary writes.
    pub(crate) fn new(
        tenant: &str,
        taken_at: Timestamp,
        master_key: [u8; 32],
        schemas: &[(&str, i64)],
    ) -> Self {
        Self {
            form: FORM,
            peiyu: env!("CARGO_PKG_VERSION").to_owned(),
            tenant: tenant.to_owned(),
            taken_at,
            master_key: files::hex(&master_key),
            schemas: schemas.iter().map(|(name, version)| ((*name).to_owned(), *version)).collect(),
        }
    }

    /// Refuses a backup of another university, under another master key, or newer than this binary.
    ///
    /// # Errors
    /// Usage: says which, and what to do.
    pub(crate) fn fits(
        &self,
        tenant: Option<&str>,
        master_key: [u8; 32],
        known: &[(&str, i64)],
    ) -> Result<(), Failure> {
        if let Some(tenant) = tenant.filter(|tenant| *tenant != self.tenant) {
            return Err(Failure::usage(
                format!("这是 {} 的备份，而这里是 {tenant}", self.tenant),
                format!("this is a backup of {}, and here is {tenant}", self.tenant),
            )
            .next(
                "取本校的备份，或换一个文件夹：--data",
                "take this university's backup, or another folder: --data",
            ));
        }
        let newer = self.schemas.iter().find(|(name, version)| {
            known.iter().find(|(known, _)| known == name).is_none_or(|(_, newest)| *version > newest)
        });
        if self.form > FORM || newer.is_some() {
            let what = newer.map_or_else(String::new, |(name, version)| format!(" ({name} {version})"));
            return Err(Failure::usage(
                format!("备份由更新的程序 {} 写成{what}，本程序是 {}", self.peiyu, env!("CARGO_PKG_VERSION")),
                format!("the backup was written by the newer peiyu {}{what}", self.peiyu),
            )
            .next("先安装新版本的 peiyu", "install the newer peiyu first"));
        }
        if self.master_key != files::hex(&master_key) {
            return Err(Failure::usage(
                "主密钥不对：这个备份是用另一个主密钥加密的",
                "the wrong master key: this backup was sealed under another one",
            )
            .next(
                "给出当时的主密钥：--master-key 文件",
                "give the master key of that time: --master-key FILE",
            ));
        }
        Ok(())
    }
}

/// Writes a manifest; the backup is whole from then on.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn write<T: Serialize>(folder: &Path, manifest: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(manifest)
        .map_err(|error| Failure::failed("内部错误", "internal error").because(error))?;
    write_private(&folder.join(MANIFEST), &format!("{text}\n"))?;
    // The name must survive a power failure as well as the bytes.
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(Failure::file(folder))
}

/// Reads a manifest.
///
/// # Errors
/// Usage when there is none (no backup, or one that was cut off) or it cannot be read.
pub(crate) fn read<T: DeserializeOwned>(folder: &Path) -> Result<T, Failure> {
    let path = folder.join(MANIFEST);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::usage(
                format!("{} 里没有完整的备份（没有 {MANIFEST}）", folder.display()),
                format!("there is no whole backup in {} (no {MANIFEST})", folder.display()),
            )
            .next("备份可能中断过：换一个", "it may have been cut off: take another one"));
        }
        Err(error) => return Err(Failure::file(&path)(error)),
    };
    serde_json::from_str(&text).map_err(|error| {
        Failure::usage(
            format!("{} 不是本程序的备份清单", path.display()),
            format!("{} is no manifest of such a backup", path.display()),
        )
        .because(error)
        .next("事件与密钥是两个文件夹，不要弄反", "events and keys are two folders: not the other way round?")
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn source() -> Source {
        Source::new("demo", Timestamp::UNIX_EPOCH, [1; 32], &[("store", 5)])
    }

    #[test]
    fn a_backup_is_taken_by_its_own_university_with_its_key_and_a_program_as_new() {
        assert!(source().fits(Some("demo"), [1; 32], &[("store", 5)]).is_ok());
        assert!(
            source().fits(None, [1; 32], &[("store", 6)]).is_ok(),
            "an older backup is brought up to date"
        );
        let refused = |fits: Result<(), Failure>| fits.unwrap_err().to_string();
        assert!(refused(source().fits(Some("other"), [1; 32], &[("store", 5)])).contains("a backup of demo"));
        assert!(refused(source().fits(None, [2; 32], &[("store", 5)])).contains("wrong master key"));
        assert!(refused(source().fits(None, [1; 32], &[("store", 4)])).contains("newer peiyu"));
        assert!(refused(source().fits(None, [1; 32], &[])).contains("newer peiyu"), "a schema of tomorrow");
    }

    #[test]
    fn without_a_manifest_there_is_no_backup_and_the_other_kind_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let none = read::<Events>(folder.path()).unwrap_err().to_string();
        assert!(none.contains("no whole backup"), "{none}");
        let keys = Keys { source: source(), keys: 3, file: FileEntry { bytes: 1, sha256: "00".into() } };
        write(folder.path(), &keys).unwrap();
        assert_eq!(read::<Keys>(folder.path()).unwrap(), keys);
        let other = read::<Events>(folder.path()).unwrap_err().to_string();
        assert!(other.contains("two folders"), "{other}");
    }
}
