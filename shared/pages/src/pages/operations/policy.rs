//! The policy in force: each number with the provision that it comes from.

use askama::Template;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;

use super::tabs;
use crate::fault::Fault;
use crate::frame::{Frame, Link, shown};
use crate::visitor::Visitor;
use crate::words::Words;

/// Numbers by section and name: what each is called.
const NAMES: [(&str, &str, &str); 24] = [
    ("liaison.min_people", "每名负责人至少联系人数", "people a leader accompanies at least"),
    ("liaison.advise_above", "超过此数时提示", "people above which it is advised against"),
    ("liaison.max_people", "每名负责人至多联系人数", "people a leader accompanies at most"),
    ("liaison.gap_days", "无联系人的最长天数", "days without a liaison at most"),
    ("talk.first_months", "首次谈话期限（月）", "months until the first talk"),
    ("talk.next_months", "定期谈话间隔（月）", "months between talks"),
    ("talk.lead_days", "提前提醒天数", "days that a reminder comes ahead"),
    ("ladder.liaison", "逾期后提醒联系人（工作日）", "working days until the liaison is told"),
    (
        "ladder.branch_secretary",
        "升级到支部书记（工作日）",
        "working days until the branch secretary is told",
    ),
    (
        "ladder.general_branch_secretary",
        "升级到党总支书记（工作日）",
        "working days until the general branch secretary is told",
    ),
    (
        "ladder.organisation_department",
        "升级到组织部（工作日）",
        "working days until the organisation department is told",
    ),
    ("digest.at", "每日提醒发送时间", "time of the digests"),
    ("key_group.graduate_educations", "计入高知群体的学历", "educations of the key group"),
    ("key_group.graduate_degrees", "计入高知群体的学位", "degrees of the key group"),
    ("key_group.unfinished_words", "表示未毕业的字样", "words for unfinished studies"),
    ("key_group.senior_titles", "计入高知群体的职称", "titles of the key group"),
    ("categories.doctor", "博士", "doctor"),
    ("categories.discipline_leader", "学科带头人", "discipline leader"),
    ("categories.academic_leader", "学术带头人", "academic leader"),
    ("categories.laboratory_head", "重点实验室负责人", "head of a key laboratory"),
    ("categories.outstanding_young_teacher", "优秀青年教师", "outstanding young teacher"),
    ("categories.backbone", "骨干", "backbone"),
    ("staleness.years", "信息视为陈旧的年数", "years after which data are stale"),
    ("erasure.days", "删除完成的天数", "days until an erasure is complete"),
];

#[derive(Debug, Deserialize)]
struct Answer {
    version: String,
    hash: String,
    valid_from: Date,
    numbers: Vec<Number>,
}

#[derive(Debug, Deserialize)]
struct Number {
    section: String,
    name: String,
    value: String,
    source: String,
}

/// A number as it is shown.
struct Row {
    called: String,
    code: String,
    value: String,
    source: String,
}

#[derive(Template)]
#[template(path = "policy.html")]
struct Policy {
    frame: Frame,
    l: Words,
    tabs: Vec<Link>,
    version: String,
    hash: String,
    valid_from: Date,
    rows: Vec<Row>,
}

pub(super) async fn policy(visitor: Visitor) -> Result<Response, Fault> {
    let l = visitor.l;
    let answer: Answer = visitor.ask.get("/v1/policies/current").await?;
    shown(&Policy {
        frame: visitor.frame(),
        l,
        tabs: tabs(l, "/operations/policy"),
        version: answer.version,
        hash: answer.hash,
        valid_from: answer.valid_from,
        rows: answer.numbers.into_iter().map(|number| row(number, l)).collect(),
    })
}

/// A number that has no name here is shown under its code: a newer policy is still readable.
fn row(number: Number, l: Words) -> Row {
    let code = format!("{}.{}", number.section, number.name);
    let called = NAMES.iter().find(|(known, _, _)| *known == code);
    let called = called.map_or_else(|| code.clone(), |(_, zh, en)| l.say(zh, en).to_owned());
    Row { called, code, value: number.value, source: number.source }
}
