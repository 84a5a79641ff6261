//! What goes back in as events: claims, results, and the end of claims that nobody ended.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use peiyu_application::{CommandError, Request};
use peiyu_contracts::Origin;
use peiyu_domain::reminder::{Named, ReminderFailure};
use peiyu_domain::values::ReminderId;
use peiyu_domain::values::ids::named;
use peiyu_platform::Backoff;
use peiyu_views::digests::{Digest, MAIL};
use peiyu_views::reminders;

use crate::metric;
use crate::tick::{Notifier, TickError};

/// Abandoned claims of earlier days that one tick closes.
const MOST_ABANDONED: i64 = 200;
/// Times that a result is sent to the store before it is left to the claim's age.
const MOST_TRIES: u32 = 8;

/// A digest that this notifier has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claimed {
    pub(crate) id: ReminderId,
    pub(crate) attempt: u32,
}

impl Notifier {
    /// Takes a digest on; false when another notifier has it.
    pub(crate) async fn claim(
        &self,
        claim: Claimed,
        digest: &Digest,
        day: Date,
        names: Vec<Named>,
    ) -> Result<bool, TickError> {
        let request = self.request(claim, "claim");
        let application = &self.parts.application;
        let claimed = application
            .claim_reminder(&request, digest.addressee, day, MAIL, names, self.abandoned_after())
            .await;
        match claimed {
            Ok(_) => Ok(true),
            // Another one was faster; whether it still has it or has sent it is the same to us.
            Err(CommandError::Refused(refused)) if refused.code == "reminder_taken_on" => Ok(false),
            Err(CommandError::Contended) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn record_sent(&self, claim: Claimed, receipt: String) -> Result<(), TickError> {
        let request = self.request(claim, "sent");
        let application = &self.parts.application;
        self.insist(|| application.reminder_sent(&request, claim.id, receipt.clone())).await
    }

    pub(crate) async fn record_failed(
        &self,
        claim: Claimed,
        failure: ReminderFailure,
        code: Option<u16>,
    ) -> Result<(), TickError> {
        let request = self.request(claim, "failed");
        let application = &self.parts.application;
        self.insist(|| application.reminder_failed(&request, claim.id, failure, code)).await
    }

    /// Ends claims of earlier days that were never ended: their duties go into a digest of today.
    pub(crate) async fn close_abandoned(&self, day: Date, now: Timestamp) -> Result<(), TickError> {
        let before = now.saturating_sub(self.abandoned_after()).unwrap_or(now);
        for reminder in reminders::unfinished(self.views(), before, MOST_ABANDONED).await? {
            if reminder.day >= day {
                continue;
            }
            tracing::warn!(reminder = %reminder.id.0, "a claim of an earlier day never ended; it may have gone out");
            metrics::counter!(metric::POSSIBLE_DOUBLES).increment(1);
            let claim = Claimed { id: reminder.id, attempt: reminder.attempts };
            self.record_failed(claim, ReminderFailure::ServerUnavailable, None).await?;
        }
        Ok(())
    }

    /// A mail that has left must be on record: short faults of the store are waited out, under the same id.
    async fn insist<F>(&self, command: impl Fn() -> F) -> Result<(), TickError>
    where
        F: Future<Output = Result<peiyu_application::Answer, CommandError>>,
    {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
        let mut tries = 0;
        loop {
            tries += 1;
            match command().await {
                Ok(_) => return Ok(()),
                Err(CommandError::Refused(refused)) => {
                    // Another notifier ended it meanwhile.
                    tracing::warn!(code = refused.code, "a reminder's end was recorded by another");
                    return Ok(());
                }
                Err(error) if tries >= MOST_TRIES => return Err(error.into()),
                Err(
                    CommandError::Unavailable(_) | CommandError::OutcomeUnknown(_) | CommandError::Contended,
                ) => tokio::time::sleep(backoff.next_wait()).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The command id is this notifier's own, so that two never take one another's answer for theirs.
    fn request(&self, claim: Claimed, step: &str) -> Request {
        let application = &self.parts.application;
        let (reminder, attempt, instance) =
            (claim.id.to_string(), claim.attempt.to_string(), self.instance.to_string());
        let command_id = named(&["notifier", &instance, &reminder, &attempt, step]);
        Request {
            actor: application.notifier(),
            command_id,
            digest: application.vault().keyed_hash("notifier", &command_id.to_string()),
            correlation_id: command_id,
            causation_id: None,
            if_match: None,
            origin: Origin::Live,
        }
    }
}
