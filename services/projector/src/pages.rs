//! Where the next page comes from: the stream while it is contiguous, else the feed in PostgreSQL.

use std::borrow::Cow;
use std::time::Duration;

use peiyu_bus::{Bus, BusError, Delivered, Follower, Stream};
use peiyu_contracts::Recorded;
use peiyu_contracts::subject::stream_name;
use peiyu_platform::{Probe, Settings};
use peiyu_store::{Wake, WakeChannel};
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::feed::{Feed, PAGE};
use crate::{ProjectorError, metric};

/// Longest wait for something new; then everybody looks again.
const WAIT: Duration = Duration::from_secs(1);
/// After a failure of the stream, pages come from PostgreSQL for so long.
const WITHOUT_STREAM: Duration = Duration::from_secs(2);

/// Pages after a position, and waiting for more.
pub(crate) struct Pages<'a> {
    feed: &'a Feed,
    settings: &'a Settings,
    probe: &'a Probe,
    bus: Option<Bus>,
    follower: Option<Follower>,
    wake: Option<Wake>,
    not_before: Instant,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(feed: &'a Feed, settings: &'a Settings, probe: &'a Probe) -> Self {
        Self { feed, settings, probe, bus: None, follower: None, wake: None, not_before: Instant::now() }
    }

    /// The events right behind a position; empty when nothing came for a while.
    pub(crate) async fn after(&mut self, position: i64) -> Result<Vec<Recorded>, ProjectorError> {
        if Instant::now() >= self.not_before {
            match self.next_of_stream(position).await {
                Ok(page) if page.is_empty() => return self.beyond_stream(position).await,
                Ok(page) if self.is_of_the_feed(&page).await? => {
                    self.probe.up();
                    metrics::counter!(metric::PAGES, "source" => "stream").increment(1);
                    return Ok(page);
                }
                Ok(_) => {
                    tracing::warn!(
                        position,
                        "the stream has what the feed has not; pages come from PostgreSQL"
                    );
                    self.do_without_stream("the stream has what the feed has not");
                }
                Err(reason) => {
                    tracing::debug!(reason, "pages come from PostgreSQL for now");
                    self.do_without_stream(&reason);
                }
            }
        }
        self.next_of_feed(position).await
    }

    async fn next_of_stream(&mut self, position: i64) -> Result<Vec<Recorded>, String> {
        if self.follower.is_none() {
            self.follower = Some(self.follow().await?);
        }
        let Some(follower) = &mut self.follower else { return Ok(Vec::new()) };
        let after = u64::try_from(position).map_err(|error| error.to_string())?;
        let limit = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let delivered =
            follower.fetch(after, limit, WAIT).await.map_err(|error: BusError| error.to_string())?;
        delivered.iter().map(recorded).collect()
    }

    async fn follow(&mut self) -> Result<Follower, String> {
        let bus = match &self.bus {
            Some(bus) => bus.clone(),
            None => {
                let nats = &self.settings.nats;
                let (user, password) = nats.login(nats.projector.as_ref());
                let bus = Bus::connect(&nats.url, user, password).await;
                self.bus.insert(bus.map_err(|error| error.to_string())?).clone()
            }
        };
        let head = self.feed.store().feed_head().await.map_err(|error| error.to_string())?;
        Ok(Stream::named(&bus, &stream_name(&self.settings.tenant, head.epoch)).follow())
    }

    /// Whether the feed has the page's last event at its position. One event speaks for all before it: where two
    /// pasts part (a database that went back), every later id differs.
    async fn is_of_the_feed(&self, page: &[Recorded]) -> Result<bool, ProjectorError> {
        let Some(last) = page.last() else { return Ok(true) };
        let known = self.feed.store().positions_of(&[last.metadata.event_id]).await?;
        Ok(known.first() == Some(&Some(last.position)))
    }

    /// For a while; then the stream of the epoch is looked for anew.
    fn do_without_stream(&mut self, reason: &str) {
        self.probe.degraded(format!("pages come from PostgreSQL for now: {reason}"));
        self.follower = None;
        self.not_before = Instant::now() + WITHOUT_STREAM;
    }

    /// A stream that stands still while the feed goes on (its relay was stopped by the fence) keeps nobody waiting.
    async fn beyond_stream(&mut self, position: i64) -> Result<Vec<Recorded>, ProjectorError> {
        let page = self.feed.recorded_after(position).await?;
        if !page.is_empty() {
            metrics::counter!(metric::PAGES, "source" => "feed").increment(1);
            self.do_without_stream(&format!("the stream ends at position {position} and the feed goes on"));
        } else {
            self.probe.up();
        }
        Ok(page)
    }

    async fn next_of_feed(&mut self, position: i64) -> Result<Vec<Recorded>, ProjectorError> {
        let page = self.feed.recorded_after(position).await?;
        if !page.is_empty() {
            metrics::counter!(metric::PAGES, "source" => "feed").increment(1);
            return Ok(page);
        }
        match &mut self.wake {
            Some(wake) => wake.wait(WAIT).await,
            // What was sequenced before listening began is found by the next look.
            None => self.wake = Some(self.feed.store().listen(WakeChannel::Sequenced).await?),
        }
        Ok(Vec::new())
    }
}

