//! The digest as a mail: text and HTML, the department's words around the list, oldest legal duty first, never a link
//! that acts.

use std::collections::HashMap;

use askama::Template;
use jiff::civil::Date;
use peiyu_domain::letter_template::Wording;
use peiyu_domain::policy::Policy;
use peiyu_domain::values::PersonId;
use peiyu_views::digests::Digest;
use peiyu_views::reminders::Stage;

use crate::fill::{self, Paragraph, Values};
use crate::lines::{Line, line, notes};
use crate::words::Words;

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
    /// The words around the list; they say in which language the rest is written.
    pub wording: &'a Wording,
    /// Name of the university's own committee; empty before the tree is there.
    pub university: &'a str,
    /// Everybody whom the digest names; see [`crate::people_of`].
    pub names: &'a HashMap<PersonId, String>,
}

impl Surroundings<'_> {
    pub(crate) fn words(&self) -> Words {
        Words::of(self.wording.language)
    }

    pub(crate) fn name_of(&self, person: PersonId) -> String {
        let name = self.names.get(&person).filter(|name| !name.is_empty());
        name.cloned().unwrap_or_else(|| self.words().say("（姓名不详）", "(name unknown)").to_owned())
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.trim_end_matches('/'))
    }
}

/// A digest as it is read.
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
    l: Words,
    page: &'a Page,
}

#[derive(Template)]
#[template(path = "digest.txt", escape = "none")]
struct Text<'a> {
    l: Words,
    page: &'a Page,
}

struct Page {
    subject: String,
    opening: String,
    closing: String,
    opening_paragraphs: Vec<Paragraph>,
    closing_paragraphs: Vec<Paragraph>,
    own: Vec<Line>,
    escalated: Vec<Line>,
    notes: Vec<String>,
}

/// The letter of a digest.
///
/// # Errors
/// When a template cannot be filled.
pub fn digest(digest: &Digest, around: &Surroundings<'_>) -> Result<Letter, askama::Error> {
    let (l, values) = (around.words(), values(digest, around));
    let page = page(digest, &values, around);
    let (text, html) = (Text { l, page: &page }.render()?, Html { l, page: &page }.render()?);
    Ok(Letter { subject: page.subject, text, html, to_name: values.name })
}

/// Whether an earlier attempt was claimed and never ended: it may have gone out.
#[must_use]
pub fn may_be_double(digest: &Digest) -> bool {
    digest.begun.as_ref().is_some_and(|begun| begun.stage == Stage::Claimed)
}

fn page(digest: &Digest, values: &Values, around: &Surroundings<'_>) -> Page {
    let wording = around.wording;
    let lines =
        |own: bool| digest.items.iter().filter(move |item| item.is_own == own).map(|item| line(item, around));
    Page {
        subject: fill::line(wording.subject(), values),
        opening: fill::text(wording.opening(), values),
        closing: fill::text(wording.closing(), values),
        opening_paragraphs: fill::paragraphs(wording.opening(), values),
        closing_paragraphs: fill::paragraphs(wording.closing(), values),
        own: lines(true).collect(),
        escalated: lines(false).collect(),
        notes: notes(digest, around),
    }
}

