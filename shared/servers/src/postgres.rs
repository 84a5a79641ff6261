//! A private PostgreSQL: found, initialised, started, stopped.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::folder::{self, Owner, PORT_ATTEMPTS, port_was_taken};
use crate::ports::free_port;
use crate::process::{Kind, Process, ServerState, as_owner, start_of};
use crate::{FindError, ServerError};

/// The oldest major version that serves.
const OLDEST: u32 = 15;
/// The superuser of a private server.
pub(crate) const USER: &str = "peiyu";
/// How long the children of a server that was killed may take to notice.
const LINGERING: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(50);
const BIN_VARIABLE: &str = "PEIYU_POSTGRES_BIN";

/// A PostgreSQL installation.
#[derive(Debug, Clone)]
pub struct Postgres {
    bin: PathBuf,
    major: u32,
}

/// How a server shall run.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// False switches fsync off: only for tests, whose data nobody misses.
    pub durable: bool,
    /// Port on 127.0.0.1; `None` takes the last one if it is free, else any free one.
    pub port: Option<u16>,
    /// Most connections at once.
    pub max_connections: u32,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { durable: true, port: None, max_connections: 200 }
    }
}

impl Postgres {
    /// Finds PostgreSQL 15 or later: `PEIYU_POSTGRES_BIN` (a folder), `PATH`, then `/usr/lib/postgresql/*/bin`.
    ///
    /// # Errors
    /// [`FindError`] says what to install.
    pub fn find() -> Result<Self, FindError> {
        if let Some(bin) = std::env::var_os(BIN_VARIABLE).filter(|value| !value.is_empty()) {
            let path = PathBuf::from(bin);
            let usable = Self::at(&path).filter(|found| found.major >= OLDEST);
            return usable.ok_or(FindError::Setting { variable: BIN_VARIABLE, path, program: "postgres" });
        }
        let installed = Self::installed();
        if let Some(found) = installed.iter().find(|found| found.major >= OLDEST) {
            return Ok(found.clone());
        }
        Err(match installed.first() {
            Some(old) => FindError::TooOld {
                program: "postgres",
                path: old.bin.clone(),
                found: old.major.to_string(),
                needed: "15",
            },
            None => FindError::Missing {
                program: "PostgreSQL 15 or later",
                looked_in: format!("{BIN_VARIABLE}, PATH, /usr/lib/postgresql/*/bin"),
            },
        })
    }

    /// As [`Postgres::find`], but the major version that made the data in `folder`, if there is data.
    ///
    /// # Errors
    /// [`FindError::OtherMajor`] when that version is not installed.
    pub fn find_for(folder: &Path) -> Result<Self, FindError> {
        let found = Self::find()?;
        let Some(made_by) = made_by(folder).filter(|made_by| *made_by != found.major) else {
            return Ok(found);
        };
        let installed = Self::installed();
        installed.iter().find(|other| other.major == made_by).cloned().ok_or_else(|| {
            let majors: Vec<String> = installed.iter().map(|other| other.major.to_string()).collect();
            FindError::OtherMajor { folder: folder.to_owned(), made_by, found: majors.join(", ") }
        })
    }

    /// The installation of one major version, as [`Postgres::find_for`] prefers them.
    ///
    /// # Errors
    /// [`FindError::NoMajor`] when that version is not installed.
    pub fn find_major(major: u32) -> Result<Self, FindError> {
        let found = Self::find()?;
        if found.major == major {
            return Ok(found);
        }
        let installed = Self::installed();
        installed.iter().find(|other| other.major == major).cloned().ok_or_else(|| {
            let majors: Vec<String> = installed.iter().map(|other| other.major.to_string()).collect();
            FindError::NoMajor { major, found: majors.join(", ") }
        })
    }

    /// The installation whose programs lie in `bin`.
    #[must_use]
    pub fn at(bin: &Path) -> Option<Self> {
        let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
        let major = parse_major(&String::from_utf8_lossy(&output.stdout))?;
        bin.join("initdb").exists().then(|| Self { bin: bin.to_owned(), major })
    }

