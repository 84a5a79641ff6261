//! Real servers for tests: one PostgreSQL and one nats-server a machine, shared by all test processes.
//!
//! The first test process starts them (under a lock), later ones reuse them; `peiyu-test-servers stop` ends
//! them. Every test gets its own database and its own tenant, so tests run side by side. A test that kills a
//! server takes a [`PrivatePostgres`] or [`PrivateNats`]. Everything here panics with a sentence when the
//! machine lacks something, since a test can do nothing else.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rand::Rng;
use secrecy::ExposeSecret;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::sync::OnceCell;

use crate::{
    Nats, NatsOptions, NatsServer, Postgres, PostgresOptions, PostgresServer, ServerError, folder,
    is_running, stop_by_folder,
};

/// Names another folder for the shared servers; `tests/run` uses one of its own.
const VARIABLE: &str = "PEIYU_TEST_SERVERS";
/// Databases of ended test processes that one process clears away, so that none waits long.
const CLEARED_AT_ONCE: usize = 20;

/// A folder into which somebody writes is deleted so many times before that is let be.
const DELETED_AT_MOST: usize = 100;
/// How long a condition is waited for.
const LIMIT: Duration = Duration::from_secs(60);

static POSTGRES: OnceCell<PostgresServer> = OnceCell::const_new();
static NATS: OnceCell<NatsServer> = OnceCell::const_new();
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// An empty database of one test; dropped with the value.
#[derive(Debug)]
pub struct TestDatabase {
    /// `postgres://…`, a superuser's.
    pub url: String,
    /// Its name.
    pub name: String,
    admin_url: String,
}

/// Access to the shared nats-server under a tenant of one test; the tenant's streams go with the value.
#[derive(Debug)]
pub struct TestNats {
    /// `nats://127.0.0.1:port`.
    pub url: String,
    /// User name.
    pub user: String,
    /// Password.
    pub password: String,
    /// A tenant that no other test has: letters and digits, for subjects and the stream's name.
    pub tenant: String,
}

/// A new empty database on the shared PostgreSQL.
///
/// # Panics
/// When PostgreSQL cannot be found, started or asked.
pub async fn database() -> TestDatabase {
    let server = POSTGRES.get_or_init(shared_postgres).await;
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!("t_{}_{number}_{}", std::process::id(), random_letters());
    must(server.create_database(&name).await, "create a test's database");
    TestDatabase { url: server.url(&name), name, admin_url: server.url("postgres") }
}

impl TestDatabase {
    /// A copy of this database with all that is in it, for tests that start from a migrated template.
    /// Nobody may be connected to the template meanwhile.
    ///
    /// # Panics
    /// When PostgreSQL refuses.
    pub async fn copy(&self) -> Self {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("t_{}_{number}_{}", std::process::id(), random_letters());
        let mut admin =
            must(PgConnection::connect(&self.admin_url).await, "connect to the shared PostgreSQL");
        let statement = format!("create database {name} template {}", self.name);
        must(sqlx::query(&statement).execute(&mut admin).await, "copy a test's database");
        must(admin.close().await, "close a connection");
        let url = self.url.replace(&self.name, &name);
        Self { url, name, admin_url: self.admin_url.clone() }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (admin_url, name) = (self.admin_url.clone(), self.name.clone());
        // A thread of its own, because a test's runtime cannot be blocked on from within.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            // What is not dropped here is cleared away by a later process.
            if let Ok(runtime) = runtime {
                let _ = runtime.block_on(drop_database(&admin_url, &name));
            }
        });
        let _ = thread.join();
    }
}

async fn drop_database(admin_url: &str, name: &str) -> Result<(), sqlx::Error> {
    let mut admin = PgConnection::connect(admin_url).await?;
    sqlx::query(&format!("drop database if exists {name} with (force)")).execute(&mut admin).await?;
    admin.close().await
}

/// A tenant on the shared nats-server.
///
/// # Panics
/// When nats-server cannot be found or started.
pub async fn nats() -> TestNats {
    let server = NATS.get_or_init(shared_nats).await;
    TestNats {
        url: server.url(),
        user: server.user().to_owned(),
        password: server.password().expose_secret().to_owned(),
        tenant: format!("t{}", random_letters()),
    }
}

