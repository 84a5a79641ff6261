//! What the department writes to people: a digest as it is sent by the notifier, and as the preview shows it.
//!
//! Renders and nothing else: what a digest names is planned in `peiyu_views::digests`, how it leaves is the
//! notifier's. The words around the list are the department's (`peiyu_domain::letter_template`).

mod digest;
mod fill;
mod lines;
mod people;
mod sample;
mod words;

pub use digest::{Letter, Surroundings, digest, may_be_double};
pub use people::{names_of, people_of};
pub use sample::sample;
