//! Checks of files, address, calendar, clock and disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::SignedDuration;
use peiyu_domain::calendar::Calendar;
use peiyu_platform::{Clock, Settings};

use super::{Check, State};
use crate::client::Client;
use crate::place::Place;
use crate::verbs::up::Trial;

/// Space below which a system soon stands still, and below which somebody should know.
const LEAST_MIB: u64 = 200;
const LITTLE_MIB: u64 = 2_048;

/// Secret files must be their owner's alone.
pub(super) fn files(place: &Place, settings: &Settings) -> Vec<Check> {
    let master = &settings.vault.master_key_file;
    let mut files = vec![(master.clone(), "vault.master_key_file")];
    if settings.data == place.folder() {
        files.push((place.settings(), "--data"));
        files.push((place.operator_token(), "--data"));
    }
    files.iter().map(|(path, setting)| private(path, setting)).collect()
}

fn private(path: &Path, setting: &'static str) -> Check {
    let name = path.display();
    let about = ("file_mode", setting);
    match fs::metadata(path).map(|metadata| metadata.permissions().mode() & 0o777) {
        Ok(mode) if mode & 0o077 == 0 => Check::new(
            about,
            State::Good,
            format!("{name} 只有所有者可读"),
            format!("only its owner can read it ({mode:o})"),
        ),
        Ok(mode) => Check::new(
            about,
            State::Bad,
            format!("{name} 别人也能读（{mode:o}）：chmod 600"),
            "others can read it: chmod 600",
        ),
        Err(error) => {
            Check::new(about, State::Bad, format!("{name} 用不了"), format!("cannot be used: {error}"))
        }
    }
}

/// Whether the api answers, and whether it is ready.
pub(super) async fn running(place: &Place, settings: &Settings) -> Check {
    let about = ("api", "http.listen");
    let base = crate::settings_file::public_url_of(settings.http.listen);
    let pid = place.running().map_or_else(String::new, |running| format!(" (pid {})", running.pid));
    let answer = match Client::to(base.clone(), None) {
        Ok(client) => client.get("/readyz", &[]).await,
        Err(failure) => Err(failure),
    };
    match answer {
        Ok(_) => {
            Check::new(about, State::Good, format!("系统在运行，已就绪 {base}{pid}"), "runs and is ready")
        }
        Err(failure) if failure.problem.is_some() => {
            let problem = failure.problem.clone().unwrap_or_default();
            let dependencies = problem.get("dependencies").and_then(|list| list.as_array());
            let down: Vec<String> = dependencies
                .into_iter()
                .flatten()
                .filter(|dependency| crate::people::text(dependency, "/condition") != "up")
                .map(|dependency| {
                    ["/name", "/reason"].map(|part| crate::people::text(dependency, part)).join(" ")
                })
                .collect();
            let down = down.join("; ");
            Check::new(about, State::Bad, format!("系统在运行，未就绪：{down}"), "runs, but is not ready")
        }
        Err(_) => Check::new(
            about,
            State::Bad,
            format!("系统没有运行（{base}）：peiyu up"),
            "the system is not running: peiyu up",
        ),
    }
}

/// Whether the shipped calendar knows this year.
pub(super) fn calendar(settings: &Settings) -> Check {
    let about = ("calendar", "clock.offset_seconds");
    let today = Clock::machine(SignedDuration::from_secs(settings.clock.offset_seconds)).today();
    let year = today.year();
    if Calendar::shipped().knows(today) {
        return Check::new(
            about,
            State::Good,
            format!("{year} 年放假安排已载入"),
            format!("the holidays of {year} are loaded"),
        );
    }
    Check::new(
        about,
        State::Notice,
        format!("{year}：该年度放假安排未载入，按周一至周五推算"),
        format!("the holidays of {year} are not loaded; Monday to Friday count"),
    )
}

/// Whether the clock is shifted, now or ever.
pub(super) fn clock(place: &Place, settings: &Settings) -> Check {
    let about = ("clock", "clock.offset_seconds");
    let offset = settings.clock.offset_seconds;
    let days = offset / 86_400;
    let mark = if settings.data == place.folder() { Trial::read(place) } else { Ok(None) };
    match mark {
        Err(failure) => Check::new(about, State::Bad, failure.what.zh.clone(), failure.what.en.clone()),
        Ok(Some(trial)) if trial.offset_seconds > offset => Check::new(
            about,
            State::Bad,
            format!("时钟偏移变小了：曾拨快 {} 天，设置只有 {days} 天", trial.offset_seconds / 86_400),
            "the clock offset has shrunk; recorded times must not run backwards",
        ),
        Ok(mark) if mark.is_some() || offset != 0 => Check::new(
            about,
            State::Notice,
            format!("试用系统：时钟拨快 {days} 天，数据永久标记为试用"),
            format!("a trial: the clock is {days} days ahead, its data is marked for ever"),
        ),
        Ok(_) => Check::new(about, State::Good, "时钟未偏移", "the clock is not shifted"),
    }
}

/// Whether a system without invented people bears the name of one that has them.
pub(super) fn tenant(place: &Place, settings: &Settings) -> Check {
    let about = ("tenant", "tenant");
    let tenant = &settings.tenant;
    let is_trial = settings.data != place.folder() || place.demo_state().exists();
    if tenant == "demo" && !is_trial {
        return Check::new(
            about,
            State::Notice,
            "学校简称是 demo，以后不能改：正式使用请另建文件夹并给出 --tenant",
            "the short name is demo for ever: for real work begin in another folder with --tenant",
        );
    }
    Check::new(about, State::Good, format!("学校简称 {tenant}"), format!("the short name is {tenant}"))
}

/// How much room the data folder has.
pub(super) fn disk(settings: &Settings) -> Check {
    let about = ("disk", "data");
    let free = match nix::sys::statvfs::statvfs(&settings.data) {
        Ok(found) => found.blocks_available().saturating_mul(found.fragment_size()) >> 20,
        Err(error) => {
            return Check::new(
                about,
                State::Bad,
                "看不到数据文件夹的磁盘",
                format!("cannot look at the disk: {error}"),
            );
        }
    };
    let state = match free {
        free if free < LEAST_MIB => State::Bad,
        free if free < LITTLE_MIB => State::Notice,
        _ => State::Good,
    };
    Check::new(about, state, format!("磁盘剩余 {free} MiB"), format!("{free} MiB of disk are free"))
}
