//! Following: contiguous pages from any sequence. Nothing about the follower is kept in NATS.

use std::time::Duration;

use async_nats::{HeaderMap, StatusCode, Subscriber};
use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use tokio::time::Instant;

use crate::connection::REQUEST_TIMEOUT;
use crate::{BusError, Delivered, Stream};

/// Most messages of one page.
const MAX_PAGE: usize = 1000;
/// About how many bytes of one page.
const MAX_PAGE_BYTES: usize = 8 * 1024 * 1024;
/// A lost hint costs this much at most.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Hints that came while a page was worked on count as one.
const MAX_DRAINED: usize = 10_000;

/// Reads a stream from a sequence that its owner keeps, and waits for what comes.
#[derive(Debug)]
pub struct Follower {
    stream: Stream,
    hints: Option<Subscriber>,
}

impl Stream {
    /// Follows the stream.
    #[must_use]
    pub fn follow(&self) -> Follower {
        Follower { stream: self.clone(), hints: None }
    }

    /// The messages right after `after`: at most `limit` (and 1000), contiguous, maybe none.
    ///
    /// # Errors
    /// [`BusError::Gap`] when the stream no longer holds `after + 1`, [`BusError::NoStream`],
    /// [`BusError::Unavailable`].
    pub async fn fetch(&self, after: u64, limit: usize) -> Result<Vec<Delivered>, BusError> {
        let messages = self.page(after + 1, limit).await?;
        for (message, expected) in messages.iter().zip(after + 1..) {
            if message.sequence != expected {
                return Err(BusError::Gap { expected, found: message.sequence });
            }
        }
        Ok(messages)
    }

    /// Messages from `sequence` on, gaps or not.
    pub(crate) async fn page(&self, sequence: u64, limit: usize) -> Result<Vec<Delivered>, BusError> {
        let client = &self.bus.client;
        let inbox = client.new_inbox();
        let unavailable = |error| BusError::unavailable("fetch", error);
        let mut answers =
            client.subscribe(inbox.clone()).await.map_err(|error| unavailable(error.to_string()))?;
        let limit = limit.clamp(1, MAX_PAGE);
        let body = serde_json::json!({ "seq": sequence, "batch": limit, "max_bytes": MAX_PAGE_BYTES });
        let subject = format!("$JS.API.DIRECT.GET.{}", self.name);
        let asked = client.publish_with_reply(subject, inbox, Bytes::from(body.to_string()));
        asked.await.map_err(|error| unavailable(error.to_string()))?;
        let mut messages = Vec::new();
        while messages.len() < limit {
            let answer = tokio::time::timeout(REQUEST_TIMEOUT, answers.next()).await;
            let answer = answer.map_err(|_| unavailable("timed out".to_owned()))?;
            let answer = answer.ok_or_else(|| unavailable("the connection closed".to_owned()))?;
            match answer.status {
                Some(StatusCode::NO_RESPONDERS) => {
                    return Err(BusError::NoStream { name: self.name.clone() });
                }
                // The end of a page (204), or nothing there at all (404).
                Some(status) if status.as_u16() == 204 || status.as_u16() == 404 => break,
                Some(status) if status.as_u16() >= 300 => {
                    let description = answer.description.unwrap_or_default();
                    return Err(BusError::unreadable("fetch", format!("status {status}: {description}")));
                }
                Some(_) | None => messages.push(delivered(answer)?),
            }
        }
        Ok(messages)
    }

    fn hint_subject(&self) -> String {
        format!("_PEIYU.published.{}", self.name)
    }

    /// Tells followers that there is something new; a hint that is lost costs them half a second.
    pub(crate) fn hint(&self) {
        let (client, subject) = (self.bus.client.clone(), self.hint_subject());
        // Publishing only fills a buffer; it waits when that is full, and then a hint is not worth waiting for.
        if let Some(Err(error)) = client.publish(subject, Bytes::new()).now_or_never() {
            tracing::debug!(%error, "a hint was not sent");
        }
    }
}

impl Follower {
    /// As [`Stream::fetch`], but waits up to `wait` for the first message.
    ///
    /// # Errors
    /// As [`Stream::fetch`].
    pub async fn fetch(
        &mut self,
        after: u64,
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Delivered>, BusError> {
        let deadline = Instant::now() + wait;
        if self.hints.is_none() {
            let subscribed = self.stream.bus.client.subscribe(self.stream.hint_subject()).await;
            self.hints = Some(subscribed.map_err(|error| BusError::unavailable("subscribe", error))?);
        }
        loop {
            self.forget_hints();
            let messages = self.stream.fetch(after, limit).await?;
            if !messages.is_empty() || Instant::now() >= deadline {
                return Ok(messages);
            }
            self.wait_for_hint(deadline.min(Instant::now() + LOOK_AGAIN)).await;
        }
    }

    /// Hints from before the next look are about what that look will find.
    fn forget_hints(&mut self) {
        let Some(hints) = &mut self.hints else { return };
        for _ in 0..MAX_DRAINED {
            match hints.next().now_or_never() {
                Some(Some(_)) => {}
                Some(None) => {
                    self.hints = None;
                    return;
                }
                None => return,
            }
        }
    }

    async fn wait_for_hint(&mut self, until: Instant) {
        match &mut self.hints {
            // Whether a hint came or the time is up, the next step is to look.
            Some(hints) => drop(tokio::time::timeout_at(until, hints.next()).await),
            None => tokio::time::sleep_until(until).await,
        }
    }
}

pub(crate) fn delivered(message: async_nats::Message) -> Result<Delivered, BusError> {
    let headers = message.headers.unwrap_or_default();
    let sequence = text(&headers, "Nats-Sequence")?.parse();
    let sequence = sequence.map_err(|error| BusError::unreadable("fetch", error))?;
    let subject = text(&headers, "Nats-Subject")?.to_owned();
    Ok(Delivered::new(sequence, subject, headers, message.payload))
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, BusError> {
    let value = headers.get_last(name).map(async_nats::HeaderValue::as_str);
    value.ok_or_else(|| BusError::unreadable("fetch", format!("no header {name}")))
}
