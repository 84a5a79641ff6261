//! A stream: made as asked or refused, and what stands at its two ends.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType};
use bytes::Bytes;
use serde::Deserialize;

use crate::{Bus, BusError};

/// How long a message id is remembered.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// Metadata of a stream: see [`StreamState::kept_from`].
const KEPT_FROM: &str = "peiyu_kept_from";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How a stream shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSettings {
    /// Its name: letters, digits, `_`, `-`.
    pub name: String,
    /// The subjects it takes.
    pub subjects: Vec<String>,
    /// Days that messages are kept, at least 1.
    pub keep_days: u32,
    /// Copies in a NATS cluster; 1 on a single server.
    pub replicas: usize,
}

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamState {
    /// Oldest sequence that is there (or would be: last + 1 in an empty stream).
    pub first_sequence: u64,
    /// Last sequence given.
    pub last_sequence: u64,
    /// `Nats-Msg-Id` of the last message; none when the stream is empty or the message has no id.
    pub last_id: Option<String>,
    /// Sequences between first and last that hold nothing.
    pub deleted: u64,
    /// Messages in it.
    pub messages: u64,
    /// Sequences before this one may be missing though they are young enough: they had gone before the time
    /// to keep was lengthened.
    pub kept_from: u64,
    /// How long the stream keeps messages, as it is set now.
    pub keeps: Duration,
}

/// One stream on the bus; cheap to clone.
#[derive(Debug, Clone)]
pub struct Stream {
    pub(crate) bus: Bus,
    pub(crate) name: String,
}

