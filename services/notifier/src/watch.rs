//! Whether the mail server can be used, looked at now and then: for `/readyz` and the alarm, before a digest is due.

use std::time::Duration;

use peiyu_platform::{Probe, Shutdown};

use crate::mailer::Mailer;
use crate::metric;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(60);

pub(crate) async fn run(mailer: &Mailer, probe: &Probe, shutdown: &Shutdown) {
    loop {
        match mailer.ready().await {
            Ok(()) => {
                probe.up();
                metrics::gauge!(metric::MAIL_UP).set(1.0);
            }
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "the mail server cannot be used");
                // Nobody is less ready for it: what is due waits until the server is back.
                probe.degraded(error.to_string());
                metrics::gauge!(metric::MAIL_UP).set(0.0);
            }
        }
        if !shutdown.sleep(PAUSE).await {
            return;
        }
    }
}
