//! An event of the feed, unsealed and read, on its way into the read models.

use std::collections::HashSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use peiyu_contracts::{Metadata, Recorded};
use peiyu_domain::AnyEvent;
use peiyu_platform::clock::civil_day;
use serde_json::Value;
use uuid::Uuid;

/// Newest version of any payload's shape that this binary reads.
const NEWEST_VERSION: u32 = 1;

static KNOWN: LazyLock<HashSet<(&'static str, &'static str)>> = LazyLock::new(|| {
    let catalogue = AnyEvent::catalogue();
    catalogue.iter().flat_map(|(aggregate, names, _)| names.iter().map(|name| (*aggregate, *name))).collect()
});

/// One event at its feed position.
#[derive(Debug, Clone)]
pub struct Applied {
    /// Feed position.
    pub position: i64,
    /// Kind of the aggregate.
    pub aggregate_type: String,
    /// The stream.
    pub aggregate_id: Uuid,
    /// Version of the aggregate after it.
    pub sequence: i64,
    /// Its name.
    pub event_type: String,
    /// Who, why and under what.
    pub metadata: Metadata,
    /// What happened.
    pub content: Content,
}

/// The unsealed payload.
#[derive(Debug, Clone)]
pub enum Content {
    /// Read.
    Event(Box<AnyEvent>),
    /// Poison: of a known name and version, and yet not of its shape, or its seal is broken.
    Unreadable,
}

/// The binary is older than the event: the consumer stops until it is newer; nothing is parked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "position {position}: this binary does not know {aggregate}.{event} v{version}; install the newer one"
)]
pub struct UnknownEvent {
    /// Feed position.
    pub position: i64,
    /// Kind of the aggregate.
    pub aggregate: String,
    /// Name.
    pub event: String,
    /// Version of the shape.
    pub version: u32,
}

impl Applied {
    /// Takes a recorded event and its unsealed payload; none when the seal is broken for good.
    ///
    /// # Errors
    /// [`UnknownEvent`] when name or version are newer than this binary.
    pub fn read(recorded: &Recorded, unsealed: Option<Value>) -> Result<Self, UnknownEvent> {
        check_known(recorded)?;
        let event = unsealed.and_then(|payload| AnyEvent::read(&recorded.aggregate_type, payload).ok());
        Ok(Self {
            position: recorded.position,
            aggregate_type: recorded.aggregate_type.clone(),
            aggregate_id: recorded.aggregate_id,
            sequence: recorded.sequence,
            event_type: recorded.event_type.clone(),
            metadata: recorded.metadata.clone(),
            content: event.map_or(Content::Unreadable, |event| Content::Event(Box::new(event))),
        })
    }

    /// The civil day in Asia/Shanghai on which it was recorded.
    #[must_use]
    pub fn recorded_on(&self) -> Date {
        civil_day(self.metadata.recorded_at)
    }
}

/// Whether this binary knows name and version; to be asked before unsealing.
///
/// # Errors
/// [`UnknownEvent`].
pub fn check_known(recorded: &Recorded) -> Result<(), UnknownEvent> {
    let name = (recorded.aggregate_type.as_str(), recorded.event_type.as_str());
    if KNOWN.contains(&name) && recorded.event_version <= NEWEST_VERSION {
        return Ok(());
    }
    Err(UnknownEvent {
        position: recorded.position,
        aggregate: recorded.aggregate_type.clone(),
        event: recorded.event_type.clone(),
        version: recorded.event_version,
    })
}