/// Deletes the streams `PEIYU_<tenant>_1` and `_2` when the test ends.
/// (Spoken by hand, so that this crate needs no NATS client.)
fn delete_streams(nats: &TestNats) -> std::io::Result<()> {
    let address = nats.url.trim_start_matches("nats://");
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut writer = stream.try_clone()?;
    let connect = serde_json::json!({"user": nats.user, "pass": nats.password, "verbose": false});
    write!(writer, "CONNECT {connect}\r\n")?;
    for epoch in 1..=2 {
        write!(writer, "PUB $JS.API.STREAM.DELETE.PEIYU_{}_{epoch} 0\r\n\r\n", nats.tenant)?;
    }
    write!(writer, "PING\r\n")?;
    for line in BufReader::new(stream).lines().take(20) {
        if line?.starts_with("PONG") {
            break;
        }
    }
    Ok(())
}

impl Drop for TestNats {
    fn drop(&mut self) {
        // A server that is gone has no streams to delete.
        let _ = delete_streams(self);
    }
}

/// A PostgreSQL of one test, which may be killed; it and its folder go with the value.
#[derive(Debug)]
pub struct PrivatePostgres {
    /// The server.
    pub server: PostgresServer,
    folder: ScratchFolder,
}

impl PrivatePostgres {
    /// Starts one in a new folder.
    ///
    /// # Panics
    /// When PostgreSQL cannot be found or started.
    pub async fn start() -> Self {
        let folder = ScratchFolder::new();
        let postgres = must(Postgres::find(), "find PostgreSQL");
        let server =
            must(postgres.start(&folder.join("postgres"), &durable_postgres()).await, "start PostgreSQL");
        Self { server, folder }
    }

    /// Starts it again, on the same folder and port, after a kill.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn restart(&mut self) {
        let postgres = must(Postgres::find(), "find PostgreSQL");
        let options = PostgresOptions { port: Some(self.server.port()), ..durable_postgres() };
        self.server =
            must(postgres.start(&self.folder.join("postgres"), &options).await, "restart PostgreSQL");
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.server.kill9();
    }
}

fn durable_postgres() -> PostgresOptions {
    PostgresOptions { max_connections: 60, ..PostgresOptions::default() }
}

/// A nats-server of one test, which may be killed; it and its folder go with the value.
#[derive(Debug)]
pub struct PrivateNats {
    /// The server.
    pub server: NatsServer,
    folder: ScratchFolder,
}

impl PrivateNats {
    /// Starts one in a new folder.
    ///
    /// # Panics
    /// When nats-server cannot be found or started.
    pub async fn start() -> Self {
        let folder = ScratchFolder::new();
        let nats = must(Nats::find(), "find nats-server");
        let server =
            must(nats.start(&folder.join("nats"), &NatsOptions::default()).await, "start nats-server");
        Self { server, folder }
    }

    /// Starts it again, on the same folder and port, after a kill.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn restart(&mut self) {
        let nats = must(Nats::find(), "find nats-server");
        let options = NatsOptions { port: Some(self.server.port()), ..NatsOptions::default() };
        self.server = must(nats.start(&self.folder.join("nats"), &options).await, "restart nats-server");
    }

    /// Deletes all streams, as a lost disk would; the server may run, and will not like it.
    ///
    /// # Panics
    /// When the folder cannot be deleted.
    pub fn lose_streams(&self) {
        // A server that runs may put files back while they are deleted.
        for _ in 0..DELETED_AT_MOST {
            match std::fs::remove_dir_all(self.streams()) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
                Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {}
                Err(error) => panic!("cannot delete the streams' folder: {error}"),
            }
        }
    }

    /// Copies all streams to a folder. The server must not run.
    ///
    /// # Panics
    /// When they cannot be copied.
    #[must_use]
    pub fn copy_streams(&self) -> ScratchFolder {
        let copy = ScratchFolder::new();
        copy_folder(&self.streams(), &copy.join("jetstream"));
        copy
    }

    /// Puts a copy of [`PrivateNats::copy_streams`] where the streams were. The server must not run.
    ///
    /// # Panics
    /// When they cannot be copied.
    pub fn put_streams_back(&self, copy: &ScratchFolder) {
        copy_folder(&copy.join("jetstream"), &self.streams());
    }

    fn streams(&self) -> PathBuf {
        self.folder.join("nats").join("jetstream")
    }
}

impl Drop for PrivateNats {
    fn drop(&mut self) {
        self.server.kill9();
    }
}

/// With owners and modes: the server runs as somebody else when the test runs as root.
fn copy_folder(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(must(copied, "run cp").success(), "cannot copy {} to {}", from.display(), to.display());
}

/// A folder that a server's user may pass through (mode 0711; `tempfile` makes 0700); removed with the value.
#[derive(Debug)]
pub struct ScratchFolder(PathBuf);

impl ScratchFolder {
    /// A new one in the machine's folder for temporary files.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new() -> Self {
        // Every test with servers has a folder, and its HTTP clients want a provider although they speak no TLS.
        use_ring();
        let name = format!("peiyu-scratch-{}-{}", std::process::id(), random_letters());
        let path = std::env::temp_dir().join(name);
        must(std::fs::DirBuilder::new().mode(0o711).create(&path), "make a scratch folder");
        Self(path)
    }
}

