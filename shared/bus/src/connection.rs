//! The connection: made with a limit, mended by itself, its mishaps logged.

use std::time::Duration;

use async_nats::client::RequestErrorKind;
use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event};
use bytes::Bytes;
use peiyu_contracts::nats_rights::inbox_prefix;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{BusError, Lack};

/// How long one question to the server may take.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the first connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait between two attempts to get back.
const LONGEST_RECONNECT_WAIT: Duration = Duration::from_secs(1);
const NO_STREAM: u64 = 10059;
/// JetStream is not enabled: for the account, in the server.
const NO_JETSTREAM: [u64; 2] = [10039, 10076];
/// The stream that a message named is not the one that takes its subject.
const OTHER_STREAM: u64 = 10060;
/// Older ones drop settings that we rely on, can bring a stream back empty, or keep an ack floor ahead of its end.
const OLDEST: (i64, i64, i64) = (2, 14, 3);
const OLDEST_TEXT: &str = "2.14.3";

/// A connection to NATS; cheap to clone. Once made it comes back by itself after an outage.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(crate) client: Client,
    url: String,
}

impl Bus {
    /// Connects, and looks whether the server can do what we need.
    ///
    /// # Errors
    /// [`BusError::Unavailable`] when the server does not answer within 5 s or does not let us in,
    /// [`BusError::Unfit`] when it is too old or runs without JetStream.
    pub async fn connect(
        url: &str,
        user: Option<&str>,
        password: Option<&SecretString>,
    ) -> Result<Self, BusError> {
        let mut options = ConnectOptions::new()
            .name("peiyu")
            .connection_timeout(CONNECT_TIMEOUT)
            .request_timeout(Some(REQUEST_TIMEOUT))
            .ping_interval(Duration::from_secs(10))
            .reconnect_delay_callback(|attempt| {
                let doubled = Duration::from_millis(25).saturating_mul(1 << attempt.min(6));
                doubled.min(LONGEST_RECONNECT_WAIT)
            })
            .event_callback(|event| async move { log(&event) });
        if let (Some(user), Some(password)) = (user, password) {
            // Answers come to subjects that no other user may read.
            options = options
                .custom_inbox_prefix(inbox_prefix(user))
                .user_and_password(user.to_owned(), password.expose_secret().to_owned());
        }
        let client = options.connect(url).await.map_err(|error| BusError::unavailable("connect", error))?;
        let bus = Self { client, url: without_credentials(url) };
        bus.must_fit().await?;
        Ok(bus)
    }

    /// Looks again whether the server fits: after a reconnection it may be another one.
    ///
    /// # Errors
    /// [`BusError::Unfit`], [`BusError::Unavailable`].
    pub async fn must_fit(&self) -> Result<(), BusError> {
        let (major, minor, patch) = OLDEST;
        let info = self.client.server_info();
        if !self.client.is_server_compatible(major, minor, patch) {
            return Err(self.unfit(Lack::Version { found: info.version, needed: OLDEST_TEXT }));
        }
        if info.jetstream {
            return Ok(());
        }
        // In a cluster another server may have it.
        #[derive(Deserialize)]
        struct Ignored {}
        let asked: Result<Ignored, _> =
            self.ask(("JetStream", ""), "$JS.API.INFO".to_owned(), Bytes::new()).await;
        match asked {
            Ok(Ignored {}) => Ok(()),
            Err(BusError::NoStream { .. }) => Err(self.unfit(Lack::JetStream)),
            Err(error) => Err(error),
        }
    }

    fn unfit(&self, lack: Lack) -> BusError {
        BusError::Unfit { url: self.url.clone(), lack }
    }

