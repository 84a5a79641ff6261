//! The closed lists of the field: kinds of organisations and offices, forms of talks, standings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kind of a Party organisation; rights follow from it and from the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationKind {
    /// 党委 with right of approval.
    ApprovingCommittee,
    /// 党委 without it.
    Committee,
    /// 党总支.
    GeneralBranch,
    /// 党支部.
    Branch,
    /// 临时党组织.
    Temporary,
    /// 工作部门.
    Department,
}

/// Kind of an office, by duty; its title is kept beside it as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfficeKind {
    /// 党委书记, 党总支书记.
    Secretary,
    /// 党委副书记, 党总支副书记.
    DeputySecretary,
    /// 组织委员, 宣传委员, … of a committee or general branch.
    CommitteeMember,
    /// 专职组织员.
    FullTimeOrganiser,
    /// 兼职组织员.
    PartTimeOrganiser,
    /// 教师党支部书记.
    BranchSecretary,
    /// 支部组织委员 and the other members of a branch committee.
    BranchCommitteeMember,
    /// 组织部部长.
    DepartmentHead,
    /// 组织部 officers.
    DepartmentOfficer,
    /// Any other title.
    Other,
}

/// Standing in the Party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 预备党员.
    Probationary,
    /// 正式党员.
    Full,
    /// No longer a member, or recorded by mistake.
    Ended,
}

/// 政治面貌 as the roster says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PoliticalStatus {
    /// 中共党员.
    FullMember,
    /// 中共预备党员.
    Probationary,
    /// 入党积极分子.
    Activist,
    /// 共青团员.
    LeagueMember,
    /// 民革, 民盟, 民建, 民进, 农工党, 致公党, 九三学社, 台盟.
    OtherParty,
    /// 无党派人士.
    NonPartisan,
    /// 群众.
    Masses,
    /// Empty or not recognised.
    Unknown,
}

/// 谈心谈话 forms that count for the talk duty (Opinions 三(四)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TalkForm {
    /// 个别谈话.
    Single,
    /// 集体谈话.
    Group,
    /// 电话谈话.
    Telephone,
}

/// Form of training (Opinions 三(五)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrainingForm {
    /// 座谈会.
    Symposium,
    /// 政治理论学习.
    TheoryStudy,
    /// 集中培训.
    ConcentratedTraining,
    /// 听党课.
    Lecture,
    /// 参加党内有关活动.
    PartyActivity,
    /// 主题实践.
    ThemedPractice,
}

/// Result of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 优秀.
    Excellent,
    /// 合格.
    Passed,
    /// 不合格.
    Failed,
}

/// Category of the key group (Opinions 前言, 三(二)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// 博士.
    Doctor,
    /// 留学归国.
    Returnee,
    /// 校级及以上人才计划.
    Talent,
    /// 学科带头人.
    DisciplineLeader,
    /// 学术带头人.
    AcademicLeader,
    /// 重点实验室负责人.
    LaboratoryHead,
    /// 优秀中青年教师.
    OutstandingYoungTeacher,
    /// 教学科研骨干.
    Backbone,
    /// 副高级以上职称.
    SeniorTitle,
}

/// Why somebody is of the key group, by the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// 研究生学历.
    GraduateEducation,
    /// 硕士 or 博士 degree.
    GraduateDegree,
    /// 副高级以上职称.
    SeniorTitle,
    /// Said so by an officer, with a reason.
    Decided,
}
