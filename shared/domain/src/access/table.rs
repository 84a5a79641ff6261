//! The one table that maps office kind x organisation kind to rights.

use super::Right;
use crate::organisation::HeldOffice;
use crate::values::{OfficeKind, OrganisationKind};

/// 组织部部长.
const DEPARTMENT_HEAD: &[Right] = &[
    Right::PoolRead,
    Right::TodoRead,
    Right::TalkRecord,
    Right::LiaisonAssign,
    Right::TrainingManage,
    Right::ImportRun,
    Right::PersonCorrect,
    Right::FeedRead,
    Right::ReminderRead,
    Right::AccountManage,
    Right::PolicyAdopt,
];

/// 组织部 officers: everything of the head's but the policy.
const DEPARTMENT_OFFICER: &[Right] = &[
    Right::PoolRead,
    Right::TodoRead,
    Right::TalkRecord,
    Right::LiaisonAssign,
    Right::TrainingManage,
    Right::ImportRun,
    Right::PersonCorrect,
    Right::FeedRead,
    Right::ReminderRead,
    Right::AccountManage,
];

/// Secretary and deputy of the university's own committee: they read all and change nothing.
const UNIVERSITY_LEADER: &[Right] = &[Right::PoolRead, Right::TodoRead, Right::FeedRead, Right::ReminderRead];

/// Whoever leads the work of a committee or general branch below the university's, and full-time organisers.
const UNIT_LEADER: &[Right] = &[
    Right::PoolRead,
    Right::TodoRead,
    Right::TalkRecord,
    Right::LiaisonAssign,
    Right::TrainingManage,
    Right::ReminderRead,
];

/// The other members of such a committee or general branch.
const UNIT_MEMBER: &[Right] = &[Right::PoolRead, Right::TodoRead, Right::TalkRecord];

/// 教师党支部书记.
const BRANCH_LEADER: &[Right] = &[Right::PoolRead, Right::TodoRead, Right::TalkRecord, Right::ReminderRead];

/// Those who read along in their organisation.
const READER: &[Right] = &[Right::PoolRead, Right::TodoRead];

/// Everybody else with an office.
const ANYBODY: &[Right] = &[Right::TodoRead];

/// The organisation kinds as the table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    /// The university's own committee.
    University,
    /// A committee or general branch below it.
    Unit,
    /// A branch, temporary organisations included.
    Branch,
    /// A department.
    Department,
}

/// Rights that one office gives.
#[must_use]
pub fn rights_of(held: &HeldOffice) -> &'static [Right] {
    use Column::{Branch, Department, Unit, University};
    use OfficeKind as Office;
    match (held.office, column(held)) {
        (Office::DepartmentHead, Department) => DEPARTMENT_HEAD,
        (Office::DepartmentOfficer, Department) => DEPARTMENT_OFFICER,

        (Office::Secretary | Office::DeputySecretary, University) => UNIVERSITY_LEADER,
        (Office::Secretary | Office::DeputySecretary, Unit) => UNIT_LEADER,
        (Office::Secretary, Branch) => BRANCH_LEADER,
        (Office::DeputySecretary, Branch) => READER,

        (Office::CommitteeMember, Unit) => UNIT_MEMBER,
        (Office::CommitteeMember, University | Branch) => READER,

        (Office::FullTimeOrganiser, University | Unit | Department) => UNIT_LEADER,
        (Office::FullTimeOrganiser, Branch) => UNIT_MEMBER,
        (Office::PartTimeOrganiser, University | Unit | Branch | Department) => READER,

        (Office::BranchSecretary, Branch) => BRANCH_LEADER,
        (Office::BranchCommitteeMember, Branch) => READER,

        // An office where there is none such: somebody wrote the tree wrongly, and that gives no right.
        (Office::DepartmentHead | Office::DepartmentOfficer, University | Unit | Branch) => ANYBODY,
        (Office::Secretary | Office::DeputySecretary | Office::CommitteeMember, Department) => ANYBODY,
        (Office::BranchSecretary | Office::BranchCommitteeMember, University | Unit | Department) => ANYBODY,
        (Office::Other, University | Unit | Branch | Department) => ANYBODY,
    }
}

/// Whether the office looks over the whole university: the department and the university's own committee.
pub(super) fn reaches_university(held: &HeldOffice) -> bool {
    match column(held) {
        Column::University | Column::Department => true,
        Column::Unit | Column::Branch => false,
    }
}

fn column(held: &HeldOffice) -> Column {
    match held.organisation_kind {
        OrganisationKind::ApprovingCommittee
        | OrganisationKind::Committee
        | OrganisationKind::GeneralBranch => {
            if held.is_university {
                Column::University
            } else {
                Column::Unit
            }
        }
        OrganisationKind::Branch | OrganisationKind::Temporary => Column::Branch,
        OrganisationKind::Department => Column::Department,
    }
}
