//! 教职工名册: each row registers or updates a person; pool membership follows in the same append.

use peiyu_domain::Aggregate;
use peiyu_domain::candidate::Candidate;
use peiyu_domain::member::Member;
use peiyu_domain::person::commands::{RegisterPerson, UpdateFromRoster};
use peiyu_domain::person::{Field, Person, PersonEvent, Source};
use peiyu_domain::values::{ImportId, PersonId};
use peiyu_store::Claim;
use peiyu_workbooks::{Report, RosterRow};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as FieldError;
use uuid::Uuid;

use super::check::STAFF_NUMBER;
use super::pool::{count_pool, count_row};
use super::run::Decided;
use crate::draft::Draft;
use crate::handle::Frame;
use crate::persons::{Whole, listed};
use crate::{Application, CommandError, Loaded, Refused};
use peiyu_domain::import::ChunkCounts;

/// Fields that the sheet has a column for.
pub(crate) fn mapped_fields(report: &Report) -> Vec<Field> {
    let field =
        |code: &'static str| Field::deserialize(IntoDeserializer::<FieldError>::into_deserializer(code));
    report.mapping.iter().filter_map(|column| field(column.field).ok()).collect()
}

/// An empty cell of a mapped column says that the field is empty; a missing column says nothing.
pub(crate) fn with_empty_cells(mut rows: Vec<RosterRow>, mapped: &[Field]) -> Vec<RosterRow> {
    for row in &mut rows {
        for field in mapped {
            row.record.entry(*field).or_default();
        }
    }
    rows
}

impl Application {
    /// Persons of staff numbers with all that hangs on them; somebody unknown gets a new id.
    pub(crate) async fn wholes(&self, numbers: &[&str]) -> Result<Vec<Whole>, CommandError> {
        let holders = self.holders(numbers).await?;
        let ids: Vec<Uuid> = holders.iter().map(|holder| holder.unwrap_or_else(PersonId::random).0).collect();
        let persons = self.load_all::<Person>(&ids).await?;
        let candidates = self.load_all::<Candidate>(&ids).await?;
        let members = self.load_all::<Member>(&ids).await?;
        let has_list = self.has_members_list().await?;
        Ok(persons
            .into_iter()
            .zip(candidates)
            .zip(members)
            .map(|((person, candidate), member)| Whole {
                person,
                candidate,
                listed: listed(&member.state, has_list),
                member_read: member.read(),
            })
            .collect())
    }

    /// Whether a members' list was ever imported.
    pub(crate) async fn has_members_list(&self) -> Result<bool, CommandError> {
        Ok(!self.inner.store.streams_of_type(Member::TYPE, None, 1).await?.is_empty())
    }

    pub(crate) async fn decide_roster_chunk(
        &self,
        rows: &[RosterRow],
        import: ImportId,
        frame: &Frame,
    ) -> Result<Decided, CommandError> {
        let numbers: Vec<&str> = rows.iter().map(|row| row.staff_number.as_str()).collect();
        let wholes = self.wholes(&numbers).await?;
        let mut draft = Draft::answering(import.0, frame.origin);
        let mut counts = ChunkCounts::default();
        let mut touched = Vec::with_capacity(rows.len());
        for (row, whole) in rows.iter().zip(wholes) {
            let before = &whole.person.state;
            let update = UpdateFromRoster { record: row.record.clone(), import, row: row.row };
            let events = roster_events(&whole, update.clone(), frame).await?;
            let mut after = before.clone();
            for event in &events {
                after.evolve(event);
            }
            let conflict = !update.contradictions(&after, whole.listed).is_empty();
            count_row(&mut counts, before, &events, conflict);
            let pool = whole.pool_events(&after, frame);
            count_pool(&mut counts, &after, &whole.candidate.state, &pool);
            if !before.is_registered() {
                draft.claim(self.staff_number_claim(&row.staff_number, &whole.person));
            }
            whole.write(&mut draft, &events, frame)?;
            touched.push(whole.person.id);
        }
        Ok(Decided { draft, counts, touched })
    }

    pub(crate) fn staff_number_claim(&self, number: &str, person: &Loaded<Person>) -> Claim {
        Claim { kind: STAFF_NUMBER.into(), key: self.staff_number_key(number), stream: person.stream() }
    }
}

/// Registers whom nobody knew, then holds the row against corrections and members' list.
async fn roster_events(
    whole: &Whole,
    update: UpdateFromRoster,
    frame: &Frame,
) -> Result<Vec<PersonEvent>, CommandError> {
    let refused = |refusal| CommandError::Refused(Refused::of(&refusal));
    let mut hosted = whole.person.hosted();
    let mut events = Vec::new();
    if !whole.person.state.is_registered() {
        let register = RegisterPerson {
            record: update.record.clone(),
            source: Source::Roster,
            import: Some(update.import),
            row: Some(update.row),
        };
        events = hosted.decide(register, (), frame).await.map_err(refused)?;
    }
    events.extend(hosted.decide(update, whole.listed, frame).await.map_err(refused)?);
    Ok(events)
}
