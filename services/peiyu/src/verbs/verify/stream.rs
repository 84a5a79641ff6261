//! The stream against the feed: feed position N must be stream sequence N, the same event, byte for byte.

use peiyu_bus::{BusError, Delivered, Stream};
use peiyu_contracts::Recorded;
use peiyu_platform::Settings;
use peiyu_store::Store;
use serde_json::{Value, json};

use crate::beside;
use crate::failure::Failure;
use crate::terminal::{Colour, Progress, coloured, say};

/// Positions compared at once.
const PAGE: i64 = 500;
const PAGE_BYTES: i64 = 4 << 20;
/// Most differences reported.
const MOST: usize = 100;

/// What the comparison found.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// First position compared: what is older than the stream keeps is in PostgreSQL only.
    first: i64,
    /// Last position compared.
    last: i64,
    /// Positions that the relay has still to publish.
    behind: i64,
    /// Position and what is wrong there.
    pub(super) differences: Vec<(i64, &'static str)>,
}

impl Outcome {
    pub(super) fn as_json(&self) -> Value {
        let differences: Vec<Value> = self
            .differences
            .iter()
            .map(|(position, what)| json!({ "position": position, "what": what }))
            .collect();
        json!({ "first": self.first, "last": self.last, "behind": self.behind, "differences": differences })
    }

    pub(super) fn show(&self) {
        let right = self.differences.is_empty();
        let mark = if right { coloured("✓", Colour::Green) } else { coloured("✗", Colour::Red) };
        say(format!(
            "{mark} NATS 流 stream: 位置 positions {}–{}，待发布 behind {}",
            self.first, self.last, self.behind
        ));
        self.differences.iter().for_each(|(position, what)| say(format!("    {position}: {what}")));
    }
}

/// Compares position by position.
///
/// # Errors
/// When NATS or PostgreSQL does not answer.
pub(super) async fn verify(settings: &Settings, store: &Store, quiet: bool) -> Result<Outcome, Failure> {
    let away = |error: peiyu_store::StoreError| beside::away("PostgreSQL", error);
    let head = store.feed_head().await.map_err(away)?;
    let stream = beside::stream(settings, head.epoch).await?;
    let state = match stream.state().await {
        Ok(state) => state,
        Err(BusError::NoStream { .. }) => {
            return Ok(Outcome { behind: head.position, ..Outcome::default() });
        }
        Err(error) => return Err(beside::away("NATS", error)),
    };
    let number = |sequence: u64| i64::try_from(sequence).unwrap_or(i64::MAX);
    let (first, last) = (number(state.first_sequence).max(1), number(state.last_sequence));
    let mut outcome = Outcome { first, last, behind: (head.position - last).max(0), differences: Vec::new() };
    let mut progress = Progress::begin("核对流 comparing the stream", quiet);
    let mut after = first - 1;
    while after < last && outcome.differences.len() < MOST {
        let recorded = store.feed_page(after, PAGE.min(last - after), PAGE_BYTES).await.map_err(away)?;
        if recorded.is_empty() {
            outcome.differences.push((after + 1, "the stream has what the feed has not"));
            break;
        }
        let published = fetch(&stream, after, recorded.len()).await?;
        compare(&recorded, &published, &mut outcome);
        after += number(recorded.len() as u64);
        progress.at(u64::try_from(after).unwrap_or(0), state.last_sequence);
    }
    progress.end();
    Ok(outcome)
}

/// The messages after a position; fewer when the stream has a hole there.
async fn fetch(stream: &Stream, after: i64, count: usize) -> Result<Vec<Delivered>, Failure> {
    let mut messages = Vec::with_capacity(count);
    while messages.len() < count {
        let from = u64::try_from(after).unwrap_or(0) + messages.len() as u64;
        match stream.fetch(from, count - messages.len()).await {
            Ok(page) if page.is_empty() => break,
            Ok(page) => messages.extend(page),
            Err(BusError::Gap { .. }) => break,
            Err(error) => return Err(beside::away("NATS", error)),
        }
    }
    Ok(messages)
}

fn compare(recorded: &[Recorded], published: &[Delivered], outcome: &mut Outcome) {
    let mut published = published.iter();
    for event in recorded {
        let position = event.position;
        let Some(message) = published.next() else {
            outcome.differences.push((position, "not in the stream"));
            return;
        };
        let same_id = message.id() == Some(event.metadata.event_id.to_string().as_str());
        if u64::try_from(position) != Ok(message.sequence) {
            outcome.differences.push((position, "another sequence"));
        } else if !same_id {
            outcome.differences.push((position, "another event"));
        } else if message.payload.as_ref() != event.payload.get().as_bytes() {
            outcome.differences.push((position, "another payload"));
        }
    }
}
