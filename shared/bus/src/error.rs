//! What can go wrong on the bus, by what the caller can do about it.

/// Why something was not published or read.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The server is away or slow: whether a publish took effect is not known. Compare and try again.
    #[error("NATS does not answer ({asked})")]
    Unavailable {
        /// What was asked.
        asked: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server cannot do what Peiyu needs: too old, or without JetStream. Somebody must replace or set it up.
    #[error("the nats-server at {url} cannot be used: {lack}")]
    Unfit {
        /// Where it was reached.
        url: String,
        /// What is missing, and what to do.
        #[source]
        lack: Lack,
    },
    /// There is no such stream (or JetStream is starting): it was never made, or was lost.
    #[error("stream {name} is not there")]
    NoStream {
        /// Its name.
        name: String,
    },
    /// The stream's end is not where the publisher thought, or a message is in it already. Compare again.
    #[error("the stream has moved on: {description} ({code})")]
    Fence {
        /// The server's error code.
        code: u64,
        /// The server's words.
        description: String,
    },
    /// The server refuses for a reason that time does not mend.
    #[error("NATS refuses {asked}: {description} ({code})")]
    Refused {
        /// What was asked.
        asked: &'static str,
        /// The server's error code.
        code: u64,
        /// The server's words.
        description: String,
    },
    /// The stream is there without this setting: made or changed by somebody, or dropped by the server.
    #[error(
        "stream {stream} does not have {setting} as asked: somebody made or changed it; mend it \
         (`nats stream edit {stream}`) or begin a new epoch (`peiyu epoch begin`), which makes a new stream"
    )]
    Setting {
        /// The stream.
        stream: String,
        /// The setting.
        setting: &'static str,
    },
    /// Sequences are not contiguous: the stream no longer holds `expected`. Read it elsewhere.
    #[error("the stream goes on at {found}, {expected} was expected")]
    Gap {
        /// The sequence asked for.
        expected: u64,
        /// The first one that is there.
        found: u64,
    },
    /// One message is larger than the server takes.
    #[error("a message of {bytes} bytes is larger than the server takes")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// An answer that is none.
    #[error("NATS answered {asked} with something unreadable: {problem}")]
    Unreadable {
        /// What was asked.
        asked: &'static str,
        /// What is wrong with the answer.
        problem: String,
    },
}

/// What a server lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lack {
    /// An older one drops settings, or has known faults.
    #[error("it is version {found}; install nats-server {needed} or later and start that instead")]
    Version {
        /// As the server says.
        found: String,
        /// The oldest that will do.
        needed: &'static str,
    },
    /// No streams without it.
    #[error(
        "JetStream is not enabled; give it `jetstream {{ store_dir: … , sync_interval: always }}` in its \
         configuration (for one account: in that account) and start it again"
    )]
    JetStream,
}

impl BusError {
    pub(crate) fn unavailable(
        asked: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable { asked, source: source.into() }
    }

    pub(crate) fn unreadable(asked: &'static str, problem: impl std::fmt::Display) -> Self {
        Self::Unreadable { asked, problem: problem.to_string() }
    }
}
