//! Commands about organisations: the end of an office. The tree itself comes by import.

use peiyu_domain::access::Right;
use peiyu_domain::organisation::Organisation;
use peiyu_domain::organisation::commands::EndOffice;
use peiyu_domain::values::OrganisationId;

use crate::{Answer, Application, CommandError, Request};

impl Application {
    /// An office ends.
    ///
    /// # Errors
    /// A refusal by rule; [`CommandError::NotFound`], [`CommandError::Stale`].
    pub async fn end_office(
        &self,
        request: &Request,
        organisation: OrganisationId,
        command: EndOffice,
    ) -> Result<Answer, CommandError> {
        let answer = self
            .handle(request, Right::ImportRun, |frame| {
                Box::pin(async move {
                    let loaded = self.load::<Organisation>(organisation.0).await?;
                    if !loaded.exists() {
                        return Err(CommandError::NotFound { kind: "organisation" });
                    }
                    self.decide_alone(&loaded, command, (), Vec::new(), &frame).await
                })
            })
            .await?;
        self.refresh_directory().await?;
        Ok(answer)
    }
}