impl Stream {
    /// Takes the stream of that name without looking whether it is there.
    #[must_use]
    pub fn named(bus: &Bus, name: &str) -> Self {
        Self { bus: bus.clone(), name: name.to_owned() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The connection it is reached by.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Makes the stream, its first message to have `first_sequence`; one that is there is left as it is,
    /// but for the days that it keeps. Its settings are read back.
    ///
    /// # Errors
    /// [`BusError::Setting`] when it does not have what was asked for; nothing is deleted then.
    pub async fn ensure(bus: &Bus, settings: &StreamSettings, first_sequence: u64) -> Result<Self, BusError> {
        let stream = Self::named(bus, &settings.name);
        let wanted = configuration(settings, first_sequence);
        let found = match stream.info().await {
            Ok(info) => info,
            Err(BusError::NoStream { .. }) => stream.make("create", "CREATE", &wanted).await?,
            Err(error) => return Err(error),
        };
        let found = if found.config.max_age == wanted.max_age {
            found
        } else {
            let mut changed = Config { max_age: wanted.max_age, ..found.config };
            changed.metadata.insert(KEPT_FROM.to_owned(), found.state.first_sequence.to_string());
            stream.make("change", "UPDATE", &changed).await?
        };
        compare(&found.config, &wanted)?;
        Ok(stream)
    }

    /// Reads the settings back and changes nothing; days to keep are what [`Stream::ensure`] may change, so they
    /// are not compared.
    ///
    /// # Errors
    /// [`BusError::Setting`] when it does not have what was asked for, [`BusError::NoStream`],
    /// [`BusError::Unavailable`].
    pub async fn check(&self, settings: &StreamSettings) -> Result<(), BusError> {
        let found = self.info().await?.config;
        let wanted = Config { max_age: found.max_age, ..configuration(settings, 1) };
        compare(&found, &wanted)
    }

    /// Lets the stream of an ended epoch take no more messages and give its subjects free: it gets `subject`
    /// instead. What it holds stays. True when it was there and took others.
    ///
    /// # Errors
    /// [`BusError::Unavailable`], [`BusError::Refused`].
    pub async fn close(&self, subject: &str) -> Result<bool, BusError> {
        let found = match self.info().await {
            Ok(info) if info.config.subjects == [subject] => return Ok(false),
            Ok(info) => info.config,
            Err(BusError::NoStream { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let closed = Config { subjects: vec![subject.to_owned()], ..found };
        self.make("close", "UPDATE", &closed).await?;
        Ok(true)
    }

    /// First and last sequence, the id at the end, and how many are missing between.
    ///
    /// # Errors
    /// [`BusError::NoStream`], [`BusError::Unavailable`].
    pub async fn state(&self) -> Result<StreamState, BusError> {
        // Two looks: when somebody publishes between them, the second shows another last message.
        const LOOKS: usize = 5;
        for _look in 0..LOOKS {
            let Info { config, state: before, .. } = self.info().await?;
            let last_id = if before.messages == 0 { None } else { self.id_at(before.last_sequence).await? };
            if before.messages > 0 && last_id.is_none() && self.info().await?.state != before {
                continue;
            }
            return Ok(StreamState {
                first_sequence: before.first_sequence,
                last_sequence: before.last_sequence,
                last_id,
                deleted: before.deleted_count.unwrap_or(0),
                messages: before.messages,
                keeps: config.max_age,
                kept_from: config.metadata.get(KEPT_FROM).and_then(|text| text.parse().ok()).unwrap_or(1),
            });
        }
        Err(BusError::unavailable("state", "the stream changes faster than it can be looked at"))
    }

    /// `Nats-Msg-Id` of the message at `sequence`; none when there is no message or it has no id.
    ///
    /// # Errors
    /// [`BusError::NoStream`], [`BusError::Unavailable`].
    pub async fn id_at(&self, sequence: u64) -> Result<Option<String>, BusError> {
        match self.page(sequence, 1).await {
            Ok(messages) => Ok(messages
                .first()
                .filter(|message| message.sequence == sequence)
                .and_then(|message| message.id().map(ToOwned::to_owned))),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn info(&self) -> Result<Info, BusError> {
        let subject = format!("$JS.API.STREAM.INFO.{}", self.name);
        self.bus.ask(("info", &self.name), subject, Bytes::new()).await
    }

    async fn make(&self, asked: &'static str, verb: &str, config: &Config) -> Result<Info, BusError> {
        let body = serde_json::to_vec(config).map_err(|error| BusError::unreadable(asked, error))?;
        let subject = format!("$JS.API.STREAM.{verb}.{}", self.name);
        #[derive(Deserialize)]
        struct Ignored {}
        let _made: Ignored = self.bus.ask((asked, &self.name), subject, body.into()).await?;
        self.info().await
    }
}

fn configuration(settings: &StreamSettings, first_sequence: u64) -> Config {
    Config {
        name: settings.name.clone(),
        subjects: settings.subjects.clone(),
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::Old,
        max_age: DAY * settings.keep_days.max(1),
        max_bytes: -1,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        duplicate_window: DUPLICATE_WINDOW,
        num_replicas: settings.replicas,
        allow_direct: true,
        allow_atomic_publish: true,
        deny_delete: true,
        deny_purge: true,
        first_sequence: (first_sequence > 1).then_some(first_sequence),
        ..Config::default()
    }
}

/// Servers drop settings that they do not know; what we rely on must have stayed.
fn compare(found: &Config, wanted: &Config) -> Result<(), BusError> {
    let kept = [
        ("its subjects", found.subjects == wanted.subjects),
        ("file storage", found.storage == wanted.storage),
        ("retention by limits", found.retention == wanted.retention),
        ("atomic publish", found.allow_atomic_publish),
        ("direct get", found.allow_direct),
        ("its time to keep", found.max_age == wanted.max_age),
        ("no limit of messages", found.max_messages <= 0 && found.max_messages_per_subject <= 0),
        ("no limit of bytes", found.max_bytes <= 0),
        ("denial of deletions", found.deny_delete && found.deny_purge),
        ("its number of replicas", found.num_replicas >= wanted.num_replicas),
        ("messages of its own alone", found.mirror.is_none() && found.sources.is_none()),
        ("its messages as they were sent", found.subject_transform.is_none()),
        ("acknowledgements", !found.no_ack),
        ("an open end", !found.sealed && found.discard == wanted.discard),
        ("denial of roll-ups", !found.allow_rollup),
        ("no limit of a message's size", found.max_message_size <= 0),
    ];
    match kept.iter().find(|(_, same)| !same) {
        Some((setting, _)) => Err(BusError::Setting { stream: wanted.name.clone(), setting }),
        None => Ok(()),
    }
}
