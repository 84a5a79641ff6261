//! A model of writers, two sequencers, two relays and followers under faults, with the relay's own judgement
//! (`fence::judge`) in it. Checked by `stateright`: every order of steps up to the bounds.
//!
//! What a relay does takes three steps, and anything may happen between them: it looks at the stream, judges
//! it by the feed, reads a page, publishes it. The followers of the model read at once, so that they see whatever
//! any follower could see; one of them takes the older part from the feed (over HTTP) and goes on with the stream.

mod check;
mod faults;
mod relay;

use std::collections::BTreeMap;

use stateright::{Model, Property};

use relay::Relay;

/// An event's id; never given twice.
pub(super) type Event = u8;

/// What is built in; each can be taken out to see that the checker misses it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Safeguards {
    /// Ids at the stream's end and before each page are compared with the feed's.
    pub ids: bool,
    /// `Nats-Expected-Last-Sequence`.
    pub last_sequence: bool,
    /// `Nats-Expected-Stream`.
    pub stream_name: bool,
}

/// How often what may happen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Faults {
    pub crashes: u8,
    pub streams_lost: u8,
    pub tails_lost: u8,
    /// To an earlier head, and a new epoch begins before anybody is let in: `peiyu restore`.
    pub restores: u8,
    /// To an earlier head without anybody noticing; an operator begins a new epoch once a relay has stopped.
    pub went_back: u8,
}

/// The bounds of a check.
#[derive(Debug, Clone, Copy)]
pub(super) struct House {
    pub safeguards: Safeguards,
    pub faults: Faults,
    /// Events that writers commit.
    pub events: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct State {
    epoch: u8,
    /// How often the database was another one; a page of an earlier one is of another past.
    past: u8,
    committed: u8,
    unsequenced: Vec<Event>,
    feed: Vec<Event>,
    /// Which sequencer has the lock on the feed's head.
    locked_by: Option<usize>,
    /// Of each epoch from 1 on: its messages, while it is there.
    streams: Vec<Option<Vec<Event>>>,
    /// The stream that takes the subjects.
    open: Option<u8>,
    relays: [Relay; 2],
    /// By epoch and position.
    seen: BTreeMap<(u8, usize), Event>,
    seen_twice: bool,
    left: Faults,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Action {
    Commit,
    Lock(usize),
    Sequence(usize),
    Relay(usize),
    Crash(usize),
    LoseStream,
    LoseTail,
    Restore(usize),
    GoBack(usize),
    BeginEpoch,
}

impl State {
    fn new(faults: Faults) -> Self {
        Self {
            epoch: 1,
            past: 0,
            committed: 0,
            unsequenced: Vec::new(),
            feed: Vec::new(),
            locked_by: None,
            streams: vec![None],
            open: None,
            relays: [Relay::Idle, Relay::Idle],
            seen: BTreeMap::new(),
            seen_twice: false,
            left: faults,
        }
    }

    /// Which of two equal relays or sequencers is in which state makes no difference to what can follow.
    fn with_equals_in_order(mut self) -> Self {
        self.relays.sort_unstable();
        self.locked_by = self.locked_by.map(|_| 0);
        self
    }

    fn see(&mut self, epoch: u8, from: usize, events: &[Event]) {
        for (position, event) in (from + 1..).zip(events) {
            let known = self.seen.entry((epoch, position)).or_insert(*event);
            self.seen_twice |= *known != *event;
        }
    }

    fn stream(&self, epoch: u8) -> Option<&Vec<Event>> {
        self.streams.get(usize::from(epoch) - 1)?.as_ref()
    }

    fn stopped(&self) -> bool {
        self.relays.contains(&Relay::Stopped)
    }

    /// Everything committed is on the stream of the epoch.
    fn complete(&self) -> bool {
        self.unsequenced.is_empty() && self.stream(self.epoch).is_some_and(|stream| *stream == self.feed)
    }
}

impl House {
    /// The step, when it changes anything.
    fn step(&self, state: &State, action: &Action) -> Option<State> {
        let mut next = state.clone();
        match *action {
            Action::Commit => {
                next.committed += 1;
                next.unsequenced.push(next.committed);
            }
            Action::Lock(sequencer) => next.locked_by = Some(sequencer),
            Action::Sequence(_) => {
                next.locked_by = None;
                next.feed.append(&mut next.unsequenced);
            }
            Action::Relay(number) => relay::step(self.safeguards, &mut next, number),
            Action::Crash(_)
            | Action::LoseStream
            | Action::LoseTail
            | Action::Restore(_)
            | Action::GoBack(_)
            | Action::BeginEpoch => faults::happen(&mut next, action),
        }
        (next != *state).then_some(next)
    }

    /// Whether, left alone, everything comes onto the stream from here, or somebody is told that it does not.
    fn comes_right(&self, state: &State) -> bool {
        const ROUNDS: usize = 12;
        // What is committed later only adds to what must come.
        if state.committed < self.events {
            return true;
        }
        let mut state = state.clone();
        let mut told = false;
        for round in 0..ROUNDS {
            if state.complete() {
                return true;
            }
            for action in [Action::Lock(0), Action::Sequence(0), Action::Relay(0), Action::Relay(1)] {
                state = self.step(&state, &action).unwrap_or(state);
                // One that stands still looks again and again.
                told |= round + 2 >= ROUNDS && state.stopped();
            }
        }
        // Only a database that went back behind everybody's back is a reason to stop.
        told && self.faults.went_back > state.left.went_back
    }
}

impl Model for House {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self.faults)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.committed < self.events {
            actions.push(Action::Commit);
        }
        for number in 0..2 {
            match state.locked_by {
                None if !state.unsequenced.is_empty() => actions.push(Action::Lock(number)),
                Some(holder) if holder == number => actions.push(Action::Sequence(number)),
                None | Some(_) => {}
            }
            actions.push(Action::Relay(number));
        }
        faults::possible(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.step(state, &action).map(State::with_equals_in_order)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one position, one event", |_, state: &State| !state.seen_twice),
            Property::always("everything comes onto the stream", |house: &House, state: &State| {
                house.comes_right(state)
            }),
            Property::sometimes("everything is on the stream", |house: &House, state: &State| {
                state.committed == house.events && state.complete()
            }),
        ]
    }
}
