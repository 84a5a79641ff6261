//! The long-running services, together in one process or alone.

use std::fmt;
use std::net::TcpListener;

use clap::ValueEnum;
use peiyu_platform::{Health, Services, Settings, Shutdown, health, telemetry};

use crate::failure::Failure;

/// A service by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Service {
    /// 命令与查询 commands and queries over HTTP
    Api,
    /// 事件定位并发布到 NATS positions and publishes events
    Relay,
    /// 读模型 read models
    Projector,
    /// 提醒 reminders
    Notifier,
}

impl Service {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Api, Self::Relay, Self::Projector, Self::Notifier];
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Api => "api",
            Self::Relay => "relay",
            Self::Projector => "projector",
            Self::Notifier => "notifier",
        })
    }
}

/// Starts services; each ends when the shutdown is requested. Whoever holds the api's address gives it on as
/// `listener`; it counts if the settings still name it.
///
/// # Errors
/// When metrics cannot be recorded.
pub(crate) fn start(
    wanted: &[Service],
    settings: &Settings,
    listener: Option<TcpListener>,
    health: &Health,
    shutdown: &Shutdown,
) -> Result<Services, Failure> {
    let metrics = telemetry::record_metrics()
        .map_err(|error| Failure::failed("无法记录指标", "metrics cannot be recorded").because(error))?;
    let is_named =
        |listener: &TcpListener| listener.local_addr().is_ok_and(|held| held == settings.http.listen);
    let mut listener = listener.filter(is_named);
    let mut services = Services::new(shutdown.clone());
    for service in wanted {
        let settings = settings.with_login(crate::logins::of(*service, &settings.database));
        let (health, shutdown) = (health.clone(), shutdown.clone());
        match service {
            Service::Api => {
                services.spawn("api", peiyu_api::run(settings, listener.take(), health, shutdown))
            }
            Service::Relay => services.spawn("relay", peiyu_relay::run(settings, health, shutdown)),
            Service::Projector => {
                services.spawn("projector", peiyu_projector::run(settings, health, shutdown))
            }
            Service::Notifier => services.spawn("notifier", peiyu_notifier::run(settings, health, shutdown)),
        }
    }
    // The api serves health and metrics beside its own routes.
    if let Some(address) = settings.http.operations {
        let router = health::operations_router(health.clone(), metrics);
        services.spawn("operations", health::serve_operations(address, router, shutdown.clone()));
    }
    Ok(services)
}
