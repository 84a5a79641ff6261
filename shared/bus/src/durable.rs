//! Durables of outside subscribers: made, listed with their lag, taken away. We ourselves use none.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use async_nats::StatusCode;
use async_nats::client::RequestErrorKind;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use crate::follow::delivered;
use crate::{BusError, Delivered, Stream};

/// Marks the durables that were made here.
const MARK: &str = "peiyu_subscriber";
/// How long a subscriber may take for one event before it is delivered again.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// Events delivered and not acknowledged, at most.
const MOST_UNACKNOWLEDGED: u64 = 1000;
/// Most durables that are looked at.
const MOST: usize = 10_000;
const NO_CONSUMER: u64 = 10014;

/// A durable as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durable {
    /// Its name.
    pub name: String,
    /// The subjects that it is limited to; none, or the stream's own, for all.
    pub subjects: BTreeSet<String>,
    /// Events that were never delivered.
    pub undelivered: u64,
    /// Events delivered and not acknowledged.
    pub unacknowledged: u64,
    /// Sequence of the last event delivered.
    pub delivered: u64,
}

#[derive(Debug, Deserialize)]
struct Info {
    name: String,
    config: Config,
    delivered: At,
    num_ack_pending: u64,
    num_pending: u64,
}

#[derive(Debug, Deserialize)]
struct Config {
    #[serde(default)]
    filter_subject: Option<String>,
    #[serde(default)]
    filter_subjects: Vec<String>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct At {
    stream_seq: u64,
}

#[derive(Debug, Deserialize)]
struct Page {
    total: usize,
    #[serde(default)]
    consumers: Vec<Info>,
}

impl From<Info> for Durable {
    fn from(info: Info) -> Self {
        let single = info.config.filter_subject.filter(|subject| !subject.is_empty());
        Self {
            name: info.name,
            subjects: info.config.filter_subjects.into_iter().chain(single).collect(),
            undelivered: info.num_pending,
            unacknowledged: info.num_ack_pending,
            delivered: info.delivered.stream_seq,
        }
    }
}

impl Stream {
    /// Makes a pull durable from the stream's beginning, or changes the subjects of one that is there.
    ///
    /// # Errors
    /// [`BusError::NoStream`], [`BusError::Refused`] (two subjects that overlap), [`BusError::Setting`] when the
    /// server did not take the subjects, [`BusError::Unavailable`].
    pub async fn ensure_durable(&self, name: &str, subjects: &BTreeSet<String>) -> Result<Durable, BusError> {
        let config = json!({
            "name": name, "durable_name": name, "deliver_policy": "all", "ack_policy": "explicit",
            "ack_wait": u64::try_from(ACK_WAIT.as_nanos()).unwrap_or(u64::MAX), "max_deliver": -1,
            "max_ack_pending": MOST_UNACKNOWLEDGED, "replay_policy": "instant",
            "filter_subjects": subjects, "metadata": { MARK: "1" },
        });
        let body = json!({ "stream_name": self.name, "config": config }).to_string();
        let subject = format!("$JS.API.CONSUMER.CREATE.{}.{name}", self.name);
        let _: Info = self.bus.ask(("make a durable", &self.name), subject, body.into()).await?;
        // The answer to a change shows the settings of before when the server has been restarted since.
        match self.durable(name).await? {
            Some(made) if &made.subjects == subjects => Ok(made),
            Some(_) | None => {
                Err(BusError::Setting { stream: self.name.clone(), setting: "the durable's subjects" })
            }
        }
    }

    /// A durable as it stands; none when there is none.
    ///
    /// # Errors
    /// [`BusError::NoStream`], [`BusError::Unavailable`] (also when one has no right to ask).
    pub async fn durable(&self, name: &str) -> Result<Option<Durable>, BusError> {
        let subject = format!("$JS.API.CONSUMER.INFO.{}.{name}", self.name);
        match self.bus.ask::<Info>(("look at a durable", &self.name), subject, Bytes::new()).await {
            Ok(info) => Ok(Some(info.into())),
            Err(BusError::Refused { code: NO_CONSUMER, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The durables that [`Stream::ensure_durable`] made, by name.
    ///
    /// # Errors
    /// [`BusError::NoStream`], [`BusError::Unavailable`].
    pub async fn durables(&self) -> Result<Vec<Durable>, BusError> {
        let mut durables = Vec::new();
        let mut seen = 0;
        while seen < MOST {
            let subject = format!("$JS.API.CONSUMER.LIST.{}", self.name);
            let body = json!({ "offset": seen }).to_string();
            let page: Page = self.bus.ask(("list durables", &self.name), subject, body.into()).await?;
            seen += page.consumers.len();
            let at_end = page.consumers.is_empty() || seen >= page.total;
            let ours = page.consumers.into_iter().filter(|info| info.config.metadata.contains_key(MARK));
            durables.extend(ours.map(Durable::from));
            if at_end {
                break;
            }
        }
        durables.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(durables)
    }

    /// Takes a durable away; false when there was none.
    ///
    /// # Errors
    /// [`BusError::NoStream`], [`BusError::Unavailable`].
    pub async fn remove_durable(&self, name: &str) -> Result<bool, BusError> {
        #[derive(Deserialize)]
        struct Gone {}
        let subject = format!("$JS.API.CONSUMER.DELETE.{}.{name}", self.name);
        match self.bus.ask::<Gone>(("take a durable away", &self.name), subject, Bytes::new()).await {
            Ok(Gone {}) => Ok(true),
            Err(BusError::Refused { code: NO_CONSUMER, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The oldest message that a durable was never given; none when it has been given all.
    ///
    /// # Errors
    /// [`BusError::NoStream`], [`BusError::Unavailable`].
    pub async fn oldest_undelivered(&self, durable: &Durable) -> Result<Option<Delivered>, BusError> {
        if durable.undelivered == 0 {
            return Ok(None);
        }
        let all = BTreeSet::from([">".to_owned()]);
        let subjects = if durable.subjects.is_empty() { &all } else { &durable.subjects };
        let mut oldest: Option<Delivered> = None;
        for subject in subjects {
            let next = self.next_of(durable.delivered + 1, subject).await?;
            if let Some(next) = next
                && oldest.as_ref().is_none_or(|oldest| next.sequence < oldest.sequence)
            {
                oldest = Some(next);
            }
        }
        Ok(oldest)
    }

    /// The first message of a subject from `sequence` on.
    async fn next_of(&self, sequence: u64, subject: &str) -> Result<Option<Delivered>, BusError> {
        let body = json!({ "seq": sequence, "next_by_subj": subject }).to_string();
        let asked = self.bus.client.request(format!("$JS.API.DIRECT.GET.{}", self.name), body.into()).await;
        let answer = asked.map_err(|error| match error.kind() {
            RequestErrorKind::NoResponders => BusError::NoStream { name: self.name.clone() },
            _ => BusError::unavailable("fetch", error),
        })?;
        match answer.status {
            Some(StatusCode::NOT_FOUND) => Ok(None),
            Some(status) if status.as_u16() >= 300 => {
                Err(BusError::unreadable("fetch", format!("status {status}")))
            }
            Some(_) | None => delivered(answer).map(Some),
        }
    }
}
