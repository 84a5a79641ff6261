//! The digest as a mail: Chinese, as text and HTML, oldest legal duty first, never a link that acts.

use std::collections::HashMap;

use askama::Template;
use jiff::civil::Date;
use peiyu_domain::duties::routing::Passed;
use peiyu_domain::duties::{DutyKind, Rung, article};
use peiyu_domain::policy::Policy;
use peiyu_domain::reminder::ReminderFailure;
use peiyu_domain::values::PersonId;
use peiyu_language::Language::Zh;
use peiyu_language::{date, word};
use peiyu_views::digests::{Digest, Earlier, Item};
use peiyu_views::persons::Person;
use peiyu_views::reminders::Stage;

/// From so many duties on a digest proposes a plan for catching up.
const CATCH_UP_ABOVE: usize = 10;
/// Duties a working day that such a plan proposes.
const CATCH_UP_A_DAY: usize = 5;

/// What a digest is rendered from.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The day of the digest.
    pub day: Date,
    /// Whether the year of the day was loaded; if not, Monday to Friday count.
    pub is_calendar_known: bool,
    /// By which numbers the terms are reckoned.
    pub policy: &'a Policy,
    /// How people reach the pages: scheme, host and port.
    pub public_url: &'a str,
    /// Everybody whom the digest names; see [`crate::people_of`].
    pub people: &'a HashMap<PersonId, Person>,
}

/// A digest as it is read, in Chinese.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The addressee's name.
    pub to_name: String,
    /// Subject line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML, whole document.
    pub html: String,
}

#[derive(Template)]
#[template(path = "digest.html")]
struct Html<'a> {
    page: &'a Page,
}

#[derive(Template)]
#[template(path = "digest.txt", escape = "none")]
struct Text<'a> {
    page: &'a Page,
}

struct Page {
    name: String,
    day: String,
    headline: String,
    own: Vec<Line>,
    escalated: Vec<Line>,
    notes: Vec<String>,
    todo_url: String,
}

struct Line {
    who: String,
    what: String,
    due: String,
    state: String,
    is_overdue: bool,
    article: &'static str,
    why: String,
    link: Link,
    liaison: Option<String>,
    history: Vec<String>,
}

/// The page on which one goes on. It shows a form or a record; opening it changes nothing.
struct Link {
    label: &'static str,
    url: String,
}

/// The letter of a digest.
///
/// # Errors
/// When a template cannot be filled.
pub fn digest(digest: &Digest, around: &Surroundings<'_>) -> Result<Letter, askama::Error> {
    let page = page(digest, around);
    let (text, html) = (Text { page: &page }.render()?, Html { page: &page }.render()?);
    Ok(Letter { subject: format!("【培育】{}", page.headline), text, html, to_name: page.name })
}

/// Whether an earlier attempt was claimed and never ended: it may have gone out.
#[must_use]
pub fn may_be_double(digest: &Digest) -> bool {
    digest.begun.as_ref().is_some_and(|begun| begun.stage == Stage::Claimed)
}

fn page(digest: &Digest, around: &Surroundings<'_>) -> Page {
    let lines =
        |own: bool| digest.items.iter().filter(move |item| item.is_own == own).map(|item| line(item, around));
    let overdue = digest.items.iter().filter(|item| item.due_on < around.day).count();
    let all = digest.items.len() + digest.more;
    let headline = match overdue {
        0 => format!("今日待办 {all} 项"),
        _ => format!("今日待办 {all} 项（逾期 {overdue} 项）"),
    };
    Page {
        name: name_of(digest.addressee, around),
        day: written(around.day),
        headline,
        own: lines(true).collect(),
        escalated: lines(false).collect(),
        notes: notes(digest, all, around),
        todo_url: at(around, "/todo"),
    }
}

fn notes(digest: &Digest, all: usize, around: &Surroundings<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if may_be_double(digest) {
        notes.push("上一次发送未得到确认，如已收到同样内容，请忽略本邮件。".to_owned());
    }
    if digest.more > 0 {
        notes.push(format!("另有 {} 项未列出，将在以后的工作日分批告知。", digest.more));
    }
    if all > CATCH_UP_ABOVE {
        let days = all.div_ceil(CATCH_UP_A_DAY);
        notes.push(format!(
            "补办建议：自到期最早的一项起，每个工作日办理 {CATCH_UP_A_DAY} 项，约 {days} 个工作日可全部办完。"
        ));
    }
    if !around.is_calendar_known {
        notes.push("该年度放假安排未载入，按周一至周五推算。".to_owned());
    }
    notes
}

