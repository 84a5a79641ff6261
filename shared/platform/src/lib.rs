//! What every service stands on: settings, clock, telemetry, health and shutdown.

pub mod backoff;
pub mod clock;
pub mod export;
pub mod failpoint;
pub mod headers;
pub mod health;
pub mod migrations;
pub mod pool;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
pub mod trace;

pub use backoff::Backoff;
pub use clock::Clock;
pub use failpoint::failpoint;
pub use health::{Health, Probe};
pub use settings::Settings;
pub use shutdown::{Services, Shutdown};
