//! Claim, render, send, say how it went: digest by digest, a few at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use futures::{StreamExt, stream};
use jiff::civil::Date;
use peiyu_domain::letter_template::Wording;
use peiyu_domain::policy::Policy;
use peiyu_domain::reminder::{Named, ReminderFailure};
use peiyu_domain::values::{PersonId, ReminderId};
use peiyu_letters::{Surroundings, may_be_double, names_of, people_of};
use peiyu_platform::{Shutdown, failpoint};
use peiyu_views::digests::{Digest, MAIL};
use peiyu_views::persons::Person;

use crate::mailer::{DeliveryError, Letter};
use crate::metric;
use crate::record::Claimed;
use crate::tick::{Notifier, Tally, TickError};

/// Conversations with the mail server at once: one that hangs holds up only its place.
const AT_ONCE: usize = 4;
/// After so many failures of the server in a row the rest of the tick is left for later.
const MOST_FAILURES: u32 = 5;

/// The day for which is sent.
pub(crate) struct Day<'a> {
    pub(crate) day: Date,
    pub(crate) is_calendar_known: bool,
    pub(crate) policy: &'a Policy,
    pub(crate) university: &'a str,
}

/// What came of one digest.
enum Sent {
    Done,
    Undeliverable,
    Postponed,
    Waiting,
}

impl Notifier {
    pub(crate) async fn send_all(
        &self,
        digests: Vec<Digest>,
        day: &Day<'_>,
        shutdown: &Shutdown,
    ) -> Result<Tally, TickError> {
        let failures = AtomicU32::new(0);
        let failures = &failures;
        // Made beforehand: a closure within the stream would keep the whole service from being `Send`.
        let sendings: Vec<_> =
            digests.into_iter().map(|digest| self.send_one(digest, day, failures, shutdown)).collect();
        let mut sendings = stream::iter(sendings).buffer_unordered(AT_ONCE);
        let mut tally = Tally::default();
        let mut first_error = None;
        while let Some(sent) = sendings.next().await {
            match sent {
                Ok(Sent::Done) => tally.sent += 1,
                Ok(Sent::Undeliverable) => tally.undeliverable += 1,
                Ok(Sent::Postponed) => tally.postponed += 1,
                Ok(Sent::Waiting) => tally.waiting += 1,
                // The others are in mid-conversation: cut off, they would go out again as possible doubles.
                Err(error) => drop(first_error.get_or_insert(error)),
            }
        }
        first_error.map_or(Ok(tally), Err)
    }

    async fn send_one(
        &self,
        digest: Digest,
        day: &Day<'_>,
        failures: &AtomicU32,
        shutdown: &Shutdown,
    ) -> Result<Sent, TickError> {
        let is_hopeless = failures.load(Ordering::Relaxed) >= MOST_FAILURES;
        if shutdown.is_requested() || is_hopeless || !self.pace.wait(shutdown).await {
            return Ok(Sent::Waiting);
        }
        let people = people_of(self.views(), &digest).await?;
        let id = ReminderId::of(digest.addressee, day.day, MAIL);
        // Read for each letter: a tick may take long, and what is saved meanwhile holds from the next letter on.
        let wording = self.wording().await;
        // Rendered before it is claimed: a mail that cannot be made is no claim without an end.
        let letter = self.letter_of(id, &digest, day, &wording, &people)?;
        let attempt = digest.begun.as_ref().map_or(1, |begun| begun.attempts + 1);
        let claim = Claimed { id, attempt };
        if !self.claim(claim, &digest, day.day, names(&digest)).await? {
            metrics::counter!(metric::TAKEN).increment(1);
            return Ok(Sent::Waiting);
        }
        failpoint("notifier.claimed");
        metrics::counter!(metric::CLAIMED).increment(1);
        if may_be_double(&digest) {
            metrics::counter!(metric::POSSIBLE_DOUBLES).increment(1);
            tracing::warn!(reminder = %id.0, attempt, "an earlier claim never ended; sent again as a possible double");
        }
        self.deliver(claim, &letter, day.day, failures).await
    }

