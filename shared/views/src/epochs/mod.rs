//! Epochs of the feed, as restores from backups begin them: up to where it agrees with the one before, what it holds.

use jiff::Timestamp;
use jiff::civil::Date;
use peiyu_domain::AnyEvent;
use peiyu_domain::duties::Holds;
use peiyu_domain::installation::InstallationEvent;
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Row as _};
use uuid::Uuid;

use crate::applied::Applied;
use crate::ask::{MAX_ROWS, Question, wrap};
use crate::error::{Fault, ViewError};
use crate::table::{Row, Table};
use crate::view::{Definition, page};

pub(crate) static DEFINITION: Definition =
    Definition { name: "epochs", version: 1, aggregates: &["installation"], tables: &[&EPOCHS] };

static EPOCHS: Table = Table {
    name: "epochs",
    owner: "stream",
    key: &["epoch"],
    columns: &[
        ("epoch", "integer not null"),
        ("stream", "uuid not null"),
        ("earlier_epoch", "integer not null"),
        ("last_position", "bigint not null"),
        ("last_event", "uuid"),
        ("backed_up_at", "timestamptz"),
        ("began_on", "date not null"),
        ("reminders", "text not null"),
        ("settled_at", "timestamptz"),
    ],
    indexes: &["(began_on)"],
};

/// What became of the reminders that a restore holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reminders {
    /// Nothing was restored.
    NotHeld,
    /// They wait for an operator.
    Held,
    /// They went out.
    Released,
    /// They never go out.
    Dropped,
}

/// An epoch that began after the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epoch {
    /// Its number, from 2.
    pub epoch: i32,
    /// Stream of the installation.
    pub stream: Uuid,
    /// Epoch before.
    pub earlier_epoch: i32,
    /// Last position that it shares with the epochs before.
    pub last_position: i64,
    /// The event there.
    pub last_event: Option<Uuid>,
    /// When the backup was taken; none when nothing was restored.
    pub backed_up_at: Option<Timestamp>,
    /// Day on which it began.
    pub began_on: Date,
    /// Reminders that came due up to the restore.
    pub reminders: Reminders,
    /// When an operator settled them.
    pub settled_at: Option<Timestamp>,
}

impl Row for Epoch {
    const TABLE: &'static Table = &EPOCHS;
    type Key = i32;

    fn key(&self) -> i32 {
        self.epoch
    }
}

page!(epochs: Epoch);

fn fold(page: &mut Page, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
    let AnyEvent::Installation(event) = event else { return Ok(()) };
    let (epoch, reminders) = match event {
        InstallationEvent::EpochBegan {
            epoch,
            earlier_epoch,
            last_position,
            last_event,
            backed_up_at,
            began_on,
        } => {
            page.epochs.put(Epoch {
                epoch: *epoch,
                stream: applied.aggregate_id,
                earlier_epoch: *earlier_epoch,
                last_position: *last_position,
                last_event: *last_event,
                backed_up_at: *backed_up_at,
                began_on: *began_on,
                reminders: if backed_up_at.is_some() { Reminders::Held } else { Reminders::NotHeld },
                settled_at: None,
            });
            return Ok(());
        }
        InstallationEvent::HeldRemindersReleased { epoch } => (epoch, Reminders::Released),
        InstallationEvent::HeldRemindersDropped { epoch } => (epoch, Reminders::Dropped),
    };
    let held = page.epochs.edit(epoch).ok_or_else(|| Fault::new("out_of_order"))?;
    held.reminders = reminders;
    held.settled_at = Some(applied.metadata.recorded_at);
    Ok(())
}

/// Every epoch after the first, latest first; at most 200.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn all(pool: &PgPool) -> Result<Vec<Epoch>, ViewError> {
    let select = wrap("select e.* from views.epochs e order by e.epoch desc limit $1");
    Question::new("epochs", &select).number(MAX_ROWS).all(pool).await
}

/// Which reminders are held or were dropped.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn holds(pool: &PgPool) -> Result<Holds, ViewError> {
    let select = "select max(began_on) filter (where reminders = 'held') as held, \
                  max(began_on) filter (where reminders = 'dropped') as dropped from views.epochs";
    let row = sqlx::query(select).fetch_one(pool).await?;
    let day = |column: &str| -> Result<Option<Date>, sqlx::Error> {
        Ok(row.try_get::<Option<jiff_sqlx::Date>, _>(column)?.map(jiff_sqlx::Date::to_jiff))
    };
    Ok(Holds { held_through: day("held")?, dropped_through: day("dropped")? })
}
