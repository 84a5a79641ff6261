//! In which order the pool is listed, and how a page goes on behind the last one seen.

use peiyu_domain::policy::Policy;

use crate::ask::Question;

/// By what the pool is sorted; whoever is alike in it follows by the name's pinyin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// The name's pinyin.
    Name,
    /// 所在单位.
    Unit,
    /// Day of the last talk; no talk is before every talk.
    LastTalk,
    /// Day on which something is due under these terms; nothing due is after everything due.
    NextDue(Terms),
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest or earliest first.
    Ascending,
    /// Largest or latest first.
    Descending,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub sort: Sort,
    /// Which way.
    pub direction: Direction,
}

/// The terms of a policy from which due days follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    first_months: i64,
    next_months: i64,
    gap_days: i64,
}

impl Terms {
    /// Those of a policy.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        Self {
            first_months: policy.talk.first_months.into(),
            next_months: policy.talk.next_months.into(),
            gap_days: policy.liaison.gap_days.into(),
        }
    }
}

impl Order {
    /// By the names' pinyin.
    pub const NAMES: Self = Self { sort: Sort::Name, direction: Direction::Ascending };

    /// What the order needs joined: the earliest due day. A month's end is reckoned as `due_on` reckons it, and
    /// `the_order_by_due_day_is_that_of_the_rules` compares them.
    pub(super) fn joined(self) -> &'static str {
        match self.sort {
            Sort::Name | Sort::Unit | Sort::LastTalk => "",
            Sort::NextDue(_) => {
                "left join lateral (select min(case o.kind \
                     when 'first_talk' then (o.anchor + make_interval(months => $24::integer))::date \
                     when 'next_talk' then (o.anchor + make_interval(months => $25::integer))::date \
                     else o.anchor + $26::integer end) as due_on \
                 from views.obligations o where o.candidate = c.id and o.closed_by is null) due on true"
            }
        }
    }

    /// What is sorted by before the names: the column, and the same of the last one seen.
    fn key(self) -> Option<(&'static str, &'static str)> {
        match self.sort {
            Sort::Name => None,
            Sort::Unit => Some(("p.unit", "$21")),
            Sort::LastTalk => {
                Some(("coalesce(c.last_talk, '-infinity'::date)", "coalesce($22::date, '-infinity'::date)"))
            }
            Sort::NextDue(_) => {
                Some(("coalesce(due.due_on, 'infinity'::date)", "coalesce($22::date, 'infinity'::date)"))
            }
        }
    }

    fn word(self) -> &'static str {
        match self.direction {
            Direction::Ascending => "asc",
            Direction::Descending => "desc",
        }
    }

    pub(super) fn by(self) -> String {
        let word = self.word();
        match self.key() {
            None => format!("p.sort_key {word}, p.id {word}"),
            Some((column, _)) => format!("{column} {word}, p.sort_key, p.id"),
        }
    }

    /// The condition that a row comes behind the last one seen ($19 to $22).
    pub(super) fn behind(self) -> String {
        let sign = match self.direction {
            Direction::Ascending => ">",
            Direction::Descending => "<",
        };
        match self.key() {
            None => format!("(p.sort_key, p.id) {sign} ($19, $20)"),
            Some((column, seen)) => {
                format!("({column} {sign} {seen} or ({column} = {seen} and (p.sort_key, p.id) > ($19, $20)))")
            }
        }
    }

    /// Binds $24 to $26.
    pub(super) fn bind(self, question: Question<'_>) -> Question<'_> {
        let terms = match self.sort {
            Sort::NextDue(terms) => terms,
            Sort::Name | Sort::Unit | Sort::LastTalk => {
                Terms { first_months: 0, next_months: 0, gap_days: 0 }
            }
        };
        question.number(terms.first_months).number(terms.next_months).number(terms.gap_days)
    }
}
