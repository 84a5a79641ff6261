//! Party members: standing, dates and branch.

use jiff::civil::Date;
use peiyu_domain::AnyEvent;
use peiyu_domain::member::MemberEvent;
use peiyu_domain::values::{OrganisationId, PartialDate, PersonId, Standing};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::applied::Applied;
use crate::ask::{Question, wrap};
use crate::error::{Fault, ViewError};
use crate::table::{Row, Table};
use crate::view::{Definition, page};

pub(crate) static DEFINITION: Definition =
    Definition { name: "members", version: 1, aggregates: &["member"], tables: &[&MEMBERS] };

static MEMBERS: Table = Table {
    name: "members",
    owner: "id",
    key: &["id"],
    columns: &[
        ("id", "uuid not null"),
        ("version", "bigint not null"),
        ("standing", "text not null"),
        ("joined_on", "text"),
        ("full_since", "text"),
        ("branch", "uuid not null"),
        ("recorded_on", "date not null"),
    ],
    indexes: &["(branch)"],
};

/// One member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Id, also of the person.
    pub id: PersonId,
    /// Version of the `member` aggregate.
    pub version: i64,
    /// Standing.
    pub standing: Standing,
    /// 入党时间.
    pub joined_on: Option<PartialDate>,
    /// 转正时间.
    pub full_since: Option<PartialDate>,
    /// Branch.
    pub branch: OrganisationId,
    /// Civil day of the last change on record.
    pub recorded_on: Date,
}

impl Row for Member {
    const TABLE: &'static Table = &MEMBERS;
    type Key = PersonId;

    fn key(&self) -> PersonId {
        self.id
    }
}

page!(members: Member);

fn fold(page: &mut Page, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
    let AnyEvent::Member(event) = event else { return Ok(()) };
    let id = PersonId(applied.aggregate_id);
    let known = page.members.get(&id);
    let (version, recorded_on) = (applied.sequence, applied.recorded_on());
    let member = match event {
        MemberEvent::MembershipListed { standing, joined_on, full_since, branch, .. } => Member {
            id,
            version,
            standing: *standing,
            joined_on: *joined_on,
            full_since: *full_since,
            branch: *branch,
            recorded_on,
        },
        MemberEvent::MembershipChanged { standing, branch, on } => Member {
            id,
            version,
            standing: *standing,
            joined_on: known.and_then(|member| member.joined_on).or(Some(*on)),
            full_since: match standing {
                Standing::Full => known.and_then(|member| member.full_since).or(Some(*on)),
                Standing::Probationary | Standing::Ended => known.and_then(|member| member.full_since),
            },
            branch: *branch,
            recorded_on,
        },
    };
    page.members.put(member);
    Ok(())
}

/// The members among these people; at most 1000.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn by_ids(pool: &PgPool, ids: &[PersonId]) -> Result<Vec<Member>, ViewError> {
    let select = wrap("select m.* from views.members m where m.id = any($1) limit 1000");
    Question::new("members", &select).ids(ids.iter().map(|id| id.0).collect()).all(pool).await
}
