//! The path of every command: right, facts, decision, append; overtaken or refused, its id is looked up and it is
//! decided anew on fresh facts.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use peiyu_contracts::{Metadata, Origin};
use peiyu_domain::access::{Right, may};
use peiyu_domain::calendar::Calendar;
use peiyu_domain::policy::Policy;
use peiyu_domain::{Actor, Aggregate, Context, Decide};
use peiyu_platform::trace::{self, TraceParent};
use peiyu_store::{Append, Outcome, StoreError, StreamVersion};
use uuid::Uuid;

use crate::draft::{After, Draft};
use crate::states::Memory;
use crate::{Answer, Application, CommandError, Loaded, MOST_ATTEMPTS, Request};

/// What surrounds one attempt at a command.
#[derive(Debug, Clone)]
pub struct Frame {
    pub(crate) actor: Actor,
    pub(crate) command_id: Uuid,
    pub(crate) digest: [u8; 32],
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
    pub(crate) if_match: Option<i64>,
    pub(crate) origin: Origin,
    pub(crate) today: Date,
    pub(crate) now: Timestamp,
    policy: Arc<Policy>,
    /// Policies and account as they were read: every command rests on them.
    pub(crate) always_read: Vec<StreamVersion>,
    /// Whether states are taken from memory.
    pub(crate) memory: Memory,
    /// What the decision read meanwhile; shared by the clones of one attempt's frame.
    noted: Arc<Mutex<Vec<StreamVersion>>>,
}

impl Frame {
    /// Notes a stream that the decision read: the command will rest on it.
    pub(crate) fn note(&self, read: StreamVersion) {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(read);
    }

