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
    /// The server took the stream but not this setting (an old server drops what it does not know).
    #[error(
        "stream {stream} does not have {setting} as asked; use nats-server 2.14.3 or later, or mend the stream"
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
