//! The columns of each kind of sheet, with the titles under which offices write them.

use crate::clean::Width;

/// How a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Staff numbers, telephone numbers, addresses; written as text cells.
    Code,
    /// Names and short words.
    Word,
    /// Whole sentences, kept as written.
    Prose,
    /// Dates.
    Date,
    /// A running number or a reason written by Peiyu: known, never read.
    Ignored,
}

impl Class {
    pub(crate) fn width(self) -> Width {
        match self {
            Self::Code | Self::Date => Width::Everything,
            Self::Word => Width::Alphanumeric,
            Self::Prose | Self::Ignored => Width::Nothing,
        }
    }
}

/// One column of a kind of sheet.
#[derive(Debug)]
pub struct ColumnSpec {
    /// Name in mapping files and reports.
    pub code: &'static str,
    /// Usual title.
    pub title: &'static str,
    /// Other titles.
    pub synonyms: &'static [&'static str],
    /// Nothing can be taken from a sheet without it.
    pub required: bool,
    /// How it is read.
    pub class: Class,
    /// Characters at most.
    pub limit: usize,
}

/// Code of the running number.
pub const SERIAL: &str = "serial";
/// Code of the column that a file of rejected rows has at its end.
pub const REJECTED_BECAUSE: &str = "rejected_because";
/// Its title.
pub const REJECTED_BECAUSE_TITLE: &str = "退回原因";

const fn column(
    code: &'static str,
    title: &'static str,
    synonyms: &'static [&'static str],
    class: Class,
    limit: usize,
) -> ColumnSpec {
    ColumnSpec { code, title, synonyms, required: false, class, limit }
}

const fn required(spec: ColumnSpec) -> ColumnSpec {
    ColumnSpec { required: true, ..spec }
}

const SERIAL_COLUMN: ColumnSpec =
    column(SERIAL, "序号", &["序", "行号", "no", "no."], Class::Ignored, usize::MAX);
const REASON_COLUMN: ColumnSpec =
    column(REJECTED_BECAUSE, REJECTED_BECAUSE_TITLE, &["rejected because"], Class::Ignored, usize::MAX);
const STAFF_NUMBER: &[&str] = &[
    "职工号",
    "教工号",
    "教职工号",
    "人事编号",
    "人员编号",
    "职工编号",
    "教工编号",
    "教职工编号",
    "职工工号",
    "员工号",
    "员工编号",
    "工作证号",
    "staff number",
];
const NAME: &[&str] = &["教职工姓名", "职工姓名", "教师姓名", "人员姓名", "名字", "name"];

/// 教职工名册; the codes are those of the domain's fields of a person.
pub const ROSTER: &[ColumnSpec] = &[
    required(column("staff_number", "工号", STAFF_NUMBER, Class::Code, 32)),
    required(column("name", "姓名", NAME, Class::Word, 60)),
    column("sex", "性别", &[], Class::Word, 10),
    column("born_on", "出生年月", &["出生日期", "出生年月日", "出生时间", "生日"], Class::Date, 40),
    column("ethnicity", "民族", &[], Class::Word, 30),
    column("education", "学历", &["最高学历", "文化程度", "学历层次"], Class::Word, 60),
    column("degree", "学位", &["最高学位", "学位层次"], Class::Word, 60),
    column(
        "title",
        "专业技术职务",
        &[
            "职称",
            "专业技术职称",
            "专业技术资格",
            "现专业技术职务",
            "专技职务",
            "技术职称",
            "职称名称",
            "专业技术职务（职称）",
        ],
        Class::Word,
        60,
    ),
    required(column(
        "unit",
        "所在单位",
        &[
            "单位",
            "部门",
            "所在部门",
            "所属单位",
            "所属部门",
            "工作单位",
            "二级单位",
            "单位名称",
            "部门名称",
            "院系",
            "学院",
            "所在学院",
            "所在院系",
        ],
        Class::Word,
        200,
    )),
    column(
        "room",
        "教研室",
        &[
            "科室",
            "所在科室",
            "所在教研室",
            "教研室/科室",
            "科室/教研室",
            "教研室（科室）",
            "系室",
            "系（室）",
            "教研室名称",
        ],
        Class::Word,
        200,
    ),
    column("political_status", "政治面貌", &["政治身份", "党派"], Class::Word, 60),
    column(
        "talent",
        "人才称号",
        &["人才项目", "人才计划", "人才类别", "人才工程", "人才称号（项目）"],
        Class::Word,
        500,
    ),
    column(
        "overseas",
        "海外留学经历",
        &[
            "出国经历",
            "海外经历",
            "留学经历",
            "出国（境）经历",
            "出国留学经历",
            "海外学习经历",
            "海外研修经历",
            "国外学习经历",
        ],
        Class::Prose,
        1_000,
    ),
    column(
        "joined_on",
        "来校时间",
        &[
            "到校时间",
            "来校日期",
            "到校日期",
            "来校年月",
            "进校时间",
            "入校时间",
            "入职时间",
            "入职日期",
            "来校工作时间",
        ],
        Class::Date,
        40,
    ),
    column(
        "phone",
        "手机号码",
        &["手机", "手机号", "联系电话", "电话", "电话号码", "移动电话", "联系手机", "联系方式"],
        Class::Code,
        60,
    ),
    column(
        "email",
        "电子邮箱",
        &["邮箱", "电子邮件", "电邮", "e-mail", "email", "邮箱地址"],
        Class::Code,
        254,
    ),
    column("remark", "备注", &["说明", "备注说明"], Class::Prose, 2_000),
    SERIAL_COLUMN,
    REASON_COLUMN,
];

