//! `peiyu up --detach`: starts the system in a process of its own and returns when it is ready.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Up, welcome};
use crate::failure::{Code, Failure};
use crate::place::Place;
use crate::terminal::note;
use crate::verbs::run;

/// A first start makes databases and loads the invented people.
const READY_WITHIN: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_millis(50);

/// Starts it and waits.
///
/// # Errors
/// When it ends before it is ready: with the end of its log.
pub(super) async fn start(place: &Place, up: &Up, tenant: &str, json: bool) -> Result<(), Failure> {
    let path = place.log();
    let mut options = fs::OpenOptions::new();
    let log = options.create(true).append(true).mode(0o600).open(&path).map_err(Failure::file(&path))?;
    let errors = log.try_clone().map_err(Failure::file(&path))?;
    let begins_at = log.metadata().map_or(0, |metadata| metadata.len());
    let nats_before = super::nats_port(place);
    let mut command = command(place, up, tenant)?;
    command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
    let mut child = command.spawn().map_err(|error| {
        Failure::failed("无法在后台启动", "cannot start in the background").because(error)
    })?;
    note("后台启动中… starting in the background…");
    let deadline = tokio::time::Instant::now() + READY_WITHIN;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            let code = if status.code() == Some(Code::Usage as i32) { Code::Usage } else { Code::Failed };
            return Err(ended(place, begins_at, code));
        }
        if place.running().is_some_and(|running| running.ready) {
            break;
        }
        if tokio::time::Instant::now() > deadline {
            return Err(Failure::failed("迟迟没有就绪", "it does not get ready")
                .next(format!("看日志 {}", path.display()), "see the log; peiyu down stops it"));
        }
        tokio::time::sleep(LOOK).await;
    }
    super::tell_if_nats_moved(place, nats_before);
    welcome::greet(place, &run::load(&place.settings())?, json);
    Ok(())
}

fn command(place: &Place, up: &Up, tenant: &str) -> Result<Command, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::failed("找不到自己的程序", "cannot find this program").because(error))?;
    let mut command = Command::new(program);
    command.arg("up").arg("--background").arg("--data").arg(place.folder()).arg("--tenant").arg(tenant);
    if up.no_demo {
        command.arg("--no-demo");
    }
    if let Some(seconds) = up.clock_offset {
        command.arg("--clock-offset").arg(format!("{seconds}s"));
    }
    if let Some(listen) = up.listen {
        command.arg("--listen").arg(listen.to_string());
    }
    Ok(command)
}

/// The end of the log, which the failure closes.
fn ended(place: &Place, begins_at: u64, code: Code) -> Failure {
    let path = place.log();
    let log = fs::read(&path).unwrap_or_default();
    let fresh = log.get(usize::try_from(begins_at).unwrap_or(0)..).unwrap_or_default();
    let text = String::from_utf8_lossy(fresh);
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(12)..].join("\n  ");
    Failure::new(code, format!("启动失败：\n  {tail}"), "the start failed")
        .next(format!("全部日志在 {}", path.display()), "the whole log is there")
}
