//! In which words a letter is written: the department's, as they stand when it is written.

use std::sync::{Mutex, PoisonError};

use peiyu_application::letter_language;
use peiyu_domain::letter_template::Wording;

use crate::metric;
use crate::tick::Notifier;

/// The words that were read last.
#[derive(Debug, Default)]
pub(crate) struct LastWording(Mutex<Option<Wording>>);

impl Notifier {
    /// The words in force. When they cannot be read: those of the last time, else the shipped ones. A reminder in other
    /// words is better than none.
    pub(crate) async fn wording(&self) -> Wording {
        let language = letter_language(self.parts.reminders.language);
        let read = self.parts.application.letter_wording(language).await;
        let mut last = self.wording.0.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(wording) => last.insert(wording).clone(),
            Err(error) => {
                metrics::counter!(metric::WORDING_UNREAD).increment(1);
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the wording of letters cannot be read; the last known or the shipped one is used"
                );
                last.clone().unwrap_or_else(|| Wording::shipped(language))
            }
        }
    }
}
