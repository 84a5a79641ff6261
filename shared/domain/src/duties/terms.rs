//! When a duty is due, and where it stands on a day.

use jiff::civil::Date;

use super::{DutyKind, DutyState};
use crate::calendar::{days_after, days_before, months_after, months_before};
use crate::policy::Policy;

/// The provision that a duty rests on.
#[must_use]
pub fn article(kind: DutyKind) -> &'static str {
    match kind {
        // 定期开展沟通交流 … 建立谈心谈话纪实档案.
        DutyKind::FirstTalk | DutyKind::NextTalk => "意见三(四)",
        // 确保全覆盖无缝隙.
        DutyKind::LiaisonGap => "意见三(四)",
        // 至少联系1-2名.
        DutyKind::LeaderWithNobody => "意见三(四)",
    }
}

/// The day on which a duty is due that is reckoned from `anchor`.
#[must_use]
pub fn due_on(kind: DutyKind, anchor: Date, policy: &Policy) -> Date {
    match kind {
        DutyKind::FirstTalk => months_after(anchor, policy.talk.first_months),
        DutyKind::NextTalk => months_after(anchor, policy.talk.next_months),
        DutyKind::LiaisonGap | DutyKind::LeaderWithNobody => days_after(anchor, policy.liaison.gap_days),
    }
}

/// The largest anchor that is due on or before `day`, so that a query may say `anchor <= x`: exact, since
/// a later anchor is never due earlier.
#[must_use]
pub fn latest_anchor_due_by(kind: DutyKind, day: Date, policy: &Policy) -> Date {
    let back = match kind {
        DutyKind::FirstTalk => months_before(day, policy.talk.first_months),
        DutyKind::NextTalk => months_before(day, policy.talk.next_months),
        DutyKind::LiaisonGap | DutyKind::LeaderWithNobody => days_before(day, policy.liaison.gap_days),
    };
    // 28, 29, 30 and 31 January are all due on 28 February: at most three days more.
    (1..=3)
        .map(|days| days_after(back, days))
        .take_while(|later| due_on(kind, *later, policy) <= day)
        .last()
        .unwrap_or(back)
}

/// Where a duty stands on `today`; `met_on` is the day on which it was done.
#[must_use]
pub fn state_on(
    kind: DutyKind,
    anchor: Date,
    met_on: Option<Date>,
    today: Date,
    policy: &Policy,
) -> DutyState {
    let due = due_on(kind, anchor, policy);
    if let Some(met) = met_on {
        return DutyState::Met { late_days: days_between(due, met) };
    }
    match today.cmp(&due) {
        std::cmp::Ordering::Greater => DutyState::Overdue { days: days_between(due, today) },
        std::cmp::Ordering::Equal => DutyState::DueToday,
        std::cmp::Ordering::Less if today >= days_before(due, policy.talk.lead_days) => DutyState::DueSoon,
        std::cmp::Ordering::Less => DutyState::Upcoming,
    }
}

/// Days from one day to a later one; 0 when it is not later.
pub(super) fn days_between(from: Date, to: Date) -> u32 {
    u32::try_from((to - from).get_days()).unwrap_or(0)
}
