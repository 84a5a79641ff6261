//! Day and time of day in Asia/Shanghai.

use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use peiyu_views::digests::Now;

/// The civil moment of an instant. China has kept UTC+8 without daylight saving since 1991, and nothing is
/// reminded of before.
#[must_use]
pub fn now_in_shanghai(instant: Timestamp) -> Now {
    let civil = instant.to_zoned(TimeZone::fixed(offset(8))).datetime();
    Now { day: civil.date(), time: civil.time() }
}
