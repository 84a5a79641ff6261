//! 开通账号: the department opens somebody's account.

use crate::account::state::Status;
use crate::account::{Account, AccountEvent, AccountRefusal};
use crate::context::Context;
use crate::decider::{Decide, require};
use crate::values::PersonId;

/// Open an account; one a person, which the login's claim sees to.
#[derive(Debug, Clone, Copy)]
pub struct OpenAccount {
    /// Whose; none for a machine's.
    pub person: Option<PersonId>,
}

impl Decide<OpenAccount> for Account {
    type Facts = ();

    fn decide(
        &self,
        command: OpenAccount,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        match self.status() {
            Status::Absent => Ok(vec![AccountEvent::AccountOpened { person: command.person }]),
            Status::Open => {
                require(self.person() == command.person, AccountRefusal::OpenedOtherwise)?;
                Ok(Vec::new())
            }
            Status::Closed => Err(AccountRefusal::Closed),
        }
    }
}
