//! 处理暂停的提醒: after a restore an operator lets the held reminders go out, or drops them.

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::installation::{Installation, InstallationEvent, InstallationRefusal};

/// What becomes of the held reminders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldReminders {
    /// They go out with the next digests.
    Release,
    /// They never go out.
    Drop,
}

/// Settle what every restore so far holds.
#[derive(Debug, Clone, Copy)]
pub struct SettleHeldReminders {
    /// How.
    pub held: HeldReminders,
}

impl Decide<SettleHeldReminders> for Installation {
    type Facts = ();

    fn decide(
        &self,
        command: SettleHeldReminders,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<InstallationEvent>, InstallationRefusal> {
        let events: Vec<InstallationEvent> = self
            .holding()
            .map(|epoch| match command.held {
                HeldReminders::Release => InstallationEvent::HeldRemindersReleased { epoch },
                HeldReminders::Drop => InstallationEvent::HeldRemindersDropped { epoch },
            })
            .collect();
        require(!events.is_empty(), InstallationRefusal::NothingHeld)?;
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::testing::{TODAY, date, given};

    fn began(epoch: i32) -> InstallationEvent {
        InstallationEvent::EpochBegan {
            epoch,
            earlier_epoch: 1,
            last_position: 7,
            last_event: None,
            backed_up_at: Some(Timestamp::UNIX_EPOCH),
            began_on: date(TODAY),
        }
    }

    #[test]
    fn what_every_restore_holds_is_settled_once() {
        let release = SettleHeldReminders { held: HeldReminders::Release };
        let released = |epoch| InstallationEvent::HeldRemindersReleased { epoch };
        given::<Installation>([began(2), began(3)]).when(release, ()).then(&[released(2), released(3)]);
        let settled = [began(2), released(2)];
        given::<Installation>(settled.clone()).when(release, ()).refused(&InstallationRefusal::NothingHeld);
        let dropped = InstallationEvent::HeldRemindersDropped { epoch: 3 };
        let drop = SettleHeldReminders { held: HeldReminders::Drop };
        given::<Installation>(settled.into_iter().chain([began(3)])).when(drop, ()).then(&[dropped]);
    }

    #[test]
    fn without_a_restore_nothing_is_held() {
        let release = SettleHeldReminders { held: HeldReminders::Release };
        given::<Installation>([]).when(release, ()).refused(&InstallationRefusal::NothingHeld);
        let InstallationEvent::EpochBegan {
            epoch, earlier_epoch, last_position, last_event, began_on, ..
        } = began(2)
        else {
            panic!("an epoch begins")
        };
        let backed_up_at = None;
        let by_hand = InstallationEvent::EpochBegan {
            epoch,
            earlier_epoch,
            last_position,
            last_event,
            backed_up_at,
            began_on,
        };
        given::<Installation>([by_hand]).when(release, ()).refused(&InstallationRefusal::NothingHeld);
    }
}
