//! Names of the projector's metrics.

/// Events given to the read models.
pub(crate) const EVENTS: &str = "peiyu_projector_events_total";
/// Pages read, by where they came from (stream, feed).
pub(crate) const PAGES: &str = "peiyu_projector_pages_total";
/// Time in which a page went into every read model.
pub(crate) const PAGE_SECONDS: &str = "peiyu_projector_page_seconds";
/// Events that a read model lacks.
pub(crate) const LAG_EVENTS: &str = "peiyu_projector_lag_events";
/// Age of the last event that a read model has (of the feed's first when it has none), while it lacks others.
pub(crate) const LAG_SECONDS: &str = "peiyu_projector_lag_seconds";
/// Streams that wait because of a poison event.
pub(crate) const PARKED: &str = "peiyu_projector_parked_streams";
