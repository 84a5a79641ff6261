//! A private nats-server with JetStream: found, configured, started, stopped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use peiyu_contracts::nats_rights::NatsRights;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::folder::{self, Owner, PORT_ATTEMPTS, port_was_taken};
use crate::nats_users::NatsUsers;
use crate::ports::free_port;
use crate::process::{Kind, Process, ServerState, log_file};
use crate::{FindError, ServerError};

/// The oldest version that serves: security fixes, and no stream that comes back empty.
const OLDEST: (u32, u32, u32) = (2, 14, 3);
const OLDEST_TEXT: &str = "2.14.3";
/// The user of a private server that may do everything: the operator's.
const USER: &str = "peiyu";
/// How long the server may take to read its users anew.
const RELOADED_WITHIN: Duration = Duration::from_secs(20);
const VARIABLE: &str = "PEIYU_NATS_SERVER";

/// A nats-server program.
#[derive(Debug, Clone)]
pub struct Nats {
    program: PathBuf,
    version: (u32, u32, u32),
}

/// How a server shall run.
#[derive(Debug, Clone)]
pub struct NatsOptions {
    /// True writes to disk before it acknowledges (`sync_interval: always`).
    pub durable: bool,
    /// Port on 127.0.0.1; `None` takes the last one if it is free, else any free one.
    pub port: Option<u16>,
    /// Users with limited rights that shall be there, beside those that are.
    pub users: Vec<NatsRights>,
}

impl Default for NatsOptions {
    fn default() -> Self {
        Self { durable: true, port: None, users: Vec::new() }
    }
}

impl Nats {
    /// Finds nats-server 2.14.3 or later: `PEIYU_NATS_SERVER` (a file), `PATH`, then the places where
    /// `deploy/install` puts it (`/usr/local/bin`, `~/.local/bin`).
    ///
    /// # Errors
    /// [`FindError`] says what to install.
    pub fn find() -> Result<Self, FindError> {
        if let Some(program) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
            let path = PathBuf::from(program);
            let usable = Self::at(&path).filter(|found| found.version >= OLDEST);
            return usable.ok_or(FindError::Setting { variable: VARIABLE, path, program: "nats-server" });
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/bin"));
        let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/local/bin")]).chain(home);
        let found: Vec<Self> = folders.filter_map(|bin| Self::at(&bin.join("nats-server"))).collect();
        if let Some(usable) = found.iter().find(|found| found.version >= OLDEST) {
            return Ok(usable.clone());
        }
        Err(match found.first() {
            Some(old) => FindError::TooOld {
                program: "nats-server",
                path: old.program.clone(),
                found: format!("{}.{}.{}", old.version.0, old.version.1, old.version.2),
                needed: OLDEST_TEXT,
            },
            None => FindError::Missing {
                program: "nats-server 2.14.3 or later",
                looked_in: format!("{VARIABLE}, PATH, /usr/local/bin, ~/.local/bin"),
            },
        })
    }

    /// Its version, such as `2.11.4`.
    #[must_use]
    pub fn version(&self) -> String {
        let (major, minor, patch) = self.version;
        format!("{major}.{minor}.{patch}")
    }

    /// The program at `path`, whatever its version.
    #[must_use]
    pub fn at(path: &Path) -> Option<Self> {
        let output = Command::new(path).arg("--version").output().ok()?;
        let version = parse_version(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { program: path.to_owned(), version })
    }

