//! Where pages come from while a generation is filled from zero.

use std::future::Future;

use crate::applied::Applied;
use crate::error::ViewError;

/// The feed as the read models see it; the projector gives it, since it may unseal.
pub trait PageSource: Sync {
    /// The events after a position, in order and without a gap, at most [`crate::apply::MAX_PAGE`]; empty at the head.
    ///
    /// # Errors
    /// Whatever keeps the feed from being read; passed on as [`ViewError::Feed`].
    fn page(
        &self,
        after: i64,
    ) -> impl Future<Output = Result<Vec<Applied>, Box<dyn std::error::Error + Send + Sync>>> + Send;
}

pub(crate) async fn page_after<S: PageSource>(source: &S, after: i64) -> Result<Vec<Applied>, ViewError> {
    source.page(after).await.map_err(ViewError::Feed)
}