/// Makes ring the provider of this process for HTTP clients that bring none of their own.
pub fn use_ring() {
    // It fails only when a provider was chosen before, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Default for ScratchFolder {
    fn default() -> Self {
        Self::new()
    }
}

impl std::ops::Deref for ScratchFolder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        // A server killed a moment ago may still be writing; what is left lies in the temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The log of a test's process as JSON lines; only one test of a process may take it.
#[derive(Debug, Clone, Default)]
pub struct CapturedLog(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl CapturedLog {
    /// Takes it from now on, as far as the filter lets through (`peiyu_relay=debug`).
    ///
    /// # Panics
    /// When it is taken already, or the filter is none.
    #[must_use]
    pub fn start(filter: &str) -> Self {
        let log = Self::default();
        let writer = log.clone();
        let filter = must(filter.parse::<tracing_subscriber::EnvFilter>(), "read a log filter");
        tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(move || writer.clone()).init();
        log
    }

    /// What was logged so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).lines().map(ToOwned::to_owned).collect()
    }
}

impl Write for CapturedLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Stops the shared servers and removes their folder; false when none ran.
///
/// # Errors
/// When one does not end, or the folder cannot be removed.
pub async fn stop_shared() -> Result<bool, ServerError> {
    let folder = shared_folder();
    if !folder.exists() {
        return Ok(false);
    }
    let _lock = folder::lock(&folder).await?;
    let postgres = stop_by_folder(&folder.join("postgres")).await?;
    let nats = stop_by_folder(&folder.join("nats")).await?;
    std::fs::remove_dir_all(&folder).map_err(ServerError::file(&folder))?;
    Ok(postgres || nats)
}

fn shared_folder() -> PathBuf {
    let named = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    named.unwrap_or_else(|| std::env::temp_dir().join(format!("peiyu-tests-{}", nix::unistd::geteuid())))
}

async fn shared_postgres() -> PostgresServer {
    let (folder, _lock) = locked_shared_folder().await;
    let folder = folder.join("postgres");
    forget_ended(&folder);
    let options = PostgresOptions { durable: false, port: None, max_connections: 400 };
    let postgres = must(Postgres::find(), "find PostgreSQL");
    let server = must(postgres.start(&folder, &options).await, "start the shared PostgreSQL");
    must(clear_left_databases(&server).await, "clear databases of ended tests");
    server
}

async fn shared_nats() -> NatsServer {
    let (folder, _lock) = locked_shared_folder().await;
    let folder = folder.join("nats");
    forget_ended(&folder);
    let nats = must(Nats::find(), "find nats-server");
    let options = NatsOptions { durable: false, ..NatsOptions::default() };
    must(nats.start(&folder, &options).await, "start the shared nats-server")
}

async fn locked_shared_folder() -> (PathBuf, std::fs::File) {
    let folder = shared_folder();
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o711).create(&folder);
    must(made, "make the shared servers' folder");
    let lock = must(folder::lock(&folder).await, "lock the shared servers' folder");
    (folder, lock)
}

/// What a server without fsync leaves behind after a crash is not worth a recovery.
fn forget_ended(folder: &Path) {
    if folder.exists() && !is_running(folder) {
        must(std::fs::remove_dir_all(folder), "remove an ended server's folder");
    }
}

/// Drops databases of test processes that ended without dropping them (killed on a time limit).
async fn clear_left_databases(server: &PostgresServer) -> Result<(), sqlx::Error> {
    let mut admin = PgConnection::connect(&server.url("postgres")).await?;
    let query = "select datname::text from pg_database where datname like 't\\_%' order by oid limit 200";
    let names: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut admin).await?;
    let left = names.into_iter().filter(|name| {
        let pid = name.split('_').nth(1).and_then(|pid| pid.parse().ok());
        pid.is_some_and(|pid| crate::process::start_of(pid).is_none())
    });
    for name in left.take(CLEARED_AT_ONCE) {
        sqlx::query(&format!("drop database if exists {name} with (force)")).execute(&mut admin).await?;
    }
    admin.close().await
}

fn random_letters() -> String {
    let number: u64 = rand::rng().random();
    format!("{number:012x}").chars().take(12).collect()
}

/// Waits until a condition holds; nothing in a test takes longer than a minute unless it never comes.
///
/// # Panics
/// When it does not come.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[track_caller]
fn must<T, E: std::error::Error>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => {
            let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            panic!("cannot {what}: {error}{source}")
        }
    }
}
