//! What a newcomer sees: the address, a login, what to type next.

use std::fs;

use peiyu_platform::Settings;
use serde_json::json;

use super::Trial;
use crate::demo;
use crate::place::Place;
use crate::terminal::{say, say_json};

/// Prints it; short. A script gets the address and where the logins stand.
pub(super) fn greet(place: &Place, settings: &Settings, json: bool) {
    if json {
        let logins = place.demo_logins();
        let logins = logins.exists().then(|| logins.display().to_string());
        say_json(&json!({
            "url": settings.http.public_url,
            "data": place.folder().display().to_string(),
            "settings": place.settings().display().to_string(),
            "demo_logins": logins,
            "clock_offset_seconds": settings.clock.offset_seconds,
        }));
        return;
    }
    say(format!("\n培育已启动，请用浏览器打开 Peiyu is up, open in a browser: {}", settings.http.public_url));
    if let Ok(Some(trial)) = Trial::read(place) {
        let days = trial.offset_seconds / 86_400;
        say(format!("试用系统，时钟拨快 {days} 天 a trial, its clock is {days} days ahead"));
    }
    if let Ok(logins) = fs::read_to_string(place.demo_logins()) {
        say(format!("\n示例账号 logins of invented people ({}):", place.demo_logins().display()));
        logins
            .lines()
            .filter(|line| !line.starts_with('#'))
            .for_each(|line| say(format!("  {}", labelled(line))));
    }
    // Elsewhere than in the usual place the verbs must be told.
    let usual = Place::at(None).folder() == place.folder();
    let data = if usual { String::new() } else { format!(" --data {}", place.folder().display()) };
    say("\n接下来 what to type:");
    for (verb, words) in [
        ("coverage", "谁没有联系人 who has no liaison"),
        ("pool", "信息库 the pool"),
        ("import roster 名册.xlsx --dry-run", "导入自己的名册 your own roster"),
        ("login", "以某人登录 log in as somebody"),
        ("todo", "然后看待办 then see what is to do"),
        ("doctor", "检查 check the system"),
        ("down", "停止 stop it"),
    ] {
        say(format!("  {}  {words}", crate::table::pad(&format!("peiyu {verb}{data}"), 44)));
    }
    if settings.smtp.is_none() {
        say(format!("\n邮件写入 mails are written to {}", settings.data.join("mail").display()));
    }
}

/// A login with the day in whose shoes it lets one step.
fn labelled(line: &str) -> String {
    let number = line.split_whitespace().next().unwrap_or_default();
    let day = demo::DAYS.iter().find(|(whose, _)| *whose == number);
    day.map_or_else(|| line.to_owned(), |(_, words)| format!("{line}  ← {words}"))
}
