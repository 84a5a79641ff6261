//! Every event that concerns a person, over all streams: an index; content is loaded from the store and unsealed.

mod concern;

use jiff::Timestamp;
use jiff::civil::Date;
use peiyu_contracts::Origin;
use peiyu_domain::AnyEvent;
use peiyu_domain::values::PersonId;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::applied::Applied;
use crate::ask::{Question, wrap};
use crate::error::{Fault, ViewError};
use crate::table::{Row, Rows, Table};
use crate::view::{self, Definition};

pub(crate) static DEFINITION: Definition = Definition {
    name: "dossier",
    version: 1,
    aggregates: &["person", "candidate", "member", "organisation", "training_class", "reminder", "account"],
    tables: &[&ENTRIES, &STREAM_PERSONS],
};

static ENTRIES: Table = Table {
    name: "dossier_entries",
    owner: "aggregate_id",
    key: &["person", "position", "role"],
    columns: &[
        ("person", "uuid not null"),
        ("position", "bigint not null"),
        ("role", "text not null"),
        ("event_id", "uuid not null"),
        ("aggregate_type", "text not null"),
        ("aggregate_id", "uuid not null"),
        ("sequence", "bigint not null"),
        ("event_type", "text not null"),
        ("recorded_at", "timestamptz not null"),
        ("occurred_on", "date"),
        ("actor_person", "uuid"),
        ("actor_organisation", "uuid"),
        ("actor_office", "text"),
        ("origin", "text not null"),
        ("policy_version", "text"),
    ],
    indexes: &[],
};

static STREAM_PERSONS: Table = Table {
    name: "dossier_streams",
    owner: "stream",
    key: &["stream"],
    columns: &[("stream", "uuid not null"), ("person", "uuid not null")],
    indexes: &[],
};

/// In which way an event concerns a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It is about the person.
    Subject,
    /// As the liaison.
    Liaison,
    /// As the one who talked.
    Talker,
    /// As a participant of a class.
    Participant,
    /// As the addressee of a reminder.
    Addressee,
    /// As the holder of an office or an account.
    Holder,
}

/// One event as it concerns one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whom it concerns.
    pub person: PersonId,
    /// Feed position.
    pub position: i64,
    /// In which way.
    pub role: Role,
    /// The event.
    pub event_id: Uuid,
    /// Kind of the aggregate.
    pub aggregate_type: String,
    /// The stream.
    pub aggregate_id: Uuid,
    /// Version of the aggregate after it.
    pub sequence: i64,
    /// Its name.
    pub event_type: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it happened.
    pub occurred_on: Option<Date>,
    /// Who acted.
    pub actor_person: Option<PersonId>,
    /// Organisation of the office in which.
    pub actor_organisation: Option<Uuid>,
    /// Office in which.
    pub actor_office: Option<String>,
    /// Live, transcribed or import.
    pub origin: Origin,
    /// Policy version it was judged by.
    pub policy_version: Option<String>,
}

/// Whom a stream concerns whose later events do not say it again.
#[derive(Debug, Serialize, Deserialize)]
struct StreamPerson {
    stream: Uuid,
    person: PersonId,
}

impl Row for Entry {
    const TABLE: &'static Table = &ENTRIES;
    type Key = (PersonId, i64, Role);

    fn key(&self) -> Self::Key {
        (self.person, self.position, self.role)
    }
}

impl Row for StreamPerson {
    const TABLE: &'static Table = &STREAM_PERSONS;
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.stream
    }
}

/// The rows of a page's streams; entries are written once, so none are loaded.
pub(crate) struct Page {
    entries: Rows<Entry>,
    streams: Rows<StreamPerson>,
}

impl view::Page for Page {
    async fn load(connection: &mut PgConnection, schema: &str, streams: &[Uuid]) -> Result<Self, ViewError> {
        Ok(Self { entries: Rows::empty(), streams: Rows::load(connection, schema, streams).await? })
    }

    fn empty() -> Self {
        Self { entries: Rows::empty(), streams: Rows::empty() }
    }

    fn fold(&mut self, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
        let stream = applied.aggregate_id;
        let known = self.streams.get(&stream).map(|row| row.person);
        let concerned = concern::of(event, stream, known);
        if let Some(person) = concern::stays(event).filter(|person| known != Some(*person)) {
            self.streams.put(StreamPerson { stream, person });
        }
        for (person, role) in concerned {
            self.entries.put(entry(person, role, applied));
        }
        Ok(())
    }

    async fn save(self, connection: &mut PgConnection, schema: &str) -> Result<(), ViewError> {
        self.entries.save(connection, schema).await?;
        self.streams.save(connection, schema).await
    }

    async fn copy(self, connection: &mut PgConnection, schema: &str) -> Result<(), ViewError> {
        self.entries.copy(connection, schema).await?;
        self.streams.copy(connection, schema).await
    }
}

fn entry(person: PersonId, role: Role, applied: &Applied) -> Entry {
    let metadata = &applied.metadata;
    Entry {
        person,
        position: applied.position,
        role,
        event_id: metadata.event_id,
        aggregate_type: applied.aggregate_type.clone(),
        aggregate_id: applied.aggregate_id,
        sequence: applied.sequence,
        event_type: applied.event_type.clone(),
        recorded_at: metadata.recorded_at,
        occurred_on: metadata.occurred_on,
        actor_person: metadata.actor_person.map(PersonId),
        actor_organisation: metadata.actor_organisation,
        actor_office: metadata.actor_office.clone(),
        origin: metadata.origin,
        policy_version: metadata.policy_version.clone(),
    }
}

/// The events that concern a person behind a position, in the order of the feed; at most `limit` (and 1000).
/// An event that concerns the person in two ways stands twice.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn of(pool: &PgPool, person: PersonId, after: i64, limit: i64) -> Result<Vec<Entry>, ViewError> {
    let select = wrap(
        "select e.* from views.dossier_entries e where e.person = $1 and e.position > $2 \
         order by e.position, e.role limit $3",
    );
    Question::new("dossier_entries", &select)
        .id(person.0)
        .number(after)
        .number(limit.clamp(1, 1000))
        .all(pool)
        .await
}
