//! The shape of every aggregate: a state, its events, and one decision per command.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::Context;

/// Something that happened to one aggregate; serialised with its name under `event`.
pub trait Event:
    Serialize + DeserializeOwned + JsonSchema + Clone + std::fmt::Debug + Send + Sync + 'static
{
    /// `TalkRecorded`, …: past tense and whole.
    fn name(&self) -> &'static str;

    /// Version of the payload's shape; a changed shape is a new version with an upcaster.
    fn version(&self) -> u32 {
        1
    }

    /// The civil day on which it happened, when it has one.
    fn occurred_on(&self) -> Option<Date> {
        None
    }

    /// Every name this aggregate's events can have, for schemas and subscriptions.
    fn names() -> &'static [&'static str];
}

/// Why a command is refused: a stable code, the article it rests on, its facts.
pub trait Refuse: std::error::Error + Send + Sync + 'static {
    /// Stable, snake_case, never reused: `talk_before_assignment`.
    fn code(&self) -> &'static str;

    /// The provision that demands it, such as `意见三(四)` or `细则第7条`; absent for rules of the system.
    fn article(&self) -> Option<&'static str> {
        None
    }

    /// What the sentence in the reader's language needs; never a name, number or gist.
    fn facts(&self) -> Value {
        Value::Object(serde_json::Map::new())
    }
}

/// A state that follows from its events alone.
pub trait Aggregate: Default + Clone + Send + Sync + 'static {
    /// Name of the kind in streams, subjects and event types.
    const TYPE: &'static str;
    /// What can happen to it.
    type Event: Event;
    /// Why it refuses.
    type Refusal: Refuse;

    /// Takes in one event; never fails, never looks elsewhere.
    fn evolve(&mut self, event: &Self::Event);

    /// State after some events.
    fn after<'a>(events: impl IntoIterator<Item = &'a Self::Event>) -> Self
    where
        Self::Event: 'a,
    {
        let mut state = Self::default();
        for event in events {
            state.evolve(event);
        }
        state
    }
}

/// One command: what it decides, from the state, what is known of others, and the context.
pub trait Decide<Command>: Aggregate {
    /// What must be known of other aggregates; `()` when nothing.
    type Facts;

    /// The events that follow, none if nothing changes.
    ///
    /// # Errors
    /// The first rule that the command breaks.
    fn decide(
        &self,
        command: Command,
        facts: &Self::Facts,
        context: &Context<'_>,
    ) -> Result<Vec<Self::Event>, Self::Refusal>;
}

/// Guard of a decision: `require(condition, Refusal::…)?`.
///
/// # Errors
/// The refusal, when the condition does not hold.
pub fn require<R>(condition: bool, refusal: R) -> Result<(), R> {
    if condition { Ok(()) } else { Err(refusal) }
}
