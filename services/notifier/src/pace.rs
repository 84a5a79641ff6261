//! Not more mails a minute than the settings allow. Real time.

use std::time::Duration;

use peiyu_platform::Shutdown;
use tokio::sync::Mutex;
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Pace {
    gap: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn per_minute(mails: u32) -> Self {
        Self { gap: Duration::from_secs(60) / mails.max(1), next: Mutex::new(Instant::now()) }
    }

    /// Waits for the next place; false when asked to end meanwhile.
    pub(crate) async fn wait(&self, shutdown: &Shutdown) -> bool {
        let mine = {
            let mut next = self.next.lock().await;
            let mine = (*next).max(Instant::now());
            *next = mine + self.gap;
            mine
        };
        shutdown.sleep(mine.saturating_duration_since(Instant::now())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn mails_are_spread_over_the_minute() {
        let (pace, shutdown) = (Pace::per_minute(1200), Shutdown::new());
        let began = Instant::now();
        for _ in 0..4 {
            assert!(pace.wait(&shutdown).await);
        }
        assert!(began.elapsed() >= Duration::from_millis(150), "{:?}", began.elapsed());
    }
}
