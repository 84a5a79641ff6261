//! Waiting longer after each failure, never longer than a bound, never in step with others. Real time.

use std::time::Duration;

use rand::Rng;

use crate::Shutdown;

/// A sequence of waits that doubles from the least to the most.
#[derive(Debug, Clone)]
pub struct Backoff {
    least: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    /// The first wait is about `least`, none is longer than `most`.
    #[must_use]
    pub fn new(least: Duration, most: Duration) -> Self {
        Self { least, most, next: least.min(most) }
    }

    /// After a success the next wait is short again.
    pub fn reset(&mut self) {
        self.next = self.least.min(self.most);
    }

    /// The next wait: between half of it and the whole.
    pub fn next_wait(&mut self) -> Duration {
        let whole = self.next;
        self.next = whole.saturating_mul(2).min(self.most);
        whole.mul_f64(rand::rng().random_range(0.5..=1.0))
    }

    /// Waits; false when asked to end meanwhile.
    pub async fn wait(&mut self, shutdown: &Shutdown) -> bool {
        shutdown.sleep(self.next_wait()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_bound_and_start_anew_after_a_success() {
        let (least, most) = (Duration::from_millis(100), Duration::from_millis(350));
        let mut backoff = Backoff::new(least, most);
        for whole in [100, 200, 350, 350] {
            let wait = backoff.next_wait();
            let whole = Duration::from_millis(whole);
            assert!(wait >= whole / 2 && wait <= whole, "{wait:?} for {whole:?}");
        }
        backoff.reset();
        assert!(backoff.next_wait() <= least);
    }
}
