//! One run: check the whole file, take it in chunk by chunk, leave a report. What passes is waited out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use peiyu_application::{
    Application, CommandError, ImportFault, ImportReport, ImportSource, Progress, Request,
};
use peiyu_contracts::Origin;
use peiyu_domain::Actor;
use peiyu_domain::values::{AccountId, ImportId};
use peiyu_language::Language;
use peiyu_workbooks::{Limits, Mapping, WorkbookError};
use serde_json::json;
use tokio::sync::watch;

use super::lease::Lease;
use super::{Files, Upload, mappable, table};
use crate::Api;
use crate::problem::{Code, Problem};

/// Between two notes of the progress.
const NOTED_EVERY: Duration = Duration::from_millis(300);
/// Between two tries when the database is away.
const AGAIN: Duration = Duration::from_secs(2);

/// Runs to the end; broken off (dropped), it is resumed at the next start.
pub(super) async fn run(api: &Api, upload: Upload) {
    let Ok(_turn) = api.runs().turn.acquire().await else { return };
    let files = Files::of(api, upload.id);
    let Some(lease) = lease(api, &upload).await else {
        // Ended elsewhere; the file of a dry run may still be confirmed or mapped.
        if !upload.dry_run {
            files.remove().await;
        }
        return;
    };
    let is_kept = loop {
        match attempt(api, &upload, &files).await {
            Ok(report) => {
                let text = serde_json::to_string(&report).unwrap_or_else(|_| "null".to_owned());
                let rejects = files.rejects().exists();
                while let Err(error) = table::finish(api.pool(), upload.id, &text, rejects).await {
                    not_noted(&error).await;
                }
                break upload.dry_run;
            }
            Err(fault) if passes(&fault) => {
                tracing::warn!(import = %upload.id, error = %fault, "an import waits for the database");
                tokio::time::sleep(AGAIN).await;
            }
            Err(fault) => {
                let can_be_mapped = keep_columns(&upload, &files, &fault).await;
                let problem = written(&problem_of(fault));
                while let Err(error) = table::fail(api.pool(), upload.id, &problem).await {
                    not_noted(&error).await;
                }
                break can_be_mapped;
            }
        }
    };
    if !is_kept {
        files.remove().await;
    }
    lease.give_back().await;
}

/// Of a dry run that failed for its columns: they are kept with the file, so that somebody can say which is which.
async fn keep_columns(upload: &Upload, files: &Files, fault: &ImportFault) -> bool {
    let is_for_columns = matches!(
        fault,
        ImportFault::Workbook(WorkbookError::MissingColumn { .. } | WorkbookError::TwoColumns { .. })
    );
    let Some(kind) = mappable(upload.kind).filter(|_| is_for_columns && upload.dry_run) else { return false };
    let (upload, files) = (upload.clone(), files.clone());
    let kept = tokio::task::spawn_blocking(move || {
        let (columns, examples) = kind.columns(&files.upload(), &mapping(&upload)?, Limits::default())?;
        for (file, text) in [
            (files.columns(), serde_json::to_vec(&columns)),
            (files.examples(), serde_json::to_vec(&examples)),
        ] {
            keep(&file, &text.map_err(std::io::Error::from)?)?;
        }
        Ok::<_, ImportFault>(())
    });
    match kept.await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the columns of a file were not kept");
            false
        }
        Err(_) => false,
    }
}

