//! `peiyu down`: stops the system of a data folder and its servers, gently, then firmly.

use std::time::Duration;

use clap::Args;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use peiyu_servers::{is_running, stop_by_folder};
use serde_json::json;

use crate::cli::Global;
use crate::failure::Failure;
use crate::place::Place;
use crate::terminal::{note, say, say_json};

/// Services get 10 s, then servers 30 s each.
const GENTLY: Duration = Duration::from_secs(45);
const FIRMLY: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);

/// No arguments of its own.
#[derive(Debug, Args)]
#[command(
    about = "停止系统及其数据库、消息服务器 Stop the system with its servers",
    after_help = "示例 Examples:\n  peiyu down\n  peiyu down --data /srv/peiyu"
)]
pub(crate) struct Down {}

impl Down {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let place = Place::at(global.data.as_deref());
        let stopped = stop(&place).await?;
        if global.json {
            say_json(&json!({ "stopped": stopped }));
        } else if stopped {
            say("已停止 stopped");
        } else {
            say(format!("{} 里没有运行的系统 nothing ran there", place.folder().display()));
        }
        Ok(())
    }
}

/// Ends what runs in a data folder; false when nothing did.
///
/// # Errors
/// When something does not end.
pub(crate) async fn stop(place: &Place) -> Result<bool, Failure> {
    let ran = stop_process(place).await?;
    let servers_ran = is_running(&place.postgres()) || is_running(&place.nats());
    stop_servers(place).await?;
    Ok(ran || servers_ran)
}

/// Ends the process of `peiyu up`; false when there was none.
async fn stop_process(place: &Place) -> Result<bool, Failure> {
    let Some(running) = place.running() else { return Ok(false) };
    let pid = running.pid;
    for (signal, patience) in [(Signal::SIGTERM, GENTLY), (Signal::SIGKILL, FIRMLY)] {
        if signal == Signal::SIGKILL {
            note(format!("进程 {pid} 不肯结束，强行终止 process {pid} does not end and is killed"));
        }
        kill(Pid::from_raw(pid), signal).map_err(|error| {
            Failure::failed(format!("无法停止进程 {pid}"), format!("cannot stop process {pid}"))
                .because(error)
        })?;
        let deadline = tokio::time::Instant::now() + patience;
        while tokio::time::Instant::now() < deadline {
            if !is_alive(pid, running.started) {
                place.withdraw();
                return Ok(true);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
    Err(Failure::failed(format!("进程 {pid} 没有结束"), format!("process {pid} did not end")))
}

fn is_alive(pid: i32, started: u64) -> bool {
    peiyu_servers::start_of(pid) == Some(started)
}

/// Ends the private servers of a data folder, whoever started them.
///
/// # Errors
/// When one does not end.
pub(crate) async fn stop_servers(place: &Place) -> Result<(), Failure> {
    for folder in [place.nats(), place.postgres()] {
        stop_by_folder(&folder)
            .await
            .map_err(|error| Failure::failed("服务器没有停下", "a server did not stop").because(error))?;
    }
    Ok(())
}
