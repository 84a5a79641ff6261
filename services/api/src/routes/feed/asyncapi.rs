//! The description of subjects and events on NATS.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| crate::asyncapi::yaml(&crate::asyncapi::asyncapi()));

/// Subjects and events as subscribers on NATS meet them (AsyncAPI 3.0).
#[utoipa::path(get, path = "/v1/asyncapi.yaml", tag = "descriptions",
    responses((status = 200, description = "AsyncAPI 3.0.", content_type = "application/yaml")))]
pub(crate) async fn asyncapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/yaml")], DOCUMENT.as_str())
}
