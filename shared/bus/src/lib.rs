//! JetStream: publish in order behind a fence, and follow without a gap. Knows nothing of our domain.
//!
//! What holds here: a message that was published with `expected_last` has the sequence `expected_last + 1`;
//! a batch of up to [`MAX_BATCH`] messages is in the stream whole or not at all; a follower is given
//! contiguous sequences or an error; nothing here deletes or purges a stream, and the streams made here
//! refuse single deletions and purges.

mod connection;
mod durable;
mod error;
mod follow;
mod message;
mod publish;
mod stream;

pub use connection::Bus;
pub use durable::Durable;
pub use error::{BusError, Lack};
pub use follow::Follower;
pub use message::{Delivered, Message};
pub use publish::{MAX_BATCH, MAX_BATCH_BYTES};
pub use stream::{Stream, StreamSettings, StreamState};
