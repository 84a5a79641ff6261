//! The list of duties in a letter: what each line says, and the notes below. Generated; nobody words it otherwise.

use jiff::civil::Date;
use peiyu_domain::duties::routing::Passed;
use peiyu_domain::duties::{DutyKind, Rung, article};
use peiyu_domain::policy::Policy;
use peiyu_domain::reminder::ReminderFailure;
use peiyu_views::digests::{Digest, Earlier, Item};

use crate::digest::{Surroundings, may_be_double};
use crate::words::Words;

/// From so many duties on a digest proposes a plan for catching up.
const CATCH_UP_ABOVE: usize = 10;
/// Duties a working day that such a plan proposes.
const CATCH_UP_A_DAY: usize = 5;

/// A duty as it is read.
pub(crate) struct Line {
    pub(crate) who: String,
    pub(crate) what: String,
    pub(crate) due: String,
    pub(crate) state: String,
    pub(crate) is_overdue: bool,
    pub(crate) article: &'static str,
    pub(crate) why: String,
    pub(crate) link: Link,
    pub(crate) liaison: Option<String>,
    pub(crate) history: Vec<String>,
}

/// The page on which one goes on. It shows a form or a record; opening it changes nothing.
pub(crate) struct Link {
    pub(crate) label: &'static str,
    pub(crate) url: String,
}

pub(crate) fn line(item: &Item, around: &Surroundings<'_>) -> Line {
    let l = around.words();
    Line {
        who: around.name_of(item.about),
        what: l.word("duty_kind", item.kind.as_str()),
        due: l.day(item.due_on),
        state: state(item.due_on, around.day, l),
        is_overdue: item.due_on < around.day,
        article: article(item.kind),
        why: why(item, around.policy, l),
        link: link(item, around),
        liaison: item.liaison.filter(|_| !item.is_own).map(|liaison| around.name_of(liaison)),
        history: history(item, around),
    }
}

/// What is said below the list.
pub(crate) fn notes(digest: &Digest, around: &Surroundings<'_>) -> Vec<String> {
    let (l, all) = (around.words(), digest.items.len() + digest.more);
    let mut notes = Vec::new();
    if may_be_double(digest) {
        notes.push(
            l.say(
                "上一次发送未得到确认，如已收到同样内容，请忽略本邮件。",
                "An earlier sending was not confirmed: if you have this already, ignore it.",
            )
            .to_owned(),
        );
    }
    if digest.more > 0 {
        let more = digest.more;
        notes.push(l.say(
            format!("另有 {more} 项未列出，将在以后的工作日分批告知。"),
            format!("{more} more are not listed; they follow on the next working days."),
        ));
    }
    if all > CATCH_UP_ABOVE {
        let days = all.div_ceil(CATCH_UP_A_DAY);
        notes.push(l.say(
            format!("补办建议：自到期最早的一项起，每个工作日办理 {CATCH_UP_A_DAY} 项，约 {days} 个工作日可全部办完。"),
            format!(
                "To catch up: begin with the earliest and do {CATCH_UP_A_DAY} a working day; all is done in about \
                 {days} working days."
            ),
        ));
    }
    if !around.is_calendar_known {
        notes.push(
            l.say(
                "该年度放假安排未载入，按周一至周五推算。",
                "The holidays of that year are not loaded: Monday to Friday count.",
            )
            .to_owned(),
        );
    }
    notes
}

fn why(item: &Item, policy: &Policy, l: Words) -> String {
    let since = l.day(item.anchor);
    match item.kind {
        DutyKind::FirstTalk => {
            let months = policy.talk.first_months;
            l.say(
                format!("自{since}起联系，应在 {months} 个月内首次谈话"),
                format!("accompanied since {since}; the first talk is due within {}", many(months, "month")),
            )
        }
        DutyKind::NextTalk => {
            let months = policy.talk.next_months;
            l.say(
                format!("上次谈话 {since}，应每 {months} 个月谈话一次"),
                format!("last talk on {since}; one is due every {}", many(months, "month")),
            )
        }
        DutyKind::LiaisonGap => {
            let days = policy.liaison.gap_days;
            l.say(
                format!("自{since}起无联系人，应在 {days} 天内落实"),
                format!("without a liaison since {since}; one is due within {}", many(days, "day")),
            )
        }
        DutyKind::LeaderWithNobody => {
            let days = policy.liaison.gap_days;
            l.say(
                format!("自{since}起未联系任何人，应在 {days} 天内落实"),
                format!("accompanies nobody since {since}; somebody is due within {}", many(days, "day")),
            )
        }
    }
}

