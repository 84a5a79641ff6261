//! The notifier: a clock over the obligations that writes one digest a person a day.
//!
//! What holds here (promise 4 of ARCHITECTURE.md): a tick at time T first waits until the read models have
//! reached the feed's head as of T, else it sends nothing and says so. A reminder's id is made from addressee,
//! day and channel; it is claimed by an event before it is sent, so of two notifiers one wins; a claim without
//! an end is sent again after `reminders.claim_minutes` and noted as a possible double. What is said to whom is
//! planned in `peiyu_views::digests`, which the preview uses too; in which words is the department's.
//!
//! # How to add a channel
//! Give it a name beside [`peiyu_views::digests::MAIL`] and a variant in `mailer`; claims carry the channel.

mod clock_face;
mod mailer;
mod metric;
mod pace;
mod record;
mod run;
mod send;
mod tick;
mod watch;
mod wording;

pub use clock_face::now_in_shanghai;
pub use mailer::{DeliveryError, Mailer, MailerError, Phase, TestMailError, send_test_mail};
pub use run::{NotifierError, run};
pub use tick::{Notifier, Parts, Skip, Tally, Tick, TickError};