    /// Starts the server of `folder`; one that runs there already is taken over.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn start(&self, folder: &Path, options: &NatsOptions) -> Result<NatsServer, ServerError> {
        let owner = Owner::of_servers()?;
        let folder = folder::prepare(folder, &owner)?;
        let _lock = folder::lock(&folder).await?;
        let password = folder::password(&folder, &owner, false)?;
        let mut users = NatsUsers::read(&folder)?;
        let mut changed = false;
        for rights in &options.users {
            changed |= users.put(rights);
        }
        let store = folder.join("jetstream");
        let config = folder.join("nats.conf");
        if let Some(process) = Process::attach(&folder, Kind::Nats) {
            let server = NatsServer { process, folder, password: password.into() };
            server.wait_until_ready().await?;
            if changed {
                // One that an older peiyu started has its only user in the configuration itself.
                let ports = (server.port(), server.process.state.monitor.unwrap_or_default());
                folder::write_owned(&config, &configuration(ports, &store, options.durable), &owner)?;
                server.take_users(&users, &owner)?;
                for rights in &options.users {
                    let password = users.password(&rights.user).unwrap_or_default();
                    server.wait_for_login(&rights.user, &password, true).await?;
                }
            }
            return Ok(server);
        }
        users.write(&owner, (USER, &password))?;
        folder::make_private(&store, &owner)?;
        let mut last = ServerState::read(&folder);
        for _attempt in 0..PORT_ATTEMPTS {
            let (wanted, wanted_monitor) = last.take().map_or((None, None), |s| (Some(s.port), s.monitor));
            let port = match options.port {
                Some(port) => port,
                None => free_port(wanted)?,
            };
            let monitor = free_other_port(wanted_monitor, port)?;
            let text = configuration((port, monitor), &store, options.durable);
            folder::write_owned(&config, &text, &owner)?;
            let mut command = Command::new(&self.program);
            command.arg("-c").arg(&config);
            let process = Process::spawn(command, (Kind::Nats, port, Some(monitor)), &folder, &owner)?;
            let server = NatsServer { process, folder: folder.clone(), password: password.clone().into() };
            match server.wait_until_ready().await {
                Ok(()) => return Ok(server),
                // Somebody took one of the two ports between our look and the server's bind.
                Err(ServerError::Ended { log, .. }) if port_was_taken(&log) => {}
                Err(error) => {
                    server.kill9();
                    return Err(error);
                }
            }
        }
        Err(ServerError::NoPort { program: Kind::Nats.program(), attempts: PORT_ATTEMPTS })
    }
}

/// Binding to a free port twice may give the same one, since the first is not in use yet.
fn free_other_port(wanted: Option<u16>, taken: u16) -> Result<u16, ServerError> {
    let port = free_port(wanted.filter(|port| *port != taken))?;
    if port == taken { free_port(None) } else { Ok(port) }
}

fn configuration((port, monitor): (u16, u16), store: &Path, durable: bool) -> String {
    let sync = if durable { "always" } else { "2m" };
    let store = store.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "# Written by peiyu at every start; changes are lost.\n\
         listen: \"127.0.0.1:{port}\"\n\
         http: \"127.0.0.1:{monitor}\"\n\
         max_payload: 1MB\n\
         include \"users.conf\"\n\
         jetstream {{ store_dir: \"{store}\", sync_interval: {sync} }}\n"
    )
}

/// A running private nats-server. Dropping the value leaves the server running.
#[derive(Debug)]
pub struct NatsServer {
    process: Process,
    folder: PathBuf,
    password: SecretString,
}

impl NatsServer {
    /// The server that runs in `folder`, whoever started it; `None` when none runs.
    #[must_use]
    pub fn attach(folder: &Path) -> Option<Self> {
        let process = Process::attach(folder, Kind::Nats)?;
        let password = fs::read_to_string(folder.join("password")).ok()?;
        Some(Self { process, folder: folder.to_owned(), password: password.trim().to_owned().into() })
    }

