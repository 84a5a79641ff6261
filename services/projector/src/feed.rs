//! Events of the feed, unsealed and read, ready for the read models.

use peiyu_contracts::Recorded;
use peiyu_store::Store;
use peiyu_vault::{SealedPayload, UnsealError, Vault};
use peiyu_views::{Applied, PageSource, check_known};

use crate::ProjectorError;

/// Most events of a page.
pub(crate) const PAGE: i64 = 500;
/// Most bytes of a page.
const PAGE_BYTES: i64 = 4 * 1024 * 1024;

/// The feed in PostgreSQL with the keys to read it.
#[derive(Debug, Clone)]
pub struct Feed {
    store: Store,
    vault: Vault,
}

impl Feed {
    /// Puts store and keys together.
    #[must_use]
    pub fn new(store: Store, vault: Vault) -> Self {
        Self { store, vault }
    }

    /// The events.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The recorded events after a position.
    pub(crate) async fn recorded_after(&self, after: i64) -> Result<Vec<Recorded>, ProjectorError> {
        Ok(self.store.feed_page(after, PAGE, PAGE_BYTES).await?)
    }

    /// Unseals a page. A broken seal is the event's own fault and comes out as poison; a key that is missing
    /// is not, and keeps the page from being read.
    pub(crate) async fn read(&self, page: &[Recorded]) -> Result<Vec<Applied>, ProjectorError> {
        page.iter().try_for_each(check_known)?;
        let sealed: Vec<SealedPayload<'_>> = page
            .iter()
            .map(|event| SealedPayload {
                subject: event.metadata.subject,
                event_id: event.metadata.event_id,
                payload: event.payload.get(),
            })
            .collect();
        let payloads = self.vault.unseal_many(&sealed).await?;
        page.iter()
            .zip(payloads)
            .map(|(recorded, payload)| {
                let payload = match payload {
                    Ok(payload) => Some(payload),
                    Err(error @ UnsealError::UnknownKey { .. }) => return Err(error.into()),
                    Err(_) => None,
                };
                Ok(Applied::read(recorded, payload)?)
            })
            .collect()
    }
}

impl PageSource for Feed {
    async fn page(&self, after: i64) -> Result<Vec<Applied>, Box<dyn std::error::Error + Send + Sync>> {
        let page = self.recorded_after(after).await?;
        Ok(self.read(&page).await?)
    }
}
