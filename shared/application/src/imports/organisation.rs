//! 组织工作簿: persons and members first, then each organisation with its offices.

use std::collections::BTreeMap;

use peiyu_domain::import::ChunkCounts;
use peiyu_domain::member::Member;
use peiyu_domain::member::commands::ListMembership;
use peiyu_domain::member::state::Membership;
use peiyu_domain::organisation::commands::{RegisterOrganisation, TakeOffice};
use peiyu_domain::organisation::{Organisation, OrganisationEvent, Profile};
use peiyu_domain::person::commands::RegisterPerson;
use peiyu_domain::person::{Field, PersonEvent, Record, Source};
use peiyu_domain::values::ids::named;
use peiyu_domain::values::{ImportId, OrganisationId, PersonId, Text, TextError};
use peiyu_workbooks::{MemberRow, OfficeRow, OrganisationCheck, OrganisationRow};
use uuid::Uuid;

use super::CHUNK;
use super::report::Conflict;
use super::run::{DRY_RUN, Decided};
use crate::draft::Draft;
use crate::handle::Frame;
use crate::{Application, CommandError, Refused};

/// Somebody whom the workbook names, with what its members' list says of them.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    staff_number: String,
    name: String,
    row: u32,
    member: Option<MemberRow>,
}

/// Rows of one command.
#[derive(Debug, Clone)]
pub(crate) enum OrganisationChunk {
    /// Persons, and their membership.
    People(Vec<Named>),
    /// Organisations, each with its offices.
    Tree(Vec<(OrganisationRow, Vec<OfficeRow>)>),
}

impl OrganisationChunk {
    /// All chunks of a workbook: whoever holds an office is registered before it.
    pub(crate) fn all(check: &OrganisationCheck) -> Vec<Self> {
        let mut people: BTreeMap<&str, Named> = BTreeMap::new();
        for office in &check.offices {
            people.entry(&office.staff_number).or_insert_with(|| Named {
                staff_number: office.staff_number.clone(),
                name: office.name.clone(),
                row: office.row,
                member: None,
            });
        }
        for member in &check.members {
            let named = people.entry(&member.staff_number).or_insert_with(|| Named {
                staff_number: member.staff_number.clone(),
                name: member.name.clone(),
                row: member.row,
                member: None,
            });
            named.member = Some(member.clone());
        }
        let people: Vec<Named> = people.into_values().collect();
        let tree: Vec<_> = check
            .organisations
            .iter()
            .map(|organisation| {
                let offices =
                    check.offices.iter().filter(|office| office.organisation == organisation.number);
                (organisation.clone(), offices.cloned().collect())
            })
            .collect();
        let people = people.chunks(CHUNK).map(|chunk| Self::People(chunk.to_vec()));
        let tree = tree.chunks(CHUNK / 4).map(|chunk| Self::Tree(chunk.to_vec()));
        people.chain(tree).collect()
    }
}

impl Application {
    pub(crate) async fn decide_organisation_chunk(
        &self,
        chunk: &OrganisationChunk,
        import: ImportId,
        frame: &Frame,
    ) -> Result<Decided, CommandError> {
        match chunk {
            OrganisationChunk::People(people) => self.decide_people(people, import, frame).await,
            OrganisationChunk::Tree(rows) => self.decide_tree(rows, import, frame).await,
        }
    }

    async fn decide_people(
        &self,
        people: &[Named],
        import: ImportId,
        frame: &Frame,
    ) -> Result<Decided, CommandError> {
        let numbers: Vec<&str> = people.iter().map(|named| named.staff_number.as_str()).collect();
        let wholes = self.wholes(&numbers).await?;
        let ids: Vec<Uuid> = wholes.iter().map(|whole| whole.person.id).collect();
        let members = self.load_all::<Member>(&ids).await?;
        let mut draft = Draft::answering(import.0, frame.origin);
        let mut counts = ChunkCounts::default();
        let mut conflicts = Vec::new();
        for ((named, mut whole), member) in people.iter().zip(wholes).zip(members) {
            let mut member_after = member.hosted();
            let listed = match &named.member {
                Some(row) => {
                    let command = ListMembership { membership: self.membership(row), import: Some(import) };
                    member_after.decide(command, (), frame).await.map_err(refusal)?
                }
                None => Vec::new(),
            };
            whole.listed = crate::persons::listed(&member_after.0, true);
            let known = whole.person.state.is_registered();
            let events = register(&whole, named, import, frame).await?;
            if !known {
                draft.claim(self.staff_number_claim(&named.staff_number, &whole.person));
            }
            let name = whole.person.state.field(Field::Name);
            let other_name = known && name != named.name;
            count(&mut counts, known, !listed.is_empty(), other_name);
            if other_name {
                conflicts.push(Conflict {
                    row: named.row,
                    staff_number: named.staff_number.clone(),
                    field: Field::Name,
                    roster_value: named.name.clone(),
                    kept_value: name.to_owned(),
                    kept_by: "record",
                });
            }
            draft.write(&member, &listed, whole.person.id, frame)?;
            whole.write(&mut draft, &events, frame)?;
        }
        Ok(Decided { draft, counts, touched: ids, conflicts })
    }