    /// The streams that the decision read.
    pub(crate) fn noted(&self) -> Vec<StreamVersion> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The context of decisions.
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            actor: &self.actor,
            today: self.today,
            now: self.now,
            policy: &self.policy,
            calendar: Calendar::shipped(),
        }
    }

    /// Metadata of an event, but for what differs from event to event.
    pub(crate) fn metadata(&self) -> Metadata {
        // The office that gives the most: events say in which office somebody acted.
        let office =
            self.actor.offices.iter().max_by_key(|office| peiyu_domain::access::rights_of(office).len());
        Metadata {
            event_id: Uuid::nil(),
            recorded_at: self.now,
            occurred_on: None,
            principal: self.actor.principal,
            actor_person: self.actor.person.map(|person| person.0),
            actor_organisation: office.map(|office| office.organisation.0),
            actor_office: office.and_then(|office| word(&office.office)),
            command_id: self.command_id,
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            policy_version: Some(self.policy.version.clone()),
            policy_hash: Some(self.policy.hash.clone()),
            traceparent: Some(self.trace().to_string()),
            origin: self.origin,
            subject: Uuid::nil(),
        }
    }

    /// The request's trace; work that no request asked for has one of its own.
    fn trace(&self) -> TraceParent {
        trace::current().unwrap_or_else(|| TraceParent::of_work(self.correlation_id.as_u128()))
    }

    /// Checks what the sender saw against what was loaded.
    pub(crate) fn saw<A: Aggregate>(&self, loaded: &Loaded<A>) -> Result<(), CommandError> {
        match self.if_match {
            Some(expected) if expected != loaded.version => {
                Err(CommandError::Stale { expected, found: loaded.version })
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn word(value: &impl serde::Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

/// An attempt under way. Boxed, since the compiler cannot yet see that an async closure's future may be sent to
/// another thread, and every service spawns its commands.
pub(crate) type Deciding<'d> = Pin<Box<dyn Future<Output = Result<Attempt, CommandError>> + Send + 'd>>;

/// What one attempt comes to.
pub(crate) enum Attempt {
    /// To be appended.
    Decided(Draft),
    /// Refused, maybe on stale facts; decided anew once they are fresh.
    Refused(CommandError),
}

impl Application {
    /// Runs a command: `decide` is called anew for every attempt, with fresh states.
    pub(crate) async fn handle<'d>(
        &self,
        request: &Request,
        right: Right,
        decide: impl Fn(Frame) -> Deciding<'d> + Sync,
    ) -> Result<Answer, CommandError> {
        if !may(&request.actor, right) {
            // The office may be newer than this process's directory.
            self.refresh_caches().await?;
            self.must_still(request, right).await?;
        }
        let outcome = self.attempts(request, right, decide).await;
        match outcome {
            // Refused because of what it has just done itself: the same id came twice at once.
            Err(
                CommandError::Refused(_)
                | CommandError::Stale { .. }
                | CommandError::Taken { .. }
                | CommandError::Contended,
            ) => match self.known_answer(request).await? {
                Some(answer) => Ok(answer),
                None => outcome,
            },
            other => other,
        }
    }

    /// Notes the id of a request that stands for several commands, so that it is refused with another body; each
    /// command has an id of its own.
    ///
    /// # Errors
    /// [`CommandError::KeyReused`]; [`CommandError::Forbidden`].
    pub async fn begin_batch(&self, request: &Request, right: Right) -> Result<(), CommandError> {
        let id = request.command_id;
        let noted = self.handle(request, right, |frame| {
            Box::pin(async move { Ok(Attempt::Decided(Draft::answering(id, frame.origin))) })
        });
        noted.await.map(drop)
    }

    /// Whether the actor has the right by what is known now.
    async fn must_still(&self, request: &Request, right: Right) -> Result<(), CommandError> {
        let (actor, _) = self.actor_now(&request.actor, Memory::Renew).await?;
        if may(&actor, right) { Ok(()) } else { Err(CommandError::Forbidden(right)) }
    }

    /// The first attempt takes states and facts as this process remembers them; whatever it comes to but success is
    /// judged anew on fresh ones, unless the command was done before.
    async fn attempts<'d>(
        &self,
        request: &Request,
        right: Right,
        decide: impl Fn(Frame) -> Deciding<'d> + Sync,
    ) -> Result<Answer, CommandError> {
        let mut memory = Memory::Use;
        for _ in 0..MOST_ATTEMPTS {
            let failed = match self.attempt(request, right, memory, &decide).await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => None,
                Err(error) => Some(error),
            };
            match failed {
                Some(error) if memory == Memory::Renew => return Err(error),
                failed if memory == Memory::Use => match (failed, self.known_answer(request).await) {
                    (_, Ok(Some(answer))) => return Ok(answer),
                    (Some(error), _) if !error.is_judgement() => return Err(error),
                    (_, Err(error)) => return Err(error),
                    (_, Ok(None)) => memory = Memory::Renew,
                },
                Some(_) | None => {}
            }
            self.refresh_caches().await?;
        }
        Err(CommandError::Contended)
    }

    /// One attempt; none when others overtook it.
    async fn attempt<'d>(
        &self,
        request: &Request,
        right: Right,
        memory: Memory,
        decide: &(impl Fn(Frame) -> Deciding<'d> + Sync),
    ) -> Result<Option<Answer>, CommandError> {
        let frame = self.frame_with(request, memory).await?;
        // An attempt that was overtaken is made anew by what the actor may then.
        if !may(&frame.actor, right) {
            return Err(CommandError::Forbidden(right));
        }
        match decide(frame.clone()).await? {
            Attempt::Refused(refusal) => Err(refusal),
            Attempt::Decided(draft) => self.append(draft, &frame).await,
        }
    }

    /// The answer to a command id that was used before.
    ///
    /// # Errors
    /// [`CommandError::KeyReused`] when it was used with another body.
    pub async fn known_answer(&self, request: &Request) -> Result<Option<Answer>, CommandError> {
        let known = self.inner.store.find_command(request.actor.principal, request.command_id).await?;
        match known {
            None => Ok(None),
            Some(known) if known.digest != request.digest => Err(CommandError::KeyReused),
            Some(known) => read_answer(&known.answer).map(Some),
        }
    }

    /// Appends; none when others overtook the decision.
    pub(crate) async fn append(
        &self,
        mut draft: Draft,
        frame: &Frame,
    ) -> Result<Option<Answer>, CommandError> {
        if draft.contradicts(frame) {
            return Ok(None);
        }
        let after = draft.after();
        let (append, answer) = self.seal(draft, frame).await?;
        self.append_sealed(append, answer, after, frame).await
    }

    /// Appends what is sealed already, and keeps the states that come of it; none when others overtook the decision.
    pub(crate) async fn append_sealed(
        &self,
        append: Append,
        answer: Answer,
        after: After,
        frame: &Frame,
    ) -> Result<Option<Answer>, CommandError> {
        match self.inner.appender.append(append).await {
            Ok(Outcome::Done) => {
                after.keep(&self.inner.states);
                Ok(Some(answer))
            }
            Ok(Outcome::Repeated { answer }) => read_answer(&answer).map(Some),
            Ok(Outcome::KeyReused) => Err(CommandError::KeyReused),
            Ok(Outcome::Stale { .. }) => Ok(None),
            Ok(Outcome::Taken { kind, holder }) => Err(CommandError::Taken { kind, holder: holder.id }),
            Err(error @ StoreError::UnknownOutcome(_)) => self.look_again(frame, error).await,
            Err(error) => Err(error.into()),
        }
    }

    /// The connection broke in the middle of a commit: the command's id tells whether it was done.
    async fn look_again(&self, frame: &Frame, error: StoreError) -> Result<Option<Answer>, CommandError> {
        match self.inner.store.find_command(frame.actor.principal, frame.command_id).await {
            Ok(Some(known)) if known.digest == frame.digest => read_answer(&known.answer).map(Some),
            Ok(_) | Err(_) => Err(CommandError::OutcomeUnknown(error)),
        }
    }

    /// A frame for a decision that keeps nothing in memory.
    pub(crate) async fn frame(&self, request: &Request) -> Result<Frame, CommandError> {
        self.frame_with(request, Memory::Leave).await
    }

    async fn frame_with(&self, request: &Request, memory: Memory) -> Result<Frame, CommandError> {
        let today = self.inner.clock.today();
        let (policy, policies_read) = self.policy_as_read(today).await?;
        let (actor, account_read) = self.actor_now(&request.actor, memory).await?;
        Ok(Frame {
            actor,
            command_id: request.command_id,
            digest: request.digest,
            correlation_id: request.correlation_id,
            causation_id: request.causation_id,
            if_match: request.if_match,
            origin: request.origin,
            today,
            now: self.inner.clock.now(),
            policy,
            always_read: [policies_read].into_iter().chain(account_read).collect(),
            memory,
            noted: Arc::default(),
        })
    }

    /// Reads caches anew; true when anything in them had moved.
    pub(crate) async fn refresh_caches(&self) -> Result<bool, CommandError> {
        let directory = self.refresh_directory().await?;
        let policies = self.refresh_policies().await?;
        Ok(directory || policies)
    }
}

fn read_answer(text: &str) -> Result<Answer, CommandError> {
    serde_json::from_str(text).map_err(|error| CommandError::Inconsistent(Box::new(error)))
}

impl Application {
    /// The plain case: one aggregate decides alone, its own key seals.
    pub(crate) async fn decide_alone<A, C>(
        &self,
        loaded: &Loaded<A>,
        command: C,
        facts: A::Facts,
        rests_on: Vec<StreamVersion>,
        frame: &Frame,
    ) -> Result<Attempt, CommandError>
    where
        A: Aggregate + Decide<C>,
        A::Event: PartialEq,
        A::Facts: Send + 'static,
        C: Send + 'static,
    {
        frame.saw(loaded)?;
        let events = match loaded.hosted().decide(command, facts, frame).await {
            Ok(events) => events,
            Err(refusal) => return Ok(refused(&refusal)),
        };
        let mut draft = Draft::answering(loaded.id, frame.origin);
        draft.write(loaded, &events, loaded.id, frame)?;
        for read in rests_on {
            draft.rest_on(read);
        }
        Ok(Attempt::Decided(draft))
    }
}

/// Turns a domain refusal into an attempt that is judged on fresh facts.
pub(crate) fn refused<R: peiyu_domain::Refuse>(refusal: &R) -> Attempt {
    Attempt::Refused(CommandError::Refused(crate::Refused::of(refusal)))
}
