//! Events of the feed, unsealed and read, ready for the read models.

use peiyu_contracts::Recorded;
use peiyu_store::Store;
use peiyu_vault::{SealedPayload, UnsealError, Vault};
use peiyu_views::{Applied, PageSource, SourceError, check_known};
use uuid::Uuid;

use crate::ProjectorError;

/// Most events of a page.
pub(crate) const PAGE: i64 = 1000;
/// Most bytes of a page.
const PAGE_BYTES: i64 = 4 * 1024 * 1024;
/// Events read at once when whole streams are replayed.
const REPLAYED_AT_ONCE: i64 = 5000;

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

    /// Unseals a page, up to the first event that is newer than this binary. A broken seal is the event's own
    /// fault and comes out as poison; a key that is missing is not, and keeps the page from being read.
    pub(crate) async fn read(&self, page: &[Recorded]) -> Result<Vec<Applied>, ProjectorError> {
        let known = page.iter().take_while(|event| check_known(event).is_ok()).count();
        if let (0, Some(newer)) = (known, page.first()) {
            check_known(newer)?;
        }
        self.unseal(&page[..known]).await
    }

    /// Unseals events none of which may be newer than this binary.
    async fn read_all(&self, events: &[Recorded]) -> Result<Vec<Applied>, ProjectorError> {
        events.iter().try_for_each(check_known)?;
        self.unseal(events).await
    }

    async fn unseal(&self, page: &[Recorded]) -> Result<Vec<Applied>, ProjectorError> {
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
    async fn head(&self) -> Result<i64, SourceError> {
        Ok(self.store.feed_head().await?.position)
    }

    async fn page(&self, after: i64) -> Result<Vec<Applied>, SourceError> {
        let page = self.recorded_after(after).await?;
        Ok(self.read(&page).await?)
    }

    async fn at(&self, positions: &[i64]) -> Result<Vec<Applied>, SourceError> {
        let events = self.store.feed_events(positions).await?;
        Ok(self.read_all(&events).await?)
    }

    async fn streams(
        &self,
        kind: &str,
        after: Option<Uuid>,
        up_to: i64,
    ) -> Result<Vec<Applied>, SourceError> {
        // On a thread of its own: unsealing keeps a core busy while the page before is written.
        let (feed, kind) = (self.clone(), kind.to_owned());
        let reading = tokio::spawn(async move {
            let events = feed.store.stream_page(&kind, after, up_to, REPLAYED_AT_ONCE).await?;
            feed.read_all(&events).await
        });
        Ok(reading.await??)
    }
}
