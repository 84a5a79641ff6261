//! The last events of the feed, written out once for all open streams.

use std::collections::VecDeque;
use std::sync::Arc;

use peiyu_contracts::Recorded;

/// Most events kept.
const MOST: usize = 1024;
/// Most bytes kept.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// An event as it is sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) position: i64,
    /// `<aggregate>.<EventName>`, by which streams are filtered.
    pub(super) name: String,
    /// The CloudEvent as JSON.
    pub(super) json: String,
}

impl Sent {
    pub(super) fn of(event: &Recorded, tenant: &str, epoch: i32) -> Result<Self, serde_json::Error> {
        Ok(Self {
            position: event.position,
            name: format!("{}.{}", event.aggregate_type, event.event_type),
            json: serde_json::to_string(&event.to_cloud_event(tenant, epoch))?,
        })
    }
}

/// The end of the feed, without a gap.
#[derive(Debug, Default)]
pub(super) struct Tail {
    epoch: i32,
    events: VecDeque<Arc<Sent>>,
    bytes: usize,
    /// Position of the last event that was looked at.
    end: i64,
}

impl Tail {
    /// Forgets everything; what comes next belongs to this epoch and follows on this position.
    pub(super) fn begin_after(&mut self, epoch: i32, position: i64) {
        *self = Self { epoch, end: position, ..Self::default() };
    }

    /// The life of the feed that it shows, and where it ends.
    pub(super) fn end(&self) -> (i32, i64) {
        (self.epoch, self.end)
    }

    /// Adds the next event; what is not the next begins a new tail.
    pub(super) fn push(&mut self, event: Arc<Sent>) {
        if event.position != self.end + 1 {
            self.begin_after(self.epoch, event.position - 1);
        }
        self.end = event.position;
        self.bytes += event.json.len();
        self.events.push_back(event);
        while self.events.len() > MOST || (self.bytes > MOST_BYTES && self.events.len() > 1) {
            self.bytes -= self.events.pop_front().map_or(0, |oldest| oldest.json.len());
        }
    }

    /// At most `limit` events right behind a position; none when they are not kept (any more).
    pub(super) fn after(&self, epoch: i32, position: i64, limit: usize) -> Option<Vec<Arc<Sent>>> {
        if epoch != self.epoch {
            return None;
        }
        let first = self.events.front()?.position;
        let skip = usize::try_from(position + 1 - first).ok()?;
        (skip < self.events.len()).then(|| self.events.iter().skip(skip).take(limit).cloned().collect())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn sent(position: i64, bytes: usize) -> Arc<Sent> {
        Arc::new(Sent { position, name: "a.B".into(), json: "x".repeat(bytes) })
    }

    fn positions(events: &[Arc<Sent>]) -> Vec<i64> {
        events.iter().map(|event| event.position).collect()
    }

    #[test]
    fn what_is_kept_is_given_and_what_is_not_is_none() {
        let mut tail = Tail::default();
        tail.begin_after(2, 10);
        assert!(tail.after(2, 10, 5).is_none());
        (11..=14).for_each(|position| tail.push(sent(position, 1)));
        assert_eq!(positions(&tail.after(2, 10, 2).unwrap()), [11, 12]);
        assert_eq!(positions(&tail.after(2, 13, 9).unwrap()), [14]);
        assert!(tail.after(2, 9, 9).is_none(), "11 does not follow on 9");
        assert!(tail.after(2, 14, 9).is_none() && tail.after(2, 99, 9).is_none());
        assert!(tail.after(1, 10, 2).is_none(), "another life of the feed");
    }

    #[test]
    fn it_is_bounded_in_events_and_in_bytes() {
        let mut tail = Tail::default();
        (1..=3000).for_each(|position| tail.push(sent(position, 1)));
        assert_eq!(tail.events.len(), MOST);
        (3001..=3100).for_each(|position| tail.push(sent(position, 64 * 1024)));
        assert!(tail.bytes <= MOST_BYTES, "{}", tail.bytes);
        assert_eq!(tail.end(), (0, 3100));
    }

    #[test]
    fn a_gap_begins_a_new_tail() {
        let mut tail = Tail::default();
        tail.push(sent(1, 1));
        tail.push(sent(5, 1));
        assert!(tail.after(0, 0, 9).is_none());
        assert_eq!(positions(&tail.after(0, 4, 9).unwrap()), [5]);
    }
}
