//! Messages as they go out and come back.

use bytes::Bytes;

/// One message to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Subject, one of the stream's.
    pub subject: String,
    /// `Nats-Msg-Id`: within two minutes the server refuses the same id a second time.
    pub id: String,
    /// Further headers; printable ASCII.
    pub headers: Vec<(&'static str, String)>,
    /// Body, byte for byte.
    pub payload: Bytes,
}

impl Message {
    /// About how many bytes it takes on the wire.
    #[must_use]
    pub fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        self.subject.len() + self.id.len() + headers + self.payload.len() + 128
    }
}

/// One message as a stream holds it.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// Place in the stream.
    pub sequence: u64,
    /// Subject it was published on.
    pub subject: String,
    headers: async_nats::HeaderMap,
    /// Body, byte for byte.
    pub payload: Bytes,
}

impl Delivered {
    pub(crate) fn new(
        sequence: u64,
        subject: String,
        headers: async_nats::HeaderMap,
        payload: Bytes,
    ) -> Self {
        Self { sequence, subject, headers, payload }
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(async_nats::HeaderValue::as_str)
    }

    /// Its `Nats-Msg-Id`.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.header("Nats-Msg-Id")
    }
}
