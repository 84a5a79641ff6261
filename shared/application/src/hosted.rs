//! Hosts a pure decider in `cqrs-es`: an aggregate over a state, a stored event over a domain event.
//!
//! `cqrs-es` wants aggregates that serialise (for snapshots); ours follow from their events alone and are
//! never stored, so both directions are errors here.

use cqrs_es::event_sink::EventSink;
use peiyu_domain::{Aggregate, Decide, Event};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// A domain event as `cqrs-es` sees it; its JSON is the domain event's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound = "E: Event")]
pub struct HostedEvent<E>(pub E);

impl<E: Event + PartialEq> cqrs_es::DomainEvent for HostedEvent<E> {
    fn event_type(&self) -> String {
        self.0.name().to_owned()
    }

    fn event_version(&self) -> String {
        self.0.version().to_string()
    }
}

/// A domain state as an aggregate of `cqrs-es`.
#[derive(Debug, Clone, Default)]
pub struct Hosted<A>(pub A);

/// What a decision comes to.
type Decided<A> = Result<Vec<<A as Aggregate>::Event>, <A as Aggregate>::Refusal>;

/// What decides, given the state.
type Decider<A> = dyn FnOnce(&A) -> Decided<A> + Send;

/// A decision waiting for its state.
pub struct Decision<A: Aggregate>(Box<Decider<A>>);

impl<A: Aggregate> Decision<A> {
    /// Wraps a decision.
    pub fn new(decide: impl FnOnce(&A) -> Decided<A> + Send + 'static) -> Self {
        Self(Box::new(decide))
    }
}

impl<A> Serialize for Hosted<A> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom("states are never stored"))
    }
}

impl<'de, A> Deserialize<'de> for Hosted<A> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom("states are never stored"))
    }
}

impl<A> cqrs_es::Aggregate for Hosted<A>
where
    A: Aggregate,
    A::Event: PartialEq,
{
    const TYPE: &'static str = A::TYPE;
    type Command = Decision<A>;
    type Event = HostedEvent<A::Event>;
    type Error = A::Refusal;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in (command.0)(&self.0)? {
            sink.write(HostedEvent(event), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.0.evolve(&event.0);
    }
}

impl<A> Hosted<A>
where
    A: Aggregate,
    A::Event: PartialEq,
{
    /// Decides by way of `cqrs-es` and takes the events in.
    ///
    /// # Errors
    /// The domain's refusal.
    pub async fn decide<C>(
        &mut self,
        command: C,
        facts: A::Facts,
        frame: &crate::handle::Frame,
    ) -> Result<Vec<A::Event>, A::Refusal>
    where
        A: Decide<C>,
        A::Facts: Send + 'static,
        C: Send + 'static,
    {
        let frame = frame.clone();
        let decision = Decision::new(move |state: &A| state.decide(command, &facts, &frame.context()));
        let sink = EventSink::default();
        cqrs_es::Aggregate::handle(self, decision, &(), &sink).await?;
        Ok(sink.collect().await.into_iter().map(|event| event.0).collect())
    }
}
