//! 恢复备份: the store was restored from a backup, so a new epoch begins and reminders are held.

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
    /// Epoch of the backup.
    pub backup_epoch: i32,
    /// Last feed position of the backup.
    pub last_position: i64,
    /// The event there.
    pub last_event: Option<Uuid>,
    /// When the backup was taken.
    pub backed_up_at: Timestamp,
}

impl Decide<BeginEpoch> for Installation {
    type Facts = ();

    fn decide(
        &self,
        command: BeginEpoch,
        (): &(),
        context: &Context<'_>,
    ) -> Result<Vec<InstallationEvent>, InstallationRefusal> {
        let BeginEpoch { epoch, backup_epoch, last_position, last_event, backed_up_at } = command;
        let highest = self.epoch().max(backup_epoch);
        require(epoch > highest, InstallationRefusal::EpochNotNew { epoch: highest })?;
        let restored_on = context.today;
        Ok(vec![InstallationEvent::EpochBegan {
            epoch,
            backup_epoch,
            last_position,
            last_event,
            backed_up_at,
            restored_on,
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TODAY, date, given};

    fn begin(epoch: i32) -> BeginEpoch {
        let backed_up_at = Timestamp::UNIX_EPOCH;
        BeginEpoch { epoch, backup_epoch: 1, last_position: 7, last_event: None, backed_up_at }
    }

    #[test]
    fn an_epoch_names_the_last_position_of_the_backup_and_the_day_of_the_restore() {
        given::<Installation>([]).when(begin(2), ()).then(&[InstallationEvent::EpochBegan {
            epoch: 2,
            backup_epoch: 1,
            last_position: 7,
            last_event: None,
            backed_up_at: Timestamp::UNIX_EPOCH,
            restored_on: date(TODAY),
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
