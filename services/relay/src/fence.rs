//! The comparison of stream and feed that stands before every publishing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use peiyu_bus::{BusError, Stream, StreamState};
use peiyu_contracts::Recorded;
use peiyu_store::{Store, StoreError};

use crate::{Difference, RelayError};

/// NATS removes old messages a little earlier or later than we reckon.
const SLACK: Duration = Duration::from_secs(3600);

/// How stream and feed stand to one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is no stream (yet, or any more); the relay makes it.
    Absent,
    /// The stream is the feed up to its end.
    Agrees {
        /// Positions that it lacks still.
        behind: u64,
    },
    /// They differ, and nothing is published.
    Differs(Difference),
}

/// Looks how stream and feed stand to one another; changes nothing.
///
/// # Errors
/// When PostgreSQL or NATS does not answer, or the feed has a gap.
pub async fn standing(
    store: &Store,
    stream: &Stream,
    now: Timestamp,
    keep_days: u32,
) -> Result<Standing, RelayError> {
    let verdict = compare(store, stream, now, keep_days).await?;
    let head = unsigned(store.feed_head().await?.position);
    Ok(match verdict {
        Verdict::Make { .. } => Standing::Absent,
        Verdict::GoOn { after, .. } => Standing::Agrees { behind: head.saturating_sub(after) },
        Verdict::Stop(difference) => Standing::Differs(difference),
    })
}

/// What the comparison says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Publish what comes after this position, as long as the feed has this event there.
    GoOn { after: u64, id: Option<String> },
    /// There is no stream: make one that begins here.
    Make { first: u64 },
    /// Publish nothing.
    Stop(Difference),
}

/// What the feed says about one point of comparison.
#[derive(Debug, Clone)]
pub(crate) struct FeedSide {
    /// Last position.
    pub head: u64,
    /// Id of the event at the stream's last sequence, if the feed has one there.
    pub id_at_end: Option<String>,
    /// Oldest position that a stream must still hold: head + 1 when all are older.
    pub oldest_kept: u64,
}

