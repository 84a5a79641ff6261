//! One installation of one test: its own databases, keys and clock.

use jiff::Timestamp;
use peiyu_application::{Application, ImportReport, ImportSource, Parts, Progress};
use peiyu_domain::Actor;
use peiyu_domain::import::ImportKind;
use peiyu_domain::values::{AccountId, ImportId, PersonId};
use peiyu_platform::Clock;
use peiyu_servers::testing::{ScratchFolder, TestDatabase, database};
use peiyu_store::{Appender, Store};
use peiyu_vault::{MasterKey, Vault};
use peiyu_workbooks::Mapping;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::requests::request;
use crate::samples::sample;

/// When tests take place unless they say otherwise: a Tuesday, a working day.
const NOW: &str = "2026-11-24T02:00:00Z";

/// An installation without services.
#[derive(Debug)]
pub struct House {
    /// Command handling.
    pub application: Application,
    /// The clock that stands still.
    pub clock: Clock,
    /// Events and read models.
    pub database: TestDatabase,
    /// Keys.
    pub keys: TestDatabase,
    /// Its folder.
    pub folder: ScratchFolder,
    stop: CancellationToken,
    _stop_at_end: DropGuard,
}

impl House {
    /// An empty installation.
    ///
    /// # Panics
    /// When PostgreSQL cannot be found or asked.
    pub async fn new() -> Self {
        let (database, keys) = (database().await, database().await);
        let folder = ScratchFolder::new();
        let clock = Clock::manual(must(NOW.parse(), "read the clock"));
        let store = must(Store::connect(&database.url, 6).await, "connect to the store");
        must(peiyu_store::migrate(store.pool()).await, "migrate the store");
        let pool = must(peiyu_vault::connect(&keys.url, 4).await, "connect to the vault");
        must(peiyu_vault::migrate(&pool).await, "migrate the vault");
        let master = must(MasterKey::create(&folder.join("master.key")), "make a master key");
        let vault = must(Vault::open(pool, &master).await, "open the vault");
        let token = CancellationToken::new();
        let appender = Appender::start(store.clone(), token.clone());
        let tenant = "test".to_owned();
        let parts = Parts { store, appender, vault, clock: clock.clone(), tenant };
        let application = Application::new(parts);
        Self {
            application,
            clock,
            database,
            keys,
            folder,
            stop: token.clone(),
            _stop_at_end: token.drop_guard(),
        }
    }

    /// A second process over the same databases, with caches of its own.
    ///
    /// # Panics
    /// When PostgreSQL does not answer.
    pub async fn another_process(&self) -> Application {
        let store = must(Store::connect(&self.database.url, 4).await, "connect to the store");
        let parts = Parts {
            appender: Appender::start(store.clone(), self.stop.clone()),
            store,
            vault: self.application.vault().clone(),
            clock: self.clock.clone(),
            tenant: self.application.tenant().to_owned(),
        };
        Application::new(parts)
    }

    /// Moves the clock.
    ///
    /// # Panics
    /// When the text is no instant.
    pub fn set_clock(&self, now: &str) {
        let now: Timestamp = must(now.parse(), "read the instant");
        self.clock.set(now);
    }

    /// Takes in a sample: `organisation`, `roster` or `talks` of the `clean-1200` or `messy-1500` set.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn import(&self, kind: ImportKind, set: &str) -> ImportReport {
        let word = match kind {
            ImportKind::Organisation => "organisation",
            ImportKind::Roster => "roster",
            ImportKind::Talks => "talks",
        };
        let path = sample(&format!("{word}-{set}.xlsx"));
        self.import_file(&ImportSource { kind, path, file_name: word.into(), mapping: Mapping::default() })
            .await
    }

    /// Takes in a file.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn import_file(&self, source: &ImportSource) -> ImportReport {
        let checked = must(self.application.check_import(source).await, "check the file");
        let (progress, _) = tokio::sync::watch::channel(Progress::default());
        let run = self
            .application
            .run_import(&request(self.application.operator()), ImportId::random(), source, checked, &progress)
            .await;
        must(run, "take the file in").0
    }

    /// Opens somebody's account and gives the actor behind it.
    ///
    /// # Panics
    /// When there is no such person, or they have an account.
    pub async fn sign_in(&self, staff_number: &str) -> Actor {
        let person = self.person(staff_number).await;
        let account = AccountId::random();
        let opened = self
            .application
            .open_account(&request(self.application.operator()), account, Some(person), staff_number)
            .await;
        must(opened, "open an account");
        must(self.application.actor(account).await, "find the actor")
    }

    /// Somebody by staff number.
    ///
    /// # Panics
    /// When nobody has it.
    pub async fn person(&self, staff_number: &str) -> PersonId {
        let found = must(self.application.person_of_staff_number(staff_number).await, "look a number up");
        found.unwrap_or_else(|| panic!("nobody has the staff number {staff_number}"))
    }

    /// Gives every event a position.
    ///
    /// # Panics
    /// When the store does not answer.
    pub async fn sequence(&self) {
        while must(self.application.store().sequence_once(1000).await, "sequence") > 0 {}
    }
}

/// The value, or a panic that says what could not be done.
#[track_caller]
pub(crate) fn must<T, E: std::fmt::Debug>(result: Result<T, E>, what: &str) -> T {
    result.unwrap_or_else(|error| panic!("cannot {what}: {error:?}"))
}
