//! Logins: whose, whether usable, which rights were granted. Passwords and sessions stand elsewhere.

use jiff::Timestamp;
use peiyu_domain::AnyEvent;
use peiyu_domain::access::Right;
use peiyu_domain::account::AccountEvent;
use peiyu_domain::values::{AccountId, PersonId};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::applied::Applied;
use crate::ask::{MAX_ROWS, Question, wrap};
use crate::error::{Fault, ViewError};
use crate::table::{Row, Table};
use crate::view::{Definition, page};

pub(crate) static DEFINITION: Definition =
    Definition { name: "accounts", version: 1, aggregates: &["account"], tables: &[&ACCOUNTS] };

static ACCOUNTS: Table = Table {
    name: "accounts",
    owner: "id",
    key: &["id"],
    columns: &[
        ("id", "uuid not null"),
        ("version", "bigint not null"),
        ("person", "uuid"),
        ("status", "text not null"),
        ("granted", "text[] not null"),
        ("opened_at", "timestamptz not null"),
        ("password_issued_at", "timestamptz"),
    ],
    indexes: &["(person)"],
};

/// Whether a login is usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is.
    Open,
    /// It no longer is.
    Closed,
}

/// One login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Id.
    pub id: AccountId,
    /// Version of the aggregate.
    pub version: i64,
    /// Whose; none for a machine's.
    pub person: Option<PersonId>,
    /// Whether usable.
    pub status: Status,
    /// Rights beyond those of offices.
    pub granted: Vec<Right>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When a password was issued last.
    pub password_issued_at: Option<Timestamp>,
}

impl Row for Account {
    const TABLE: &'static Table = &ACCOUNTS;
    type Key = AccountId;

    fn key(&self) -> AccountId {
        self.id
    }
}

page!(accounts: Account);

fn fold(page: &mut Page, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
    let AnyEvent::Account(event) = event else { return Ok(()) };
    let id = AccountId(applied.aggregate_id);
    if let AccountEvent::AccountOpened { person } = event {
        page.accounts.put(Account {
            id,
            version: applied.sequence,
            person: *person,
            status: Status::Open,
            granted: Vec::new(),
            opened_at: applied.metadata.recorded_at,
            password_issued_at: None,
        });
        return Ok(());
    }
    let account = page.accounts.edit(&id).ok_or_else(|| Fault::new("out_of_order"))?;
    account.version = applied.sequence;
    match event {
        // Taken in above.
        AccountEvent::AccountOpened { .. } => {}
        AccountEvent::RightGranted { right } => {
            if !account.granted.contains(right) {
                account.granted.push(*right);
            }
        }
        AccountEvent::RightRevoked { right } => account.granted.retain(|granted| granted != right),
        AccountEvent::PasswordIssued {} => account.password_issued_at = Some(applied.metadata.recorded_at),
        AccountEvent::AccountClosed {} => account.status = Status::Closed,
    }
    Ok(())
}

/// One login.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn by_id(pool: &PgPool, id: AccountId) -> Result<Option<Account>, ViewError> {
    let select = wrap("select a.* from views.accounts a where a.id = $1");
    Question::new("accounts", &select).id(id.0).one(pool).await
}

/// The login of a person: the open one first.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn by_person(pool: &PgPool, person: PersonId) -> Result<Option<Account>, ViewError> {
    let select = wrap(
        "select a.* from views.accounts a where a.person = $1 order by a.status = 'open' desc, a.opened_at desc, a.id limit 1",
    );
    Question::new("accounts", &select).id(person.0).one(pool).await
}

/// Logins by id, behind an id; at most `limit` (and 200).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn list(pool: &PgPool, after: Option<AccountId>, limit: i64) -> Result<Vec<Account>, ViewError> {
    let select =
        wrap("select a.* from views.accounts a where ($1::uuid is null or a.id > $1) order by a.id limit $2");
    Question::new("accounts", &select)
        .maybe_id(after.map(|account| account.0))
        .number(limit.clamp(1, MAX_ROWS))
        .all(pool)
        .await
}
