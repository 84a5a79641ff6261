//! 暂停的提醒: after a restore nobody knows what was said since the backup, so an operator decides.

use jiff::civil::Date;
use serde::Serialize;

/// Which rungs that nobody was told of are held for an operator, or were dropped by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Holds {
    /// Rungs reached up to this day wait for an operator.
    pub held_through: Option<Date>,
    /// Rungs reached up to this day are never said.
    pub dropped_through: Option<Date>,
}

impl Holds {
    /// Whether a rung that was reached on `day` is never said.
    #[must_use]
    pub fn is_dropped(&self, day: Date) -> bool {
        self.dropped_through.is_some_and(|through| day <= through)
    }

    /// Whether a rung that was reached on `day` waits for an operator.
    #[must_use]
    pub fn is_held(&self, day: Date) -> bool {
        !self.is_dropped(day) && self.held_through.is_some_and(|through| day <= through)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::date;

    #[test]
    fn a_rung_is_held_up_to_the_day_of_the_restore_unless_it_was_dropped() {
        let none = Holds::default();
        assert!(!none.is_held(date("2026-11-24")) && !none.is_dropped(date("2026-11-24")));
        let holds =
            Holds { held_through: Some(date("2026-11-24")), dropped_through: Some(date("2026-11-10")) };
        assert!(holds.is_dropped(date("2026-11-10")) && !holds.is_held(date("2026-11-10")));
        assert!(holds.is_held(date("2026-11-11")) && holds.is_held(date("2026-11-24")));
        assert!(!holds.is_held(date("2026-11-25")));
    }
}
