//! 发放密码: a first or a new password was issued; it stands in a table, never in an event.

use crate::account::state::Status;
use crate::account::{Account, AccountEvent, AccountRefusal};
use crate::context::Context;
use crate::decider::Decide;

/// Put on record that a password was issued.
#[derive(Debug, Clone, Copy)]
pub struct IssuePassword;

impl Decide<IssuePassword> for Account {
    type Facts = ();

    fn decide(
        &self,
        _: IssuePassword,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        match self.status() {
            Status::Absent => Err(AccountRefusal::Unknown),
            Status::Open => Ok(vec![AccountEvent::PasswordIssued {}]),
            Status::Closed => Err(AccountRefusal::Closed),
        }
    }
}
