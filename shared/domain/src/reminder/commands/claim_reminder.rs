//! 认领提醒: a notifier takes a digest on before it sends it; of two, one wins.

use jiff::{SignedDuration, civil::Date};

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::reminder::state::Stage;
use crate::reminder::{Named, Reminder, ReminderEvent, ReminderFailure, ReminderRefusal};
use crate::values::PersonId;

/// Attempts after which a digest is given up for the day.
const MOST_ATTEMPTS: u32 = 20;

/// Take a digest on.
#[derive(Debug, Clone)]
pub struct ClaimReminder {
    /// To whom.
    pub addressee: PersonId,
    /// Day.
    pub day: Date,
    /// Channel.
    pub channel: String,
    /// What it speaks of.
    pub names: Vec<Named>,
    /// Age at which a claim without an end counts as abandoned.
    pub abandoned_after: SignedDuration,
}

impl Decide<ClaimReminder> for Reminder {
    type Facts = ();

    fn decide(
        &self,
        command: ClaimReminder,
        (): &(),
        context: &Context<'_>,
    ) -> Result<Vec<ReminderEvent>, ReminderRefusal> {
        let attempt = match self.stage() {
            Stage::Open => 1,
            Stage::Claimed { attempt, at, .. } => {
                let age = context.now.duration_since(*at);
                require(age >= command.abandoned_after, ReminderRefusal::TakenOn)?;
                attempt + 1
            }
            Stage::Failed { attempt, failure: ReminderFailure::ServerUnavailable } => attempt + 1,
            Stage::Failed {
                failure: ReminderFailure::NoAddress | ReminderFailure::AddressRefused, ..
            }
            | Stage::Sent => return Err(ReminderRefusal::TakenOn),
        };
        require(attempt <= MOST_ATTEMPTS, ReminderRefusal::TakenOn)?;
        Ok(vec![ReminderEvent::ReminderClaimed {
            addressee: command.addressee,
            day: command.day,
            channel: command.channel,
            names: command.names,
            attempt,
            at: context.now,
        }])
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::testing::{date, given, person};

    fn claim() -> ClaimReminder {
        ClaimReminder {
            addressee: person(2),
            day: date("2026-11-24"),
            channel: "mail".into(),
            names: Vec::new(),
            abandoned_after: SignedDuration::from_mins(10),
        }
    }

    fn claimed(minutes_ago: i64) -> ReminderEvent {
        ReminderEvent::ReminderClaimed {
            addressee: person(2),
            day: date("2026-11-24"),
            channel: "mail".into(),
            names: Vec::new(),
            attempt: 1,
            at: Timestamp::UNIX_EPOCH - SignedDuration::from_mins(minutes_ago),
        }
    }

    #[test]
    fn of_two_notifiers_one_wins() {
        given::<Reminder>([claimed(1)]).when(claim(), ()).refused(&ReminderRefusal::TakenOn);
    }

    #[test]
    fn an_abandoned_claim_is_tried_again_as_the_second_attempt() {
        let events = given::<Reminder>([claimed(10)]).when(claim(), ()).events();
        assert!(matches!(events[0], ReminderEvent::ReminderClaimed { attempt: 2, .. }));
    }

    #[test]
    fn what_was_sent_is_not_sent_again() {
        let sent = ReminderEvent::ReminderSent { receipt: "250".into(), possible_double: false };
        given::<Reminder>([claimed(60), sent]).when(claim(), ()).refused(&ReminderRefusal::TakenOn);
    }

    #[test]
    fn an_address_refused_for_good_is_not_tried_again() {
        let failed =
            ReminderEvent::ReminderFailed { failure: ReminderFailure::AddressRefused, code: Some(550) };
        given::<Reminder>([claimed(60), failed]).when(claim(), ()).refused(&ReminderRefusal::TakenOn);
    }
}
