//! How stream and feed can differ, and what an operator does then.

/// How the stream differs from the feed. Each means that somebody must look before anything is published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// The stream holds positions that the feed has never given.
    #[error(
        "the stream ends at {stream}, the feed at {feed}: the database was restored without a new epoch, or \
         another installation publishes here"
    )]
    Ahead {
        /// Last sequence of the stream.
        stream: u64,
        /// Last position of the feed.
        feed: u64,
    },
    /// At the end of the stream stands another message than at that position in the feed.
    #[error("at {position} the stream holds {found}, the feed {expected}")]
    OtherMessage {
        /// The last sequence of the stream.
        position: u64,
        /// Id of the stream's message, or `no id`.
        found: String,
        /// Id of the feed's event.
        expected: String,
    },
    /// Messages were taken out of the middle.
    #[error("{count} messages are missing in the middle of the stream")]
    Holes {
        /// How many.
        count: u64,
    },
    /// Messages were taken away at the front that are young enough to be there.
    #[error("the stream begins at {found}, though it should hold {expected} still")]
    FrontLost {
        /// First sequence that it should hold.
        expected: u64,
        /// First sequence that it holds.
        found: u64,
    },
}

impl Difference {
    /// What an operator does about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Ahead { .. } | Self::OtherMessage { .. } => Remedy::NewEpoch,
            Self::Holes { .. } | Self::FrontLost { .. } => Remedy::NewStream,
        }
    }

    /// How many positions are missing that should be there.
    pub(crate) fn missing(&self) -> u64 {
        match self {
            Self::Ahead { .. } | Self::OtherMessage { .. } => 0,
            Self::Holes { count } => *count,
            Self::FrontLost { expected, found } => found - expected,
        }
    }
}

/// The way out of a difference. Nothing of it is done by the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Subscribers saw other events at these positions: only a new epoch tells them.
    NewEpoch,
    /// What is missing stands in PostgreSQL, the same events at the same positions: any new stream will do.
    NewStream,
}

impl std::fmt::Display for Remedy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NewEpoch => {
                "if the database was restored or failed over, begin a new epoch (`peiyu epoch begin`): a new stream \
                 is made and this one kept; if another installation publishes here, give one of them another \
                 tenant or NATS server"
            }
            Self::NewStream => {
                "begin a new epoch (`peiyu epoch begin`), or delete this stream (`nats stream rm`): it is made \
                 anew from PostgreSQL with the same events at the same positions"
            }
        })
    }
}
