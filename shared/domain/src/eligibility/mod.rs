//! 高知群体: who belongs to the key group, and to which of its categories (Opinions 前言, 三(二)).

mod political_status;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::person::{Field, Record};
use crate::policy::Policy;
use crate::values::{Basis, Category};

pub use political_status::political_status;

/// What follows from a record by the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Whether of the key group.
    pub key_group: bool,
    /// By what, sorted; `Decided` alone when an officer decided against it.
    pub basis: Vec<Basis>,
    /// Categories, sorted; also of people outside the key group.
    pub categories: Vec<Category>,
}

/// Assesses a record; `decided` is an officer's decision, which stands above the computed answer.
#[must_use]
pub fn assess(record: &Record, decided: Option<bool>, policy: &Policy) -> Assessment {
    let facts = Facts::of(record, policy);
    let computed = facts.basis();
    let (key_group, basis) = match decided {
        None => (!computed.is_empty(), computed),
        Some(true) => (true, computed.into_iter().chain([Basis::Decided]).collect()),
        Some(false) => (false, vec![Basis::Decided]),
    };
    Assessment { key_group, basis, categories: facts.categories().into_iter().collect() }
}

/// The fields that matter, and the words by which they are read.
struct Facts<'a> {
    education: &'a str,
    degree: &'a str,
    title: &'a str,
    talent: &'a str,
    overseas: &'a str,
    policy: &'a Policy,
}

impl<'a> Facts<'a> {
    fn of(record: &'a Record, policy: &'a Policy) -> Self {
        let field = |field| record.get(&field).map_or("", |value| value.trim());
        Self {
            education: field(Field::Education),
            degree: field(Field::Degree),
            title: field(Field::Title),
            talent: field(Field::Talent),
            overseas: field(Field::Overseas),
            policy,
        }
    }

    fn basis(&self) -> Vec<Basis> {
        let policy = self.policy;
        let graduate = [
            (Basis::GraduateEducation, self.finished(self.education, &policy.graduate_educations)),
            (Basis::GraduateDegree, self.finished(self.degree, &policy.graduate_degrees)),
            (Basis::SeniorTitle, self.has_senior_title()),
        ];
        graduate.into_iter().filter_map(|(basis, holds)| holds.then_some(basis)).collect()
    }

    fn categories(&self) -> BTreeSet<Category> {
        let words = &self.policy.categories;
        let is_doctor =
            self.finished(self.education, &words.doctor) || self.finished(self.degree, &words.doctor);
        let said = [
            (Category::Doctor, is_doctor),
            (Category::Returnee, says_something(self.overseas)),
            (Category::Talent, says_something(self.talent)),
            (Category::DisciplineLeader, contains_any(self.talent, &words.discipline_leader)),
            (Category::AcademicLeader, contains_any(self.talent, &words.academic_leader)),
            (Category::LaboratoryHead, contains_any(self.talent, &words.laboratory_head)),
            (Category::OutstandingYoungTeacher, contains_any(self.talent, &words.outstanding_young_teacher)),
            (Category::Backbone, contains_any(self.talent, &words.backbone)),
            (Category::SeniorTitle, self.has_senior_title()),
        ];
        said.into_iter().filter_map(|(category, holds)| holds.then_some(category)).collect()
    }

    /// Whether the text has one of the words and does not say that it was never finished.
    fn finished(&self, text: &str, words: &[String]) -> bool {
        contains_any(text, words) && !contains_any(text, &self.policy.unfinished_words)
    }

    /// Titles are compared whole (副教授 contains 教授, 助理研究员 contains 研究员); one cell may hold several,
    /// and a remark in brackets: `教授（二级）、主任医师`.
    fn has_senior_title(&self) -> bool {
        self.title
            .split(['、', '，', ',', '/', '／', ';', '；', ' ', '\u{3000}'])
            .filter_map(|title| title.split(['（', '(']).next())
            .any(|title| self.policy.senior_titles.iter().any(|senior| senior == title))
    }
}

fn contains_any(text: &str, words: &[String]) -> bool {
    words.iter().any(|word| text.contains(word.as_str()))
}

/// Whether a cell says more than that there is nothing to say.
fn says_something(text: &str) -> bool {
    !matches!(text, "" | "无" | "没有" | "否" | "暂无" | "-" | "--" | "—" | "——" | "/" | "N/A")
}

#[cfg(test)]
mod tests;
