//! People as pages search and sort them: identity and roster facts in plain, pinyin, eligibility, conflicts.

mod ask;
mod spelling;

use std::collections::BTreeMap;

use jiff::Timestamp;
use peiyu_domain::AnyEvent;
use peiyu_domain::person::PersonEvent;
use peiyu_domain::person::events::{Field, Record, Source};
use peiyu_domain::values::{Basis, Category, PersonId, Sensitive};
use serde::{Deserialize, Serialize};

pub use ask::{Address, addresses, by_ids, by_staff_numbers, search};
pub(crate) use ask::{like, matching};

use crate::applied::Applied;
use crate::error::Fault;
use crate::table::{Row, Table};
use crate::view::{Definition, page};

pub(crate) static DEFINITION: Definition =
    Definition { name: "persons", version: 2, aggregates: &["person"], tables: &[&PERSONS] };

static PERSONS: Table = Table {
    name: "persons",
    owner: "id",
    key: &["id"],
    columns: &[
        ("id", "uuid not null"),
        ("version", "bigint not null"),
        ("name", "text not null"),
        ("pinyin", "text not null"),
        ("initials", "text not null"),
        ("sort_key", "text collate \"C\" not null"),
        ("staff_number", "text not null"),
        ("unit", "text collate \"C\" not null"),
        ("room", "text collate \"C\" not null"),
        ("sex", "text not null"),
        ("born_on", "text not null"),
        ("education", "text not null"),
        ("degree", "text not null"),
        ("title", "text not null"),
        ("political_status", "text not null"),
        ("talent", "text not null"),
        ("overseas", "text not null"),
        ("email", "text not null"),
        ("phone", "text not null"),
        ("others", "jsonb not null"),
        ("corrected", "text[] not null"),
        ("conflicts", "jsonb not null"),
        ("in_roster", "boolean not null"),
        ("key_group", "boolean"),
        ("basis", "text[] not null"),
        ("categories", "text[] not null"),
        ("erased", "boolean not null"),
        ("last_recorded_at", "timestamptz not null"),
    ],
    indexes: &[
        "(staff_number text_pattern_ops)",
        "(pinyin text_pattern_ops)",
        "(initials text_pattern_ops)",
        "(name text_pattern_ops)",
        "(unit, room)",
        "(sort_key, id)",
        // One unit's people by name: a page costs its rows, however many the unit has.
        "(unit, sort_key, id)",
    ],
};

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Id, also of the candidate and the member.
    pub id: PersonId,
    /// Version of the `person` aggregate.
    pub version: i64,
    /// 姓名; empty when erased.
    pub name: String,
    /// Without tones and spaces: `zhangsan`.
    pub pinyin: String,
    /// `zs`.
    pub initials: String,
    /// By which lists are sorted: pinyin with spaces, then the name.
    pub sort_key: String,
    /// 工号; empty for people of the tree only.
    pub staff_number: String,
    /// 所在单位.
    pub unit: String,
    /// 教研室.
    pub room: String,
    /// 性别.
    pub sex: String,
    /// 出生年月, `YYYY-MM-DD` or `YYYY-MM`.
    pub born_on: String,
    /// 学历.
    pub education: String,
    /// 学位.
    pub degree: String,
    /// 专业技术职务.
    pub title: String,
    /// 政治面貌 as the roster says it.
    pub political_status: String,
    /// 人才称号.
    pub talent: String,
    /// 海外留学经历.
    pub overseas: String,
    /// 电子邮箱.
    pub email: String,
    /// 手机号码.
    pub phone: String,
    /// Fields that no page searches: ethnicity, joined on, remark, key group by decision.
    pub others: BTreeMap<Field, String>,
    /// Fields corrected by hand.
    pub corrected: Vec<Field>,
    /// Fields about which a roster says otherwise, with what it says.
    pub conflicts: BTreeMap<Field, String>,
    /// Whether a roster ever named the person.
    pub in_roster: bool,
    /// Whether of the key group; none before it was assessed.
    pub key_group: Option<bool>,
    /// By what.
    pub basis: Vec<Basis>,
    /// Categories.
    pub categories: Vec<Category>,
    /// Whether the person's key was destroyed.
    pub erased: bool,
    /// When something about the person was recorded last; staleness is reckoned from it.
    pub last_recorded_at: Timestamp,
}

