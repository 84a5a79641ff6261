//! Reads what a refused request still sends: answered in the middle of its body, a client would see a broken
//! connection instead of the problem or the page that says it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt;
use tokio::sync::Mutex;

/// Bytes that are read and thrown away at most.
const MOST_BYTES: usize = 128 * 1024 * 1024;
/// Longest time for it.
const LONGEST: Duration = Duration::from_secs(10);

/// Hands the body on, and empties it after the answer is known.
pub(crate) async fn drained(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let shared = Arc::new(Mutex::new(body.into_data_stream()));
    let pieces = futures::stream::unfold(Arc::clone(&shared), |shared| async move {
        let piece = shared.lock().await.next().await?;
        Some((piece, shared))
    });
    let response = next.run(Request::from_parts(parts, Body::from_stream(pieces))).await;
    let emptied = async {
        let mut rest = shared.lock().await;
        let mut bytes = 0;
        while bytes < MOST_BYTES
            && let Some(Ok(piece)) = rest.next().await
        {
            bytes += piece.len();
        }
    };
    // Whoever sends without end or without pace is cut off after all.
    let _ = tokio::time::timeout(LONGEST, emptied).await;
    response
}
