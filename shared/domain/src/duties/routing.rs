//! 提醒对象: to whom each rung of the ladder speaks. A vacant office, and an office whose holder was told by a
//! lower rung, are passed over for the next higher one, and that is said.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{DutyKind, Rung};
use crate::values::PersonId;

/// Who holds what stands on the ladder of one duty; several may hold an office together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holders {
    /// Whoever must act: the liaison; for a gap and a leader with nobody the unit's secretary, for a leader also
    /// the leader.
    pub acting: Vec<PersonId>,
    /// 教师党支部书记.
    pub branch_secretaries: Vec<PersonId>,
    /// 党委书记 or 党总支书记 of the unit.
    pub general_branch_secretaries: Vec<PersonId>,
    /// 组织部.
    pub organisation_department: Vec<PersonId>,
}

/// Why a rung went past an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Passed {
    /// Nobody holds it.
    Vacant,
    /// Whoever holds it was told of the same duty by a lower rung.
    ToldBefore,
}

/// One rung with those to whom it speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which rung.
    pub rung: Rung,
    /// When it is reached.
    pub day: Date,
    /// To whom; empty when nobody is left above.
    pub addressees: Vec<PersonId>,
    /// The offices that were passed over, lowest first ([`Rung::Due`] stands for whoever must act).
    pub passed: Vec<(Rung, Passed)>,
}

impl Holders {
    fn of(&self, office: Rung) -> &[PersonId] {
        match office {
            Rung::Lead | Rung::Due => &self.acting,
            Rung::BranchSecretary => &self.branch_secretaries,
            Rung::GeneralBranchSecretary => &self.general_branch_secretaries,
            Rung::OrganisationDepartment => &self.organisation_department,
        }
    }
}

/// The offices of a kind's ladder, lowest first.
fn offices(kind: DutyKind) -> &'static [Rung] {
    match kind {
        DutyKind::FirstTalk | DutyKind::NextTalk => {
            &[Rung::Due, Rung::BranchSecretary, Rung::GeneralBranchSecretary, Rung::OrganisationDepartment]
        }
        DutyKind::LiaisonGap | DutyKind::LeaderWithNobody => &[Rung::Due, Rung::OrganisationDepartment],
    }
}

/// To whom each of these rungs (lowest first) speaks.
#[must_use]
pub fn calls(kind: DutyKind, rungs: &[(Rung, Date)], holders: &Holders) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::with_capacity(rungs.len());
    for (rung, day) in rungs {
        let call = call(kind, *rung, *day, holders, &calls);
        calls.push(call);
    }
    calls
}

fn call(kind: DutyKind, rung: Rung, day: Date, holders: &Holders, lower: &[Call]) -> Call {
    let mut passed = Vec::new();
    // Whoever must act is told ahead and when due: that is one office and no skipping.
    let start = if rung == Rung::Lead { Rung::Due } else { rung };
    let told = |person: &PersonId| {
        let by = |call: &Call| office_of(call.rung) != start && call.addressees.contains(person);
        lower.iter().any(by)
    };
    for office in offices(kind).iter().filter(|office| **office >= start) {
        let people = holders.of(*office);
        let left: Vec<PersonId> = people.iter().filter(|person| !told(person)).copied().collect();
        if !left.is_empty() {
            return Call { rung, day, addressees: left, passed };
        }
        passed.push((*office, if people.is_empty() { Passed::Vacant } else { Passed::ToldBefore }));
    }
    Call { rung, day, addressees: Vec::new(), passed }
}

fn office_of(rung: Rung) -> Rung {
    if rung == Rung::Lead { Rung::Due } else { rung }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{date, person};

    const TALK: DutyKind = DutyKind::NextTalk;

    fn ladder() -> Vec<(Rung, Date)> {
        Rung::ALL.into_iter().zip(1..).map(|(rung, day)| (rung, date(&format!("2026-11-0{day}")))).collect()
    }

    fn holders(acting: u32, branch: u32, general: u32, department: u32) -> Holders {
        let one = |number: u32| if number == 0 { Vec::new() } else { vec![person(number.into())] };
        Holders {
            acting: one(acting),
            branch_secretaries: one(branch),
            general_branch_secretaries: one(general),
            organisation_department: one(department),
        }
    }

    fn addressees(kind: DutyKind, rungs: &[(Rung, Date)], holders: &Holders) -> Vec<Vec<PersonId>> {
        calls(kind, rungs, holders).into_iter().map(|call| call.addressees).collect()
    }

    #[test]
    fn each_rung_speaks_to_its_office() {
        let told = addressees(TALK, &ladder(), &holders(1, 2, 3, 4));
        let people = [1, 1, 2, 3, 4].map(|number| vec![person(number)]);
        assert_eq!(told, people);
    }

    #[test]
    fn whoever_holds_two_offices_is_skipped_upwards_and_never_told_twice() {
        let calls = calls(TALK, &ladder(), &holders(1, 1, 3, 4));
        assert_eq!(calls[2].addressees, [person(3)]);
        assert_eq!(calls[2].passed, [(Rung::BranchSecretary, Passed::ToldBefore)]);
        assert_eq!(calls[3].addressees, [person(4)], "the unit's secretary was told by the rung below");
        assert!(calls[4].addressees.is_empty(), "nobody is left above");
    }

    #[test]
    fn a_vacant_office_is_passed_over_for_the_next_higher() {
        let calls = calls(TALK, &ladder(), &holders(1, 0, 3, 4));
        assert_eq!(calls[2].addressees, [person(3)]);
        assert_eq!(calls[2].passed, [(Rung::BranchSecretary, Passed::Vacant)]);
    }

    #[test]
    fn a_gap_without_a_secretary_goes_to_the_department_once() {
        let rungs = [(Rung::Due, date("2026-11-02")), (Rung::OrganisationDepartment, date("2026-11-16"))];
        let calls = calls(DutyKind::LiaisonGap, &rungs, &holders(0, 0, 0, 4));
        assert_eq!(calls[0].addressees, [person(4)]);
        assert_eq!(calls[0].passed, [(Rung::Due, Passed::Vacant)]);
        assert!(calls[1].addressees.is_empty());
    }
}
