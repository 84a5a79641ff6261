//! Commands of the notifier: claim a digest, say that it was sent or failed.

use jiff::SignedDuration;
use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_domain::reminder::commands::{ClaimReminder, FailReminder, SendReminder};
use peiyu_domain::reminder::{Named, Reminder, ReminderFailure};
use peiyu_domain::values::{PersonId, ReminderId};

use crate::{Answer, Application, CommandError, Request};

impl Application {
    /// Takes a digest on before it is sent: of two notifiers one wins.
    ///
    /// # Errors
    /// A refusal `reminder_taken_on` when another has it or it is done; see [`CommandError`].
    pub async fn claim_reminder(
        &self,
        request: &Request,
        addressee: PersonId,
        day: Date,
        channel: &str,
        names: Vec<Named>,
        abandoned_after: SignedDuration,
    ) -> Result<Answer, CommandError> {
        let id = ReminderId::of(addressee, day, channel);
        let names = &names;
        self.handle(request, Right::ReminderRead, |frame| {
            Box::pin(async move {
                let loaded = self.load_for::<Reminder>(&frame, id.0).await?;
                let command = ClaimReminder {
                    addressee,
                    day,
                    channel: channel.to_owned(),
                    names: names.clone(),
                    abandoned_after,
                };
                self.decide_alone(&loaded, command, (), Vec::new(), &frame).await
            })
        })
        .await
    }

    /// The channel took it.
    ///
    /// # Errors
    /// A refusal when it was not claimed; see [`CommandError`].
    pub async fn reminder_sent(
        &self,
        request: &Request,
        id: ReminderId,
        receipt: String,
    ) -> Result<Answer, CommandError> {
        let receipt = &receipt;
        self.handle(request, Right::ReminderRead, |frame| {
            Box::pin(async move {
                let loaded = self.load_for::<Reminder>(&frame, id.0).await?;
                let command = SendReminder { receipt: receipt.clone() };
                self.decide_alone(&loaded, command, (), Vec::new(), &frame).await
            })
        })
        .await
    }

    /// The channel did not take it.
    ///
    /// # Errors
    /// A refusal when it was not claimed; see [`CommandError`].
    pub async fn reminder_failed(
        &self,
        request: &Request,
        id: ReminderId,
        failure: ReminderFailure,
        code: Option<u16>,
    ) -> Result<Answer, CommandError> {
        self.handle(request, Right::ReminderRead, |frame| {
            Box::pin(async move {
                let loaded = self.load_for::<Reminder>(&frame, id.0).await?;
                let command = FailReminder { failure, code };
                self.decide_alone(&loaded, command, (), Vec::new(), &frame).await
            })
        })
        .await
    }
}
