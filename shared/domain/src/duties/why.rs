//! 为何未提醒: for each rung of a duty the one reason why somebody was told or was not.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::routing::Call;
use super::{Holds, Rung};
use crate::reminder::ReminderFailure;
use crate::values::{PersonId, ReminderId};

/// How far a digest has come that named the duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Being sent.
    Claimed,
    /// Sent.
    Sent {
        /// Whether it may have gone out twice.
        possible_double: bool,
    },
    /// Not taken.
    Failed(ReminderFailure),
}

/// A digest that named the duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// The digest.
    pub reminder: ReminderId,
    /// Rung for which it named the duty.
    pub rung: Rung,
    /// To whom.
    pub addressee: PersonId,
    /// Its day.
    pub day: Date,
    /// How far it has come.
    pub delivery: Delivery,
}

/// How the duty ended, when it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// On which day.
    pub on: Date,
    /// By which event.
    pub by: Uuid,
    /// Whether what it asked for was done; else what it rested on is gone.
    pub met: bool,
}

/// Where the digests of the day stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hour {
    /// Nobody works today; the next digests go out on that day.
    DayOff {
        /// Next working day.
        next: Date,
    },
    /// They have not gone out yet.
    Before,
    /// They go out, or have.
    Reached,
}

/// Everything that the reason for one rung and one addressee follows from.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Today.
    pub today: Date,
    /// Where the digests of today stand.
    pub hour: Hour,
    /// Whether the addressee had today's digest.
    pub told_today: bool,
    /// How the duty ended.
    pub closed: Option<Closed>,
    /// Every digest that named the duty.
    pub notices: &'a [Notice],
    /// What a restore holds.
    pub holds: Holds,
}

/// Why somebody was told, or was not: exactly one for each rung and addressee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// Told.
    Sent {
        /// The digest.
        reminder: ReminderId,
        /// Its day.
        day: Date,
        /// Whether it may have gone out twice.
        possible_double: bool,
    },
    /// A notifier is sending it.
    BeingSent {
        /// The digest.
        reminder: ReminderId,
    },
    /// The channel did not take it.
    NotDelivered {
        /// The digest.
        reminder: ReminderId,
        /// Its day.
        day: Date,
        /// Why; what the server refused for now is tried again.
        failure: ReminderFailure,
    },
    /// What it asks for was done before.
    Met {
        /// On which day.
        on: Date,
        /// By which event.
        by: Uuid,
    },
    /// What it rested on was gone before.
    Lapsed {
        /// On which day.
        on: Date,
        /// By which event.
        by: Uuid,
    },
    /// The rung is not reached.
    NotReached {
        /// Its day.
        on: Date,
    },
    /// Every office from here upwards is vacant, or its holder was told before.
    NobodyLeft,
    /// The same addressee was told of it for a higher rung.
    ToldHigher {
        /// That rung.
        rung: Rung,
        /// The digest.
        reminder: ReminderId,
    },
    /// The database was restored from a backup, and an operator dropped what came due before.
    DroppedAfterRestore,
    /// The database was restored from a backup: whether it was said before is not known, an operator decides.
    HeldAfterRestore,
    /// A day off.
    WaitsForWorkingDay {
        /// The next working day.
        on: Date,
    },
    /// The hour of the digests has not come.
    WaitsForHour,
    /// The addressee had today's digest before the duty came up; it stands in the next.
    WaitsForNextDigest,
    /// It goes out with the next tick of the notifier.
    GoesOut,
}

/// Why `addressee` was told of a duty for the rung of `call`, or was not. No addressee: nobody is left above.
#[must_use]
pub fn why(call: &Call, addressee: Option<PersonId>, situation: &Situation<'_>) -> Reason {
    let of_addressee = |notice: &&Notice| Some(notice.addressee) == addressee;
    // The latest says how it stands.
    let named = situation.notices.iter().filter(of_addressee).rfind(|notice| notice.rung == call.rung);
    if let Some(notice) = named {
        return delivered(notice);
    }
    if let Some(closed) = situation.closed.filter(|closed| closed.on < call.day || call.day > situation.today)
    {
        return ended(closed);
    }
    if call.day > situation.today {
        return Reason::NotReached { on: call.day };
    }
    let higher = situation.notices.iter().filter(of_addressee).find(|notice| notice.rung > call.rung);
    if let Some(notice) = higher {
        return Reason::ToldHigher { rung: notice.rung, reminder: notice.reminder };
    }
    if let Some(closed) = situation.closed {
        return ended(closed);
    }
    if addressee.is_none() {
        return Reason::NobodyLeft;
    }
    if situation.holds.is_dropped(call.day) {
        return Reason::DroppedAfterRestore;
    }
    if situation.holds.is_held(call.day) {
        return Reason::HeldAfterRestore;
    }
    match situation.hour {
        Hour::DayOff { next } => Reason::WaitsForWorkingDay { on: next },
        Hour::Before => Reason::WaitsForHour,
        Hour::Reached if situation.told_today => Reason::WaitsForNextDigest,
        Hour::Reached => Reason::GoesOut,
    }
}

fn delivered(notice: &Notice) -> Reason {
    let Notice { reminder, day, .. } = *notice;
    match notice.delivery {
        Delivery::Claimed => Reason::BeingSent { reminder },
        Delivery::Sent { possible_double } => Reason::Sent { reminder, day, possible_double },
        Delivery::Failed(failure) => Reason::NotDelivered { reminder, day, failure },
    }
}

