//! Who acts: an account with the offices that its person holds today, the operator, a service of ours.

use peiyu_domain::Actor;
use peiyu_domain::access::Right;
use peiyu_domain::account::Account;
use peiyu_domain::account::state::Status;
use peiyu_domain::values::AccountId;
use peiyu_store::StreamVersion;
use uuid::Uuid;

use crate::states::Memory;
use crate::{Application, CommandError};

/// The operator token's account: the same in every installation, so that trails can name it.
pub const OPERATOR: Uuid = Uuid::from_u128(0x5e10_0000_0000_7000_8000_0000_0000_0001);
/// The notifier's account.
pub const NOTIFIER: Uuid = Uuid::from_u128(0x5e10_0000_0000_7000_8000_0000_0000_0002);

impl Application {
    /// The actor behind an account, as of today.
    ///
    /// # Errors
    /// [`CommandError::NotFound`] when there is no such account or it is closed.
    pub async fn actor(&self, account: AccountId) -> Result<Actor, CommandError> {
        self.freshen_directory().await?;
        // Read anew, since nothing checks it later; the command that follows takes it from memory.
        let loaded = self.load_by::<Account>(Memory::Renew, account.0).await?;
        match loaded.state.status() {
            Status::Absent | Status::Closed => Err(CommandError::NotFound { kind: "account" }),
            Status::Open => {
                let person = loaded.state.person();
                let offices = match person {
                    Some(person) => self.offices_on(person, self.inner.clock.today()).await?,
                    None => Vec::new(),
                };
                let granted = loaded.state.granted().iter().copied().collect();
                Ok(Actor { principal: account.0, person, offices, granted })
            }
        }
    }

    /// The same actor by what is known now, with the streams on which its rights rest as they were read: the account,
    /// and the organisations of its offices. The operator and our own services have no account and stay as they are.
    pub(crate) async fn actor_now(
        &self,
        actor: &Actor,
        memory: Memory,
    ) -> Result<(Actor, Vec<StreamVersion>), CommandError> {
        if actor.principal == OPERATOR || actor.principal == NOTIFIER {
            return Ok((actor.clone(), Vec::new()));
        }
        let loaded = self.load_by::<Account>(memory, actor.principal).await?;
        if loaded.state.status() != Status::Open {
            return Err(CommandError::NotFound { kind: "account" });
        }
        let person = loaded.state.person();
        let mut read = vec![loaded.read()];
        let mut offices = Vec::new();
        if let Some(person) = person {
            // Offices and versions of one directory: another may be cached before the command is appended.
            let directory = self.directory().await?;
            offices = directory.offices_on(person, self.inner.clock.today());
            read.extend(directory.read_organisations(offices.iter().map(|office| office.organisation)));
        }
        let granted = loaded.state.granted().iter().copied().collect();
        Ok((Actor { principal: actor.principal, person, offices, granted }, read))
    }

    /// The operator of the installation: every right, but no person, so that they record no talk.
    #[must_use]
    pub fn operator(&self) -> Actor {
        Actor { principal: OPERATOR, person: None, offices: Vec::new(), granted: Right::ALL.to_vec() }
    }

    /// The notifier, which claims and closes reminders.
    #[must_use]
    pub fn notifier(&self) -> Actor {
        let granted = vec![Right::ReminderRead, Right::Operate];
        Actor { principal: NOTIFIER, person: None, offices: Vec::new(), granted }
    }
}