    async fn deliver(
        &self,
        claim: Claimed,
        letter: &Letter,
        day: Date,
        failures: &AtomicU32,
    ) -> Result<Sent, TickError> {
        if letter.to_address.trim().is_empty() {
            return self.undeliverable(claim, ReminderFailure::NoAddress, None).await;
        }
        let began = Instant::now();
        let delivered = self.parts.mailer.send(letter, day).await;
        metrics::histogram!(metric::SEND_SECONDS).record(began.elapsed().as_secs_f64());
        let error = match delivered {
            Ok(receipt) => {
                failpoint("notifier.handed_over");
                failures.store(0, Ordering::Relaxed);
                self.record_sent(claim, receipt).await?;
                metrics::counter!(metric::SENT).increment(1);
                return Ok(Sent::Done);
            }
            Err(error) => error,
        };
        match &error {
            DeliveryError::BadAddress | DeliveryError::Refused { .. } => {
                failures.store(0, Ordering::Relaxed);
                self.undeliverable(claim, ReminderFailure::AddressRefused, error.code()).await
            }
            // The claim stays without an end: once it counts as abandoned, it is sent again and noted as a
            // possible double.
            DeliveryError::Uncertain => {
                failures.fetch_add(1, Ordering::Relaxed);
                metrics::counter!(metric::FAILED, "failure" => "uncertain").increment(1);
                tracing::warn!(reminder = %claim.id.0, attempt = claim.attempt, "a digest may have been taken or not");
                Ok(Sent::Postponed)
            }
            DeliveryError::Unavailable { .. }
            | DeliveryError::TimedOut { .. }
            | DeliveryError::Unbuildable(_)
            | DeliveryError::File(_) => {
                failures.fetch_add(1, Ordering::Relaxed);
                let reminder = claim.id.0;
                tracing::warn!(
                    error = &error as &dyn std::error::Error, %reminder, attempt = claim.attempt,
                    "a digest was not taken, it is tried again"
                );
                self.try_again_later(claim.id, claim.attempt);
                self.failed(claim, ReminderFailure::ServerUnavailable, error.code()).await?;
                Ok(Sent::Postponed)
            }
        }
    }

    async fn undeliverable(
        &self,
        claim: Claimed,
        failure: ReminderFailure,
        code: Option<u16>,
    ) -> Result<Sent, TickError> {
        tracing::warn!(reminder = %claim.id.0, ?failure, code, "a digest cannot be delivered");
        self.failed(claim, failure, code).await?;
        Ok(Sent::Undeliverable)
    }

    async fn failed(
        &self,
        claim: Claimed,
        failure: ReminderFailure,
        code: Option<u16>,
    ) -> Result<(), TickError> {
        let word = match failure {
            ReminderFailure::NoAddress => "no_address",
            ReminderFailure::AddressRefused => "address_refused",
            ReminderFailure::ServerUnavailable => "server_unavailable",
        };
        metrics::counter!(metric::FAILED, "failure" => word).increment(1);
        self.record_failed(claim, failure, code).await
    }

    fn letter_of(
        &self,
        id: ReminderId,
        digest: &Digest,
        day: &Day<'_>,
        wording: &Wording,
        people: &HashMap<PersonId, Person>,
    ) -> Result<Letter, TickError> {
        let address = people.get(&digest.addressee).map_or("", |person| person.email.as_str());
        let around = Surroundings {
            day: day.day,
            is_calendar_known: day.is_calendar_known,
            policy: day.policy,
            public_url: &self.parts.public_url,
            wording,
            university: day.university,
            names: &names_of(people),
        };
        let written = peiyu_letters::digest(digest, &around);
        let written = written.map_err(|error| TickError::Template(Box::new(error)))?;
        Ok(Letter {
            id: id.0,
            to_name: written.to_name,
            // May be anything; the mailer judges it.
            to_address: address.to_owned(),
            subject: written.subject,
            text: written.text,
            html: written.html,
            is_digest: true,
        })
    }
}

fn names(digest: &Digest) -> Vec<Named> {
    let name = |item: &peiyu_views::digests::Item| Named {
        obligation: item.obligation,
        kind: item.kind,
        about: item.about,
        due_on: item.due_on,
        rung: item.rung,
    };
    digest.items.iter().map(name).collect()
}