fn line(item: &Item, around: &Surroundings<'_>) -> Line {
    Line {
        who: name_of(item.about, around),
        what: word(Zh, "duty_kind", item.kind.as_str()),
        due: written(item.due_on),
        state: state(item.due_on, around.day),
        is_overdue: item.due_on < around.day,
        article: article(item.kind),
        why: why(item, around.policy),
        link: link(item, around),
        liaison: item.liaison.filter(|_| !item.is_own).map(|liaison| name_of(liaison, around)),
        history: history(item, around),
    }
}

fn why(item: &Item, policy: &Policy) -> String {
    let since = written(item.anchor);
    match item.kind {
        DutyKind::FirstTalk => format!("自{since}起联系，应在 {} 个月内首次谈话", policy.talk.first_months),
        DutyKind::NextTalk => format!("上次谈话 {since}，应每 {} 个月谈话一次", policy.talk.next_months),
        DutyKind::LiaisonGap => format!("自{since}起无联系人，应在 {} 天内落实", policy.liaison.gap_days),
        DutyKind::LeaderWithNobody => {
            format!("自{since}起未联系任何人，应在 {} 天内落实", policy.liaison.gap_days)
        }
    }
}

/// Where the reader goes on: to the form when it is theirs to act, to the record when others must be urged.
fn link(item: &Item, around: &Surroundings<'_>) -> Link {
    let about = item.about.0;
    let (label, path) = match item.kind {
        DutyKind::FirstTalk | DutyKind::NextTalk if item.is_own => {
            ("记录谈话", format!("/people/{about}/talks/new"))
        }
        DutyKind::LiaisonGap if item.is_own => ("指定联系人", format!("/people/{about}/liaison")),
        DutyKind::FirstTalk | DutyKind::NextTalk | DutyKind::LiaisonGap => {
            ("查看档案", format!("/people/{about}"))
        }
        DutyKind::LeaderWithNobody => ("查看联系覆盖", "/coverage".to_owned()),
    };
    Link { label, url: at(around, &path) }
}

fn at(around: &Surroundings<'_>, path: &str) -> String {
    format!("{}{path}", around.public_url.trim_end_matches('/'))
}

/// Whom the duty went past, and who was told of it when.
fn history(item: &Item, around: &Surroundings<'_>) -> Vec<String> {
    let passed = item.passed.iter().map(|(office, why)| match why {
        Passed::Vacant => format!("{}空缺，提醒上移一级", office_word(*office)),
        Passed::ToldBefore => format!("{}已在本级以下提醒过，提醒上移一级", office_word(*office)),
    });
    let earlier = item.earlier.iter().map(|earlier| told(earlier, around));
    passed.chain(earlier).collect()
}

fn told(earlier: &Earlier, around: &Surroundings<'_>) -> String {
    let outcome = match earlier.failure {
        None => "",
        Some(ReminderFailure::NoAddress) => "，无邮箱地址，未送达",
        Some(ReminderFailure::AddressRefused) => "，邮箱地址被拒收，未送达",
        Some(ReminderFailure::ServerUnavailable) => "，发送未成功或未确认",
    };
    let rung = word(Zh, "rung", earlier.rung.as_str());
    format!("{}已提醒{}（{rung}{outcome}）", written(earlier.day), name_of(earlier.addressee, around))
}

fn office_word(office: Rung) -> &'static str {
    match office {
        Rung::Lead | Rung::Due => "应办人",
        Rung::BranchSecretary => "教师党支部书记",
        Rung::GeneralBranchSecretary => "党委（党总支）书记",
        Rung::OrganisationDepartment => "组织部",
    }
}

fn state(due_on: Date, day: Date) -> String {
    match (day - due_on).get_days() {
        0 => "今日到期".to_owned(),
        days if days > 0 => format!("已逾期 {days} 天"),
        days => format!("还有 {} 天到期", -days),
    }
}

fn name_of(person: PersonId, around: &Surroundings<'_>) -> String {
    let name = around.people.get(&person).map(|person| person.name.as_str()).filter(|name| !name.is_empty());
    name.unwrap_or("（姓名不详）").to_owned()
}

