//! The injected clock. Domain code never reads a clock; services get one of these.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

/// The zone in which every civil day of Peiyu is reckoned.
pub const ZONE: &str = "Asia/Shanghai";

/// Business time: the machine's clock, shifted in a trial system, or set by hand in tests.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    Machine {
        offset: SignedDuration,
    },
    /// Microseconds since 1970; shared, so that a test moves every service at once.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock plus an offset (zero in production).
    #[must_use]
    pub fn machine(offset: SignedDuration) -> Self {
        Self(Source::Machine { offset })
    }

    /// A clock that stands still until it is set.
    #[must_use]
    pub fn manual(now: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(now.as_microsecond()))))
    }

    /// Moves a manual clock; a machine clock stays as it is.
    pub fn set(&self, now: Timestamp) {
        match &self.0 {
            Source::Manual(microseconds) => {
                microseconds.store(now.as_microsecond(), Ordering::SeqCst);
            }
            Source::Machine { .. } => {}
        }
    }

    /// The present instant, in whole microseconds.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place where business time begins")]
    pub fn now(&self) -> Timestamp {
        let microsecond = match &self.0 {
            Source::Machine { offset } => (Timestamp::now() + *offset).as_microsecond(),
            Source::Manual(microseconds) => microseconds.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(microsecond).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Today in Asia/Shanghai.
    #[must_use]
    pub fn today(&self) -> Date {
        civil_day(self.now())
    }
}

/// China Standard Time, without daylight saving since 1991: the fallback when no zone data is found.
fn zone() -> TimeZone {
    TimeZone::get(ZONE).unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(8)))
}

/// The civil day of an instant in Asia/Shanghai.
#[must_use]
pub fn civil_day(instant: Timestamp) -> Date {
    instant.to_zoned(zone()).date()
}
