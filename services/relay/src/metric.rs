//! Names of the relay's metrics.

/// Events published, counter.
pub(crate) const PUBLISHED: &str = "peiyu_relay_published_total";
/// Calls that published, seconds, histogram.
pub(crate) const PUBLISH_SECONDS: &str = "peiyu_relay_publish_seconds";
/// Comparisons of stream and feed, counter by outcome.
pub(crate) const COMPARED: &str = "peiyu_relay_compared_total";
/// 1 while a difference between stream and feed stops publishing, gauge.
pub(crate) const STOPPED: &str = "peiyu_relay_stopped";
/// Last position of the feed, gauge.
pub(crate) const FEED_POSITION: &str = "peiyu_relay_feed_position";
/// Last position known to be in the stream, gauge.
pub(crate) const STREAM_POSITION: &str = "peiyu_relay_stream_position";
/// Positions that the stream should hold and does not, by the last comparison, gauge.
pub(crate) const STREAM_GAPS: &str = "peiyu_relay_stream_gaps";
/// Events in the feed and not yet in the stream, gauge.
pub(crate) const LAG_EVENTS: &str = "peiyu_relay_lag_events";
/// Age of the oldest of them, seconds, gauge.
pub(crate) const LAG_SECONDS: &str = "peiyu_relay_lag_age_seconds";
/// Events committed and without position, gauge.
pub(crate) const WAITING_EVENTS: &str = "peiyu_relay_unsequenced_events";
/// Age of the oldest of them, seconds, gauge.
pub(crate) const WAITING_SECONDS: &str = "peiyu_relay_unsequenced_age_seconds";
/// Events of a subscriber's durable that were never delivered, gauge by subscriber.
pub(crate) const SUBSCRIBER_LAG_EVENTS: &str = "peiyu_relay_subscriber_lag_events";
/// Age of the oldest of them, seconds, gauge by subscriber.
pub(crate) const SUBSCRIBER_LAG_SECONDS: &str = "peiyu_relay_subscriber_lag_age_seconds";
/// Events delivered to a subscriber and not acknowledged, gauge by subscriber.
pub(crate) const SUBSCRIBER_UNACKNOWLEDGED: &str = "peiyu_relay_subscriber_unacknowledged_events";
/// 1 for a subscriber left on an ended epoch's stream, else 0, gauge by subscriber; its lag is not a number then.
pub(crate) const SUBSCRIBER_ENDED_EPOCH: &str = "peiyu_relay_subscriber_ended_epoch";
/// How long the oldest snapshot has been held in PostgreSQL, seconds, gauge.
pub(crate) const OLDEST_SNAPSHOT: &str = "peiyu_relay_oldest_snapshot_seconds";
