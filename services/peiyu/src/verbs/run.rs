//! `peiyu run`: services on given servers, for an operator.

use std::path::PathBuf;

use clap::Args;
use peiyu_platform::telemetry::{self, TelemetryError};
use peiyu_platform::{Health, Settings, Shutdown};

use crate::cli::Global;
use crate::failure::Failure;
use crate::services::{self, Service};

const EXAMPLES: &str = "\
示例 Examples:
  peiyu run --config /etc/peiyu/peiyu.toml                 全部服务 all services
  peiyu run api --config /etc/peiyu/peiyu.toml             只运行一个 one alone
  peiyu run relay projector --config /etc/peiyu/peiyu.toml 几个一起 some together";

/// Which services, with which settings.
#[derive(Debug, Args)]
#[command(about = "运行服务（已有 PostgreSQL 和 NATS） Run services on given servers", after_help = EXAMPLES)]
pub(crate) struct Run {
    /// 哪些服务，缺省全部 which services, all by default
    #[arg(value_enum)]
    services: Vec<Service>,
    /// 设置文件 settings file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Run {
    pub(crate) async fn run(self, _: &Global) -> Result<(), Failure> {
        let settings = load(&self.config)?;
        let alone = match self.services.as_slice() {
            [one] => format!("peiyu-{one}"),
            _ => "peiyu".to_owned(),
        };
        let exporting = telemetry::init(&settings, &alone).map_err(telemetry_failure)?;
        let shutdown = Shutdown::new();
        shutdown
            .on_signals()
            .map_err(|error| Failure::failed("无法接收信号", "no signals").because(error))?;
        let wanted = if self.services.is_empty() { Service::ALL.to_vec() } else { self.services };
        let running = services::start(&wanted, &settings, None, &Health::new(), &shutdown)?;
        let outcome = running.wait().await.map_err(service_failure);
        exporting.end().await;
        outcome
    }
}

/// Logs or spans cannot go where the settings say.
pub(crate) fn telemetry_failure(error: TelemetryError) -> Failure {
    Failure::usage("日志或遥测设置不对", "the settings of logs or telemetry do not fit").because(error)
}

/// A service that ended unasked, failed or did not end in time.
pub(crate) fn service_failure(failure: peiyu_platform::shutdown::ServiceFailure) -> Failure {
    Failure::failed("服务出错", "a service failed")
        .because(failure)
        .next("看日志；peiyu doctor", "see the log; peiyu doctor")
}

/// Reads a settings file.
///
/// # Errors
/// When it is missing or has a fault; the message names it.
pub(crate) fn load(file: &std::path::Path) -> Result<Settings, Failure> {
    Settings::load(file).map_err(|error| {
        Failure::usage(
            format!("设置文件 {} 用不了", file.display()),
            format!("the settings file {} cannot be used", file.display()),
        )
        .because(error)
    })
}
