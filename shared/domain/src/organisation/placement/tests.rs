//! A small tree, also for the tests of those who ask it, and what is found in it.

use super::*;
use crate::values::Text;

/// Numbers, names, kinds, parents, units and rooms of a small university.
const ORGANISATIONS: [(&str, &str, OrganisationKind, &str, &str, &str); 11] = [
    ("001", "某大学党委", OrganisationKind::ApprovingCommittee, "", "", ""),
    ("000999", "党委宣传部", OrganisationKind::Department, "001", "", ""),
    ("001000", "党委组织部", OrganisationKind::Department, "001", "", ""),
    ("001001", "临床医学院党委", OrganisationKind::ApprovingCommittee, "001", "临床医学院", ""),
    ("00100101", "内科学党支部", OrganisationKind::Branch, "001001", "临床医学院", "内科学教研室"),
    ("001002", "基础医学院党总支", OrganisationKind::GeneralBranch, "001", "基础医学院", ""),
    ("00100201", "解剖学党支部", OrganisationKind::Branch, "001002", "", "解剖学教研室"),
    ("00100202", "生理学党支部", OrganisationKind::Branch, "001002", "基础医学院", "生理学教研室"),
    ("00100203", "生理学第二党支部", OrganisationKind::Branch, "001002", "基础医学院", "生理学教研室"),
    ("001003", "图书馆直属党支部", OrganisationKind::Branch, "001", "图书馆", ""),
    ("00100204", "援外临时党支部", OrganisationKind::Temporary, "001002", "基础医学院", "病理学教研室"),
];

/// Id of an organisation of that tree.
pub(crate) fn id(number: &str) -> OrganisationId {
    OrganisationId::of_number("test", number)
}

/// A profile; empty words mean none.
#[expect(clippy::unwrap_used, reason = "words of tests fit")]
pub(crate) fn profile(
    number: &str,
    name: &str,
    kind: OrganisationKind,
    parent: &str,
    unit: &str,
    room: &str,
) -> (OrganisationId, Profile) {
    let some = |word: &str| (!word.is_empty()).then(|| Text::new(word).unwrap());
    let profile = Profile {
        number: Text::new(number).unwrap(),
        name: Text::new(name).unwrap(),
        kind,
        parent: (!parent.is_empty()).then(|| id(parent)),
        unit: some(unit),
        room: some(room),
        founded_on: None,
    };
    (id(number), profile)
}

/// The small tree.
pub(crate) fn tree() -> Tree {
    Tree::new(
        ORGANISATIONS
            .map(|(number, name, kind, parent, unit, room)| profile(number, name, kind, parent, unit, room)),
    )
}

#[test]
fn a_room_has_its_branch_and_its_unit_the_general_branch() {
    let place = tree().place("基础医学院", "解剖学教研室");
    assert_eq!(place, Placement { branch: Some(id("00100201")), general_branch: Some(id("001002")) });
    let place = tree().place("临床医学院", "内科学教研室");
    assert_eq!(place, Placement { branch: Some(id("00100101")), general_branch: Some(id("001001")) });
}

#[test]
fn a_room_without_branch_still_has_its_unit() {
    let of_unit = Placement { branch: None, general_branch: Some(id("001002")) };
    assert_eq!(tree().place("基础医学院", ""), of_unit);
    assert_eq!(tree().place("基础医学院", "药理学教研室"), of_unit);
    assert_eq!(tree().place("基础医学院", "病理学教研室"), of_unit, "a temporary branch takes nobody out");
}

#[test]
fn a_branch_without_rooms_takes_in_its_whole_unit() {
    let library = Placement { branch: Some(id("001003")), general_branch: None };
    assert_eq!(tree().place("图书馆", "流通部"), library);
    assert_eq!(tree().place("图书馆", ""), library);
}

#[test]
fn nothing_is_placed_by_empty_or_unknown_words() {
    for (unit, room) in [("", ""), ("", "解剖学教研室"), ("文学院", "解剖学教研室")] {
        assert_eq!(tree().place(unit, room), Placement::default(), "{unit} {room}");
    }
}

#[test]
fn of_two_branches_of_one_room_the_smaller_number_has_it() {
    assert_eq!(tree().place("基础医学院", "生理学教研室").branch, Some(id("00100202")));
}

#[test]
fn the_tree_knows_its_university_and_its_organisation_department() {
    assert_eq!(tree().university(), Some(id("001")));
    assert_eq!(tree().department(), Some(id("001000")), "and not the first of the departments");
}

#[test]
fn what_lies_above_is_told_nearest_first() {
    let tree = tree();
    assert_eq!(tree.ancestors(id("00100201")).collect::<Vec<_>>(), [id("001002"), id("001")]);
    assert!(tree.is_under(id("00100201"), id("001002")) && tree.is_under(id("001002"), id("001002")));
    assert!(!tree.is_under(id("001002"), id("00100201")));
    assert_eq!(tree.general_branch_of(id("00100201")), Some(id("001002")));
    assert_eq!(tree.general_branch_of(id("001002")), Some(id("001002")));
    assert_eq!(tree.general_branch_of(id("001003")), None);
}

#[test]
fn a_circle_or_an_unknown_parent_ends() {
    let circle = Tree::new([
        profile("1", "甲", OrganisationKind::GeneralBranch, "2", "甲院", ""),
        profile("2", "乙", OrganisationKind::GeneralBranch, "1", "", ""),
        profile("3", "丙", OrganisationKind::Branch, "9", "丙院", "丙室"),
    ]);
    assert!(circle.ancestors(id("1")).count() <= 3);
    assert!(!circle.is_under(id("1"), id("3")));
    assert_eq!(circle.university(), None);
    assert_eq!(circle.place("丙院", "丙室").branch, Some(id("3")));
}
