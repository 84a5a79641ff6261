//! How far the invented people are loaded, so that a second `peiyu up`, or one after a crash, doubles nothing.

use std::collections::BTreeSet;
use std::fs;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::Failure;
use crate::place::{Place, write_private};

/// The state, in `<data>/demo.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    /// Command ids are made from it and the step's name.
    seed: Uuid,
    /// The day on which loading began; every other day of the story is reckoned from it.
    pub today: Date,
    /// Steps that are done.
    done: BTreeSet<String>,
    /// All of them.
    finished: bool,
}

impl State {
    /// Reads it, or begins today.
    ///
    /// # Errors
    /// When the file is there and unreadable.
    pub(super) fn read_or_begin(place: &Place, today: Date) -> Result<Self, Failure> {
        let path = place.demo_state();
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| {
                Failure::failed(
                    format!("{} 读不懂", path.display()),
                    format!("{} is unreadable", path.display()),
                )
                .because(error)
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let begun = Self { seed: Uuid::new_v4(), today, done: BTreeSet::new(), finished: false };
                begun.save(place)?;
                Ok(begun)
            }
            Err(error) => Err(Failure::file(&path)(error)),
        }
    }

    /// True when nothing is left to load.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// True when the step was done before.
    pub(super) fn is_done(&self, step: &str) -> bool {
        self.done.contains(step)
    }

    /// The id under which a step's command is sent, however often.
    pub(super) fn command_id(&self, step: &str) -> Uuid {
        Uuid::new_v5(&self.seed, step.as_bytes())
    }

    /// Notes that a step is done.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn note_done(&mut self, place: &Place, step: &str) -> Result<(), Failure> {
        self.done.insert(step.to_owned());
        self.save(place)
    }

    /// Notes that all is done.
    ///
    /// # Errors
    /// As [`State::note_done`].
    pub(super) fn finish(&mut self, place: &Place) -> Result<(), Failure> {
        self.finished = true;
        self.save(place)
    }

    fn save(&self, place: &Place) -> Result<(), Failure> {
        let text = serde_json::to_string(self)
            .map_err(|error| Failure::failed("内部错误", "internal error").because(error))?;
        write_private(&place.demo_state(), &text)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_load_that_broke_off_goes_on_with_the_same_day_and_ids() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(Some(folder.path()));
        let mut first = State::read_or_begin(&place, date(2026, 11, 24)).unwrap();
        first.note_done(&place, "roster").unwrap();
        let second = State::read_or_begin(&place, date(2026, 11, 25)).unwrap();
        assert_eq!(second.today, date(2026, 11, 24));
        assert!(second.is_done("roster") && !second.is_done("talks"));
        assert_eq!(second.command_id("talks"), first.command_id("talks"));
    }
}