    async fn decide_tree(
        &self,
        rows: &[(OrganisationRow, Vec<OfficeRow>)],
        import: ImportId,
        frame: &Frame,
    ) -> Result<Decided, CommandError> {
        let ids: Vec<Uuid> = rows.iter().map(|(row, _)| self.organisation_id(&row.number).0).collect();
        let organisations = self.load_all::<Organisation>(&ids).await?;
        let numbers: Vec<&str> =
            rows.iter().flat_map(|(_, offices)| offices).map(|office| office.staff_number.as_str()).collect();
        let holders = self.holders(&numbers).await?;
        let mut holders = numbers.iter().zip(holders).map(|(_, holder)| holder);
        let mut draft = Draft::answering(import.0, frame.origin);
        let mut counts = ChunkCounts::default();
        for ((row, offices), loaded) in rows.iter().zip(organisations) {
            let known = loaded.exists();
            let mut hosted = loaded.hosted();
            let command = RegisterOrganisation {
                organisation: OrganisationId(loaded.id),
                profile: self.profile(row)?,
                import: Some(import),
            };
            let mut events = hosted.decide(command, (), frame).await.map_err(refusal)?;
            for office in offices {
                // Every holder was registered by an earlier chunk, but in a dry run, which registers nobody: there a
                // stand-in takes the office, so that it is counted as the run will count it.
                let newcomer = || (import == DRY_RUN).then(|| stand_in(&office.staff_number));
                let Some(person) = holders.next().flatten().or_else(newcomer) else { continue };
                events.extend(hosted.decide(take_office(office, person)?, (), frame).await.map_err(refusal)?);
            }
            let rows = 1 + u32::try_from(offices.len()).unwrap_or(u32::MAX);
            count_organisation(&mut counts, known, &events, rows);
            draft.write(&loaded, &events, loaded.id, frame)?;
        }
        Ok(Decided { draft, counts, touched: Vec::new(), conflicts: Vec::new() })
    }

    fn organisation_id(&self, number: &str) -> OrganisationId {
        OrganisationId::of_number(self.tenant(), number)
    }

    fn membership(&self, row: &MemberRow) -> Membership {
        Membership {
            standing: row.standing,
            joined_on: row.joined_on,
            full_since: row.full_since,
            branch: self.organisation_id(&row.branch),
        }
    }

    fn profile(&self, row: &OrganisationRow) -> Result<Profile, CommandError> {
        Ok(Profile {
            number: fitting(&row.number)?,
            name: fitting(&row.name)?,
            kind: row.kind,
            parent: row.parent.as_deref().map(|number| self.organisation_id(number)),
            unit: row.unit.as_deref().map(fitting).transpose()?,
            room: row.room.as_deref().map(fitting).transpose()?,
            founded_on: row.founded_on,
        })
    }
}

async fn register(
    whole: &crate::persons::Whole,
    named: &Named,
    import: ImportId,
    frame: &Frame,
) -> Result<Vec<PersonEvent>, CommandError> {
    let record =
        Record::from([(Field::StaffNumber, named.staff_number.clone()), (Field::Name, named.name.clone())]);
    let command = RegisterPerson { record, source: Source::Tree, import: Some(import), row: Some(named.row) };
    whole.person.hosted().decide(command, (), frame).await.map_err(refusal)
}

/// Whom a dry run takes for somebody not yet registered: the same for each of their offices, and nobody else.
fn stand_in(staff_number: &str) -> PersonId {
    PersonId(named(&["stand-in", staff_number]))
}

fn take_office(row: &OfficeRow, person: PersonId) -> Result<TakeOffice, CommandError> {
    Ok(TakeOffice {
        person,
        office: row.office,
        title: fitting(&row.title)?,
        from: row.from,
        until: row.until,
    })
}

/// The check has bounded every text already; one that does not fit is a fault of ours, not of the file.
fn fitting<const MAX: usize>(text: &str) -> Result<Text<MAX>, CommandError> {
    Text::new(text).map_err(|fault: TextError| CommandError::TooLarge(fault.to_string()))
}

fn refusal<R: peiyu_domain::Refuse>(refusal: R) -> CommandError {
    CommandError::Refused(Refused::of(&refusal))
}

fn count(counts: &mut ChunkCounts, known: bool, changed: bool, conflict: bool) {
    counts.accepted += 1;
    match (known, changed) {
        (false, _) => counts.new += 1,
        (true, true) => counts.changed += 1,
        (true, false) => counts.unchanged += 1,
    }
    if conflict {
        counts.conflicts += 1;
    }
}

fn count_organisation(counts: &mut ChunkCounts, known: bool, events: &[OrganisationEvent], rows: u32) {
    let changed = u32::try_from(events.len()).unwrap_or(u32::MAX).min(rows);
    counts.accepted += rows;
    counts.unchanged += rows - changed;
    if known {
        counts.changed += changed;
    } else {
        counts.new += changed;
    }
}
