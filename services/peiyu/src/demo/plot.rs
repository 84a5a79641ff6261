//! The story of the invented people: who accompanies whom since when, and what happened. Every state occurs.

use jiff::ToSpan;
use jiff::civil::Date;

/// A day of the story, reckoned from the day of loading.
#[derive(Debug, Clone, Copy)]
pub(super) enum Day {
    /// So many days ago.
    Ago(i32),
    /// So that the same day that many months later is today.
    DueAfterMonths(i32),
}

impl Day {
    /// The date.
    pub(super) fn on(self, today: Date) -> Date {
        match self {
            Self::Ago(days) => today.saturating_sub(days.days()),
            Self::DueAfterMonths(months) => {
                let guess = today.saturating_sub(months.months());
                // At the end of a month the same day may be clipped; then no day fits exactly, and a near one will do.
                let near = (-3..=3).map(|days: i32| guess.saturating_add(days.days()));
                let fits = |day: &Date| day.saturating_add(months.months()) == today;
                near.into_iter().find(fits).unwrap_or(guess)
            }
        }
    }
}

/// Somebody of the pool with a liaison.
#[derive(Debug)]
pub(super) struct Assignment {
    /// Who is accompanied.
    pub candidate: &'static str,
    /// Who accompanies.
    pub liaison: &'static str,
    /// Since when.
    pub since: Day,
    /// An old talk from the paper ledger.
    pub old_talk: Option<Day>,
}

const fn since(
    candidate: &'static str,
    liaison: &'static str,
    since: Day,
    old_talk: Option<Day>,
) -> Assignment {
    Assignment { candidate, liaison, since, old_talk }
}

/// Who accompanies whom. 9000118 to 9000120 have nobody.
pub(super) const ASSIGNMENTS: &[Assignment] = &[
    // Never talked, overdue.
    since("9000101", "9000013", Day::Ago(75), None),
    since("9000102", "9000014", Day::Ago(68), None),
    // The next talk is overdue.
    since("9000103", "9000015", Day::Ago(200), Some(Day::Ago(130))),
    since("9000104", "9000016", Day::Ago(190), Some(Day::Ago(120))),
    // Due today: the first talk, the next one.
    since("9000105", "9000017", Day::DueAfterMonths(1), None),
    since("9000106", "9000018", Day::Ago(180), Some(Day::DueAfterMonths(3))),
    // Never talked, not due yet.
    since("9000107", "9000019", Day::Ago(10), None),
    since("9000108", "9000020", Day::Ago(5), None),
    // Talked; the liaisons record it themselves, see TALKS.
    since("9000109", "9000013", Day::Ago(120), None),
    since("9000110", "9000003", Day::Ago(110), None),
    since("9000111", "9000003", Day::Ago(90), None),
    since("9000112", "9000016", Day::Ago(150), Some(Day::Ago(40))),
    // Handed over, see HANDED_OVER.
    since("9000113", "9000017", Day::Ago(100), Some(Day::Ago(80))),
    // In training, or through with it.
    since("9000114", "9000018", Day::Ago(60), Some(Day::Ago(50))),
    since("9000115", "9000019", Day::Ago(60), Some(Day::Ago(45))),
    since("9000116", "9000020", Day::Ago(60), Some(Day::Ago(35))),
    since("9000117", "9000004", Day::Ago(60), Some(Day::Ago(25))),
    // A field corrected by hand that the roster contradicts.
    since("9000121", "9000008", Day::Ago(80), Some(Day::Ago(70))),
    // The liaison went, nobody follows: a gap.
    since("9000122", "9000010", Day::Ago(140), Some(Day::Ago(100))),
    // The first talk is near.
    since("9000123", "9000011", Day::Ago(20), None),
    // Of the key group by title alone (associate professor), overdue.
    since("9000124", "9000012", Day::Ago(45), None),
];

/// A talk that the liaison records.
#[derive(Debug)]
pub(super) struct Talk {
    /// Who records it.
    pub liaison: &'static str,
    /// With whom.
    pub candidate: &'static str,
    /// When.
    pub held: Day,
    /// Form.
    pub form: &'static str,
    /// Topic.
    pub topic: &'static str,
    /// Gist.
    pub gist: &'static str,
}

/// Talks recorded live.
pub(super) const TALKS: &[Talk] = &[
    Talk {
        liaison: "9000013",
        candidate: "9000109",
        held: Day::Ago(20),
        form: "single",
        topic: "思想动态",
        gist: "谈了近期教学科研情况和对党的认识，态度积极，愿意参加党校学习。",
    },
    Talk {
        liaison: "9000003",
        candidate: "9000110",
        held: Day::Ago(15),
        form: "single",
        topic: "入党动机",
        gist: "介绍了发展党员工作的程序，本人表示会认真考虑。",
    },
    Talk {
        liaison: "9000003",
        candidate: "9000111",
        held: Day::Ago(8),
        form: "telephone",
        topic: "工作生活",
        gist: "出差在外，电话了解项目进展和家庭情况，约定回校后面谈。",
    },
];

/// Candidate, successor, day of the hand-over.
pub(super) const HANDED_OVER: (&str, &str, Day) = ("9000113", "9000007", Day::Ago(30));
/// Candidate without a successor, day of the end.
pub(super) const GAP: (&str, Day) = ("9000122", Day::Ago(12));
/// Who sits in the class.
pub(super) const ENROLLED: &[&str] = &["9000114", "9000115", "9000116", "9000117"];
/// Who is through, with which result.
pub(super) const COMPLETED: &[(&str, &str)] = &[("9000116", "excellent"), ("9000117", "passed")];
/// Whose title is corrected, to what.
pub(super) const CORRECTED: (&str, &str) = ("9000121", "副教授");
/// Who gets an account.
pub(super) const ACCOUNTS: &[&str] = &["9000001", "9000002", "9000003", "9000013", OPERATOR];
/// Who operates the system: no office gives that right, the operator grants it.
pub(super) const OPERATOR: &str = "9000032";

/// Logins whose day in Peiyu a newcomer may walk through.
pub(crate) const DAYS: &[(&str, &str)] = &[
    ("9000002", "组织部干部的一天 a day of an officer"),
    ("9000003", "党委书记的一天 a day of a secretary"),
    ("9000013", "党内联系人的一天 a day of a liaison"),
    (OPERATOR, "系统管理员的一天 a day of whoever runs the system"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;

    #[test]
    fn nobody_is_assigned_twice_and_no_talk_lies_before_the_assignment() {
        let today = date(2026, 11, 24);
        let mut seen = BTreeSet::new();
        for assignment in ASSIGNMENTS {
            assert!(seen.insert(assignment.candidate), "{} twice", assignment.candidate);
            let since = assignment.since.on(today);
            assert!(assignment.old_talk.is_none_or(|talk| talk.on(today) >= since), "{assignment:?}");
        }
    }

    #[test]
    fn whoever_records_a_talk_accompanies_the_other_and_has_an_account() {
        for talk in TALKS {
            let pair = |assignment: &&Assignment| {
                assignment.candidate == talk.candidate && assignment.liaison == talk.liaison
            };
            assert!(ASSIGNMENTS.iter().any(|assignment| pair(&assignment)), "{talk:?}");
            assert!(ACCOUNTS.contains(&talk.liaison), "{talk:?}");
        }
    }

    #[test]
    fn something_falls_due_exactly_today() {
        let today = date(2026, 11, 24);
        assert_eq!(Day::DueAfterMonths(1).on(today), date(2026, 10, 24));
        assert_eq!(Day::DueAfterMonths(3).on(date(2026, 5, 31)), date(2026, 2, 28));
    }
}
