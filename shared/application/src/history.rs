//! Recorded events with their content: unsealed for whoever may read them.

use peiyu_contracts::Recorded;
use peiyu_domain::AnyEvent;

use crate::load::sealed_payload;
use crate::{Application, CommandError};

/// An event with its content.
#[derive(Debug, Clone)]
pub struct Unsealed {
    /// The envelope, and the payload as stored.
    pub recorded: Recorded,
    /// The content.
    pub event: AnyEvent,
}

impl Application {
    /// Unseals events, in order. What was erased reads as erased.
    ///
    /// # Errors
    /// When the vault does not answer, or an event cannot be read.
    pub async fn unsealed(&self, recorded: Vec<Recorded>) -> Result<Vec<Unsealed>, CommandError> {
        let sealed: Vec<_> = recorded.iter().map(sealed_payload).collect();
        let payloads = self.inner.vault.unseal_many(&sealed).await?;
        recorded
            .into_iter()
            .zip(payloads)
            .map(|(recorded, payload)| {
                let event = AnyEvent::read(&recorded.aggregate_type, payload?)?;
                Ok(Unsealed { recorded, event })
            })
            .collect()
    }
}