    /// Its major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Its folder of programs (`pg_dump`, `pgbench`, …).
    #[must_use]
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// All installations in order of preference: `PATH`, then Debian's places, newest first.
    fn installed() -> Vec<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let in_path = std::env::split_paths(&path).filter(|bin| bin.join("postgres").exists());
        let mut debian: Vec<Self> = fs::read_dir("/usr/lib/postgresql")
            .map(|entries| {
                entries.flatten().filter_map(|entry| Self::at(&entry.path().join("bin"))).collect()
            })
            .unwrap_or_default();
        debian.sort_by_key(|found| std::cmp::Reverse(found.major));
        in_path.filter_map(|bin| Self::at(&bin)).chain(debian).collect()
    }

    /// Starts the server of `folder`, making its data on first use; one that runs there already is taken over.
    ///
    /// # Errors
    /// [`ServerError`]; data of another major version or another owner is refused, nothing is changed.
    pub async fn start(
        &self,
        folder: &Path,
        options: &PostgresOptions,
    ) -> Result<PostgresServer, ServerError> {
        let owner = Owner::of_servers()?;
        let folder = folder::prepare(folder, &owner)?;
        let _lock = folder::lock(&folder).await?;
        let data = folder.join("data");
        self.refuse_foreign_data(&data, &owner)?;
        let password = folder::password(&folder, &owner, data.exists())?;
        if let Some(process) = Process::attach(&folder, Kind::Postgres) {
            let server = PostgresServer { process, folder, password: password.into() };
            server.wait_until_ready().await?;
            return Ok(server);
        }
        if !data.exists() {
            self.initialise(&folder, &owner, options.durable)?;
        }
        remove_stale_pid_file(&data).await?;
        let mut wanted = ServerState::read(&folder).map(|state| state.port);
        for _attempt in 0..PORT_ATTEMPTS {
            let port = match options.port {
                Some(port) => port,
                None => free_port(wanted.take())?,
            };
            let command = self.command(&data, port, options);
            let process = Process::spawn(command, (Kind::Postgres, port, None), &folder, &owner)?;
            let server =
                PostgresServer { process, folder: folder.clone(), password: password.clone().into() };
            match server.wait_until_ready().await {
                Ok(()) => return Ok(server),
                Err(ServerError::Ended { log, .. }) if options.port.is_none() && port_was_taken(&log) => {}
                Err(error) => {
                    server.kill9();
                    return Err(error);
                }
            }
        }
        Err(ServerError::NoPort { program: Kind::Postgres.program(), attempts: PORT_ATTEMPTS })
    }

    pub(crate) fn refuse_foreign_data(&self, data: &Path, owner: &Owner) -> Result<(), ServerError> {
        let Ok(metadata) = fs::metadata(data) else { return Ok(()) };
        if metadata.uid() != owner.uid {
            return Err(ServerError::OtherOwner {
                folder: data.to_owned(),
                found: metadata.uid(),
                expected: owner.uid,
            });
        }
        match data.parent().and_then(made_by) {
            Some(made_by) if made_by != self.major => Err(ServerError::Find(FindError::OtherMajor {
                folder: data.to_owned(),
                made_by,
                found: self.major.to_string(),
            })),
            Some(_) | None => Ok(()),
        }
    }

    /// `initdb` beside the final place, then one rename: an interrupted one leaves nothing half done.
    fn initialise(&self, folder: &Path, owner: &Owner, durable: bool) -> Result<(), ServerError> {
        let unfinished = folder.join("data.unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(ServerError::file(&unfinished))?;
        }
        let program = self.bin.join("initdb");
        let mut command = Command::new(&program);
        command.current_dir(folder).arg("-D").arg(&unfinished).args(["-U", USER, "--no-instructions"]);
        command.args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--pwfile=password"]);
        if !durable {
            command.arg("--no-sync");
        }
        let output = as_owner(&mut command, owner).output().map_err(|source| ServerError::Spawn {
            program: program.clone(),
            as_user: owner.drop_to.clone(),
            source,
        })?;
        if !output.status.success() {
            let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(ServerError::Failed { program, output });
        }
        let data = folder.join("data");
        fs::rename(&unfinished, &data).map_err(ServerError::file(&data))
    }

    fn command(&self, data: &Path, port: u16, options: &PostgresOptions) -> Command {
        let mut command = Command::new(self.bin.join("postgres"));
        command.arg("-D").arg(data);
        let mut set = |name: &str, value: &str| {
            command.arg("-c").arg(format!("{name}={value}"));
        };
        set("listen_addresses", "127.0.0.1");
        set("port", &port.to_string());
        set("unix_socket_directories", "");
        set("max_connections", &options.max_connections.to_string());
        // A chunk of an import locks every stream that it reads or writes: up to 2,048 in one transaction.
        set("max_locks_per_transaction", "256");
        set("timezone", "UTC");
        set("log_timezone", "UTC");
        set("lc_messages", "C");
        if !options.durable {
            set("fsync", "off");
            set("full_page_writes", "off");
            set("synchronous_commit", "off");
        }
        command
    }
}

/// A running private PostgreSQL. Dropping the value leaves the server running.
#[derive(Debug)]
pub struct PostgresServer {
    process: Process,
    folder: PathBuf,
    pub(crate) password: SecretString,
}

