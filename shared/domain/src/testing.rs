//! Given / when / then for deciders, and small builders that read like sentences.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::calendar::Calendar;
use crate::candidate::commands::TalkDraft;
use crate::candidate::{CandidateEvent, TalkContent};
use crate::organisation::HeldOffice;
use crate::person::{Field, Record};
use crate::policy::Policy;
use crate::values::{ImportId, OfficeKind, OrganisationId, OrganisationKind, PersonId, TalkForm, Text};
use crate::{Actor, Aggregate, Context, Decide};

/// The day on which tests take place unless they say otherwise.
pub const TODAY: &str = "2026-11-24";

/// A state in which something is about to be commanded.
pub struct Given<A> {
    state: A,
    actor: Actor,
    today: Date,
}

/// What came of a command.
pub struct Outcome<A: Aggregate>(Result<Vec<A::Event>, A::Refusal>);

/// What has happened so far.
pub fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let events: Vec<A::Event> = events.into_iter().collect();
    given_state(A::after(&events))
}

/// A state made elsewhere.
pub fn given_state<A>(state: A) -> Given<A> {
    let actor = Actor { principal: Uuid::nil(), person: None, offices: Vec::new(), granted: Vec::new() };
    Given { state, actor, today: date(TODAY) }
}

impl<A: Aggregate> Given<A> {
    /// Somebody acts.
    #[must_use]
    pub fn by(mut self, person: PersonId) -> Self {
        self.actor.person = Some(person);
        self
    }

    /// On another day.
    #[must_use]
    pub fn on(mut self, today: &str) -> Self {
        self.today = date(today);
        self
    }

    /// Commands.
    pub fn when<C>(&self, command: C, facts: <A as Decide<C>>::Facts) -> Outcome<A>
    where
        A: Decide<C>,
    {
        let context = Context {
            actor: &self.actor,
            today: self.today,
            now: Timestamp::UNIX_EPOCH,
            policy: Policy::shipped(),
            calendar: &Calendar::default(),
        };
        Outcome(self.state.decide(command, &facts, &context))
    }
}

impl<A: Aggregate> Outcome<A>
where
    A::Event: PartialEq,
    A::Refusal: PartialEq,
{
    /// Exactly these events.
    ///
    /// # Panics
    /// When it is otherwise.
    #[track_caller]
    pub fn then(self, events: &[A::Event]) {
        assert_eq!(self.0.ok().as_deref(), Some(events));
    }

    /// Accepted, and nothing changed.
    ///
    /// # Panics
    /// When it is otherwise.
    #[track_caller]
    pub fn nothing(self) {
        assert_eq!(self.0.ok().as_deref(), Some(&[][..]));
    }

    /// Refused, exactly so.
    ///
    /// # Panics
    /// When it is otherwise.
    #[track_caller]
    pub fn refused(self, refusal: &A::Refusal) {
        assert_eq!(self.0.err().as_ref(), Some(refusal));
    }

    /// The events, for a closer look.
    ///
    /// # Panics
    /// When it was refused.
    #[track_caller]
    pub fn events(self) -> Vec<A::Event> {
        match self.0 {
            Ok(events) => events,
            Err(refusal) => panic!("refused: {refusal}"),
        }
    }
}

/// A day.
///
/// # Panics
/// When the text is none.
#[must_use]
pub fn date(text: &str) -> Date {
    text.parse().unwrap_or_else(|_| panic!("{text} is no date"))
}

/// A text.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap_or_else(|fault| panic!("{text:?} {fault}"))
}

/// Person number n.
#[must_use]
pub fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

/// Some import.
#[must_use]
pub fn import_id() -> ImportId {
    ImportId(Uuid::from_u128(77))
}

/// A record of some fields.
#[must_use]
pub fn record(fields: &[(Field, &str)]) -> Record {
    fields.iter().map(|(field, value)| (*field, (*value).to_owned())).collect()
}

/// A branch secretary's office.
#[must_use]
pub fn branch_secretary() -> HeldOffice {
    HeldOffice {
        organisation: OrganisationId(Uuid::from_u128(501)),
        organisation_kind: OrganisationKind::Branch,
        is_university: false,
        office: OfficeKind::BranchSecretary,
    }
}

/// Person 1 entered the pool on 2026-03-01.
#[must_use]
pub fn pool_entered() -> CandidateEvent {
    CandidateEvent::PoolEntered { on: date("2026-03-01") }
}

/// Person 2, a branch secretary, was assigned.
#[must_use]
pub fn liaison_assigned(since: &str) -> CandidateEvent {
    CandidateEvent::LiaisonAssigned { liaison: person(2), office: branch_secretary(), since: date(since) }
}

/// Person 2 talked with the candidate.
#[must_use]
pub fn talk_recorded(talk: u32, held_on: &str) -> CandidateEvent {
    let content = TalkContent {
        place: None,
        topics: Vec::new().into(),
        gist: text(&format!("第{talk}次")).into(),
        wishes: None,
        follow_up: None,
    };
    CandidateEvent::TalkRecorded {
        talk,
        talker: person(2),
        held_on: date(held_on),
        form: TalkForm::Single,
        content,
        fingerprint: None,
    }
}

/// A talk as typed, with this gist.
#[must_use]
pub fn talk_draft(gist: &str) -> TalkDraft {
    TalkDraft {
        place: None,
        topics: vec!["思想动态".into()],
        gist: gist.into(),
        wishes: None,
        follow_up: None,
    }
}

impl<A: Aggregate> Outcome<A> {
    /// The refusal, for a closer look.
    ///
    /// # Panics
    /// When it was accepted.
    #[track_caller]
    pub fn refusal(self) -> A::Refusal {
        match self.0 {
            Ok(_) => panic!("was not refused"),
            Err(refusal) => refusal,
        }
    }
}
