//! `peiyu up`: the whole system on this machine, as often as one likes.

mod background;
mod guard;
mod prepare;
mod tenant;
mod trial;
mod welcome;

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use peiyu_platform::{Clock, Health, Services, Settings, Shutdown, telemetry};
use peiyu_servers::ServerState;

use crate::beside;
use crate::cli::Global;
use crate::client::Client;
use crate::demo;
use crate::failure::{Code, Failure};
use crate::place::{Place, secret_in};
use crate::services::{self, Service};
use crate::terminal::note;
use crate::verbs::{migrate, run};

pub(crate) use prepare::{DATABASE, KEYS, server_failure};
pub(crate) use tenant::DEMO;
pub(crate) use trial::Trial;

/// How long everything may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);

const EXAMPLES: &str = "\
示例 Examples:
  peiyu up                         前台运行，含虚构人员 in the foreground, with invented people
  peiyu up --detach                后台运行 in the background
  peiyu up --no-demo --tenant whu --data /srv/peiyu   正式使用 for real work
  peiyu up --detach --json         供脚本使用：网址与账号文件 for scripts: address and file of logins
  peiyu up --clock-offset 45d      把试用系统的时钟拨快45天 a trial 45 days ahead";

/// How the system shall run.
#[derive(Debug, Args)]
#[command(about = "启动整个系统：自带 PostgreSQL、NATS、示例人员 Start the whole system with a private PostgreSQL and NATS", after_help = EXAMPLES)]
pub(crate) struct Up {
    /// 不要示例人员 without the invented people
    #[arg(long)]
    no_demo: bool,
    /// 学校简称，首次启动时定下，以后不变 short name of the university, given at the first start
    #[arg(long, value_name = "NAME", value_parser = tenant::parse)]
    tenant: Option<String>,
    /// 后台运行 in the background
    #[arg(long)]
    detach: bool,
    /// 时钟拨快多少，只能增加，并永久标记为试用，如 45d how far ahead, may only grow, marks a trial for ever
    #[arg(long, value_name = "TIME", value_parser = trial::parse_offset)]
    clock_offset: Option<i64>,
    /// 监听地址 where to listen [默认 default: 127.0.0.1:8730]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// 由 --detach 启动 started by --detach
    #[arg(long, hide = true)]
    background: bool,
}

/// Starts the system of a data folder with the invented people, and returns when it is ready.
///
/// # Errors
/// As [`Up::run`].
pub(crate) async fn start_in_background(place: &Place, global: &Global) -> Result<(), Failure> {
    place.prepare()?;
    let tenant = tenant::decide(place, None, false)?;
    let up = Up {
        no_demo: false,
        tenant: None,
        detach: true,
        clock_offset: None,
        listen: None,
        background: false,
    };
    background::start(place, &up, &tenant, global.json).await
}

