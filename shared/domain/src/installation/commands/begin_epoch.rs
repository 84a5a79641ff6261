//! 开始新纪元: after a restore from a backup, with reminders held; or because the stream must begin anew.

use jiff::Timestamp;
use uuid::Uuid;

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::installation::{Installation, InstallationEvent, InstallationRefusal};

/// Begin an epoch.
#[derive(Debug, Clone, Copy)]
pub struct BeginEpoch {
    /// The epoch that begins.
    pub epoch: i32,
    /// Epoch that the store is in.
    pub earlier_epoch: i32,
    /// Last feed position.
    pub last_position: i64,
    /// The event there.
    pub last_event: Option<Uuid>,
    /// When the backup was taken, after a restore.
    pub backed_up_at: Option<Timestamp>,
}

impl Decide<BeginEpoch> for Installation {
    type Facts = ();

    fn decide(
        &self,
        command: BeginEpoch,
        (): &(),
        context: &Context<'_>,
    ) -> Result<Vec<InstallationEvent>, InstallationRefusal> {
        let BeginEpoch { epoch, earlier_epoch, last_position, last_event, backed_up_at } = command;
        let highest = self.epoch().max(earlier_epoch);
        require(epoch > highest, InstallationRefusal::EpochNotNew { epoch: highest })?;
        let began_on = context.today;
        Ok(vec![InstallationEvent::EpochBegan {
            epoch,
            earlier_epoch,
            last_position,
            last_event,
            backed_up_at,
            began_on,
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TODAY, date, given};

    fn begin(epoch: i32) -> BeginEpoch {
        let backed_up_at = Some(Timestamp::UNIX_EPOCH);
        BeginEpoch { epoch, earlier_epoch: 1, last_position: 7, last_event: None, backed_up_at }
    }

    #[test]
    fn an_epoch_names_the_last_position_of_the_backup_and_the_day_of_the_restore() {
        given::<Installation>([]).when(begin(2), ()).then(&[InstallationEvent::EpochBegan {
            epoch: 2,
            earlier_epoch: 1,
            last_position: 7,
            last_event: None,
            backed_up_at: Some(Timestamp::UNIX_EPOCH),
            began_on: date(TODAY),
        }]);
    }

    #[test]
    fn an_epoch_never_begins_twice() {
        let refused = InstallationRefusal::EpochNotNew { epoch: 1 };
        given::<Installation>([]).when(begin(1), ()).refused(&refused);
        let begun = given::<Installation>([]).when(begin(3), ()).events();
        let refused = InstallationRefusal::EpochNotNew { epoch: 3 };
        given::<Installation>(begun).when(begin(3), ()).refused(&refused);
    }
}