fn written(day: Date) -> String {
    date(Zh, &day.to_string())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use peiyu_domain::testing::{date, person};
    use uuid::Uuid;

    use super::*;

    fn item(number: u128, due_on: &str, is_own: bool) -> Item {
        Item {
            obligation: Uuid::from_u128(number),
            kind: DutyKind::NextTalk,
            about: person(number),
            anchor: date("2026-08-23"),
            due_on: date(due_on),
            liaison: Some(person(1)),
            rung: if is_own { Rung::Due } else { Rung::BranchSecretary },
            is_own,
            passed: Vec::new(),
            earlier: Vec::new(),
        }
    }

    fn known(number: u128, name: &str, staff_number: &str) -> (PersonId, Person) {
        let text = serde_json::json!({
            "id": person(number), "version": 1, "name": name, "pinyin": "", "initials": "", "sort_key": "",
            "staff_number": staff_number, "unit": "", "room": "", "sex": "", "born_on": "", "education": "",
            "degree": "", "title": "", "political_status": "", "talent": "", "overseas": "", "email": "",
            "phone": "", "others": {}, "corrected": [], "conflicts": {}, "in_roster": true, "key_group": true,
            "basis": [], "categories": [], "erased": false, "last_recorded_at": "2026-01-01T00:00:00Z",
        });
        (person(number), serde_json::from_value(text).unwrap())
    }

    fn rendered(items: Vec<Item>, more: usize) -> Letter {
        let people = [known(1, "王联系", "10001"), known(7, "李<对象>", "20007"), known(8, "赵二", "20008")];
        let digest = Digest { addressee: person(1), items, more, begun: None };
        let around = Surroundings {
            day: date("2026-11-24"),
            is_calendar_known: false,
            policy: Policy::shipped(),
            public_url: "https://peiyu.example.edu/",
            people: &people.into_iter().collect(),
        };
        super::digest(&digest, &around).unwrap()
    }

    #[test]
    fn a_digest_says_who_what_when_why_and_how_to_record_it() {
        let letter = rendered(vec![item(7, "2026-11-23", true), item(8, "2026-11-30", true)], 0);
        assert_eq!(letter.subject, "【培育】今日待办 2 项（逾期 1 项）");
        for part in [
            "王联系",
            "定期谈话",
            "2026年11月23日",
            "已逾期 1 天",
            "还有 6 天到期",
            "意见三(四)",
            "上次谈话 2026年8月23日",
            "记录谈话",
            "https://peiyu.example.edu/people/00000000-0000-0000-0000-000000000007/talks/new",
            "https://peiyu.example.edu/todo",
            "该年度放假安排未载入，按周一至周五推算",
        ] {
            assert!(letter.text.contains(part), "{part} in {}", letter.text);
            assert!(letter.html.contains(part), "{part} in {}", letter.html);
        }
        assert!(letter.html.contains("李&#60;对象&#62;"), "names are escaped: {}", letter.html);
        assert!(!letter.html.contains("<form") && !letter.html.contains("<script"), "nothing in a mail acts");
    }

    #[test]
    fn escalations_stand_apart_and_say_who_was_told_before_and_when() {
        let mut escalated = item(8, "2026-11-10", false);
        escalated.passed = vec![(Rung::BranchSecretary, Passed::Vacant)];
        escalated.earlier = vec![Earlier {
            rung: Rung::Due,
            addressee: person(1),
            day: date("2026-11-10"),
            failure: Some(ReminderFailure::NoAddress),
        }];
        let letter = rendered(vec![escalated], 0);
        for part in [
            "升级提醒",
            "2026年11月10日已提醒王联系（到期提醒，无邮箱地址，未送达）",
            "教师党支部书记空缺，提醒上移一级",
        ] {
            assert!(letter.text.contains(part) && letter.html.contains(part), "{part} in {}", letter.text);
        }
    }

    #[test]
    fn more_than_ten_come_with_a_plan_for_catching_up() {
        let items: Vec<Item> = (100..111).map(|number| item(number, "2026-10-01", true)).collect();
        let letter = rendered(items, 4);
        assert!(letter.text.contains("约 3 个工作日可全部办完"), "{}", letter.text);
        assert!(letter.text.contains("另有 4 项未列出"), "{}", letter.text);
        assert!(letter.subject.contains("15 项"), "{}", letter.subject);
    }
}
