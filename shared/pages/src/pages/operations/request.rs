//! What became of a retry or a skip: exact counts, and where a stream is stuck again; followed while it goes on.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::tabs;
use crate::fault::Fault;
use crate::frame::{Frame, Link, shown};
use crate::visitor::Visitor;
use crate::words::{Words, at};

/// So many seconds without a sign of work mean that no projector is at it.
const SILENT: i64 = 15;

/// A request as the interface tells it.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub(super) id: Uuid,
    view: Option<String>,
    kind: Option<String>,
    stream: Option<Uuid>,
    position: Option<i64>,
    who: String,
    reason: String,
    asked_at: Timestamp,
    state: String,
    ahead: i64,
    silent_seconds: i64,
    fault: Option<String>,
    skipped: i64,
    applied: i64,
    streams_open: i64,
    streams_stuck: i64,
    #[serde(default)]
    stuck: Vec<Stuck>,
}

#[derive(Debug, Deserialize)]
struct Stuck {
    view: String,
    kind: String,
    stream: Uuid,
    position: i64,
    reason: String,
    events: i64,
}

impl Request {
    fn is_live(&self) -> bool {
        matches!(self.state.as_str(), "waiting" | "running")
    }

    /// Whether nobody seems to be at it.
    fn is_left(&self) -> bool {
        self.is_live() && self.silent_seconds >= SILENT
    }

    /// What it waits for, while others are carried out first.
    fn waits_behind(&self, l: Words) -> Option<String> {
        let waits = || {
            l.count(
                "前面还有 {} 个请求，处理完后轮到它。",
                "{} requests are carried out before it.",
                self.ahead,
            )
        };
        (self.is_live() && self.ahead > 0).then(waits)
    }

    /// What was asked for, in words.
    pub(super) fn what(&self, l: Words) -> String {
        match self.position {
            Some(position) => l.count("跳过位置 {} 的事件", "Skip the event at position {}", position),
            None => l.say("重试", "Retry").to_owned(),
        }
    }

    /// Which streams; nothing when all were meant.
    pub(super) fn whose(&self, l: Words) -> String {
        let stream = self.stream.map(|stream| stream.to_string());
        let parts: Vec<&str> =
            [&self.view, &self.kind, &stream].into_iter().filter_map(|part| part.as_deref()).collect();
        if parts.is_empty() { l.say("全部", "everything").to_owned() } else { parts.join(" · ") }
    }

    pub(super) fn standing(&self, l: Words) -> &'static str {
        match self.state.as_str() {
            "waiting" => l.say("等待处理", "waits"),
            "running" => l.say("处理中", "under way"),
            "finished" if self.streams_stuck > 0 => l.say("已处理，仍有搁置", "done, some still stuck"),
            "finished" => l.say("已完成", "done"),
            _ if self.skipped + self.applied > 0 => l.say("未完成", "begun, not finished"),
            _ => l.say("未执行", "not done"),
        }
    }

    pub(super) fn badge(&self) -> &'static str {
        match self.state.as_str() {
            "finished" if self.streams_stuck == 0 => "good",
            "failed" => "bad",
            _ => "warn",
        }
    }

    pub(super) fn when(&self) -> String {
        at(self.asked_at)
    }

    /// What was done so far.
    pub(super) fn done(&self, l: Words) -> String {
        let mut done = String::new();
        if self.skipped > 0 {
            done += &l.count("跳过 {} 个事件，", "{} events skipped, ", self.skipped);
        }
        done += &l.count("补入 {} 个事件，", "{} events taken in, ", self.applied);
        done += &l.count("恢复 {} 个流", "{} streams go on", self.streams_open);
        if self.streams_stuck > 0 {
            done += &l.count("，{} 个流仍被搁置", ", {} still stuck", self.streams_stuck);
        }
        done
    }

    /// Why it was not done to the end, or goes on no further for now; and the projector's own words, which are English.
    fn fault_told(&self, l: Words) -> Option<(&'static str, &str)> {
        Some(match self.fault.as_deref()? {
            "not_first_parked" => {
                let told = l.say(
                    "轮到处理时，该事件已不是这个流第一个等待的事件，所以没有跳过。请重新查看。",
                    "When its turn came, the event was not the first of its stream any more, so it was not skipped. Look again.",
                );
                (told, "")
            }
            "restored" => {
                let told = l.say(
                    "没有执行：其间系统从备份恢复。如果仍有搁置，请重新提出。",
                    "It was not carried out: the system was restored from a backup meanwhile. If it still waits, ask again.",
                );
                (told, "")
            }
            reason if self.is_live() => {
                let told = l.say(
                    "暂时不能继续，原因消除后自动接着处理。",
                    "It cannot go on for now, and does once the cause is gone.",
                );
                (told, reason)
            }
            reason => {
                let told = l.say(
                    "没有全部完成；原因消除后，可以重新提出。",
                    "It was not carried out to its end; ask again once the cause is gone.",
                );
                (told, reason)
            }
        })
    }
}

#[derive(Template)]
#[template(path = "parked_request.html")]
struct Outcome {
    frame: Frame,
    l: Words,
    tabs: Vec<Link>,
    request: Request,
}

pub(super) async fn show(visitor: Visitor, Path(id): Path<Uuid>) -> Result<Response, Fault> {
    let l = visitor.l;
    let request: Request = visitor.ask.get(&format!("/v1/parked/requests/{id}")).await?;
    shown(&Outcome { frame: visitor.frame(), l, tabs: tabs(l, "/operations/parked"), request })
}

#[cfg(test)]
mod tests {
    use peiyu_language::Language;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_begun_and_failed_is_not_called_not_done() {
        let standing = |skipped: i64, applied: i64| {
            let request: Result<Request, _> = serde_json::from_value(json!({
                "id": Uuid::nil(), "who": "operator", "reason": "retry", "asked_at": "2026-12-01T00:00:00Z",
                "state": "failed", "ahead": 0, "silent_seconds": 0, "fault": "unreadable", "skipped": skipped,
                "applied": applied, "streams_open": 0, "streams_stuck": 0,
            }));
            request.map(|request| request.standing(Words(Language::Zh))).ok()
        };
        assert_eq!(standing(0, 0), Some("未执行"));
        assert_eq!(standing(1, 0), Some("未完成"), "a skip cannot be taken back");
        assert_eq!(standing(0, 3), Some("未完成"));
    }
}
