//! The files of a backup: listed with their hashes, copied and compared with them.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path};

use sha2::{Digest, Sha256};

use super::FileEntry;
use crate::failure::Failure;

/// Bytes read at once.
const AT_ONCE: usize = 1 << 20;

/// Folders and files below a folder, by path from there.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Folders, each before what is in it.
    pub folders: Vec<String>,
    /// Files.
    pub files: BTreeMap<String, FileEntry>,
}

/// Lists and hashes everything below `folder`.
///
/// # Errors
/// When something cannot be read or is neither file nor folder: a tablespace elsewhere is in no backup of ours.
pub(crate) fn list(folder: &Path, mut done: impl FnMut(u64)) -> Result<Tree, Failure> {
    let mut tree = Tree::default();
    let mut open = vec![String::new()];
    while let Some(name) = open.pop() {
        let path = folder.join(&name);
        for entry in fs::read_dir(&path).map_err(Failure::file(&path))? {
            let entry = entry.map_err(Failure::file(&path))?;
            let found = entry.path();
            let kind = entry.file_type().map_err(Failure::file(&found))?;
            let below = entry.file_name().into_string().map_err(|_| strange(&found))?;
            let below = if name.is_empty() { below } else { format!("{name}/{below}") };
            if kind.is_dir() {
                tree.folders.push(below.clone());
                open.push(below);
            } else if kind.is_file() {
                let file = hash(&found)?;
                done(file.bytes);
                tree.files.insert(below, file);
            } else {
                return Err(strange(&found));
            }
        }
    }
    tree.folders.sort_unstable();
    Ok(tree)
}

/// Bytes of all files below a folder; what comes and goes meanwhile is not missed.
pub(crate) fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// Length and hash of a file.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn hash(path: &Path) -> Result<FileEntry, Failure> {
    pass(File::open(path).map_err(Failure::file(path))?, &mut std::io::sink()).map_err(Failure::file(path))
}

/// Copies what a manifest lists, each file compared with its hash on the way; on disk when this returns.
///
/// # Errors
/// A file that is missing or was changed; a disk that refuses.
pub(crate) fn copy(
    from: &Path,
    to: &Path,
    folders: &[String],
    files: &BTreeMap<String, FileEntry>,
    mut done: impl FnMut(u64),
) -> Result<(), Failure> {
    for folder in folders {
        let path = inside(to, folder)?;
        DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(Failure::file(&path))?;
    }
    for (name, listed) in files {
        let (source, target) = (inside(from, name)?, inside(to, name)?);
        let input = File::open(&source).map_err(|error| changed(&source).because(error))?;
        let mut options = OpenOptions::new();
        let output = options.write(true).create_new(true).mode(0o600).open(&target);
        let mut output = output.map_err(Failure::file(&target))?;
        let found = pass(input, &mut output).map_err(Failure::file(&target))?;
        output.sync_all().map_err(Failure::file(&target))?;
        if found != *listed {
            return Err(changed(&source));
        }
        done(listed.bytes);
    }
    Ok(())
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name from a manifest never leads out of its folder.
fn inside(folder: &Path, name: &str) -> Result<std::path::PathBuf, Failure> {
    if Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
        return Ok(folder.join(name));
    }
    Err(Failure::usage(
        format!("备份清单里的文件名 {name} 不合法"),
        format!("the manifest names {name:?}, which is no file of a backup"),
    ))
}

fn pass(mut input: impl Read, output: &mut impl Write) -> std::io::Result<FileEntry> {
    let mut buffer = vec![0; AT_ONCE];
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    loop {
        let read = input.read(&mut buffer)?;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
        hash.update(part);
        output.write_all(part)?;
        bytes += read as u64;
    }
    Ok(FileEntry { bytes, sha256: hex(&hash.finalize()) })
}

fn strange(path: &Path) -> Failure {
    Failure::failed(
        format!("{} 既不是文件也不是文件夹，无法备份", path.display()),
        format!("{} is neither file nor folder and cannot be backed up", path.display()),
    )
}

fn changed(path: &Path) -> Failure {
    Failure::failed(
        format!("备份已损坏：{} 缺失或与清单不符", path.display()),
        format!("the backup is damaged: {} is missing or not as the manifest says", path.display()),
    )
    .next("换一个备份；什么都没有改动", "take another backup; nothing was changed")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn sample() -> (tempfile::TempDir, Tree) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("from/base/1")).unwrap();
        fs::create_dir(folder.path().join("from/empty")).unwrap();
        fs::write(folder.path().join("from/base/1/2601"), b"rows").unwrap();
        let tree = list(&folder.path().join("from"), |_| {}).unwrap();
        fs::create_dir(folder.path().join("to")).unwrap();
        (folder, tree)
    }

    #[test]
    fn what_was_listed_is_copied_with_empty_folders_too() {
        let (folder, tree) = sample();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        let mut bytes = 0;
        copy(&from, &to, &tree.folders, &tree.files, |done| bytes += done).unwrap();
        assert_eq!(bytes, 4);
        assert_eq!(fs::read(to.join("base/1/2601")).unwrap(), b"rows");
        assert!(to.join("empty").is_dir());
    }

    #[test]
    fn a_file_that_was_changed_or_is_missing_is_named() {
        let (folder, tree) = sample();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(from.join("base/1/2601"), b"r0ws").unwrap();
        let told = copy(&from, &to, &tree.folders, &tree.files, |_| {}).unwrap_err().to_string();
        assert!(told.contains("base/1/2601"), "{told}");
        fs::remove_file(from.join("base/1/2601")).unwrap();
        fs::remove_file(to.join("base/1/2601")).unwrap();
        let told = copy(&from, &to, &tree.folders, &tree.files, |_| {}).unwrap_err().to_string();
        assert!(told.contains("damaged"), "{told}");
    }

    #[test]
    fn a_manifest_does_not_lead_out_of_its_folder() {
        for name in ["../x", "/etc/passwd", "a/../../x"] {
            assert!(inside(Path::new("/backup"), name).is_err(), "{name}");
        }
    }
}
