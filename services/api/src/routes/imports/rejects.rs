//! The rejected rows of a run, each with its reason beside it.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use crate::Api;
use crate::door::Path;
use crate::imports::{Files, by_id};
use crate::problem::{Code, Problem};

/// What an .xlsx is called on the wire.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The rejected rows as .xlsx: mended, the file can be imported again.
#[utoipa::path(get, path = "/v1/imports/{id}/rejects", tag = "imports", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
pub(crate) async fn rejects(State(api): State<Api>, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let entry = by_id(api.pool(), id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    if matches!(entry.state.as_str(), "waiting" | "running") {
        return Err(Problem::new(Code::ImportNotReady));
    }
    if !entry.rejects {
        return Err(Problem::new(Code::NotFound));
    }
    let bytes = match tokio::fs::read(Files::of(&api, id).rejects()).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Problem::new(Code::NotFound));
        }
        Err(error) => return Err(Problem::internal(error)),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(XLSX)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"rejects.xlsx\"")),
    ];
    Ok((headers, bytes).into_response())
}
