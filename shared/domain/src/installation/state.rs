//! The installation's epochs, and which of them still hold reminders.

use std::collections::{BTreeMap, BTreeSet};

use super::{InstallationEvent, InstallationRefusal};
use crate::decider::Aggregate;

/// The installation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Installation {
    /// Last position that each epoch shares with those before it.
    shared: BTreeMap<i32, i64>,
    holding: BTreeSet<i32>,
}

impl Installation {
    /// The highest epoch that a restore began; 0 when there was none.
    #[must_use]
    pub fn epoch(&self) -> i32 {
        self.shared.keys().next_back().copied().unwrap_or(0)
    }

    /// Up to which position an earlier epoch has the same events as the present one; none when no restore came
    /// after it.
    #[must_use]
    pub fn shared_with(&self, earlier: i32) -> Option<i64> {
        self.shared.range(earlier.saturating_add(1)..).map(|(_, position)| *position).min()
    }

    /// Epochs whose restore still holds reminders, oldest first.
    pub fn holding(&self) -> impl Iterator<Item = i32> + '_ {
        self.holding.iter().copied()
    }
}

impl Aggregate for Installation {
    const TYPE: &'static str = "installation";
    type Event = InstallationEvent;
    type Refusal = InstallationRefusal;

    fn evolve(&mut self, event: &InstallationEvent) {
        match event {
            InstallationEvent::EpochBegan { epoch, last_position, backed_up_at, .. } => {
                self.shared.insert(*epoch, *last_position);
                if backed_up_at.is_some() {
                    self.holding.insert(*epoch);
                }
            }
            InstallationEvent::HeldRemindersReleased { epoch }
            | InstallationEvent::HeldRemindersDropped { epoch } => {
                self.holding.remove(epoch);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::testing::{TODAY, date};

    #[test]
    fn an_epoch_agrees_with_the_present_one_up_to_the_earliest_restore_after_it() {
        let began = |epoch, last_position| InstallationEvent::EpochBegan {
            epoch,
            earlier_epoch: 1,
            last_position,
            last_event: None,
            backed_up_at: Some(Timestamp::UNIX_EPOCH),
            began_on: date(TODAY),
        };
        let installation = Installation::after(&[began(2, 100), began(4, 50), began(5, 80)]);
        assert_eq!(installation.epoch(), 5);
        assert_eq!(
            [1, 2, 3, 4, 5].map(|epoch| installation.shared_with(epoch)),
            [Some(50), Some(50), Some(50), Some(80), None]
        );
    }
}