    /// True while the server is reached.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// How often it has connected: another number means that the server may be another one meanwhile.
    #[must_use]
    pub fn connects(&self) -> u64 {
        self.client.statistics().connects.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Names of all streams that this user may see.
    ///
    /// # Errors
    /// [`BusError::Unavailable`], [`BusError::Refused`].
    pub async fn stream_names(&self) -> Result<Vec<String>, BusError> {
        let mut names: Vec<String> = Vec::new();
        loop {
            let body = format!("{{\"offset\":{}}}", names.len());
            let subject = "$JS.API.STREAM.NAMES".to_owned();
            let page: NamesPage = self.ask(("streams", "any"), subject, body.into()).await?;
            let streams = page.streams.unwrap_or_default();
            let is_last = streams.is_empty() || names.len() + streams.len() >= page.total;
            names.extend(streams);
            if is_last {
                return Ok(names);
            }
        }
    }

    /// Asks the JetStream API; `stream` is only for the message when there is none.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        (asked, stream): (&'static str, &str),
        subject: String,
        body: Bytes,
    ) -> Result<T, BusError> {
        let answer = self.client.request(subject, body).await;
        let answer = answer.map_err(|error| match error.kind() {
            // Nobody listens on the API of a stream that is not there, or while JetStream is starting.
            RequestErrorKind::NoResponders => BusError::NoStream { name: stream.to_owned() },
            RequestErrorKind::TimedOut
            | RequestErrorKind::InvalidSubject
            | RequestErrorKind::MaxPayloadExceeded
            | RequestErrorKind::Other => BusError::unavailable(asked, error),
        })?;
        match read_answer((asked, stream), &answer.payload) {
            // Said by the server that we are connected to about our account.
            Err(BusError::Refused { code, .. }) if NO_JETSTREAM.contains(&code) => {
                Err(self.unfit(Lack::JetStream))
            }
            read => read,
        }
    }
}

/// An address fit for logs and `/readyz`: user and password may stand in it.
fn without_credentials(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        (None, Some((_, host))) => host.to_owned(),
        (_, None) => url.to_owned(),
    }
}

#[derive(Debug, Deserialize)]
struct NamesPage {
    total: usize,
    streams: Option<Vec<String>>,
}

/// The error part that every JetStream answer may carry instead of what was asked for.
#[derive(Debug, Deserialize)]
struct Failure {
    error: Option<ApiError>,
}

#[derive(Debug, Deserialize)]
struct ApiError {
    code: u16,
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

pub(crate) fn read_answer<T: DeserializeOwned>(
    (asked, stream): (&'static str, &str),
    payload: &[u8],
) -> Result<T, BusError> {
    let failure: Failure =
        serde_json::from_slice(payload).map_err(|error| BusError::unreadable(asked, error))?;
    if let Some(error) = failure.error {
        return Err(classify((asked, stream), error));
    }
    serde_json::from_slice(payload).map_err(|error| BusError::unreadable(asked, error))
}

fn classify((asked, stream): (&'static str, &str), error: ApiError) -> BusError {
    match error.err_code {
        NO_STREAM => BusError::NoStream { name: stream.to_owned() },
        // Wrong last sequence (two spellings), a message id that is in the stream, a batch whose beginning
        // the server has forgotten (it was restarted between two messages), another epoch's stream.
        code @ (10071 | 10164 | 10201 | 10176 | OTHER_STREAM) => {
            BusError::Fence { code, description: error.description }
        }
        code if NO_JETSTREAM.contains(&code) => {
            BusError::Refused { asked, code, description: error.description }
        }
        // Too many unfinished batches of others.
        10210 => BusError::unavailable(asked, error.description),
        // 503: JetStream is starting, has no disk, or has no leader.
        _ if error.code == 503 || error.code == 500 => BusError::unavailable(asked, error.description),
        code => BusError::Refused { asked, code, description: error.description },
    }
}

fn log(event: &Event) {
    match event {
        Event::Connected => tracing::info!("NATS connected"),
        Event::Disconnected => tracing::warn!("NATS disconnected"),
        Event::LameDuckMode | Event::Draining | Event::Closed => tracing::info!(%event, "NATS"),
        Event::SlowConsumer(_) => tracing::warn!(%event, "NATS"),
        // Missing rights show only here; the request itself just times out.
        Event::ServerError(_) | Event::ClientError(_) => tracing::warn!(%event, "NATS"),
    }
}
