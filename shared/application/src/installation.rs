//! The installation itself: a restore begins an epoch, and an operator settles what it holds.

use peiyu_domain::access::Right;
use peiyu_domain::installation::Installation;
use peiyu_domain::installation::commands::{BeginEpoch, HeldReminders, SettleHeldReminders};
use peiyu_domain::values::ids::named;
use uuid::Uuid;

use crate::{Answer, Application, CommandError, Request};

impl Application {
    /// The one stream of the installation itself.
    fn installation_id(&self) -> Uuid {
        named(&["installation", &self.inner.tenant])
    }

    /// Up to which feed position an earlier epoch has the same events as the present one.
    ///
    /// # Errors
    /// When store or vault do not answer.
    pub async fn shared_with_epoch(&self, earlier: i32) -> Result<Option<i64>, CommandError> {
        Ok(self.load::<Installation>(self.installation_id()).await?.state.shared_with(earlier))
    }

    /// Puts on record that the store was restored from a backup.
    ///
    /// # Errors
    /// A refusal when the epoch is not above every earlier one; see [`CommandError`].
    pub async fn begin_epoch(&self, request: &Request, command: BeginEpoch) -> Result<Answer, CommandError> {
        let id = self.installation_id();
        self.handle(request, Right::Operate, |frame| {
            Box::pin(async move {
                let loaded = self.load::<Installation>(id).await?;
                self.decide_alone(&loaded, command, (), Vec::new(), &frame).await
            })
        })
        .await
    }

    /// Lets the reminders held since a restore go out, or drops them.
    ///
    /// # Errors
    /// A refusal when none are held; see [`CommandError`].
    pub async fn settle_held_reminders(
        &self,
        request: &Request,
        held: HeldReminders,
    ) -> Result<Answer, CommandError> {
        let id = self.installation_id();
        self.handle(request, Right::Operate, |frame| {
            Box::pin(async move {
                let loaded = self.load::<Installation>(id).await?;
                let command = SettleHeldReminders { held };
                self.decide_alone(&loaded, command, (), Vec::new(), &frame).await
            })
        })
        .await
    }
}
