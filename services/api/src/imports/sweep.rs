//! Takes away what nobody fetches or confirms any more: it holds names.

use std::path::Path;
use std::time::Duration;

use uuid::Uuid;

use super::{Files, table};
use crate::Api;

/// How long the results of a run can be fetched.
const RESULTS_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a dry run can be confirmed or checked again.
const UPLOADS_KEPT: Duration = Duration::from_secs(24 * 3600);
/// How the names of a run's results end, and of one that was being written when the machine went down.
const RESULTS: [&str; 5] = [".rejects.xlsx", ".conflicts.json", ".examples.json", ".columns.json", ".part"];

/// Removes rejected rows, conflicts, examples and columns after a week, and the file of a dry run that nobody confirmed
/// after a day. A file whose run has not ended stays, however old.
pub(crate) async fn sweep(api: &Api) -> std::io::Result<()> {
    let folder = api.data().join("uploads");
    let mut entries = match tokio::fs::read_dir(&folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let age = entry.metadata().await?.modified()?.elapsed().unwrap_or_default();
        if RESULTS.iter().any(|ending| name.ends_with(ending)) && age > RESULTS_KEPT {
            tokio::fs::remove_file(entry.path()).await?;
        }
        if let Some(id) = upload_of(&name)
            && age > UPLOADS_KEPT
            && table::has_ended(api.pool(), id).await.map_err(std::io::Error::other)?
        {
            Files::of(api, id).remove().await;
        }
    }
    Ok(())
}

fn upload_of(name: &str) -> Option<Uuid> {
    let path = Path::new(name);
    let is_upload = path.extension().is_some_and(|ending| ending == "upload" || ending == "name");
    path.file_stem().filter(|_| is_upload)?.to_str().and_then(|stem| Uuid::try_parse(stem).ok())
}