impl PostgresServer {
    /// The server that runs in `folder`, whoever started it; `None` when none runs.
    #[must_use]
    pub fn attach(folder: &Path) -> Option<Self> {
        let process = Process::attach(folder, Kind::Postgres)?;
        let password = fs::read_to_string(folder.join("password")).ok()?;
        Some(Self { process, folder: folder.to_owned(), password: password.trim().to_owned().into() })
    }

    /// Address of one database, with user and password.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let (password, port) = (self.password.expose_secret(), self.port());
        format!("postgres://{USER}:{password}@127.0.0.1:{port}/{database}")
    }

    /// Address of one database for another login; its password must be hexadecimal.
    #[must_use]
    pub fn url_of(&self, user: &str, password: &str, database: &str) -> String {
        format!("postgres://{user}:{password}@127.0.0.1:{}/{database}", self.port())
    }

    /// Port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.process.state.port
    }

    /// Process id of the postmaster.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.process.state.pid
    }

    /// The server's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// True while it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.process.is_alive()
    }

    /// Creates an empty database; false when it was there already.
    ///
    /// # Errors
    /// When the name has other characters than `a-z`, `0-9`, `_`, or PostgreSQL refuses.
    pub async fn create_database(&self, name: &str) -> Result<bool, ServerError> {
        check_name(name)?;
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        let known = is_known(&mut connection, name).await?;
        if !known {
            sqlx::query(&format!("create database {name}")).execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(!known)
    }

    /// Drops a database with all that is in it; false when there was none.
    ///
    /// # Errors
    /// As [`PostgresServer::create_database`].
    pub async fn drop_database(&self, name: &str) -> Result<bool, ServerError> {
        check_name(name)?;
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        let known = is_known(&mut connection, name).await?;
        if known {
            sqlx::query(&format!("drop database {name} with (force)")).execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(known)
    }

    /// Ends it in good order, clients or not ("fast").
    ///
    /// # Errors
    /// When it does not end within 30 s.
    pub async fn stop(&self) -> Result<(), ServerError> {
        self.process.stop().await
    }

    /// Ends it as a power failure would; for fault tests.
    pub fn kill9(&self) {
        self.process.kill9();
    }

    async fn wait_until_ready(&self) -> Result<(), ServerError> {
        let url = self.url("postgres");
        let answers = async || match PgConnection::connect(&url).await {
            Ok(connection) => connection.close().await.is_ok(),
            Err(_) => false,
        };
        self.process.wait_until_ready(&self.folder, answers).await
    }
}

/// A name goes into statements as it is.
fn check_name(name: &str) -> Result<(), ServerError> {
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if name.is_empty() || name.len() > 63 || !letters {
        return Err(ServerError::DatabaseName(name.to_owned()));
    }
    Ok(())
}

async fn is_known(connection: &mut PgConnection, name: &str) -> Result<bool, sqlx::Error> {
    let select = "select exists (select from pg_database where datname = $1)";
    sqlx::query_scalar(select).bind(name).fetch_one(connection).await
}

/// The major version that made the data in a server's folder.
fn made_by(folder: &Path) -> Option<u32> {
    fs::read_to_string(folder.join("data/PG_VERSION")).ok()?.trim().parse().ok()
}

/// After `kill -9` a postmaster.pid stays behind; PostgreSQL refuses to start when its pid has meanwhile been given to
/// another process, or is a corpse that nobody reaped, so a file that names no living PostgreSQL is taken away. With it
/// goes the server's own look for children of the killed one, which may still write: their end is waited for first.
async fn remove_stale_pid_file(data: &Path) -> Result<(), ServerError> {
    let path = data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&path) else { return Ok(()) };
    let pid = text.lines().next().unwrap_or_default().trim();
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let is_alive = pid.parse().is_ok_and(|pid| start_of(pid).is_some());
    if is_alive && name.trim() == "postgres" {
        return Ok(());
    }
    let until = Instant::now() + LINGERING;
    while is_worked_in(data) {
        if Instant::now() > until {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    fs::remove_file(&path).map_err(ServerError::file(&path))
}

/// Whether some process has its home there, as every process of a PostgreSQL has in its data.
fn is_worked_in(data: &Path) -> bool {
    let Ok(data) = fs::canonicalize(data) else { return false };
    let mut processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.any(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|home| home == data))
}

/// `postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)` -> 15.
fn parse_major(version: &str) -> Option<u32> {
    let number = version.split("(PostgreSQL)").nth(1)?.trim_start();
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse_major;

    #[test]
    fn versions_of_releases_packages_and_betas_are_read() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_major("something else"), None);
    }
}
