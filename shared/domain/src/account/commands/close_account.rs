//! 停用账号: an account is closed for good.

use crate::account::state::Status;
use crate::account::{Account, AccountEvent, AccountRefusal};
use crate::context::Context;
use crate::decider::Decide;

/// Close it.
#[derive(Debug, Clone, Copy)]
pub struct CloseAccount;

impl Decide<CloseAccount> for Account {
    type Facts = ();

    fn decide(&self, _: CloseAccount, (): &(), _: &Context<'_>) -> Result<Vec<AccountEvent>, AccountRefusal> {
        match self.status() {
            Status::Absent => Err(AccountRefusal::Unknown),
            Status::Open => Ok(vec![AccountEvent::AccountClosed {}]),
            Status::Closed => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::commands::{GrantRight, IssuePassword, OpenAccount, RevokeRight};
    use crate::testing::{given, person};

    fn opened() -> AccountEvent {
        AccountEvent::AccountOpened { person: Some(person(1)) }
    }

    #[test]
    fn a_closed_account_gets_no_password() {
        given::<Account>([opened(), AccountEvent::AccountClosed {}])
            .when(IssuePassword, ())
            .refused(&AccountRefusal::Closed);
    }

    #[test]
    fn an_account_is_not_opened_for_two() {
        given::<Account>([opened()])
            .when(OpenAccount { person: Some(person(2)) }, ())
            .refused(&AccountRefusal::OpenedOtherwise);
    }

    #[test]
    fn a_right_is_granted_once_and_taken_back_once() {
        given::<Account>([opened(), AccountEvent::RightGranted { right: Right::Operate }])
            .when(GrantRight(Right::Operate), ())
            .nothing();
        given::<Account>([opened()]).when(RevokeRight(Right::Operate), ()).nothing();
    }

    use crate::access::Right;
}