/// Where the reader goes on: to the form when it is theirs to act, to the record when others must be urged.
fn link(item: &Item, around: &Surroundings<'_>) -> Link {
    let (about, l) = (item.about.0, around.words());
    let (label, path) = match item.kind {
        DutyKind::FirstTalk | DutyKind::NextTalk if item.is_own => {
            (l.say("记录谈话", "Record the talk"), format!("/people/{about}/talks/new"))
        }
        DutyKind::LiaisonGap if item.is_own => {
            (l.say("指定联系人", "Assign a liaison"), format!("/people/{about}/liaison"))
        }
        DutyKind::FirstTalk | DutyKind::NextTalk | DutyKind::LiaisonGap => {
            (l.say("查看档案", "See the dossier"), format!("/people/{about}"))
        }
        DutyKind::LeaderWithNobody => (l.say("查看联系覆盖", "See coverage"), "/coverage".to_owned()),
    };
    Link { label, url: around.at(&path) }
}

/// Whom the duty went past, and who was told of it when.
fn history(item: &Item, around: &Surroundings<'_>) -> Vec<String> {
    let l = around.words();
    let passed = item.passed.iter().map(|(office, why)| {
        let office = office_word(*office, l);
        match why {
            Passed::Vacant => l.say(
                format!("{office}空缺，提醒上移一级"),
                format!("{office}: vacant, so the reminder went one level up"),
            ),
            Passed::ToldBefore => l.say(
                format!("{office}已在本级以下提醒过，提醒上移一级"),
                format!("{office}: told before at a lower level, so the reminder went one level up"),
            ),
        }
    });
    let earlier = item.earlier.iter().map(|earlier| told(earlier, around));
    passed.chain(earlier).collect()
}

fn told(earlier: &Earlier, around: &Surroundings<'_>) -> String {
    let l = around.words();
    let outcome = match earlier.failure {
        None => "",
        Some(ReminderFailure::NoAddress) => l.say("，无邮箱地址，未送达", "; no address, not delivered"),
        Some(ReminderFailure::AddressRefused) => {
            l.say("，邮箱地址被拒收，未送达", "; address refused, not delivered")
        }
        Some(ReminderFailure::ServerUnavailable) => {
            l.say("，发送未成功或未确认", "; sending failed or was not confirmed")
        }
    };
    let (rung, day) = (l.word("rung", earlier.rung.as_str()), l.day(earlier.day));
    let name = around.name_of(earlier.addressee);
    l.say(
        format!("{day}已提醒{name}（{rung}{outcome}）"),
        format!("{name} was told on {day} ({rung}{outcome})"),
    )
}

fn office_word(office: Rung, l: Words) -> &'static str {
    match office {
        Rung::Lead | Rung::Due => l.say("应办人", "whoever has to act"),
        Rung::BranchSecretary => l.say("教师党支部书记", "branch secretary"),
        Rung::GeneralBranchSecretary => {
            l.say("党委（党总支）书记", "secretary of the committee or general branch")
        }
        Rung::OrganisationDepartment => l.say("组织部", "organisation department"),
    }
}

fn state(due_on: Date, day: Date, l: Words) -> String {
    match (day - due_on).get_days() {
        0 => l.say("今日到期", "due today").to_owned(),
        days if days > 0 => {
            l.say(format!("已逾期 {days} 天"), format!("{} overdue", many(days.unsigned_abs(), "day")))
        }
        days => {
            let left = days.unsigned_abs();
            l.say(format!("还有 {left} 天到期"), format!("due in {}", many(left, "day")))
        }
    }
}

/// So many of something, in English.
fn many(number: u32, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
