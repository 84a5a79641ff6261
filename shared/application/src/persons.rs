//! Commands about persons: corrections, which may take somebody into the pool or out of it.

use peiyu_domain::access::Right;
use peiyu_domain::candidate::commands::{EnterPool, LeavePool, PoolFacts};
use peiyu_domain::candidate::{Candidate, CandidateEvent, LeaveReason};
use peiyu_domain::eligibility::political_status;
use peiyu_domain::member::Member;
use peiyu_domain::person::commands::{CorrectPerson, ListedMembership};
use peiyu_domain::person::{Field, Person, PersonEvent, PersonRefusal};
use peiyu_domain::values::PersonId;
use peiyu_domain::{Aggregate, Decide};

use crate::draft::Draft;
use crate::handle::{Attempt, Frame, refused};
use crate::{Answer, Application, CommandError, Loaded, Request};

/// A person with what hangs on their eligibility.
#[derive(Debug, Clone)]
pub(crate) struct Whole {
    pub(crate) person: Loaded<Person>,
    pub(crate) candidate: Loaded<Candidate>,
    pub(crate) listed: ListedMembership,
    /// The member stream as it was read.
    pub(crate) member_read: peiyu_store::StreamVersion,
}

impl Application {
    /// An officer sets one field right; eligibility and pool follow in the same append.
    ///
    /// # Errors
    /// A refusal by rule; [`CommandError::NotFound`], [`CommandError::Stale`].
    pub async fn correct_person(
        &self,
        request: &Request,
        person: PersonId,
        command: CorrectPerson,
    ) -> Result<Answer, CommandError> {
        let command = &command;
        self.handle(request, Right::PersonCorrect, |frame| {
            Box::pin(async move {
                if !self.sees_person(&frame.actor, Right::PersonCorrect, person).await? {
                    return Err(CommandError::NotFound { kind: "person" });
                }
                let whole = self.load_whole(person).await?;
                frame.saw(&whole.person)?;
                if let Some(refusal) = self.unknown_place(command, &whole.person.state).await? {
                    return Ok(refused(&refusal));
                }
                let decided = whole.person.hosted().decide(command.clone(), (), &frame).await;
                let events = match decided {
                    Ok(events) => events,
                    Err(refusal) => return Ok(refused(&refusal)),
                };
                let mut draft = Draft::answering(person.0, frame.origin);
                whole.write(&mut draft, &events, &frame)?;
                Ok(Attempt::Decided(draft))
            })
        })
        .await
    }

    /// A unit, or a room of the person's unit, that no organisation has: nobody would find the person there.
    async fn unknown_place(
        &self,
        command: &CorrectPerson,
        person: &Person,
    ) -> Result<Option<PersonRefusal>, CommandError> {
        let (field, value) = (command.field, command.value.trim());
        if value.is_empty() || !matches!(field, Field::Unit | Field::Room) {
            return Ok(None);
        }
        let units = self.known_units().await?;
        let unit = person.field(Field::Unit);
        let nearest = match field {
            Field::Unit if !units.has_unit(value) => units.nearest_units(value),
            Field::Room if !units.has_room(unit, value) => units.nearest_rooms(unit, value),
            _ => return Ok(None),
        };
        Ok(Some(PersonRefusal::PlaceUnknown { field, nearest }))
    }

    async fn load_whole(&self, person: PersonId) -> Result<Whole, CommandError> {
        let member = self.load::<Member>(person.0).await?;
        Ok(Whole {
            person: self.load::<Person>(person.0).await?,
            candidate: self.load::<Candidate>(person.0).await?,
            listed: listed(&member.state, self.has_members_list().await?),
            member_read: member.read(),
        })
    }
}

/// What the members' list says; without any list the roster's word is all there is.
pub(crate) fn listed(member: &Member, has_list: bool) -> ListedMembership {
    match (member.standing(), has_list) {
        (Some(standing), _) => ListedMembership::Listed(standing),
        (None, true) => ListedMembership::NotListed,
        (None, false) => ListedMembership::NoList,
    }
}

impl Whole {
    /// Writes the person's events together with the candidate's that follow from them.
    pub(crate) fn write(
        &self,
        draft: &mut Draft,
        events: &[PersonEvent],
        frame: &Frame,
    ) -> Result<(), CommandError> {
        let mut after = self.person.state.clone();
        for event in events {
            after.evolve(event);
        }
        let pool = self.pool_events(&after, frame);
        draft.write(&self.person, events, self.person.id, frame)?;
        if !pool.is_empty() {
            draft.write(&self.candidate, &pool, self.person.id, frame)?;
            draft.rest_on(self.member_read.clone());
        }
        Ok(())
    }

    /// Into the pool, or out of it, as eligibility and membership now say.
    pub(crate) fn pool_events(&self, after: &Person, frame: &Frame) -> Vec<CandidateEvent> {
        let key_group = after.assessment().is_some_and(|assessment| assessment.key_group);
        let member = self.listed.is_member(political_status(after.field(Field::PoliticalStatus)));
        let in_pool = self.candidate.state.in_pool_since().is_some();
        let context = frame.context();
        let decided = match (in_pool, key_group && !member) {
            (false, true) => {
                let facts = PoolFacts { key_group, member };
                self.candidate.state.decide(EnterPool { on: frame.today }, &facts, &context)
            }
            (true, false) => {
                let reason = if member { LeaveReason::BecameMember } else { LeaveReason::NotOfKeyGroup };
                self.candidate.state.decide(LeavePool { on: frame.today, reason }, &(), &context)
            }
            (true, true) | (false, false) => Ok(Vec::new()),
        };
        // Both commands refuse only what the match above has excluded.
        decided.unwrap_or_default()
    }
}
