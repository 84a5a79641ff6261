//! Who is of the key group, by what, and in which categories.

use super::*;

fn of(fields: &[(Field, &str)]) -> Assessment {
    decided(fields, None)
}

fn decided(fields: &[(Field, &str)], by_officer: Option<bool>) -> Assessment {
    let record = fields.iter().map(|(field, value)| (*field, (*value).to_owned())).collect();
    assess(&record, by_officer, Policy::shipped())
}

#[test]
fn each_basis_alone_suffices() {
    assert_eq!(of(&[(Field::Education, "硕士研究生")]).basis, [Basis::GraduateEducation]);
    assert_eq!(
        of(&[(Field::Education, "大学本科"), (Field::Degree, "医学硕士")]).basis,
        [Basis::GraduateDegree]
    );
    let by_title = of(&[(Field::Education, "大学本科"), (Field::Title, "副主任医师")]);
    assert_eq!((by_title.key_group, by_title.basis), (true, vec![Basis::SeniorTitle]));
}

#[test]
fn talent_titles_and_years_abroad_alone_do_not_qualify() {
    let assessment = of(&[
        (Field::Education, "大学本科"),
        (Field::Degree, "学士"),
        (Field::Title, "讲师"),
        (Field::Talent, "学科带头人"),
        (Field::Overseas, "2018年访问学者（日本）"),
    ]);
    assert!(!assessment.key_group && assessment.basis.is_empty());
    assert_eq!(assessment.categories, [Category::Returnee, Category::Talent, Category::DisciplineLeader]);
}

#[test]
fn titles_are_compared_whole() {
    for junior in ["助理研究员", "主治医师", "馆员", "实验师", "讲师", "助教", "教授级"]
    {
        assert!(!of(&[(Field::Title, junior)]).key_group, "{junior}");
    }
    for senior in ["教授（二级）", "教授、主任医师", "讲师/高级实验师", "研究馆员"] {
        assert!(of(&[(Field::Title, senior)]).key_group, "{senior}");
    }
}

#[test]
fn an_unfinished_education_does_not_count() {
    let assessment = of(&[(Field::Education, "博士研究生（在读）"), (Field::Degree, "学士")]);
    assert_eq!(assessment, Assessment::default());
}

#[test]
fn a_doctor_is_one_by_education_or_by_degree() {
    assert!(of(&[(Field::Education, "博士研究生")]).categories.contains(&Category::Doctor));
    assert!(of(&[(Field::Degree, "理学博士")]).categories.contains(&Category::Doctor));
    assert!(!of(&[(Field::Education, "硕士研究生")]).categories.contains(&Category::Doctor));
    // 英国利兹大学博士 under 海外留学经历 is a stay abroad; the degree stands in its own column.
    assert_eq!(of(&[(Field::Overseas, "英国利兹大学博士")]).categories, [Category::Returnee]);
}

#[test]
fn a_cell_that_says_nothing_is_empty() {
    assert_eq!(of(&[(Field::Talent, "无"), (Field::Overseas, "—")]).categories, []);
}

#[test]
fn categories_are_read_from_the_talent_title() {
    let talent = |title| of(&[(Field::Talent, title)]).categories;
    assert_eq!(talent("重点实验室主任"), [Category::Talent, Category::LaboratoryHead]);
    assert_eq!(talent("校级优秀青年人才"), [Category::Talent, Category::OutstandingYoungTeacher]);
    assert_eq!(
        talent("学术带头人、教学骨干"),
        [Category::Talent, Category::AcademicLeader, Category::Backbone]
    );
    assert_eq!(talent("青年泰山学者"), [Category::Talent]);
}

#[test]
fn an_officers_decision_stands_above_the_computed_answer() {
    let graduate = [(Field::Education, "硕士研究生")];
    let taken_out = decided(&graduate, Some(false));
    assert_eq!((taken_out.key_group, taken_out.basis), (false, vec![Basis::Decided]));
    let confirmed = decided(&graduate, Some(true));
    assert_eq!(confirmed.basis, [Basis::GraduateEducation, Basis::Decided]);
    assert!(decided(&[], Some(true)).key_group);
}