fn values(digest: &Digest, around: &Surroundings<'_>) -> Values {
    let l = around.words();
    let overdue = digest.items.iter().filter(|item| item.due_on < around.day).count();
    let overdue_note = match overdue {
        0 => String::new(),
        _ => l.say(format!("（逾期 {overdue} 项）"), format!(" ({overdue} overdue)")),
    };
    Values {
        name: around.name_of(digest.addressee),
        count: (digest.items.len() + digest.more).to_string(),
        overdue: overdue.to_string(),
        overdue_note,
        day: l.day(around.day),
        university: around.university.to_owned(),
        link: around.at("/todo"),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use peiyu_domain::duties::routing::Passed;
    use peiyu_domain::duties::{DutyKind, Rung};
    use peiyu_domain::letter_template::{LetterLanguage, Texts};
    use peiyu_domain::reminder::ReminderFailure;
    use peiyu_domain::testing::{date, person};
    use peiyu_views::digests::{Earlier, Item};
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

    fn rendered_in(wording: &Wording, items: Vec<Item>, more: usize) -> Letter {
        let known = [(1, "王联系"), (7, "李<对象>"), (8, "赵二")];
        let names = known.into_iter().map(|(number, name)| (person(number), name.to_owned())).collect();
        let digest = Digest { addressee: person(1), items, more, begun: None };
        let around = Surroundings {
            day: date("2026-11-24"),
            is_calendar_known: false,
            policy: Policy::shipped(),
            public_url: "https://peiyu.example.edu/",
            wording,
            university: "某大学党委",
            names: &names,
        };
        super::digest(&digest, &around).unwrap()
    }

    fn rendered(items: Vec<Item>, more: usize) -> Letter {
        rendered_in(&Wording::shipped(LetterLanguage::Zh), items, more)
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

    #[test]
    fn the_departments_words_stand_around_the_list_and_what_is_typed_is_escaped() {
        let texts = Texts {
            subject: "{校党委}提醒{姓名}：{事项数} 项，{逾期数} 项逾期".to_owned(),
            opening: "{姓名}老师：\n<b>{日期}</b>".to_owned(),
            closing: "请点{链接}办理。\n\n组织部，电话 0000".to_owned(),
        };
        let wording = Wording::read(LetterLanguage::Zh, &texts).unwrap();
        let letter = rendered_in(&wording, vec![item(7, "2026-11-23", true)], 0);
        assert_eq!(letter.subject, "某大学党委提醒王联系：1 项，1 项逾期");
        assert!(letter.text.starts_with("王联系老师：\n<b>2026年11月24日</b>\n"), "{}", letter.text);
        assert!(
            letter.text.ends_with("请点https://peiyu.example.edu/todo办理。\n\n组织部，电话 0000"),
            "{}",
            letter.text
        );
        for part in [
            "<p>王联系老师：<br>&#60;b&#62;2026年11月24日&#60;/b&#62;</p>",
            "<p>请点<a href=\"https://peiyu.example.edu/todo\">https://peiyu.example.edu/todo</a>办理。</p>",
            "<p>组织部，电话 0000</p>",
        ] {
            assert!(letter.html.contains(part), "{part} in {}", letter.html);
        }
        assert!(!letter.text.contains("自动发送"), "{}", letter.text);
    }

    #[test]
    fn an_english_letter_is_english_but_for_names_and_articles() {
        let mut escalated = item(8, "2026-11-10", false);
        escalated.passed = vec![(Rung::BranchSecretary, Passed::Vacant)];
        let wording = Wording::shipped(LetterLanguage::En);
        let letter = rendered_in(&wording, vec![item(7, "2026-11-23", true), escalated], 9);
        assert_eq!(letter.subject, "[Peiyu] To do today: 11 (2 overdue)");
        assert!(
            letter.text.contains("1 day overdue") && letter.text.contains("14 days overdue"),
            "{}",
            letter.text
        );
        for text in [&letter.text, &letter.html] {
            let known = ["王联系", "李<对象>", "李&#60;对象&#62;", "赵二", "意见三(四)"];
            let rest = known.iter().fold(text.clone(), |text, known| text.replace(known, ""));
            let foreign: String = rest.chars().filter(|character| *character > '\u{2000}').collect();
            assert_eq!(foreign, "", "{text}");
        }
    }

    #[test]
    fn the_sample_speaks_of_invented_people_in_either_language() {
        for language in LetterLanguage::ALL {
            let wording = Wording::shipped(language);
            let around = Surroundings {
                day: date("2026-11-24"),
                is_calendar_known: false,
                policy: Policy::shipped(),
                public_url: "https://peiyu.example.edu",
                wording: &wording,
                university: "",
                names: &HashMap::new(),
            };
            let letter = crate::sample(&around).unwrap();
            assert!(["示例读者", "Example Reader"].contains(&letter.to_name.as_str()), "{}", letter.to_name);
            assert!(letter.subject.contains('3') && letter.subject.contains('2'), "{}", letter.subject);
            assert!(!letter.text.contains("（姓名不详）"), "{}", letter.text);
        }
    }
}
