//! The last event that somebody wrote with this program, so that their next question shows it (`Peiyu-After`).

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::place::write_private;

/// Afterwards the read models have long shown it; an event of a system made anew would only be waited for.
const FRESH: Duration = Duration::from_secs(60);

/// Reads it, when it was written to the same system a moment ago.
pub(super) fn read(kept_as: &str) -> Option<String> {
    let path = path();
    let written = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok()?;
    let age = SystemTime::now().duration_since(written).ok()?;
    let text = fs::read_to_string(path).ok().filter(|_| age < FRESH)?;
    let (system, event) = text.trim().rsplit_once('\n')?;
    (system == kept_as).then(|| event.to_owned())
}

/// Keeps it; without it the next answer may be a moment old, which is no failure.
pub(super) fn keep(kept_as: &str, event: &str) {
    let path = path();
    let folder_there = path.parent().is_some_and(|folder| fs::create_dir_all(folder).is_ok());
    if folder_there {
        let _ = write_private(&path, &format!("{kept_as}\n{event}\n"));
    }
}

/// Forgets it: the system is no more, and another under its name never had this event.
pub(super) fn forget(kept_as: &str) {
    if read(kept_as).is_some() {
        // A file that stays is too old in a minute.
        let _ = fs::remove_file(path());
    }
}

fn path() -> PathBuf {
    super::credentials::folder().join("last-event")
}
