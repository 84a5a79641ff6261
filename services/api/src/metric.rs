//! Names of the api's metrics.

/// Requests answered, by `method`, `route` and `status`.
pub(crate) const REQUESTS: &str = "peiyu_http_requests_total";
/// Seconds until the head of an answer was ready, by `method` and `route`.
pub(crate) const REQUEST_SECONDS: &str = "peiyu_http_request_seconds";
/// Streams of events that are open.
pub(crate) const EVENT_STREAMS: &str = "peiyu_event_streams";
/// Streams of events that ended, by `reason`.
pub(crate) const EVENT_STREAMS_ENDED: &str = "peiyu_event_streams_ended_total";
