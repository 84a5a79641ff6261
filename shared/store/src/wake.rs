//! Hints that something happened, so that nobody polls often: NOTIFY outside of the write transaction.
//!
//! A hint may be lost, so whoever waits still looks by itself after a while.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::time::{sleep, timeout};

use crate::Store;
use crate::error::StoreError;

/// What one can be woken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WakeChannel {
    /// Events were appended (for the sequencer).
    Appended,
    /// Events were given positions (for whoever follows the feed).
    Sequenced,
}

impl WakeChannel {
    fn name(self) -> &'static str {
        match self {
            Self::Appended => "peiyu_appended",
            Self::Sequenced => "peiyu_sequenced",
        }
    }
}

/// Waits for hints; holds one connection of the pool.
#[derive(Debug)]
pub struct Wake {
    store: Store,
    channel: WakeChannel,
    listener: Option<PgListener>,
}

impl Store {
    /// Tells the sequencer that events were appended. A hint: failing is logged and nothing else.
    pub async fn notify_appended(&self) {
        self.notify(WakeChannel::Appended).await;
    }

    /// Tells followers of the feed that events were given positions. A hint, as [`Store::notify_appended`].
    pub async fn notify_sequenced(&self) {
        self.notify(WakeChannel::Sequenced).await;
    }

    async fn notify(&self, channel: WakeChannel) {
        let sent = sqlx::query("select pg_notify($1, '')").bind(channel.name()).execute(&self.pool).await;
        if let Err(error) = sent {
            tracing::debug!(%error, channel = channel.name(), "a hint was not sent; those who wait look by themselves");
        }
    }

    /// Starts to listen. What happened before is not told: look once after this returns.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server does not answer.
    pub async fn listen(&self, channel: WakeChannel) -> Result<Wake, StoreError> {
        let mut wake = Wake { store: self.clone(), channel, listener: None };
        wake.connect().await?;
        Ok(wake)
    }
}

impl Wake {
    /// Returns at a hint, after `at_most`, or when the connection broke (then it is time to look, too).
    pub async fn wait(&mut self, at_most: Duration) {
        if self.listener.is_none() && self.connect().await.is_err() {
            sleep(at_most).await;
            return;
        }
        let Some(listener) = &mut self.listener else { return };
        let broken = match timeout(at_most, listener.try_recv()).await {
            Ok(Ok(Some(_))) | Err(_) => false,
            Ok(Ok(None) | Err(_)) => true,
        };
        if broken {
            tracing::debug!(
                channel = self.channel.name(),
                "the listening connection broke; it is opened again"
            );
            self.listener = None;
            return;
        }
        self.drain().await;
    }

    async fn connect(&mut self) -> Result<(), StoreError> {
        let mut listener = PgListener::connect_with(&self.store.pool).await.map_err(StoreError::reading)?;
        listener.listen(self.channel.name()).await.map_err(StoreError::reading)?;
        self.listener = Some(listener);
        Ok(())
    }

    /// Many hints are one: what is waiting already needs no second look.
    async fn drain(&mut self) {
        const MOST: usize = 1000;
        let Some(listener) = &mut self.listener else { return };
        for _ in 0..MOST {
            match listener.next_buffered() {
                Some(_) => {}
                None => return,
            }
        }
    }
}