impl Up {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let place = Place::at(global.data.as_deref());
        if place.running().is_some() {
            return Err(place.in_use());
        }
        place.prepare()?;
        refuse_half_restored(&place)?;
        let tenant = tenant::decide(&place, self.tenant.as_deref(), self.no_demo)?;
        if self.detach {
            return background::start(&place, &self, &tenant, global.json).await;
        }
        let _held = place.hold()?;
        let shutdown = Shutdown::new();
        shutdown
            .on_signals()
            .map_err(|error| Failure::failed("无法接收信号", "no signals").because(error))?;
        let outcome = self.live(&place, &tenant, global, &shutdown).await;
        place.withdraw();
        // Also when the start broke off half way: no server stays behind.
        let stopped = crate::verbs::down::stop_servers(&place).await;
        outcome.and(stopped)
    }

    async fn live(
        &self,
        place: &Place,
        tenant: &str,
        global: &Global,
        shutdown: &Shutdown,
    ) -> Result<(), Failure> {
        let trial = Trial::decide(place, self.clock_offset)?;
        let nats_before = nats_port(place);
        let (settings, listener) = prepare::prepare(place, tenant, self.listen, trial.offset_seconds).await?;
        if !self.background {
            tell_if_nats_moved(place, nats_before);
            note("启动服务… starting services…");
        }
        let exporting = telemetry::init(&quiet_unless_asked(&settings, self.background), "peiyu")
            .map_err(run::telemetry_failure)?;
        let outcome = self.serve(place, global, &settings, listener, shutdown).await;
        exporting.end().await;
        outcome
    }

    async fn serve(
        &self,
        place: &Place,
        global: &Global,
        settings: &Settings,
        listener: TcpListener,
        shutdown: &Shutdown,
    ) -> Result<(), Failure> {
        migrate::migrate(settings).await?;
        // A wrong master key is told before any service starts.
        beside::vault(settings).await?;
        let health = Health::new();
        let running = services::start(&Service::ALL, settings, Some(listener), &health, shutdown)?;
        place.announce(settings.http.listen, false)?;
        tokio::select! {
            outcome = self.attend(place, global, settings, &health, shutdown, running) => outcome,
            never = guard::watch(place) => match never {},
        }
    }

    /// Begins, and waits for the services' end.
    async fn attend(
        &self,
        place: &Place,
        global: &Global,
        settings: &Settings,
        health: &Health,
        shutdown: &Shutdown,
        running: Services,
    ) -> Result<(), Failure> {
        let begun = self.begin(place, global, settings, health);
        let mut waiting = Box::pin(wait(running));
        // A service that fails ends the start too, and says why.
        tokio::select! {
            outcome = &mut waiting => return outcome,
            begun = begun => {
                if let Err(failure) = begun {
                    shutdown.request();
                    // The start's own failure tells more than what ended after it.
                    let _ = waiting.await;
                    return Err(failure);
                }
            }
        }
        waiting.await
    }

    /// What happens once while the services run: the policy, the invented people, the greeting.
    async fn begin(
        &self,
        place: &Place,
        global: &Global,
        settings: &Settings,
        health: &Health,
    ) -> Result<(), Failure> {
        until_ready(health).await?;
        let token = secret_in(&place.operator_token())?;
        let client = Client::to(format!("http://{}", settings.http.listen), Some(token))?;
        demo::adopt_policy(&client).await?;
        // Invented people with known passwords never enter a university's feed, whatever the read models show yet.
        if !self.no_demo && settings.tenant == tenant::DEMO {
            let offset = SignedDuration::from_secs(settings.clock.offset_seconds);
            demo::load(place, &client, Clock::machine(offset).today(), self.background || global.json)
                .await?;
        }
        place.announce(settings.http.listen, true)?;
        if !self.background {
            welcome::greet(place, settings, global.json);
        }
        Ok(())
    }
}

fn nats_port(place: &Place) -> Option<u16> {
    ServerState::read(&place.nats()).map(|state| state.port)
}

/// Subscribers outside know the port; our own services read it from the settings.
fn tell_if_nats_moved(place: &Place, before: Option<u16>) {
    if let (Some(before), Some(now)) = (before, nats_port(place))
        && before != now
    {
        note(format!("端口 {before} 被占用，NATS 改在 {now}：请告知外部订阅者，或腾出 {before} 后重新启动"));
        note(format!(
            "port {before} is taken and NATS moved to {now}: tell subscribers, or free {before} and start again"
        ));
    }
}

/// A restore that was cut off between its two renames leaves no data in place: an empty system must not take it.
fn refuse_half_restored(place: &Place) -> Result<(), Failure> {
    let stage = place.restoring();
    if !stage.exists() || place.postgres().exists() {
        return Ok(());
    }
    Err(Failure::failed("恢复被中断，数据不在位", "a restore was cut off, and no data are in place").next(
        format!(
            "再运行一次 peiyu restore，或把 {} 里的 postgres.before-epoch-* 改名为 postgres",
            place.folder().display()
        ),
        format!(
            "run peiyu restore again, or rename postgres.before-epoch-* in {} to postgres",
            place.folder().display()
        ),
    ))
}

/// On a terminal a newcomer reads the greeting, not the log; in the background the log is a file.
fn quiet_unless_asked(settings: &Settings, background: bool) -> Settings {
    let mut settings = settings.clone();
    if !background && settings.log.filter.is_none() {
        settings.log.filter = Some("warn".to_owned());
    }
    settings
}

async fn until_ready(health: &Health) -> Result<(), Failure> {
    let deadline = tokio::time::Instant::now() + READY_WITHIN;
    while !health.is_ready() || health.dependencies().is_empty() {
        if tokio::time::Instant::now() > deadline {
            let waiting: Vec<String> = health
                .dependencies()
                .into_iter()
                .filter(|dependency| dependency.condition != peiyu_platform::health::Condition::Up)
                .map(|dependency| format!("{} {}", dependency.name, dependency.reason.unwrap_or_default()))
                .collect();
            let waiting = waiting.join("; ");
            return Err(Failure::new(
                Code::Failed,
                format!("{} 秒后仍未就绪：{waiting}", READY_WITHIN.as_secs()),
                format!("not ready after {} s: {waiting}", READY_WITHIN.as_secs()),
            )
            .next("看看哪里不对：peiyu doctor", "see what is wrong: peiyu doctor"));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

async fn wait(services: Services) -> Result<(), Failure> {
    services.wait().await.map_err(run::service_failure)
}
