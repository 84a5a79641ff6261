//! 党员名册: the members' list names somebody (Rules 28, 31).

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::member::state::Membership;
use crate::member::{Member, MemberEvent, MemberRefusal};
use crate::values::ImportId;

/// Take in one row of the list.
#[derive(Debug, Clone)]
pub struct ListMembership {
    /// What the list says.
    pub membership: Membership,
    /// The run.
    pub import: Option<ImportId>,
}

impl Decide<ListMembership> for Member {
    type Facts = ();

    fn decide(
        &self,
        command: ListMembership,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<MemberEvent>, MemberRefusal> {
        let listed = command.membership;
        if let (Some(joined_on), Some(full_since)) = (listed.joined_on, listed.full_since) {
            let in_order = joined_on.latest_day() <= full_since.latest_day();
            require(in_order, MemberRefusal::FullBeforeJoining)?;
        }
        if self.membership() == Some(&listed) {
            return Ok(Vec::new());
        }
        Ok(vec![MemberEvent::MembershipListed {
            standing: listed.standing,
            joined_on: listed.joined_on,
            full_since: listed.full_since,
            branch: listed.branch,
            import: command.import,
        }])
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decider::Aggregate;
    use crate::testing::{date, given};
    use crate::values::{OrganisationId, PartialDate, Standing};

    fn listed(joined: &str, full: Option<&str>) -> ListMembership {
        ListMembership {
            membership: Membership {
                standing: if full.is_some() { Standing::Full } else { Standing::Probationary },
                joined_on: Some(PartialDate::Day(date(joined))),
                full_since: full.map(|day| PartialDate::Day(date(day))),
                branch: OrganisationId(Uuid::from_u128(501)),
            },
            import: None,
        }
    }

    #[test]
    fn the_same_list_again_changes_nothing() {
        let first = given::<Member>([]).when(listed("2024-01-15", Some("2025-01-15")), ()).events();
        given::<Member>([first[0].clone()]).when(listed("2024-01-15", Some("2025-01-15")), ()).nothing();
    }

    #[test]
    fn a_probationary_member_becomes_full() {
        let first = given::<Member>([]).when(listed("2024-01-15", None), ()).events();
        let second =
            given::<Member>([first[0].clone()]).when(listed("2024-01-15", Some("2025-01-15")), ()).events();
        assert_eq!(Member::after(first.iter().chain(&second)).standing(), Some(Standing::Full));
    }

    #[test]
    fn full_before_joining_is_refused() {
        given::<Member>([])
            .when(listed("2024-01-15", Some("2023-01-15")), ())
            .refused(&MemberRefusal::FullBeforeJoining);
    }
}
