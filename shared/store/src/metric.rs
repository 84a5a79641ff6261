//! Names of the store's metrics, in one place.

/// Histogram, seconds: one call of the append function.
pub(crate) const APPEND_SECONDS: &str = "peiyu_store_append_seconds";
/// Histogram: commands in one call.
pub(crate) const APPEND_COMMANDS: &str = "peiyu_store_append_commands";
/// Counter by `outcome`: done, repeated, key_reused, stale, taken, error.
pub(crate) const OUTCOMES: &str = "peiyu_store_outcomes_total";
/// Counter: events given a feed position.
pub(crate) const SEQUENCED: &str = "peiyu_store_sequenced_total";
