//! Commands about accounts. Passwords and sessions stand in tables of the api, never here.

use peiyu_domain::access::Right;
use peiyu_domain::account::Account;
use peiyu_domain::account::commands::{CloseAccount, GrantRight, IssuePassword, OpenAccount, RevokeRight};
use peiyu_domain::person::Person;
use peiyu_domain::values::{AccountId, PersonId};
use peiyu_domain::{Aggregate, Decide};
use peiyu_store::Claim;

use crate::handle::Attempt;
use crate::{Answer, Application, CommandError, Request};

/// Kind of the claim on a login; one account a person follows from it, since the login is the staff number.
const LOGIN: &str = "login";

impl Application {
    /// Opens an account under a login, which nobody else may have.
    ///
    /// # Errors
    /// [`CommandError::Taken`] when the login has an account; [`CommandError::NotFound`] for an unknown person.
    pub async fn open_account(
        &self,
        request: &Request,
        account: AccountId,
        person: Option<PersonId>,
        login: &str,
    ) -> Result<Answer, CommandError> {
        let key = self.inner.vault.keyed_hash(LOGIN, login);
        self.handle(request, Right::AccountManage, |frame| {
            Box::pin(async move {
                let mut rests_on = Vec::new();
                if let Some(person) = person {
                    let known = self.load::<Person>(person.0).await?;
                    if !known.exists() {
                        return Err(CommandError::NotFound { kind: "person" });
                    }
                    rests_on.push(known.read());
                }
                let loaded = self.load::<Account>(account.0).await?;
                let attempt =
                    self.decide_alone(&loaded, OpenAccount { person }, (), rests_on, &frame).await?;
                Ok(match attempt {
                    Attempt::Decided(mut draft) => {
                        draft.claim(Claim { kind: LOGIN.into(), key, stream: loaded.stream() });
                        Attempt::Decided(draft)
                    }
                    refused @ Attempt::Refused(_) => refused,
                })
            })
        })
        .await
    }

    /// The account that has a login.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn account_of_login(&self, login: &str) -> Result<Option<AccountId>, CommandError> {
        let key = self.inner.vault.keyed_hash(LOGIN, login);
        Ok(self.inner.store.holder_of(LOGIN, &key).await?.map(|stream| AccountId(stream.id)))
    }

    /// Puts on record that a password was issued.
    ///
    /// # Errors
    /// A refusal when the account is closed; see [`CommandError`].
    pub async fn issue_password(&self, request: &Request, id: AccountId) -> Result<Answer, CommandError> {
        self.change_account(request, id, IssuePassword).await
    }

    /// Grants a right beyond those of offices.
    ///
    /// # Errors
    /// As [`Application::issue_password`].
    pub async fn grant_right(
        &self,
        request: &Request,
        id: AccountId,
        right: Right,
    ) -> Result<Answer, CommandError> {
        self.change_account(request, id, GrantRight(right)).await
    }

    /// Takes a granted right back.
    ///
    /// # Errors
    /// As [`Application::issue_password`].
    pub async fn revoke_right(
        &self,
        request: &Request,
        id: AccountId,
        right: Right,
    ) -> Result<Answer, CommandError> {
        self.change_account(request, id, RevokeRight(right)).await
    }

    /// Closes an account for good.
    ///
    /// # Errors
    /// As [`Application::issue_password`].
    pub async fn close_account(&self, request: &Request, id: AccountId) -> Result<Answer, CommandError> {
        self.change_account(request, id, CloseAccount).await
    }

    async fn change_account<C>(
        &self,
        request: &Request,
        id: AccountId,
        command: C,
    ) -> Result<Answer, CommandError>
    where
        C: Copy + Send + Sync + 'static,
        Account: Decide<C, Facts = ()> + Aggregate,
    {
        self.handle(request, Right::AccountManage, |frame| {
            Box::pin(async move {
                let loaded = self.load::<Account>(id.0).await?;
                self.decide_alone(&loaded, command, (), Vec::new(), &frame).await
            })
        })
        .await
    }
}
