//! Names of the application's metrics, in one place.

/// Counter by `from` (memory, store): where a command got an aggregate's state.
pub(crate) const STATES: &str = "peiyu_application_states_total";
/// Gauge: bytes of events whose states are kept in memory.
pub(crate) const STATES_BYTES: &str = "peiyu_application_states_bytes";