/// A message of the stream as the store recorded it; its metadata rides in a header.
fn recorded(message: &Delivered) -> Result<Recorded, String> {
    let header = |name: &str| message.header(name).ok_or_else(|| format!("no header {name}"));
    let kind = header("ce-type")?;
    let mut parts = kind.strip_prefix("peiyu.").unwrap_or(kind).splitn(3, '.');
    let (Some(aggregate), Some(event), Some(version)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(format!("ce-type {kind}"));
    };
    let subject = header("ce-subject")?;
    let id = subject.rsplit_once('/').and_then(|(_, id)| id.parse().ok());
    let payload = String::from_utf8(message.payload.to_vec()).map_err(|error| error.to_string())?;
    Ok(Recorded {
        position: i64::try_from(message.sequence).map_err(|error| error.to_string())?,
        aggregate_type: aggregate.to_owned(),
        aggregate_id: id.ok_or_else(|| format!("ce-subject {subject}"))?,
        sequence: header("ce-sequence")?.parse().map_err(|_| "ce-sequence".to_owned())?,
        event_type: event.to_owned(),
        event_version: version.trim_start_matches('v').parse().map_err(|_| format!("ce-type {kind}"))?,
        payload: RawValue::from_string(payload).map_err(|error| error.to_string())?,
        metadata: serde_json::from_str(&decoded(header("peiyu-metadata")?)?)
            .map_err(|error| error.to_string())?,
    })
}

/// The relay writes metadata as it is, or percent-encoded when some of it is not ASCII; then its quotes are, too.
fn decoded(header: &str) -> Result<Cow<'_, str>, String> {
    if header.contains('"') {
        return Ok(Cow::Borrowed(header));
    }
    let mut bytes = Vec::with_capacity(header.len());
    let mut rest = header.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (Some(digits), Some(left)) = (rest.get(..2), rest.get(2..)) else {
            return Err("peiyu-metadata ends within a character".to_owned());
        };
        let digits = std::str::from_utf8(digits).map_err(|error| error.to_string())?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|error| error.to_string())?);
        rest = left;
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn metadata_is_read_plain_or_encoded() {
        assert_eq!(decoded(r#"{"a":"100%"}"#).as_deref(), Ok(r#"{"a":"100%"}"#));
        assert_eq!(decoded("{%22a%22:%22%E7%89%88%22}").as_deref(), Ok(r#"{"a":"版"}"#));
        assert!(decoded("{%2").is_err());
        assert!(decoded("%zz").is_err());
    }
}
