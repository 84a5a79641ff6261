//! Names of the notifier's metrics. None carries a name, an address or an id of a person.

/// Digests that are to go out today and have not, by the last plan, gauge.
pub(crate) const DUE: &str = "peiyu_notifier_digests_due";
/// Rungs that are reached and have nobody to speak to, by the last plan, gauge.
pub(crate) const UNHEARD: &str = "peiyu_notifier_rungs_unheard";
/// Digests that wait for an operator since a restore, by the last plan, gauge.
pub(crate) const HELD: &str = "peiyu_notifier_digests_held";
/// Digests claimed, counter.
pub(crate) const CLAIMED: &str = "peiyu_notifier_claimed_total";
/// Digests that another notifier had, counter.
pub(crate) const TAKEN: &str = "peiyu_notifier_taken_total";
/// Digests sent, counter.
pub(crate) const SENT: &str = "peiyu_notifier_sent_total";
/// Digests that may have gone out twice, counter.
pub(crate) const POSSIBLE_DOUBLES: &str = "peiyu_notifier_possible_doubles_total";
/// Digests that were not taken, or of which the server did not say so, counter by `failure`.
pub(crate) const FAILED: &str = "peiyu_notifier_failed_total";
/// Ticks that sent nothing, counter by `reason`.
pub(crate) const SKIPPED: &str = "peiyu_notifier_ticks_skipped_total";
/// When the last tick succeeded, seconds since 1970, machine's clock, gauge, 0 before the first; its age is an alarm.
pub(crate) const LAST_TICK: &str = "peiyu_notifier_last_tick_timestamp_seconds";
/// Conversations with the mail server or writes of a file, seconds, histogram.
pub(crate) const SEND_SECONDS: &str = "peiyu_notifier_send_seconds";
/// 1 while the mail server can be used (reached, encrypted, signed in to), else 0, gauge.
pub(crate) const MAIL_UP: &str = "peiyu_notifier_mail_up";
/// Times that the department's words could not be read and others were used, counter.
pub(crate) const WORDING_UNREAD: &str = "peiyu_notifier_wording_unread_total";