/// Waits for the lease; none when the import has ended meanwhile, in another process.
async fn lease(api: &Api, upload: &Upload) -> Option<Lease> {
    loop {
        match Lease::take(api.pool(), upload.id).await {
            Ok(Some(lease)) => match table::has_ended(api.pool(), upload.id).await {
                Ok(false) => return Some(lease),
                Ok(true) => return None,
                Err(error) => not_now(&upload.id, &error),
            },
            // Its turn is kept meanwhile: what was uploaded later may rest on this one.
            Ok(None) => tracing::debug!(import = %upload.id, "another process runs the import"),
            Err(error) => not_now(&upload.id, &error),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

fn not_now(import: &uuid::Uuid, error: &sqlx::Error) {
    tracing::warn!(%import, %error, "an import waits for the database");
}

/// Until its outcome is noted a run is not over.
async fn not_noted(error: &sqlx::Error) {
    tracing::warn!(%error, "the outcome of an import is not noted yet");
    tokio::time::sleep(AGAIN).await;
}

async fn attempt(api: &Api, upload: &Upload, files: &Files) -> Result<ImportReport, ImportFault> {
    let application = api.application();
    let request = request(application, upload).await?;
    let source = source(upload, files).await?;
    let checked = application.check_import(&source).await?;
    let (report, mut checked) = if upload.dry_run {
        application.dry_run_import(&request, &source, checked).await?
    } else {
        let (sender, receiver) = watch::channel(Progress::default());
        let run = application.run_import(&request, ImportId(upload.id), &source, checked, &sender);
        tokio::pin!(run);
        loop {
            tokio::select! {
                outcome = &mut run => break outcome?,
                () = tokio::time::sleep(NOTED_EVERY) => {
                    let Progress { done, total } = *receiver.borrow();
                    // Only shown, so a failure to note it does no harm.
                    let _ = table::progress(api.pool(), upload.id, done, total).await;
                }
            }
        }
    };
    if !report.found.is_empty() {
        let text = serde_json::to_vec(&report.found).map_err(std::io::Error::from)?;
        keep(&files.conflicts(), &text)?;
    }
    let (out, rejected, dry_run) = (files.clone(), report.rejected, upload.dry_run);
    let written = tokio::task::spawn_blocking(move || {
        if rejected > 0 {
            let part = part_of(&out.rejects());
            checked.write_rejected(&part)?;
            private(&part)?;
            std::fs::rename(&part, out.rejects())?;
        }
        if dry_run {
            let text = serde_json::to_vec(&checked.examples()?).map_err(std::io::Error::from)?;
            keep(&out.examples(), &text)?;
        }
        Ok::<_, ImportFault>(())
    });
    written.await.map_err(|_| ImportFault::Broken)??;
    Ok(report)
}

/// Only the owner may read it: it holds names.
fn private(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
}

async fn request(application: &Application, upload: &Upload) -> Result<Request, CommandError> {
    let operator = application.operator();
    let actor: Actor = if upload.principal == operator.principal {
        operator
    } else {
        application.actor(AccountId(upload.principal)).await?
    };
    Ok(Request {
        actor,
        command_id: upload.command_id,
        digest: upload.digest,
        correlation_id: upload.id,
        causation_id: None,
        if_match: None,
        origin: Origin::Import,
    })
}

async fn source(upload: &Upload, files: &Files) -> Result<ImportSource, ImportFault> {
    let file_name = tokio::fs::read_to_string(files.name()).await?;
    Ok(ImportSource { kind: upload.kind, path: files.upload(), file_name, mapping: mapping(upload)? })
}

fn mapping(upload: &Upload) -> Result<Mapping, WorkbookError> {
    upload.mapping.as_deref().map_or_else(|| Ok(Mapping::default()), Mapping::from_toml)
}

fn passes(fault: &ImportFault) -> bool {
    match fault {
        ImportFault::Command(error) => matches!(
            error,
            CommandError::Unavailable(_) | CommandError::OutcomeUnknown(_) | CommandError::Contended
        ),
        ImportFault::Workbook(_) | ImportFault::File(_) | ImportFault::Broken => false,
    }
}

/// The problem of a run that failed.
fn problem_of(fault: ImportFault) -> Problem {
    match fault {
        ImportFault::Workbook(error) => {
            let place = error.place();
            Problem::with_facts(
                Code::ImportFileUnfit,
                json!({
                    "code": error.code(), "zh": error.chinese(), "en": error.to_string(),
                    "sheet": place.sheet, "row": place.row, "column": place.column,
                }),
            )
        }
        ImportFault::Command(error) => error.into(),
        ImportFault::File(error) => Problem::internal(error),
        ImportFault::Broken => Problem::internal(fault),
    }
}

/// Both languages are kept, since who asks later may read either.
fn written(problem: &Problem) -> String {
    if let Some(cause) = problem.cause() {
        tracing::error!(error = %cause, "an import failed");
    }
    let both = [Language::Zh, Language::En].map(|language| {
        let body = problem.body(language, "", "");
        (language.tag().to_owned(), serde_json::to_value(body).unwrap_or_default())
    });
    serde_json::Value::Object(both.into_iter().collect()).to_string()
}

/// Writes a file for our eyes only; whoever follows the run meanwhile finds it whole or not at all.
fn keep(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let part = part_of(file);
    std::fs::write(&part, content)?;
    private(&part)?;
    std::fs::rename(&part, file)
}

fn part_of(file: &Path) -> PathBuf {
    file.with_extension("part")
}
