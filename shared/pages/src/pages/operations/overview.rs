//! How the system fares: what the process depends on, feed, read models, reminders.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;

use super::tabs;
use crate::fault::Fault;
use crate::frame::{Frame, Link, shown};
use crate::visitor::Visitor;
use crate::words::{Words, at};

/// So many events behind is no lag worth a colour: they are on their way.
const FEW_EVENTS: i64 = 100;

#[derive(Debug, Deserialize)]
struct Answer {
    ready: bool,
    dependencies: Vec<Dependency>,
    feed: Feed,
    read_models: Vec<ReadModel>,
    reminders: Reminding,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    service: String,
    name: String,
    condition: String,
    since: Timestamp,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Feed {
    head: i64,
    epoch: i32,
    waiting: i64,
    waiting_seconds: u64,
}

#[derive(Debug, Deserialize)]
struct ReadModel {
    view: String,
    position: i64,
    behind: i64,
    behind_seconds: Option<i64>,
    parked_streams: i64,
    parked_events: i64,
    skipped_events: i64,
}

#[derive(Debug, Deserialize)]
struct Reminding {
    last_claimed_at: Option<Timestamp>,
    unfinished: usize,
}

/// A dependency as it is shown.
struct Row {
    service: String,
    name: String,
    standing: &'static str,
    colour: &'static str,
    since: String,
    /// What it comes to, in Chinese; the reason itself is told as the service tells it, in English.
    means: &'static str,
    reason: String,
}

/// A read model as it is shown.
struct Model {
    view: String,
    position: i64,
    behind: i64,
    age: String,
    colour: &'static str,
    parked: String,
    is_parked: bool,
    skipped_events: i64,
}

#[derive(Template)]
#[template(path = "operations.html")]
struct Operations {
    frame: Frame,
    l: Words,
    tabs: Vec<Link>,
    is_ready: bool,
    rows: Vec<Row>,
    feed: Feed,
    models: Vec<Model>,
    last_claimed_at: Option<String>,
    unfinished: usize,
    may_read_reminders: bool,
}

pub(super) async fn overview(visitor: Visitor) -> Result<Response, Fault> {
    let l = visitor.l;
    let answer: Answer = visitor.ask.get("/v1/operations").await?;
    // By service, as an operator looks for them.
    let rows: BTreeMap<(String, String), Row> = answer
        .dependencies
        .into_iter()
        .map(|one| ((one.service.clone(), one.name.clone()), row(one, l)))
        .collect();
    shown(&Operations {
        frame: visitor.frame(),
        l,
        tabs: tabs(l, "/operations"),
        is_ready: answer.ready,
        rows: rows.into_values().collect(),
        feed: answer.feed,
        models: answer.read_models.into_iter().map(|model| shape(model, l)).collect(),
        last_claimed_at: answer.reminders.last_claimed_at.map(at),
        unfinished: answer.reminders.unfinished,
        may_read_reminders: visitor.me.may("reminder.read"),
    })
}

fn row(dependency: Dependency, l: Words) -> Row {
    let (standing, colour) = match dependency.condition.as_str() {
        "up" => (l.say("正常", "up"), "good"),
        "degraded" => (l.say("受限", "degraded"), "warn"),
        "starting" => (l.say("启动中", "starting"), "warn"),
        _ => (l.say("不可用", "down"), "bad"),
    };
    let means = match dependency.reason {
        Some(_) if !l.is_english() => trouble(&dependency.name),
        Some(_) | None => "",
    };
    Row {
        means,
        service: service(&dependency.service, l),
        name: dependency.name,
        standing,
        colour,
        since: at(dependency.since),
        reason: dependency.reason.unwrap_or_default(),
    }
}

/// What it comes to in Chinese when a dependency does not answer, or not as it must.
fn trouble(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "postgres" => "数据库没有应答，或其结构与本版本不符。",
        "keys" => "密钥库没有应答。",
        "stream" => "事件流（NATS）没有应答、内容不符，或尚未读取；事件都在数据库中，不会丢失。",
        "read_models" => "读模型暂时不能更新。",
        "mail" => "邮件服务器没有应答，或尚未检查。",
        _ => "",
    }
}

fn service(name: &str, l: Words) -> String {
    match name {
        "api" => l.say("网页与接口", "pages and interface").to_owned(),
        "relay" => l.say("事件转发", "relay").to_owned(),
        "projector" => l.say("读模型更新", "projector").to_owned(),
        "notifier" => l.say("提醒发送", "notifier").to_owned(),
        other => other.to_owned(),
    }
}

fn shape(model: ReadModel, l: Words) -> Model {
    let age = model.behind_seconds.map_or_else(|| "—".to_owned(), |seconds| lasting(seconds, l));
    let colour = match model.behind {
        0 => "good",
        behind if behind <= FEW_EVENTS => "warn",
        _ => "bad",
    };
    let parked = match model.parked_streams {
        0 => "0".to_owned(),
        streams => {
            l.count("{} 个流", "{} streams", streams)
                + &l.count("，{} 个事件", ", {} events", model.parked_events)
        }
    };
    Model {
        view: model.view,
        position: model.position,
        behind: model.behind,
        age,
        colour,
        parked,
        is_parked: model.parked_streams > 0,
        skipped_events: model.skipped_events,
    }
}

/// A span in its largest unit.
fn lasting(seconds: i64, l: Words) -> String {
    match seconds {
        ..60 => l.count("{} 秒", "{} s", seconds),
        60..3600 => l.count("{} 分钟", "{} min", seconds / 60),
        3600..86_400 => l.count("{} 小时", "{} h", seconds / 3600),
        _ => l.count("{} 天", "{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_told_in_its_largest_unit() {
        let zh = Words(peiyu_language::Language::Zh);
        let told = [5, 60, 7200, 200_000].map(|seconds| lasting(seconds, zh));
        assert_eq!(told, ["5 秒", "1 分钟", "2 小时", "2 天"]);
    }
}
