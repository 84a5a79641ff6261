//! Accounts: opened, given passwords and rights, and closed by the department.

pub(crate) mod close;
pub(crate) mod grant;
pub(crate) mod list;
pub(crate) mod open;
pub(crate) mod reset;
pub(crate) mod revoke;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An account and its new password.
#[derive(Serialize, ToSchema)]
pub(crate) struct WithPassword {
    /// The account.
    id: Uuid,
    /// Its version afterwards.
    version: i64,
    /// The last event, for `Peiyu-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Uuid>,
    /// Shown once; absent when the request was sent again (then issue a new one).
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}