    /// `nats://127.0.0.1:port`, without user and password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port())
    }

    /// User name.
    #[must_use]
    pub fn user(&self) -> &'static str {
        USER
    }

    /// Password.
    #[must_use]
    pub fn password(&self) -> &SecretString {
        &self.password
    }

    /// Port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.process.state.port
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.process.state.pid
    }

    /// The server's folder; streams lie in `jetstream` in it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// True while it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.process.is_alive()
    }

    /// Password of a user with limited rights; none when there is no such user.
    ///
    /// # Errors
    /// When the file of users cannot be read.
    pub fn password_of(&self, user: &str) -> Result<Option<SecretString>, ServerError> {
        Ok(NatsUsers::read(&self.folder)?.password(user))
    }

    /// Lets a user in with these rights; the password of one who was there stays.
    ///
    /// # Errors
    /// When the files cannot be written, the server may not be signalled, or does not take its users anew.
    pub async fn put_user(&self, rights: &NatsRights) -> Result<SecretString, ServerError> {
        let _lock = folder::lock(&self.folder).await?;
        let mut users = NatsUsers::read(&self.folder)?;
        users.put(rights);
        let password = users.password(&rights.user).unwrap_or_default();
        self.take_users(&users, &Owner::of_servers()?)?;
        self.wait_for_login(&rights.user, &password, true).await?;
        Ok(password)
    }

    /// Lets a user in no more, and ends its connections; false when there was none.
    ///
    /// # Errors
    /// As [`NatsServer::put_user`].
    pub async fn remove_user(&self, user: &str) -> Result<bool, ServerError> {
        let _lock = folder::lock(&self.folder).await?;
        let mut users = NatsUsers::read(&self.folder)?;
        let Some(password) = users.password(user) else { return Ok(false) };
        users.remove(user);
        self.take_users(&users, &Owner::of_servers()?)?;
        self.wait_for_login(user, &password, false).await?;
        Ok(true)
    }

    /// The server reads its users a moment after it was told to.
    async fn wait_for_login(
        &self,
        user: &str,
        password: &SecretString,
        let_in: bool,
    ) -> Result<(), ServerError> {
        let deadline = Instant::now() + RELOADED_WITHIN;
        while self.lets_in(user, password).await != Some(let_in) {
            if Instant::now() > deadline {
                let tail = folder::tail(&log_file(&self.folder));
                return Err(ServerError::NotReloaded { user: user.to_owned(), tail });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Whether the server takes a login; none when it does not answer.
    async fn lets_in(&self, user: &str, password: &SecretString) -> Option<bool> {
        let stream = TcpStream::connect(("127.0.0.1", self.port())).await.ok()?;
        let mut stream = BufReader::new(stream);
        let login = serde_json::json!({ "user": user, "pass": password.expose_secret(), "verbose": false });
        stream.write_all(format!("CONNECT {login}\r\nPING\r\n").as_bytes()).await.ok()?;
        let mut line = String::new();
        for _line in 0..16 {
            line.clear();
            stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
            match line.trim_end() {
                "PONG" => return Some(true),
                refused if refused.starts_with("-ERR") => return Some(false),
                _greeting => {}
            }
        }
        None
    }

    fn take_users(&self, users: &NatsUsers, owner: &Owner) -> Result<(), ServerError> {
        users.write(owner, (USER, self.password.expose_secret()))?;
        self.process.reload()
    }

    /// Ends it in good order.
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
        self.process.wait_until_ready(&self.folder, async || self.is_healthy().await).await
    }

    /// The monitoring page says 200 once JetStream has read its streams and clients are let in.
    async fn is_healthy(&self) -> bool {
        let ask = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.process.state.monitor?)).await.ok()?;
            let request = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n";
            stream.write_all(request).await.ok()?;
            let mut answer = Vec::new();
            stream.take(4096).read_to_end(&mut answer).await.ok()?;
            let healthy = answer.starts_with(b"HTTP/1.0 200") || answer.starts_with(b"HTTP/1.1 200");
            TcpStream::connect(("127.0.0.1", self.port())).await.ok()?;
            Some(healthy)
        };
        ask.await.unwrap_or(false)
    }
}

/// `nats-server: v2.15.1` -> (2, 15, 1); a pre-release counts as its release.
fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let number = text.trim().strip_prefix("nats-server")?.rsplit_once('v')?.1;
    let mut parts = number.split(['.', '-', '+']).map(str::parse::<u32>);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) => Some((major, minor, patch)),
        _incomplete => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{OLDEST, parse_version};

    #[test]
    fn versions_are_read_and_compared_as_numbers() {
        assert_eq!(parse_version("nats-server: v2.15.1\n"), Some((2, 15, 1)));
        assert_eq!(parse_version("nats-server: v2.12.0-RC.2\n"), Some((2, 12, 0)));
        assert_eq!(parse_version("nats-server version v2.9.10"), Some((2, 9, 10)));
        assert_eq!(parse_version("bash, version 5"), None);
        assert!(parse_version("nats-server: v2.9.10").is_some_and(|old| old < OLDEST));
        assert!(parse_version("nats-server: v2.14.10").is_some_and(|new| new > OLDEST));
    }
}