impl Row for Person {
    const TABLE: &'static Table = &PERSONS;
    type Key = PersonId;

    fn key(&self) -> PersonId {
        self.id
    }
}

page!(persons: Person);

fn fold(page: &mut Page, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
    let AnyEvent::Person(event) = event else { return Ok(()) };
    let id = PersonId(applied.aggregate_id);
    if let PersonEvent::PersonRegistered { .. } = event
        && page.persons.get(&id).is_none()
    {
        page.persons.put(Person::unknown(id, applied));
    }
    let person = page.persons.edit(&id).ok_or_else(|| Fault::new("out_of_order"))?;
    person.take(event);
    person.version = applied.sequence;
    person.last_recorded_at = applied.metadata.recorded_at;
    Ok(())
}

impl Person {
    fn unknown(id: PersonId, applied: &Applied) -> Self {
        Self {
            id,
            version: 0,
            name: String::new(),
            pinyin: String::new(),
            initials: String::new(),
            sort_key: String::new(),
            staff_number: String::new(),
            unit: String::new(),
            room: String::new(),
            sex: String::new(),
            born_on: String::new(),
            education: String::new(),
            degree: String::new(),
            title: String::new(),
            political_status: String::new(),
            talent: String::new(),
            overseas: String::new(),
            email: String::new(),
            phone: String::new(),
            others: BTreeMap::new(),
            corrected: Vec::new(),
            conflicts: BTreeMap::new(),
            in_roster: false,
            key_group: None,
            basis: Vec::new(),
            categories: Vec::new(),
            erased: false,
            last_recorded_at: applied.metadata.recorded_at,
        }
    }

    fn take(&mut self, event: &PersonEvent) {
        match event {
            PersonEvent::PersonRegistered { record, source, .. } => {
                self.in_roster |= *source == Source::Roster;
                self.set_all(record);
            }
            PersonEvent::RosterFactsChanged { changes, .. } => {
                self.in_roster = true;
                self.set_all(changes);
            }
            PersonEvent::RosterConflictFound { field, roster_value, .. } => {
                self.in_roster = true;
                let value = self.known(roster_value).cloned().unwrap_or_default();
                self.conflicts.insert(*field, value);
            }
            PersonEvent::PersonCorrected { field, value, .. } => {
                let value = self.known(value).cloned().unwrap_or_default();
                self.set(*field, &value);
                self.conflicts.remove(field);
                if !self.corrected.contains(field) {
                    self.corrected.push(*field);
                }
            }
            PersonEvent::EligibilityAssessed { key_group, basis, categories } => {
                self.key_group = Some(*key_group);
                self.basis.clone_from(basis);
                self.categories.clone_from(categories);
            }
        }
    }

    fn known<'a, T>(&mut self, value: &'a Sensitive<T>) -> Option<&'a T> {
        self.erased |= value.known().is_none();
        value.known()
    }

    fn set_all(&mut self, record: &Sensitive<Record>) {
        let Some(record) = self.known(record) else { return };
        for (field, value) in record {
            self.set(*field, value);
            self.conflicts.remove(field);
        }
    }

    fn set(&mut self, field: Field, value: &str) {
        let place = match field {
            Field::Name => {
                let spelling = spelling::of_name(value);
                (self.pinyin, self.initials, self.sort_key) =
                    (spelling.pinyin, spelling.initials, spelling.sort_key);
                &mut self.name
            }
            Field::StaffNumber => &mut self.staff_number,
            Field::Unit => &mut self.unit,
            Field::Room => &mut self.room,
            Field::Sex => &mut self.sex,
            Field::BornOn => &mut self.born_on,
            Field::Education => &mut self.education,
            Field::Degree => &mut self.degree,
            Field::Title => &mut self.title,
            Field::PoliticalStatus => &mut self.political_status,
            Field::Talent => &mut self.talent,
            Field::Overseas => &mut self.overseas,
            Field::Email => &mut self.email,
            Field::Phone => &mut self.phone,
            Field::Ethnicity | Field::JoinedOn | Field::Remark | Field::KeyGroup => {
                self.others.entry(field).or_default()
            }
        };
        value.clone_into(place);
        if value.is_empty() {
            self.others.remove(&field);
        }
    }
}
