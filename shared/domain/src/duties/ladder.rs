//! 升级提醒: on which days the rungs of the ladder are reached. Rungs above the first count working days of the
//! State Council's calendar, so that a ladder is not spent on days off.

use jiff::civil::Date;

use super::{DutyKind, Rung, due_on};
use crate::calendar::{Calendar, days_before};
use crate::policy::Policy;

/// The rungs of a duty with their days, lowest first. No rung lies before `known_on`, the day on which the duty
/// became known: old records entered late start their ladder then, they do not climb it at once.
#[must_use]
pub fn rungs(
    kind: DutyKind,
    anchor: Date,
    known_on: Date,
    policy: &Policy,
    calendar: &Calendar,
) -> Vec<(Rung, Date)> {
    let due = due_on(kind, anchor, policy);
    let base = due.max(known_on);
    let after = |working_days| calendar.add_working_days(base, working_days);
    let ladder = &policy.ladder;
    let due_rung = match ladder.liaison {
        0 if due >= known_on => due,
        0 => calendar.next_working_day_on_or_after(known_on),
        days => after(days),
    };
    match kind {
        DutyKind::FirstTalk | DutyKind::NextTalk => {
            let lead = days_before(due, policy.talk.lead_days).max(known_on);
            let lead_rung = (lead < due).then_some((Rung::Lead, lead));
            let climbing = [
                (Rung::Due, due_rung),
                (Rung::BranchSecretary, after(ladder.branch_secretary)),
                (Rung::GeneralBranchSecretary, after(ladder.general_branch_secretary)),
                (Rung::OrganisationDepartment, after(ladder.organisation_department)),
            ];
            lead_rung.into_iter().chain(climbing).collect()
        }
        // The general branch secretary must act first (Due); above them stands only the department.
        DutyKind::LiaisonGap | DutyKind::LeaderWithNobody => vec![
            (Rung::Due, due_rung),
            (Rung::OrganisationDepartment, after(ladder.general_branch_secretary)),
        ],
    }
}

/// The rungs whose day has come.
#[must_use]
pub fn fired(rungs: &[(Rung, Date)], today: Date) -> Vec<(Rung, Date)> {
    rungs.iter().filter(|(_, day)| *day <= today).copied().collect()
}
