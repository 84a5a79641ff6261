//! The program itself, as an operator starts it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, ensure};
use tokio::process::{Child, Command};

/// The `peiyu` that was built beside this bench.
fn path() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("peiyu");
    ensure!(program.exists(), "{} is missing: tests/bench/run builds it", program.display());
    Ok(program)
}

fn command(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(path()?);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

/// Runs a verb to its end.
pub async fn run(arguments: &[&str]) -> anyhow::Result<()> {
    run_as("", arguments).await
}

/// The same with a token.
pub async fn run_as(token: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let output = command(arguments)?.env("PEIYU_TOKEN", token).stderr(Stdio::piped()).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "peiyu {}: {said}", arguments.join(" "));
    Ok(())
}

/// Starts a verb that stays; its log goes to a file.
pub fn start(arguments: &[&str], log: &Path) -> anyhow::Result<Child> {
    let file = std::fs::File::create(log).with_context(|| log.display().to_string())?;
    Ok(command(arguments)?.stdout(file.try_clone()?).stderr(file).spawn()?)
}

/// An address of this machine that nobody listens to.
pub fn free_address() -> anyhow::Result<String> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// Waits until an address answers with success.
pub async fn answers(url: &str) -> anyhow::Result<()> {
    let client = reqwest::Client::new();
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(120);
    loop {
        if client.get(url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        ensure!(tokio::time::Instant::now() < deadline, "{url} does not answer");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Asks a service to end, and waits until it has.
pub async fn end(mut service: Child) -> anyhow::Result<()> {
    let pid = service.id().context("the service ended by itself")?;
    run_kill(pid).await?;
    service.wait().await?;
    Ok(())
}

async fn run_kill(pid: u32) -> anyhow::Result<()> {
    let status = Command::new("kill").arg("-TERM").arg(pid.to_string()).status().await?;
    ensure!(status.success(), "process {pid} takes no signal");
    Ok(())
}
