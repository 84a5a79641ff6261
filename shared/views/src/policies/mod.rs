//! Versions of the policy, with their whole content.

use jiff::Timestamp;
use jiff::civil::Date;
use peiyu_domain::AnyEvent;
use peiyu_domain::policy::PolicyEvent;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use crate::applied::Applied;
use crate::ask::{MAX_ROWS, Question, wrap};
use crate::error::{Fault, ViewError};
use crate::table::{Row, Table};
use crate::view::{Definition, page};

pub(crate) static DEFINITION: Definition =
    Definition { name: "policies", version: 1, aggregates: &["policy"], tables: &[&POLICIES] };

static POLICIES: Table = Table {
    name: "policies",
    owner: "stream",
    key: &["event_id"],
    columns: &[
        ("event_id", "uuid not null"),
        ("stream", "uuid not null"),
        ("position", "bigint not null"),
        ("version", "text not null"),
        ("valid_from", "date not null"),
        ("hash", "text not null"),
        ("content", "text not null"),
        ("recorded_at", "timestamptz not null"),
    ],
    indexes: &["(version)", "(valid_from)"],
};

/// One version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The event that adopted it.
    pub event_id: Uuid,
    /// The stream of policies.
    pub stream: Uuid,
    /// Feed position of that event.
    pub position: i64,
    /// Name.
    pub version: String,
    /// First day on which it holds.
    pub valid_from: Date,
    /// SHA-256 of the content.
    pub hash: String,
    /// The TOML text.
    pub content: String,
    /// When it was adopted.
    pub recorded_at: Timestamp,
}

impl Row for PolicyVersion {
    const TABLE: &'static Table = &POLICIES;
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.event_id
    }
}

page!(policies: PolicyVersion);

fn fold(page: &mut Page, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
    let AnyEvent::Policy(event) = event else { return Ok(()) };
    match event {
        PolicyEvent::PolicyAdopted { version, valid_from, hash, content } => {
            page.policies.put(PolicyVersion {
                event_id: applied.metadata.event_id,
                stream: applied.aggregate_id,
                position: applied.position,
                version: version.clone(),
                valid_from: *valid_from,
                hash: hash.clone(),
                content: content.clone(),
                recorded_at: applied.metadata.recorded_at,
            })
        }
    }
    Ok(())
}

/// Every version, latest adopted first; at most 200.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn all(pool: &PgPool) -> Result<Vec<PolicyVersion>, ViewError> {
    let select = wrap("select p.* from views.policies p order by p.position desc limit $1");
    Question::new("policies", &select).number(MAX_ROWS).all(pool).await
}
