//! Takes a multipart upload to disk, piece by piece, hashed on the way.

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use peiyu_workbooks::Mapping;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::Files;
use crate::problem::{Code, Problem};

/// Most bytes of an upload.
pub(crate) const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Most bytes of a mapping.
pub(crate) const MOST_MAPPING: usize = 64 * 1024;
/// Most characters of a file's name that are kept.
const MOST_NAME: usize = 200;

/// What came.
#[derive(Debug)]
pub(crate) struct Received {
    /// SHA-256 of the file.
    pub(crate) hash: [u8; 32],
    /// Columns as mapped by hand, TOML.
    pub(crate) mapping: Option<String>,
}

impl From<MultipartError> for Problem {
    fn from(error: MultipartError) -> Self {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::with_facts(Code::TooLarge, json!({ "most": MOST_BYTES }));
        }
        Self::with_facts(Code::FormUnfit, json!({ "fault": error.body_text() }))
    }
}

/// Receives the parts `file` (once) and `mapping` (at most once).
pub(crate) async fn receive(form: &mut Multipart, files: &Files) -> Result<Received, Problem> {
    let mut hash = None;
    let mut mapping = None;
    while let Some(field) = form.next_field().await? {
        match field.name() {
            Some("file") if hash.is_none() => hash = Some(keep(field, files).await?),
            Some("mapping") if mapping.is_none() => mapping = Some(read_mapping(field).await?),
            _ => return Err(unfit("expected one part file and at most one part mapping")),
        }
    }
    let hash = hash.ok_or_else(|| unfit("the part file is missing"))?;
    Ok(Received { hash, mapping })
}

fn unfit(fault: &str) -> Problem {
    Problem::with_facts(Code::FormUnfit, json!({ "fault": fault }))
}

async fn keep(mut field: Field<'_>, files: &Files) -> Result<[u8; 32], Problem> {
    let folder = files.folder().clone();
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(Problem::internal)?;
    let name: String = field.file_name().unwrap_or("upload.xlsx").chars().take(MOST_NAME).collect();
    write_private(&files.name(), name.as_bytes()).map_err(Problem::internal)?;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(files.upload());
    let mut file = tokio::fs::File::from_std(file.map_err(Problem::internal)?);
    let mut hasher = Sha256::new();
    while let Some(piece) = field.chunk().await? {
        hasher.update(&piece);
        file.write_all(&piece).await.map_err(Problem::internal)?;
    }
    file.sync_all().await.map_err(Problem::internal)?;
    Ok(hasher.finalize().into())
}

fn write_private(path: &std::path::Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)
}

async fn read_mapping(mut field: Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > MOST_MAPPING {
            return Err(Problem::with_facts(Code::TooLarge, json!({ "most": MOST_MAPPING })));
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| unfit("the mapping is not UTF-8"))?;
    // Its faults are told now, not in the middle of a run.
    Mapping::from_toml(&text).map_err(|error| unfit(&error.to_string()))?;
    Ok(text)
}
