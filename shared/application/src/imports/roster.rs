//! 教职工名册: each row registers or updates a person; pool membership follows in the same append.

use peiyu_domain::Aggregate;
use peiyu_domain::candidate::Candidate;
use peiyu_domain::member::Member;
use peiyu_domain::person::commands::{ListedMembership, RegisterPerson, UpdateFromRoster};
use peiyu_domain::person::{Field, Person, PersonEvent, Source};
use peiyu_domain::values::{ImportId, PersonId, Standing};
use peiyu_store::Claim;
use peiyu_workbooks::{Report, RosterRow};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as FieldError;
use uuid::Uuid;

use super::check::STAFF_NUMBER;
use super::pool::{count_pool, count_row};
use super::report::Conflict;
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
        // A new id has no streams; of a first roster nothing at all is loaded.
        let known: Vec<Uuid> = holders.into_iter().flatten().map(|person| person.0).collect();
        let persons = self.load_known::<Person>(&ids, &known).await?;
        let candidates = self.load_known::<Candidate>(&ids, &known).await?;
        let members = self.load_known::<Member>(&ids, &known).await?;
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

    /// Aggregates in the order of `ids`, of which only the `known`, in the same order, are asked for.
    async fn load_known<A: Aggregate>(
        &self,
        ids: &[Uuid],
        known: &[Uuid],
    ) -> Result<Vec<Loaded<A>>, CommandError> {
        let mut loaded = self.load_all::<A>(known).await?.into_iter().peekable();
        let next = |id: &Uuid| loaded.next_if(|next| next.id == *id).unwrap_or_else(|| Loaded::absent(*id));
        Ok(ids.iter().map(next).collect())
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
        let mut conflicts = Vec::new();
        for (row, whole) in rows.iter().zip(wholes) {
            let before = &whole.person.state;
            let update = UpdateFromRoster { record: row.record.clone(), import, row: row.row };
            let events = roster_events(&whole, update.clone(), frame).await?;
            let mut after = before.clone();
            for event in &events {
                after.evolve(event);
            }
            let found = contradicting(row, &update, &after, whole.listed);
            count_row(&mut counts, before, &events, !found.is_empty());
            conflicts.extend(found);
            let pool = whole.pool_events(&after, frame);
            count_pool(&mut counts, &after, &whole.candidate.state, &pool);
            if !before.is_registered() {
                draft.claim(self.staff_number_claim(&row.staff_number, &whole.person));
            }
            whole.write(&mut draft, &events, frame)?;
            touched.push(whole.person.id);
        }
        Ok(Decided { draft, counts, touched, conflicts })
    }

    /// What rows that were taken in before a crash say against what stands above them.
    pub(crate) async fn roster_conflicts(
        &self,
        rows: &[RosterRow],
        import: ImportId,
    ) -> Result<Vec<Conflict>, CommandError> {
        let numbers: Vec<&str> = rows.iter().map(|row| row.staff_number.as_str()).collect();
        let wholes = self.wholes(&numbers).await?;
        let found = rows.iter().zip(&wholes).flat_map(|(row, whole)| {
            let update = UpdateFromRoster { record: row.record.clone(), import, row: row.row };
            contradicting(row, &update, &whole.person.state, whole.listed)
        });
        Ok(found.collect())
    }

    pub(crate) fn staff_number_claim(&self, number: &str, person: &Loaded<Person>) -> Claim {
        Claim { kind: STAFF_NUMBER.into(), key: self.staff_number_key(number), stream: person.stream() }
    }
}

/// The values of a row that do not count, with those that do.
fn contradicting(
    row: &RosterRow,
    update: &UpdateFromRoster,
    person: &Person,
    listed: ListedMembership,
) -> Vec<Conflict> {
    let found = update.contradictions(person, listed).into_iter().map(|(field, roster_value)| {
        let (kept_value, kept_by) = match (person.is_corrected(field), listed) {
            (true, _) => (person.field(field), "correction"),
            (false, ListedMembership::Listed(Standing::Full)) => ("正式党员", "members_list"),
            (false, ListedMembership::Listed(Standing::Probationary)) => ("预备党员", "members_list"),
            // Whoever the list does not name is no member; of what else they are it says nothing.
            (false, _) => ("", "members_list"),
        };
        let (kept_value, staff_number) = (kept_value.to_owned(), row.staff_number.clone());
        Conflict { row: row.row, staff_number, field, roster_value, kept_value, kept_by }
    });
    found.collect()
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
