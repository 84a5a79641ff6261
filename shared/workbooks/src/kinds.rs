//! From the words of the offices' sheets to the domain's closed lists.

use peiyu_domain::values::{OfficeKind, OrganisationKind, Standing, TalkForm};

/// 组织类型 and 审批权限.
pub(crate) fn organisation_kind(kind: &str, approval: &str) -> Option<OrganisationKind> {
    match kind {
        "党委" | "基层党委" | "党工委" if matches!(approval, "有" | "是" | "有审批权" | "有审批权限") => {
            Some(OrganisationKind::ApprovingCommittee)
        }
        "党委" | "基层党委" | "党工委" => Some(OrganisationKind::Committee),
        "党总支" | "党总支部" | "总支" => Some(OrganisationKind::GeneralBranch),
        "党支部" | "支部" | "联合党支部" => Some(OrganisationKind::Branch),
        "临时党组织" | "临时党支部" | "临时党委" | "临时党总支" => {
            Some(OrganisationKind::Temporary)
        }
        "工作部门" | "部门" | "党委部门" => Some(OrganisationKind::Department),
        _ => None,
    }
}

/// 职务, by the organisation in which it is held. A branch of students or of the retired has no
/// teacher branch secretary, who alone is obliged to accompany.
pub(crate) fn office_kind(
    title: &str,
    organisation: OrganisationKind,
    organisation_name: &str,
) -> OfficeKind {
    if title.contains("组织员") {
        let full_time = title.contains("专职");
        return if full_time { OfficeKind::FullTimeOrganiser } else { OfficeKind::PartTimeOrganiser };
    }
    match organisation {
        OrganisationKind::Department if title.contains("部长") && !title.contains('副') => {
            OfficeKind::DepartmentHead
        }
        OrganisationKind::Department => OfficeKind::DepartmentOfficer,
        OrganisationKind::Branch => branch_office(title, organisation_name),
        OrganisationKind::ApprovingCommittee
        | OrganisationKind::Committee
        | OrganisationKind::GeneralBranch
        | OrganisationKind::Temporary => committee_office(title),
    }
}

fn branch_office(title: &str, organisation_name: &str) -> OfficeKind {
    let of_others = ["学生", "研究生", "本科生", "退休"];
    let is_teachers =
        title.contains("教师") || !of_others.iter().any(|word| organisation_name.contains(word));
    if title.contains("书记") && !title.contains('副') && is_teachers {
        OfficeKind::BranchSecretary
    } else if title.contains("委员") || title.contains("副书记") {
        OfficeKind::BranchCommitteeMember
    } else {
        OfficeKind::Other
    }
}

fn committee_office(title: &str) -> OfficeKind {
    if title.contains("副书记") && !title.contains("纪委") {
        OfficeKind::DeputySecretary
    } else if title.contains("书记") && !title.contains("纪委") {
        OfficeKind::Secretary
    } else if title.contains("委员") {
        OfficeKind::CommitteeMember
    } else {
        OfficeKind::Other
    }
}

/// 人员类别.
pub(crate) fn standing(text: &str) -> Option<Standing> {
    match text {
        "正式党员" | "中共党员" | "正式" => Some(Standing::Full),
        "预备党员" | "中共预备党员" | "预备" => Some(Standing::Probationary),
        _ => None,
    }
}

/// 谈话形式.
pub(crate) fn talk_form(text: &str) -> Option<TalkForm> {
    match text {
        "个别谈话" | "个别谈心" | "个别" | "一对一" | "一对一谈话" => {
            Some(TalkForm::Single)
        }
        "集体谈话" | "集体谈心" | "集体" => Some(TalkForm::Group),
        "电话谈话" | "电话" | "电话谈心" => Some(TalkForm::Telephone),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_offices_by_their_organisation() {
        let office = |title, kind| office_kind(title, kind, "某某党组织");
        assert_eq!(office("党委书记", OrganisationKind::Committee), OfficeKind::Secretary);
        assert_eq!(office("党总支副书记", OrganisationKind::GeneralBranch), OfficeKind::DeputySecretary);
        assert_eq!(office("组织委员", OrganisationKind::ApprovingCommittee), OfficeKind::CommitteeMember);
        assert_eq!(office("组织委员", OrganisationKind::Branch), OfficeKind::BranchCommitteeMember);
        assert_eq!(office("教师党支部书记", OrganisationKind::Branch), OfficeKind::BranchSecretary);
        assert_eq!(office("专职组织员", OrganisationKind::ApprovingCommittee), OfficeKind::FullTimeOrganiser);
        assert_eq!(office("兼职组织员", OrganisationKind::ApprovingCommittee), OfficeKind::PartTimeOrganiser);
        assert_eq!(office("组织部部长", OrganisationKind::Department), OfficeKind::DepartmentHead);
        assert_eq!(office("组织部副部长", OrganisationKind::Department), OfficeKind::DepartmentOfficer);
    }

    #[test]
    fn a_students_branch_has_no_teacher_branch_secretary() {
        assert_eq!(
            office_kind("党支部书记", OrganisationKind::Branch, "临床学生第一党支部"),
            OfficeKind::Other
        );
    }

    #[test]
    fn only_a_committee_approves() {
        assert_eq!(organisation_kind("党委", "有"), Some(OrganisationKind::ApprovingCommittee));
        assert_eq!(organisation_kind("党委", ""), Some(OrganisationKind::Committee));
        assert_eq!(organisation_kind("党总支", "有"), Some(OrganisationKind::GeneralBranch));
        assert_eq!(organisation_kind("工会", ""), None);
    }
}
