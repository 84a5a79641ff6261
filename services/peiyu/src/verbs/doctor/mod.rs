//! `peiyu doctor`: one line a check, with the setting that it concerns.

mod data;
mod mail;
mod servers;
mod stream;

use std::path::PathBuf;

use clap::Args;
use peiyu_platform::Settings;
use serde_json::{Value, json};

use crate::cli::Global;
use crate::failure::{Code, Failure};
use crate::place::Place;
use crate::terminal::{Colour, coloured, say, say_json};
use crate::verbs::run::load;

const EXAMPLES: &str = "\
示例 Examples:
  peiyu doctor
  peiyu doctor --json
  peiyu doctor --send-mail me@example.edu   真发一封测试邮件 really sends a test mail";

/// What to look at besides everything.
#[derive(Debug, Args)]
#[command(about = "体检：每项一行，指出相关设置 Check everything, one line a check, with the setting it concerns", after_help = EXAMPLES)]
pub(crate) struct Doctor {
    /// 向该地址发一封测试邮件 send a test mail there
    #[arg(long, value_name = "ADDRESS")]
    send_mail: Option<String>,
    /// 设置文件 settings file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// As it should be.
    Good,
    /// Works, but somebody should know.
    Notice,
    /// Does not work.
    Bad,
}

/// One line.
#[derive(Debug)]
pub(crate) struct Check {
    name: &'static str,
    setting: &'static str,
    state: State,
    zh: String,
    en: String,
}

impl Check {
    /// `name` for scripts, the `setting` that it concerns, and both sentences.
    pub(crate) fn new(
        (name, setting): (&'static str, &'static str),
        state: State,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { name, setting, state, zh: zh.into(), en: en.into() }
    }

    fn as_json(&self) -> Value {
        let state = match self.state {
            State::Good => "ok",
            State::Notice => "notice",
            State::Bad => "failed",
        };
        json!({ "check": self.name, "state": state, "setting": self.setting, "zh": self.zh, "en": self.en })
    }

    fn line(&self) -> String {
        let mark = match self.state {
            State::Good => coloured("✓", Colour::Green),
            State::Notice => coloured("!", Colour::Yellow),
            State::Bad => coloured("✗", Colour::Red),
        };
        format!("{mark} {} {}  [{}]", self.zh, self.en, self.setting)
    }
}

impl Doctor {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let place = Place::at(global.data.as_deref());
        let file = self.config.unwrap_or_else(|| place.settings());
        let mut checks = servers::programs();
        match load(&file) {
            Ok(settings) => checks.extend(examine(&place, &settings, self.send_mail.as_deref()).await),
            Err(failure) => {
                let about = ("settings", "--config, --data");
                let zh = format!("没有可用的设置文件 {}（还没有 peiyu up 过？）", file.display());
                let causes = failure.causes().join(": ");
                checks.push(Check::new(about, State::Bad, zh, format!("no usable settings file: {causes}")));
            }
        }
        let failed = checks.iter().filter(|check| check.state == State::Bad).count();
        if global.json {
            let lines: Vec<Value> = checks.iter().map(Check::as_json).collect();
            say_json(&json!({ "ok": failed == 0, "checks": lines }));
        } else {
            checks.iter().for_each(|check| say(check.line()));
        }
        if failed > 0 {
            return Err(Failure::new(
                Code::Failed,
                format!("{failed} 项不正常"),
                format!("{failed} checks failed"),
            ));
        }
        Ok(())
    }
}

async fn examine(place: &Place, settings: &Settings, send_mail: Option<&str>) -> Vec<Check> {
    let mut checks = data::files(place, settings);
    checks.push(data::running(place, settings).await);
    checks.extend(servers::postgres(settings).await);
    checks.extend(stream::nats(settings).await);
    checks.push(data::tenant(place, settings));
    checks.push(data::calendar(settings));
    checks.push(data::clock(place, settings));
    checks.push(data::disk(settings));
    checks.extend(mail::check(settings, send_mail).await);
    checks
}

/// What went wrong, with its causes, in one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut parts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        parts.push(error.to_string());
        cause = error.source();
    }
    parts.dedup();
    parts.join(": ")
}