/// Compares the stream with the feed.
pub(crate) async fn compare(
    store: &Store,
    stream: &Stream,
    now: Timestamp,
    keep_days: u32,
) -> Result<Verdict, RelayError> {
    let state = match stream.state().await {
        Ok(state) => Some(state),
        Err(BusError::NoStream { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    // The head is read after the stream: what another relay published meanwhile was in the feed before.
    let head = unsigned(store.feed_head().await?.position);
    let kept = SignedDuration::from_hours(24 * i64::from(keep_days.max(1)));
    let Some(state) = state else {
        let first = oldest_since(store, head, now - kept).await?;
        return Ok(Verdict::Make { first });
    };
    let slack = SignedDuration::try_from(SLACK).unwrap_or_default();
    // Of a stream that was set to keep less so far, more cannot be asked.
    let kept = kept.min(SignedDuration::try_from(state.keeps).unwrap_or(kept));
    let oldest_kept = oldest_since(store, head, now - kept + slack).await?;
    let at_end = if state.last_sequence <= head { event_at(store, state.last_sequence).await? } else { None };
    let id_at_end = at_end.map(|event| event.metadata.event_id.to_string());
    Ok(judge(&state, FeedSide { head, id_at_end, oldest_kept }))
}

pub(crate) fn judge(stream: &StreamState, feed: FeedSide) -> Verdict {
    let last = stream.last_sequence;
    if last > feed.head {
        return Verdict::Stop(Difference::Ahead { stream: last, feed: feed.head });
    }
    if stream.deleted > 0 {
        return Verdict::Stop(Difference::Holes { count: stream.deleted });
    }
    // An empty stream has nothing that could be another message.
    if stream.messages > 0 && (stream.last_id.is_none() || stream.last_id != feed.id_at_end) {
        return Verdict::Stop(Difference::OtherMessage {
            position: last,
            found: stream.last_id.clone().unwrap_or_else(|| "no id".to_owned()),
            expected: feed.id_at_end.unwrap_or_else(|| "nothing".to_owned()),
        });
    }
    let expected = feed.oldest_kept.max(stream.kept_from);
    // Of what was published (up to `last`), everything young enough must be there.
    if expected <= last && stream.first_sequence > expected {
        return Verdict::Stop(Difference::FrontLost { expected, found: stream.first_sequence });
    }
    Verdict::GoOn { after: last, id: feed.id_at_end }
}

/// The first position recorded at `since` or later, head + 1 when there is none: a binary search, since
/// positions are given in about the order of recording.
async fn oldest_since(store: &Store, head: u64, since: Timestamp) -> Result<u64, RelayError> {
    let (mut low, mut high) = (1, head + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match event_at(store, middle).await? {
            Some(event) if event.metadata.recorded_at < since => low = middle + 1,
            Some(_) => high = middle,
            None => return Err(missing(middle).into()),
        }
    }
    Ok(low)
}

async fn event_at(store: &Store, position: u64) -> Result<Option<Recorded>, StoreError> {
    let Ok(position) = i64::try_from(position) else { return Ok(None) };
    store.feed_at(position).await
}

fn missing(position: u64) -> StoreError {
    StoreError::Inconsistent {
        table: "feed",
        column: "position",
        row: position.to_string(),
        problem: "the feed has a gap".to_owned(),
    }
}

/// Positions are never negative.
pub(crate) fn unsigned(position: i64) -> u64 {
    u64::try_from(position).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(first: u64, last: u64) -> StreamState {
        StreamState {
            first_sequence: first,
            last_sequence: last,
            last_id: (last >= first).then(|| format!("id-{last}")),
            deleted: 0,
            messages: (last + 1).saturating_sub(first),
            kept_from: 1,
            keeps: Duration::from_secs(30 * 24 * 3600),
        }
    }

    fn goes_on(after: u64) -> Verdict {
        Verdict::GoOn { after, id: Some(format!("id-{after}")) }
    }

    fn feed(head: u64, at_end: u64, oldest_kept: u64) -> FeedSide {
        FeedSide { head, id_at_end: Some(format!("id-{at_end}")), oldest_kept }
    }

    #[test]
    fn a_stream_that_is_behind_is_published_to_from_its_end() {
        assert_eq!(judge(&stream(1, 5), feed(9, 5, 1)), goes_on(5));
        assert_eq!(judge(&stream(1, 9), feed(9, 9, 1)), goes_on(9));
    }

    #[test]
    fn a_stream_whose_old_messages_went_in_time_is_fine() {
        assert_eq!(judge(&stream(4, 9), feed(9, 9, 6)), goes_on(9));
        let empty = StreamState { messages: 0, last_id: None, ..stream(10, 9) };
        assert_eq!(judge(&empty, feed(12, 9, 11)), goes_on(9));
    }

    #[test]
    fn a_new_stream_that_begins_later_is_fine() {
        assert_eq!(judge(&stream(7, 6), feed(9, 6, 7)), goes_on(6));
    }

    #[test]
    fn a_stream_ahead_of_the_feed_stops() {
        let verdict = judge(&stream(1, 9), feed(5, 9, 1));
        assert_eq!(verdict, Verdict::Stop(Difference::Ahead { stream: 9, feed: 5 }));
    }

    #[test]
    fn another_message_at_the_end_stops() {
        let verdict = judge(&stream(1, 5), feed(9, 4, 1));
        assert!(matches!(verdict, Verdict::Stop(Difference::OtherMessage { position: 5, .. })));
    }

    #[test]
    fn a_message_without_an_id_stops() {
        let without = StreamState { last_id: None, ..stream(1, 5) };
        let side = FeedSide { id_at_end: None, ..feed(9, 5, 1) };
        assert!(matches!(judge(&without, side), Verdict::Stop(Difference::OtherMessage { .. })));
    }

    #[test]
    fn a_hole_stops() {
        let holed = StreamState { deleted: 2, ..stream(1, 5) };
        assert_eq!(judge(&holed, feed(9, 5, 1)), Verdict::Stop(Difference::Holes { count: 2 }));
    }

    #[test]
    fn young_messages_lost_at_the_front_stop_even_when_all_are_lost() {
        let verdict = judge(&stream(4, 5), feed(9, 5, 2));
        assert_eq!(verdict, Verdict::Stop(Difference::FrontLost { expected: 2, found: 4 }));
        let empty = StreamState { messages: 0, last_id: None, ..stream(6, 5) };
        assert!(matches!(judge(&empty, feed(9, 5, 2)), Verdict::Stop(Difference::FrontLost { .. })));
    }

    #[test]
    fn what_went_before_the_time_to_keep_was_lengthened_is_not_missed() {
        let lengthened = StreamState { kept_from: 4, ..stream(4, 5) };
        assert_eq!(judge(&lengthened, feed(9, 5, 2)), goes_on(5));
    }
}