/// 党组织: the tree.
pub const ORGANISATIONS: &[ColumnSpec] = &[
    required(column("number", "组织编号", &["党组织编号", "组织代码", "党组织代码"], Class::Code, 32)),
    required(column("name", "组织名称", &["党组织名称", "党组织全称"], Class::Word, 200)),
    required(column("kind", "组织类型", &["党组织类型", "组织类别", "党组织类别"], Class::Word, 30)),
    required(column(
        "parent",
        "上级组织编号",
        &["上级党组织编号", "上级编号", "上级组织代码", "上级党组织代码"],
        Class::Code,
        32,
    )),
    column("unit", "对应单位", &["对应行政单位", "所在单位", "单位"], Class::Word, 200),
    column("room", "对应教研室", &["对应科室", "教研室", "科室"], Class::Word, 200),
    column("founded_on", "成立时间", &["成立日期", "建立时间", "批准成立时间"], Class::Date, 40),
    column("approval", "审批权限", &["审批权", "发展党员审批权限", "预备党员审批权限"], Class::Word, 30),
    SERIAL_COLUMN,
    REASON_COLUMN,
];

/// 任职: offices with holders and terms.
pub const OFFICES: &[ColumnSpec] = &[
    required(column("staff_number", "工号", STAFF_NUMBER, Class::Code, 32)),
    required(column("name", "姓名", NAME, Class::Word, 60)),
    required(column(
        "organisation",
        "组织编号",
        &["党组织编号", "组织代码", "任职组织编号"],
        Class::Code,
        32,
    )),
    required(column("title", "职务", &["党内职务", "职务名称", "任职职务"], Class::Word, 60)),
    required(column("from", "任职时间", &["任职日期", "任职开始时间", "任现职时间"], Class::Date, 40)),
    column("until", "免职时间", &["免职日期", "离任时间", "任职结束时间"], Class::Date, 40),
    SERIAL_COLUMN,
    REASON_COLUMN,
];

/// 党员名册: the members.
pub const MEMBERS: &[ColumnSpec] = &[
    required(column("staff_number", "工号", STAFF_NUMBER, Class::Code, 32)),
    required(column("name", "姓名", NAME, Class::Word, 60)),
    required(column("standing", "人员类别", &["党员类别", "党员类型"], Class::Word, 30)),
    column("joined_on", "入党时间", &["入党日期", "加入党组织日期"], Class::Date, 40),
    column("full_since", "转正时间", &["转正日期", "转为正式党员日期"], Class::Date, 40),
    required(column(
        "branch",
        "所在党支部编号",
        &["党支部编号", "所在支部编号", "组织编号", "所在党组织编号"],
        Class::Code,
        32,
    )),
    SERIAL_COLUMN,
    REASON_COLUMN,
];

/// 谈心谈话台账: old records.
pub const TALKS: &[ColumnSpec] = &[
    required(column(
        "staff_number",
        "工号",
        &["培养对象工号", "谈话对象工号", "职工号", "人事编号", "教工号"],
        Class::Code,
        32,
    )),
    column("name", "姓名", &["培养对象", "谈话对象", "谈话对象姓名"], Class::Word, 60),
    required(column("talker_number", "谈话人工号", &["联系人工号", "党内联系人工号"], Class::Code, 32)),
    column("talker_name", "谈话人", &["谈话人姓名", "联系人", "党内联系人"], Class::Word, 60),
    required(column("held_on", "谈话日期", &["谈话时间", "日期"], Class::Date, 40)),
    required(column("form", "谈话形式", &["谈话方式", "形式", "方式"], Class::Word, 30)),
    column("place", "谈话地点", &["地点"], Class::Word, 100),
    column("topics", "谈话主题", &["主题", "谈话题目"], Class::Word, 500),
    required(column(
        "gist",
        "谈话内容",
        &["谈话要点", "谈话主要内容", "主要内容", "谈话记录", "内容"],
        Class::Prose,
        4_000,
    )),
    column("wishes", "意见建议", &["意见和建议", "诉求", "意见与建议", "需求建议"], Class::Prose, 2_000),
    column("remark", "备注", &["说明"], Class::Prose, 2_000),
    SERIAL_COLUMN,
    REASON_COLUMN,
];

/// 党内联系人建议: a proposal under review.
pub const PROPOSAL: &[ColumnSpec] = &[
    required(column("staff_number", "工号", STAFF_NUMBER, Class::Code, 32)),
    column("name", "姓名", NAME, Class::Word, 60),
    column("unit", "单位", &["所在单位"], Class::Word, 200),
    column("room", "教研室", &["科室"], Class::Word, 200),
    required(column("liaison_number", "建议联系人工号", &["联系人工号", "党内联系人工号"], Class::Code, 32)),
    column("liaison_name", "建议联系人", &["联系人", "党内联系人"], Class::Word, 60),
    column("office", "职务", &["联系人职务"], Class::Word, 60),
    column("reason", "理由", &["建议理由"], Class::Prose, 1_000),
    required(column("adopted", "采纳", &["采纳(是/否)", "是否采纳"], Class::Word, 10)),
    SERIAL_COLUMN,
    REASON_COLUMN,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_title_means_two_columns_of_one_sheet() {
        for specs in [ROSTER, ORGANISATIONS, OFFICES, MEMBERS, TALKS, PROPOSAL] {
            let mut titles: Vec<&str> =
                specs.iter().flat_map(|spec| spec.synonyms.iter().copied().chain([spec.title])).collect();
            titles.sort_unstable();
            let count = titles.len();
            titles.dedup();
            assert_eq!(titles.len(), count, "{specs:?}");
        }
    }
}
