//! What is so now about a member.

use super::{MemberEvent, MemberRefusal};
use crate::decider::Aggregate;
use crate::values::{OrganisationId, PartialDate, Standing};

/// Membership as last listed or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Standing.
    pub standing: Standing,
    /// 入党时间.
    pub joined_on: Option<PartialDate>,
    /// 转正时间.
    pub full_since: Option<PartialDate>,
    /// Branch.
    pub branch: OrganisationId,
}

/// Standing and branch of one person; empty for somebody who never was a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    membership: Option<Membership>,
}

impl Member {
    /// What is known, if anything.
    #[must_use]
    pub fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    /// Standing, if ever a member.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        self.membership.as_ref().map(|membership| membership.standing)
    }

    /// Whether a probationary or full member now.
    #[must_use]
    pub fn is_member(&self) -> bool {
        match self.standing() {
            Some(Standing::Full | Standing::Probationary) => true,
            Some(Standing::Ended) | None => false,
        }
    }
}

impl Aggregate for Member {
    const TYPE: &'static str = "member";
    type Event = MemberEvent;
    type Refusal = MemberRefusal;

    fn evolve(&mut self, event: &MemberEvent) {
        match event {
            MemberEvent::MembershipListed { standing, joined_on, full_since, branch, .. } => {
                self.membership = Some(Membership {
                    standing: *standing,
                    joined_on: *joined_on,
                    full_since: *full_since,
                    branch: *branch,
                });
            }
            MemberEvent::MembershipChanged { standing, branch, on } => {
                let before = self.membership.take();
                let full_since = match standing {
                    Standing::Full => Some(*on),
                    Standing::Probationary | Standing::Ended => {
                        before.as_ref().and_then(|membership| membership.full_since)
                    }
                };
                self.membership = Some(Membership {
                    standing: *standing,
                    joined_on: before.and_then(|membership| membership.joined_on).or(Some(*on)),
                    full_since,
                    branch: *branch,
                });
            }
        }
    }
}
