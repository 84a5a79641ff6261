//! The list of read models, and how a page of events runs through one of them.

use peiyu_domain::AnyEvent;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::applied::{Applied, Content};
use crate::error::{Fault, ViewError};
use crate::parking::Poisoned;
use crate::table::Table;
use crate::{
    accounts, candidates, dossier, epochs, imports, members, obligations, organisations, persons, policies,
    reminders, training,
};

/// What a read model consists of.
#[derive(Debug)]
pub struct Definition {
    /// Name, part of its schema's name.
    pub name: &'static str,
    /// Raised when the tables or what is written into them change; a new version is filled from zero.
    pub version: i32,
    /// Kinds of aggregates whose events it takes in.
    pub aggregates: &'static [&'static str],
    /// Its tables.
    pub tables: &'static [&'static Table],
}

/// Rows of a read model in memory, while a page of events runs through.
pub(crate) trait Page: Sized + Send {
    /// Loads what the streams own.
    async fn load(connection: &mut PgConnection, schema: &str, streams: &[Uuid]) -> Result<Self, ViewError>;
    /// Takes in one event; guards come first, so that a fault leaves the rows as they were.
    fn fold(&mut self, event: &AnyEvent, applied: &Applied) -> Result<(), Fault>;
    /// No rows: for streams that own none yet.
    fn empty() -> Self;
    /// Writes what changed.
    async fn save(self, connection: &mut PgConnection, schema: &str) -> Result<(), ViewError>;
    /// Writes everything, all of it new.
    async fn copy(self, connection: &mut PgConnection, schema: &str) -> Result<(), ViewError>;
}

/// Rows of the tables of a read model: `page!(Page { field: Row, … })`.
macro_rules! page {
    ($($field:ident: $row:ty),+ $(,)?) => {
        /// The rows of a page's streams.
        pub(crate) struct Page { $($field: $crate::table::Rows<$row>),+ }

        impl $crate::view::Page for Page {
            async fn load(
                connection: &mut sqlx::PgConnection,
                schema: &str,
                streams: &[uuid::Uuid],
            ) -> Result<Self, $crate::ViewError> {
                Ok(Self { $($field: $crate::table::Rows::load(connection, schema, streams).await?),+ })
            }

            fn empty() -> Self {
                Self { $($field: $crate::table::Rows::empty()),+ }
            }

            fn fold(&mut self, event: &peiyu_domain::AnyEvent, applied: &$crate::Applied) -> Result<(), $crate::Fault> {
                fold(self, event, applied)
            }

            async fn save(self, connection: &mut sqlx::PgConnection, schema: &str) -> Result<(), $crate::ViewError> {
                $(self.$field.save(connection, schema).await?;)+
                Ok(())
            }

            async fn copy(self, connection: &mut sqlx::PgConnection, schema: &str) -> Result<(), $crate::ViewError> {
                $(self.$field.copy(connection, schema).await?;)+
                Ok(())
            }
        }
    };
}
pub(crate) use page;

macro_rules! views {
    ($($(#[$doc:meta])* $variant:ident => $module:ident),+ $(,)?) => {
        /// A read model.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum View { $($(#[$doc])* $variant),+ }

        impl View {
            /// Each read model there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// What it consists of.
            #[must_use]
            pub fn definition(self) -> &'static Definition {
                match self { $(Self::$variant => &$module::DEFINITION),+ }
            }

            /// Runs events through its tables in one schema; the streams that are poisoned stay behind.
            pub(crate) async fn run(
                self,
                connection: &mut PgConnection,
                schema: &str,
                events: &[&Applied],
            ) -> Result<Poisoned, ViewError> {
                match self { $(Self::$variant => run_page::<$module::Page>(connection, schema, events).await),+ }
            }

            /// The same for streams that begin within these events, into tables that hold nothing of them.
            pub(crate) async fn replay(
                self,
                connection: &mut PgConnection,
                schema: &str,
                events: &[&Applied],
            ) -> Result<Poisoned, ViewError> {
                match self { $(Self::$variant => replay_page::<$module::Page>(connection, schema, events).await),+ }
            }
        }
    };
}

views! {
    /// People, as pages search and sort them.
    Persons => persons,
    /// The tree and its offices.
    Organisations => organisations,
    /// Standing in the Party.
    Members => members,
    /// The pool, assignments, talks and training results.
    Candidates => candidates,
    /// What is due.
    Obligations => obligations,
    /// What was sent.
    Reminders => reminders,
    /// Every event that concerns a person.
    Dossier => dossier,
    /// Training classes.
    Training => training,
    /// Runs of imports.
    Imports => imports,
    /// Logins.
    Accounts => accounts,
    /// Versions of the policy.
    Policies => policies,
    /// Restores from backups.
    Epochs => epochs,
}

impl View {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// Whether events of that kind of aggregate change it.
    #[must_use]
    pub fn takes(self, aggregate: &str) -> bool {
        self.definition().aggregates.contains(&aggregate)
    }

    /// `view_<name>_v<version>_g<generation>`.
    #[must_use]
    pub fn schema(self, generation: i32) -> String {
        let Definition { name, version, .. } = self.definition();
        format!("view_{name}_v{version}_g{generation}")
    }
}

/// Folds the page in memory; answers each poisoned stream with the position and fault of its first bad event.
async fn run_page<P: Page>(
    connection: &mut PgConnection,
    schema: &str,
    events: &[&Applied],
) -> Result<Poisoned, ViewError> {
    let mut streams: Vec<Uuid> = events.iter().map(|applied| applied.aggregate_id).collect();
    streams.sort_unstable();
    streams.dedup();
    let mut page = P::load(connection, schema, &streams).await?;
    let poisoned = fold_all(&mut page, events);
    page.save(connection, schema).await?;
    Ok(poisoned)
}

async fn replay_page<P: Page>(
    connection: &mut PgConnection,
    schema: &str,
    events: &[&Applied],
) -> Result<Poisoned, ViewError> {
    let mut page = P::empty();
    let poisoned = fold_all(&mut page, events);
    page.copy(connection, schema).await?;
    Ok(poisoned)
}

fn fold_all<P: Page>(page: &mut P, events: &[&Applied]) -> Poisoned {
    let mut poisoned = Poisoned::default();
    for applied in events {
        if poisoned.get(applied).is_some() {
            continue;
        }
        let outcome = match &applied.content {
            Content::Event(event) => page.fold(event, applied),
            Content::Unreadable => Err(Fault::new("unreadable")),
        };
        if let Err(fault) = outcome {
            poisoned.add(applied, fault);
        }
    }
    poisoned
}
