//! Named places at which a test may let a process die or stand still. A build without debug assertions (every
//! shipped one) has none of it: the call is empty there and the variable is not read.

/// Passes a named place. `PEIYU_FAILPOINT=name:abort:3` ends the process at the third passing as kill -9 would;
/// `name:stop:3` halts it there until somebody sends SIGCONT. Without the number it is the first passing.
#[inline]
pub fn failpoint(name: &str) {
    #[cfg(debug_assertions)]
    armed::pass(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    use nix::sys::signal::{Signal, raise};

    const VARIABLE: &str = "PEIYU_FAILPOINT";

    static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| {
        let text = std::env::var(VARIABLE).ok()?;
        let armed = Armed::read(&text);
        match &armed {
            Some(_) => tracing::warn!(VARIABLE, text, "a failpoint is armed"),
            None => tracing::error!(VARIABLE, text, "no failpoint: write name:abort:3 or name:stop:3"),
        }
        armed
    });

    #[derive(Debug)]
    pub(super) struct Armed {
        name: String,
        signal: Signal,
        at: u32,
        passed: AtomicU32,
    }

    impl Armed {
        pub(super) fn read(text: &str) -> Option<Self> {
            let mut parts = text.split(':');
            let name = parts.next().filter(|name| !name.is_empty())?.to_owned();
            let signal = match parts.next()? {
                "abort" => Signal::SIGKILL,
                "stop" => Signal::SIGSTOP,
                _other => return None,
            };
            let at = parts.next().map_or(Some(1), |at| at.parse().ok())?;
            Some(Self { name, signal, at, passed: AtomicU32::new(0) })
        }

        /// What is to happen at this passing.
        pub(super) fn due(&self, name: &str) -> Option<Signal> {
            let is_it = self.name == name && self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.at;
            is_it.then_some(self.signal)
        }
    }

    pub(super) fn pass(name: &str) {
        if let Some(signal) = ARMED.as_ref().and_then(|armed| armed.due(name)) {
            // To this very process, so there is nobody who could refuse it.
            let _ = raise(signal);
        }
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use nix::sys::signal::Signal;

    use super::armed::Armed;

    #[test]
    fn an_armed_place_acts_once_at_its_passing_and_no_other_place_does() {
        let armed = Armed::read("relay.published:stop:2");
        let passed: Vec<_> = ["relay.published", "relay.sequenced", "relay.published", "relay.published"]
            .into_iter()
            .map(|name| armed.as_ref().and_then(|armed| armed.due(name)))
            .collect();
        assert_eq!(passed, [None, None, Some(Signal::SIGSTOP), None]);
    }

    #[test]
    fn what_cannot_be_read_arms_nothing() {
        for text in ["", "name", "name:crash", "name:abort:soon", ":abort"] {
            assert!(Armed::read(text).is_none(), "{text}");
        }
    }
}
