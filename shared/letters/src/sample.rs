//! A digest to an invented reader about invented people: how a wording would look, whoever has something to do.

use std::collections::HashMap;

use jiff::ToSpan;
use peiyu_domain::duties::{DutyKind, Rung};
use peiyu_domain::values::PersonId;
use peiyu_views::digests::{Digest, Item};
use uuid::Uuid;

use crate::digest::{Letter, Surroundings, digest};

/// The letter to the invented reader, with one duty overdue, one to come, and one that others must be urged to do.
///
/// # Errors
/// When a template cannot be filled.
pub fn sample(around: &Surroundings<'_>) -> Result<Letter, askama::Error> {
    let l = around.words();
    let called = l.say(
        ["示例读者", "示例甲", "示例乙", "示例丙"],
        ["Example Reader", "Example A", "Example B", "Example C"],
    );
    let names: HashMap<PersonId, String> =
        (0..).map(person).zip(called.into_iter().map(ToOwned::to_owned)).collect();
    let items = vec![
        item(1, DutyKind::NextTalk, -3, true, around),
        item(2, DutyKind::FirstTalk, 5, true, around),
        item(3, DutyKind::LiaisonGap, -8, false, around),
    ];
    let invented = Digest { addressee: person(0), items, more: 0, begun: None };
    digest(&invented, &Surroundings { names: &names, is_calendar_known: true, ..*around })
}

fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

fn item(number: u128, kind: DutyKind, days: i32, is_own: bool, around: &Surroundings<'_>) -> Item {
    let due_on = around.day.saturating_add(days.days());
    let policy = around.policy;
    let term = match kind {
        DutyKind::FirstTalk => i64::from(policy.talk.first_months).months(),
        DutyKind::NextTalk => i64::from(policy.talk.next_months).months(),
        DutyKind::LiaisonGap | DutyKind::LeaderWithNobody => i64::from(policy.liaison.gap_days).days(),
    };
    Item {
        obligation: Uuid::from_u128(number),
        kind,
        about: person(number),
        anchor: due_on.saturating_sub(term),
        due_on,
        liaison: None,
        rung: if is_own { Rung::Due } else { Rung::BranchSecretary },
        is_own,
        passed: Vec::new(),
        earlier: Vec::new(),
    }
}
