//! What Peiyu knows about its field, and nothing else: pure, synchronous, without a server.
//!
//! Each aggregate is a folder: `events.rs` (what can have happened), `state.rs` (what is so now),
//! `refusal.rs` (why a command is refused, with its article) and `commands/<verb>.rs` (one command a
//! file: the command, its decision, its tests). Beside them stand what they share: `values`, `policy`
//! (the numbers, as dated data), `calendar` (working days), `access` (who may do what) and `duties`
//! (what is due, to whom, since when).
//!
//! # How to add a command
//! 1. Add the event to `<aggregate>/events.rs` if there is none that says it.
//! 2. Add `<aggregate>/commands/<verb>.rs` with the command, `impl Decide<Command> for State`, tests.
//! 3. Host it in `shared/application` (facts to gather) and give it a route in `services/api`.

pub mod access;
pub mod account;
pub mod any_event;
pub mod calendar;
pub mod candidate;
pub mod context;
pub mod decider;
pub mod duties;
pub mod eligibility;
pub mod import;
pub mod installation;
pub mod letter_template;
pub mod member;
pub mod organisation;
pub mod person;
pub mod policy;
pub mod proposal;
pub mod reminder;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod training_class;
pub mod values;

pub use any_event::AnyEvent;
pub use context::{Actor, Context};
pub use decider::{Aggregate, Decide, Event, Refuse};
