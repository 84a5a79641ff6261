//! Training classes with their participants and results.

use jiff::civil::Date;
use peiyu_domain::AnyEvent;
use peiyu_domain::training_class::TrainingClassEvent;
use peiyu_domain::values::{ClassId, OrganisationId, Outcome, PersonId, TrainingForm};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::applied::Applied;
use crate::ask::{MAX_ROWS, Question, wrap};
use crate::error::{Fault, ViewError};
use crate::table::{Row, Table};
use crate::view::{Definition, page};

pub(crate) static DEFINITION: Definition = Definition {
    name: "training",
    version: 1,
    aggregates: &["training_class"],
    tables: &[&CLASSES, &PARTICIPANTS],
};

static CLASSES: Table = Table {
    name: "training_classes",
    owner: "id",
    key: &["id"],
    columns: &[
        ("id", "uuid not null"),
        ("version", "bigint not null"),
        ("title", "text not null"),
        ("organisation", "uuid not null"),
        ("form", "text not null"),
        ("from", "date not null"),
        ("to", "date not null"),
        ("hours_tenths", "bigint not null"),
        ("places", "bigint"),
        ("enrolled", "integer not null"),
        ("completed", "integer not null"),
    ],
    indexes: &["(\"from\", id)"],
};

static PARTICIPANTS: Table = Table {
    name: "training_participants",
    owner: "class",
    key: &["class", "person"],
    columns: &[
        ("class", "uuid not null"),
        ("person", "uuid not null"),
        ("completed_on", "date"),
        ("hours_tenths", "bigint"),
        ("outcome", "text"),
    ],
    indexes: &["(person)"],
};

/// One class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingClass {
    /// Id.
    pub id: ClassId,
    /// Version of the aggregate.
    pub version: i64,
    /// Title.
    pub title: String,
    /// Who holds it.
    pub organisation: OrganisationId,
    /// Form.
    pub form: TrainingForm,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Planned tenths of an hour.
    pub hours_tenths: u32,
    /// Most participants, if limited.
    pub places: Option<u32>,
    /// Participants.
    pub enrolled: i32,
    /// Participants with a result.
    pub completed: i32,
}

/// One participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// The class.
    pub class: ClassId,
    /// Who.
    pub person: PersonId,
    /// Day of completion.
    pub completed_on: Option<Date>,
    /// Tenths of an hour attended.
    pub hours_tenths: Option<u32>,
    /// Result.
    pub outcome: Option<Outcome>,
}

impl Row for TrainingClass {
    const TABLE: &'static Table = &CLASSES;
    type Key = ClassId;

    fn key(&self) -> ClassId {
        self.id
    }
}

impl Row for Participant {
    const TABLE: &'static Table = &PARTICIPANTS;
    type Key = (ClassId, PersonId);

    fn key(&self) -> Self::Key {
        (self.class, self.person)
    }
}

page!(classes: TrainingClass, participants: Participant);

fn fold(page: &mut Page, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
    let AnyEvent::TrainingClass(event) = event else { return Ok(()) };
    let id = ClassId(applied.aggregate_id);
    if let TrainingClassEvent::TrainingPlanned { plan } = event {
        let (enrolled, completed) =
            page.classes.get(&id).map_or((0, 0), |class| (class.enrolled, class.completed));
        page.classes.put(TrainingClass {
            id,
            version: applied.sequence,
            title: plan.title.as_str().to_owned(),
            organisation: plan.organisation,
            form: plan.form,
            from: plan.from,
            to: plan.to,
            hours_tenths: plan.hours_tenths,
            places: plan.places,
            enrolled,
            completed,
        });
        return Ok(());
    }
    let class = page.classes.edit(&id).ok_or_else(|| Fault::new("out_of_order"))?;
    class.version = applied.sequence;
    match event {
        // Taken in above.
        TrainingClassEvent::TrainingPlanned { .. } => {}
        TrainingClassEvent::ParticipantEnrolled { participant } => {
            class.enrolled += 1;
            let person = *participant;
            page.participants.put(Participant {
                class: id,
                person,
                completed_on: None,
                hours_tenths: None,
                outcome: None,
            });
        }
        TrainingClassEvent::ParticipantCompleted { participant, on, hours_tenths, outcome } => {
            class.completed += 1;
            page.participants.put(Participant {
                class: id,
                person: *participant,
                completed_on: Some(*on),
                hours_tenths: Some(*hours_tenths),
                outcome: Some(*outcome),
            });
        }
    }
    Ok(())
}

/// Classes, latest first, behind a cursor (first day and id of the last one seen); at most `limit` (and 200).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn list(
    pool: &PgPool,
    after: Option<(Date, ClassId)>,
    limit: i64,
) -> Result<Vec<TrainingClass>, ViewError> {
    let select = wrap(
        "select c.* from views.training_classes c where ($1::date is null or (c.\"from\", c.id) < ($1, $2)) \
         order by c.\"from\" desc, c.id desc limit $3",
    );
    Question::new("training_classes", &select)
        .maybe_day(after.map(|(from, _)| from))
        .maybe_id(after.map(|(_, id)| id.0))
        .number(limit.clamp(1, MAX_ROWS))
        .all(pool)
        .await
}

/// One class.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn by_id(pool: &PgPool, id: ClassId) -> Result<Option<TrainingClass>, ViewError> {
    let select = wrap("select c.* from views.training_classes c where c.id = $1");
    Question::new("training_classes", &select).id(id.0).one(pool).await
}

/// Participants of a class, by person, behind a person; at most `limit` (and 200).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn participants(
    pool: &PgPool,
    class: ClassId,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<Participant>, ViewError> {
    let select = wrap(
        "select p.* from views.training_participants p where p.class = $1 and ($2::uuid is null or p.person > $2) \
         order by p.person limit $3",
    );
    Question::new("training_participants", &select)
        .id(class.0)
        .maybe_id(after.map(|person| person.0))
        .number(limit.clamp(1, MAX_ROWS))
        .all(pool)
        .await
}

/// The classes in which somebody takes part; at most 200.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn of_person(pool: &PgPool, person: PersonId) -> Result<Vec<Participant>, ViewError> {
    let select =
        wrap("select p.* from views.training_participants p where p.person = $1 order by p.class limit 200");
    Question::new("training_participants", &select).id(person.0).all(pool).await
}
