//! What the department writes to people: a digest as it is sent by the notifier, and as the preview shows it.
//!
//! Renders and nothing else: what a digest names is planned in `peiyu_views::digests`, how it leaves is the
//! notifier's.

mod digest;
mod people;

pub use digest::{Letter, Surroundings, digest, may_be_double};
pub use people::people_of;
