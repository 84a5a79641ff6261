//! One command a file.

mod assess;
mod correct_person;
mod register_person;
mod update_from_roster;

pub use correct_person::CorrectPerson;
pub use register_person::RegisterPerson;
pub use update_from_roster::{ListedMembership, UpdateFromRoster};
