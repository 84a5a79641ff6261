//! 授权: a right beyond those of offices is granted or taken back.

use crate::access::Right;
use crate::account::state::Status;
use crate::account::{Account, AccountEvent, AccountRefusal};
use crate::context::Context;
use crate::decider::Decide;

/// Grant a right.
#[derive(Debug, Clone, Copy)]
pub struct GrantRight(pub Right);

/// Take it back.
#[derive(Debug, Clone, Copy)]
pub struct RevokeRight(pub Right);

fn usable(account: &Account) -> Result<(), AccountRefusal> {
    match account.status() {
        Status::Absent => Err(AccountRefusal::Unknown),
        Status::Open => Ok(()),
        Status::Closed => Err(AccountRefusal::Closed),
    }
}

impl Decide<GrantRight> for Account {
    type Facts = ();

    fn decide(
        &self,
        GrantRight(right): GrantRight,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        usable(self)?;
        let held = self.granted().contains(&right);
        Ok(if held { Vec::new() } else { vec![AccountEvent::RightGranted { right }] })
    }
}

impl Decide<RevokeRight> for Account {
    type Facts = ();

    fn decide(
        &self,
        RevokeRight(right): RevokeRight,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        usable(self)?;
        let held = self.granted().contains(&right);
        Ok(if held { vec![AccountEvent::RightRevoked { right }] } else { Vec::new() })
    }
}
