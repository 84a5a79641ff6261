//! One relay of the model: looks, judges, reads, publishes.

use std::time::Duration;

use peiyu_bus::StreamState;

use super::{Event, Safeguards, State};
use crate::fence::{FeedSide, Verdict, judge};

/// Events of a page.
const PAGE: usize = 2;

/// What a relay has in its memory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Relay {
    /// Nothing.
    Idle,
    /// The stream's end, as it was.
    Looked { epoch: u8, stream: Option<(usize, Option<Event>)> },
    /// Where to go on, and the feed's event there.
    Going { epoch: u8, after: usize, id: Option<Event> },
    /// A page, and of which past it is.
    Holding { epoch: u8, after: usize, page: Vec<Event>, past: u8 },
    /// Stopped loudly; it looks again.
    Stopped,
}

/// The next step of a relay.
pub(super) fn step(safeguards: Safeguards, state: &mut State, number: usize) {
    let next = match state.relays[number].clone() {
        Relay::Idle | Relay::Stopped => look(state),
        Relay::Looked { epoch, stream: None } => make(state, epoch),
        Relay::Looked { epoch, stream: Some((last, id)) } => {
            match judge(&stream_side(last, id), feed_side(safeguards, state, last, id)) {
                Verdict::GoOn { after, .. } => {
                    Relay::Going { epoch, after: last, id: state.feed.get(last.wrapping_sub(1)).copied() }
                        .checked(after)
                }
                Verdict::Make { .. } => Relay::Idle,
                Verdict::Stop(_) => Relay::Stopped,
            }
        }
        Relay::Going { epoch, after, id } => read(safeguards, state, (epoch, after, id)),
        Relay::Holding { epoch, after, page, past } => publish(safeguards, state, (epoch, after), page, past),
    };
    state.relays[number] = next;
}

impl Relay {
    /// The judgement goes on where the stream ends, nowhere else.
    fn checked(self, after: u64) -> Self {
        match &self {
            Self::Going { after: end, .. } => assert_eq!(u64::try_from(*end), Ok(after)),
            Self::Idle | Self::Looked { .. } | Self::Holding { .. } | Self::Stopped => {}
        }
        self
    }
}

fn look(state: &State) -> Relay {
    let stream = state.stream(state.epoch).map(|stream| (stream.len(), stream.last().copied()));
    Relay::Looked { epoch: state.epoch, stream }
}

/// Makes the stream; the earlier epochs' streams are closed first. A late one for an ended epoch is refused while
/// a later stream takes the subjects.
fn make(state: &mut State, epoch: u8) -> Relay {
    if state.stream(epoch).is_none() && state.open.is_none_or(|open| open <= epoch) {
        state.streams[usize::from(epoch) - 1] = Some(Vec::new());
        state.open = Some(epoch);
    }
    Relay::Idle
}

fn read(safeguards: Safeguards, state: &State, (epoch, after, id): (u8, usize, Option<Event>)) -> Relay {
    let before = after.checked_sub(1).and_then(|index| state.feed.get(index)).copied();
    if state.epoch != epoch || (safeguards.ids && before != id) {
        return Relay::Idle;
    }
    let page: Vec<Event> = state.feed.iter().skip(after).take(PAGE).copied().collect();
    // With nothing to publish it compares again after a while.
    if page.is_empty() { Relay::Idle } else { Relay::Holding { epoch, after, page, past: state.past } }
}

/// A message goes to the stream that takes its subject; the server compares what the message expects.
fn publish(
    safeguards: Safeguards,
    state: &mut State,
    (epoch, after): (u8, usize),
    page: Vec<Event>,
    past: u8,
) -> Relay {
    let Some(open) = state.open else { return Relay::Idle };
    if safeguards.stream_name && open != epoch {
        return Relay::Idle;
    }
    let Some(stream) = state.streams[usize::from(open) - 1].as_mut() else { return Relay::Idle };
    if safeguards.last_sequence && stream.len() != after {
        return Relay::Idle;
    }
    let from = stream.len();
    stream.extend(&page);
    state.see(open, from, &page);
    // Who catches up over HTTP has the older part from the feed as it is, and goes on with this page.
    if past == state.past {
        let older: Vec<Event> = state.feed.iter().take(after).copied().collect();
        state.see(open, 0, &older);
    }
    Relay::Going { epoch, after: after + page.len(), id: page.last().copied() }
}

fn stream_side(last: usize, id: Option<Event>) -> StreamState {
    let last = u64::try_from(last).unwrap_or(u64::MAX);
    StreamState {
        first_sequence: 1,
        last_sequence: last,
        last_id: id.map(|id| id.to_string()),
        deleted: 0,
        messages: last,
        kept_from: 1,
        keeps: Duration::from_secs(30 * 24 * 3600),
    }
}

fn feed_side(safeguards: Safeguards, state: &State, last: usize, id: Option<Event>) -> FeedSide {
    let at_end = last.checked_sub(1).and_then(|index| state.feed.get(index)).copied();
    // Without the comparison any id will do.
    let at_end = if safeguards.ids { at_end } else { id };
    FeedSide {
        head: u64::try_from(state.feed.len()).unwrap_or(u64::MAX),
        id_at_end: at_end.map(|id| id.to_string()),
        oldest_kept: 1,
    }
}