fn ended(closed: Closed) -> Reason {
    let Closed { on, by, met } = closed;
    if met { Reason::Met { on, by } } else { Reason::Lapsed { on, by } }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{date, person};

    fn deliveries() -> impl Strategy<Value = Delivery> {
        prop_oneof![
            Just(Delivery::Claimed),
            any::<bool>().prop_map(|possible_double| Delivery::Sent { possible_double }),
            Just(Delivery::Failed(ReminderFailure::NoAddress)),
            Just(Delivery::Failed(ReminderFailure::AddressRefused)),
            Just(Delivery::Failed(ReminderFailure::ServerUnavailable)),
        ]
    }

    fn days() -> impl Strategy<Value = Date> {
        (1..=28_u32).prop_map(|day| date(&format!("2026-11-{day:02}")))
    }

    fn notices() -> impl Strategy<Value = Vec<Notice>> {
        let notice = (0..5_usize, 1..4_u128, days(), deliveries(), any::<u128>()).prop_map(
            |(rung, addressee, day, delivery, id)| Notice {
                reminder: ReminderId(Uuid::from_u128(id)),
                rung: Rung::ALL[rung],
                addressee: person(addressee),
                day,
                delivery,
            },
        );
        proptest::collection::vec(notice, 0..4)
    }

    fn hours() -> impl Strategy<Value = Hour> {
        prop_oneof![days().prop_map(|next| Hour::DayOff { next }), Just(Hour::Before), Just(Hour::Reached)]
    }

    fn endings() -> impl Strategy<Value = Option<Closed>> {
        proptest::option::of((days(), any::<bool>()).prop_map(|(on, met)| Closed {
            on,
            by: Uuid::nil(),
            met,
        }))
    }

    proptest! {
        /// Every state has one reason, and the reason agrees with what it rests on.
        #[test]
        fn every_state_has_a_reason_that_rests_on_it(
            rung in 0..5_usize,
            day in days(),
            today in days(),
            addressee in proptest::option::of(1..4_u128),
            hour in hours(),
            told_today in any::<bool>(),
            closed in endings(),
            notices in notices(),
            held_through in proptest::option::of(days()),
            dropped_through in proptest::option::of(days()),
        ) {
            let holds = Holds { held_through, dropped_through };
            let addressee = addressee.map(person);
            let call = Call {
                rung: Rung::ALL[rung],
                day,
                addressees: addressee.into_iter().collect(),
                passed: Vec::new(),
            };
            let situation = Situation { today, hour, told_today, closed, notices: &notices, holds };
            let mine: Vec<&Notice> = notices.iter().filter(|notice| Some(notice.addressee) == addressee).collect();
            let named = mine.iter().rfind(|notice| notice.rung == call.rung);
            let higher = mine.iter().any(|notice| notice.rung > call.rung);
            match why(&call, addressee, &situation) {
                Reason::Sent { reminder, possible_double, .. } => {
                    prop_assert_eq!(named.map(|n| (n.reminder, n.delivery)), Some((reminder, Delivery::Sent { possible_double })));
                }
                Reason::BeingSent { reminder } => {
                    prop_assert_eq!(named.map(|n| (n.reminder, n.delivery)), Some((reminder, Delivery::Claimed)));
                }
                Reason::NotDelivered { reminder, failure, .. } => {
                    prop_assert_eq!(named.map(|n| (n.reminder, n.delivery)), Some((reminder, Delivery::Failed(failure))));
                }
                Reason::Met { on, .. } => {
                    prop_assert!(named.is_none());
                    prop_assert_eq!(closed.map(|c| (c.on, c.met)), Some((on, true)));
                }
                Reason::Lapsed { on, .. } => {
                    prop_assert!(named.is_none());
                    prop_assert_eq!(closed.map(|c| (c.on, c.met)), Some((on, false)));
                }
                Reason::NotReached { on } => prop_assert!(named.is_none() && closed.is_none() && on > today),
                Reason::ToldHigher { rung, .. } => prop_assert!(named.is_none() && rung > call.rung),
                Reason::NobodyLeft => prop_assert!(addressee.is_none() && day <= today && closed.is_none()),
                Reason::DroppedAfterRestore => prop_assert!(holds.is_dropped(day) && named.is_none() && closed.is_none()),
                Reason::HeldAfterRestore => prop_assert!(holds.is_held(day) && named.is_none() && closed.is_none()),
                Reason::WaitsForWorkingDay { on } => {
                    prop_assert_eq!(hour, Hour::DayOff { next: on });
                    prop_assert!(named.is_none() && !higher && closed.is_none());
                }
                Reason::WaitsForHour => prop_assert!(hour == Hour::Before && !higher && day <= today),
                Reason::WaitsForNextDigest => prop_assert!(hour == Hour::Reached && told_today && closed.is_none()),
                Reason::GoesOut => {
                    prop_assert!(hour == Hour::Reached && !told_today && named.is_none() && closed.is_none());
                    prop_assert!(addressee.is_some() && day <= today);
                    prop_assert!(!holds.is_held(day) && !holds.is_dropped(day));
                }
            }
        }
    }
}
