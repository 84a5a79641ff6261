//! What every service stands on: settings, clock, telemetry, health and shutdown.

pub mod clock;
pub mod settings;

pub use clock::Clock;
pub use settings::Settings;
