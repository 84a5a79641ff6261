//! The description of every route.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| crate::contracts::openapi().to_string());

/// This description (OpenAPI 3.1).
#[utoipa::path(get, path = "/openapi.json", tag = "descriptions",
    responses((status = 200, description = "OpenAPI 3.1.", content_type = "application/json")))]
pub(crate) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str())
}
