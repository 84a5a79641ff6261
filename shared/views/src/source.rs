//! Where events come from beside the projector's own following: replays, and events that were parked.

use std::future::Future;

use uuid::Uuid;

use crate::applied::Applied;
use crate::error::ViewError;

/// What keeps the feed from being read.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// The feed as the read models see it; the projector gives it, since it may unseal.
pub trait PageSource: Sync {
    /// The last position.
    ///
    /// # Errors
    /// As [`PageSource::page`].
    fn head(&self) -> impl Future<Output = Result<i64, SourceError>> + Send;

    /// The events after a position, in order and without a gap, at most [`crate::apply::MAX_PAGE`]; empty at the head.
    ///
    /// # Errors
    /// Whatever keeps the feed from being read; passed on as [`ViewError::Feed`].
    fn page(&self, after: i64) -> impl Future<Output = Result<Vec<Applied>, SourceError>> + Send;

    /// The events at these positions, in their order.
    ///
    /// # Errors
    /// As [`PageSource::page`], also when there is none at one of them.
    fn at(&self, positions: &[i64]) -> impl Future<Output = Result<Vec<Applied>, SourceError>> + Send;

    /// Whole streams of a kind of aggregate behind an id, up to a position: by id, then by sequence; some thousand
    /// events, or more when a single stream is longer. Empty when there are no more streams.
    ///
    /// # Errors
    /// As [`PageSource::page`].
    fn streams(
        &self,
        kind: &str,
        after: Option<Uuid>,
        up_to: i64,
    ) -> impl Future<Output = Result<Vec<Applied>, SourceError>> + Send;
}

pub(crate) async fn page_after<S: PageSource>(source: &S, after: i64) -> Result<Vec<Applied>, ViewError> {
    source.page(after).await.map_err(ViewError::Feed)
}
