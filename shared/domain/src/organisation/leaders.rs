//! Leaders (联系责任人): who is obliged to accompany people of the pool, and who may (Opinions 三(四)).

use super::HeldOffice;
use crate::values::{OfficeKind, OrganisationKind};

/// What an office means for accompanying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accompanying {
    /// Must accompany at least so many people as the policy says.
    Obliged,
    /// May, and need not.
    Allowed,
    /// May not.
    Excluded,
}

/// Whether somebody in this office may be a liaison.
#[must_use]
pub fn may_accompany(office: &HeldOffice) -> bool {
    accompanying(office) != Accompanying::Excluded
}

/// Whether somebody in this office must accompany people.
#[must_use]
pub fn is_obliged(office: &HeldOffice) -> bool {
    accompanying(office) == Accompanying::Obliged
}

fn accompanying(held: &HeldOffice) -> Accompanying {
    use Accompanying::{Allowed, Excluded, Obliged};
    match held.office {
        // 总支班子成员: the leading group of a committee or general branch.
        OfficeKind::Secretary | OfficeKind::DeputySecretary | OfficeKind::CommitteeMember => {
            leading_group(held)
        }
        // 专职组织员: named by the Opinions without regard to where they serve.
        OfficeKind::FullTimeOrganiser => Obliged,
        OfficeKind::BranchSecretary => branch_secretary(held),
        // 组织部: leads the work and supervises it; its officers help out where places do not suffice.
        OfficeKind::DepartmentHead | OfficeKind::DepartmentOfficer => match held.organisation_kind {
            OrganisationKind::Department => Allowed,
            // An office of the department is nothing outside of it.
            OrganisationKind::ApprovingCommittee
            | OrganisationKind::Committee
            | OrganisationKind::GeneralBranch
            | OrganisationKind::Branch
            | OrganisationKind::Temporary => Excluded,
        },
        // The Opinions name the branch's secretary only; organisers only when full-time.
        OfficeKind::BranchCommitteeMember | OfficeKind::PartTimeOrganiser => Excluded,
        // Whatever it is, the Opinions do not name it.
        OfficeKind::Other => Excluded,
    }
}

fn leading_group(held: &HeldOffice) -> Accompanying {
    match held.organisation_kind {
        // The university's own committee leads all of them and is not one of them.
        OrganisationKind::ApprovingCommittee
        | OrganisationKind::Committee
        | OrganisationKind::GeneralBranch
            if held.is_university =>
        {
            Accompanying::Excluded
        }
        OrganisationKind::ApprovingCommittee
        | OrganisationKind::Committee
        | OrganisationKind::GeneralBranch => Accompanying::Obliged,
        // A branch's secretary, entered under the general word; its other members are not named.
        OrganisationKind::Branch | OrganisationKind::Temporary if held.office == OfficeKind::Secretary => {
            branch_secretary(held)
        }
        OrganisationKind::Branch | OrganisationKind::Temporary => Accompanying::Excluded,
        // A department has officers, no secretary.
        OrganisationKind::Department => Accompanying::Excluded,
    }
}

fn branch_secretary(held: &HeldOffice) -> Accompanying {
    match held.organisation_kind {
        // 教师党支部书记.
        OrganisationKind::Branch => Accompanying::Obliged,
        // It ends with its task; whoever leads it may accompany meanwhile, but no place is counted on.
        OrganisationKind::Temporary => Accompanying::Allowed,
        // No such office there.
        OrganisationKind::ApprovingCommittee
        | OrganisationKind::Committee
        | OrganisationKind::GeneralBranch
        | OrganisationKind::Department => Accompanying::Excluded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::OrganisationId;

    fn held(office: OfficeKind, kind: OrganisationKind, is_university: bool) -> HeldOffice {
        let organisation = OrganisationId::of_number("test", "001");
        HeldOffice { organisation, organisation_kind: kind, is_university, office }
    }

    #[test]
    fn the_leading_group_below_the_university_is_obliged() {
        for office in [OfficeKind::Secretary, OfficeKind::DeputySecretary, OfficeKind::CommitteeMember] {
            for kind in [
                OrganisationKind::ApprovingCommittee,
                OrganisationKind::Committee,
                OrganisationKind::GeneralBranch,
            ] {
                assert!(is_obliged(&held(office, kind, false)), "{office:?} of {kind:?}");
                assert!(!may_accompany(&held(office, kind, true)), "{office:?} of the university");
            }
        }
    }

    #[test]
    fn teacher_branch_secretaries_and_full_time_organisers_are_obliged() {
        assert!(is_obliged(&held(OfficeKind::BranchSecretary, OrganisationKind::Branch, false)));
        assert!(is_obliged(&held(OfficeKind::FullTimeOrganiser, OrganisationKind::Committee, false)));
        assert!(is_obliged(&held(OfficeKind::FullTimeOrganiser, OrganisationKind::Department, false)));
    }

    #[test]
    fn officers_of_the_department_may_and_need_not() {
        for office in [OfficeKind::DepartmentHead, OfficeKind::DepartmentOfficer] {
            let officer = held(office, OrganisationKind::Department, false);
            assert!(may_accompany(&officer) && !is_obliged(&officer));
        }
    }

    #[test]
    fn whoever_leads_a_temporary_organisation_may_and_need_not() {
        let leader = held(OfficeKind::BranchSecretary, OrganisationKind::Temporary, false);
        assert!(may_accompany(&leader) && !is_obliged(&leader));
    }

    #[test]
    fn others_may_not() {
        for office in [OfficeKind::BranchCommitteeMember, OfficeKind::PartTimeOrganiser, OfficeKind::Other] {
            assert!(!may_accompany(&held(office, OrganisationKind::Branch, false)));
        }
        assert!(!may_accompany(&held(OfficeKind::DepartmentHead, OrganisationKind::Committee, false)));
        assert!(!may_accompany(&held(OfficeKind::DeputySecretary, OrganisationKind::Branch, false)));
    }
}
