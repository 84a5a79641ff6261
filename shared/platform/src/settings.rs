//! Settings of an installation: one small struct per concern, from a TOML file and `PEIYU__*` variables.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Everything a service may be told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Short name of the university; stands in subjects, stream name and `ce-source`.
    pub tenant: String,
    /// Folder for files of this installation (mails without SMTP, uploads).
    pub data: PathBuf,
    /// PostgreSQL.
    pub database: Database,
    /// NATS.
    pub nats: Nats,
    /// HTTP.
    pub http: Http,
    /// Personal-data keys.
    pub vault: Vault,
    /// Streams of events over HTTP.
    #[serde(default)]
    pub events: Events,
    /// Mail; absent means: write `.eml` files to `<data>/mail`.
    #[serde(default)]
    pub smtp: Option<Smtp>,
    /// Reminders.
    #[serde(default)]
    pub reminders: Reminders,
    /// Time.
    #[serde(default)]
    pub clock: ClockSettings,
    /// Logs.
    #[serde(default)]
    pub log: Log,
    /// Spans for a collector.
    #[serde(default)]
    pub telemetry: Telemetry,
}

/// PostgreSQL connections.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Events, feed and read models: `postgres://user:password@host:port/name`.
    pub url: SecretString,
    /// Keys of persons: another database.
    pub keys_url: SecretString,
    /// Connections a service may hold.
    #[serde(default = "Database::default_pool")]
    pub pool: u32,
    /// The api's own login, with less rights.
    #[serde(default)]
    pub api: Option<DatabaseLogin>,
    /// The relay's own login, with less rights.
    #[serde(default)]
    pub relay: Option<DatabaseLogin>,
    /// The projector's own login, with less rights.
    #[serde(default)]
    pub projector: Option<DatabaseLogin>,
    /// The notifier's own login, with less rights.
    #[serde(default)]
    pub notifier: Option<DatabaseLogin>,
}

/// A login of PostgreSQL.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseLogin {
    /// As [`Database::url`], with its own user and password.
    pub url: SecretString,
    /// As [`Database::keys_url`]; absent for who opens no keys.
    #[serde(default)]
    pub keys_url: Option<SecretString>,
}

impl Database {
    fn default_pool() -> u32 {
        8
    }
}

/// NATS connection.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nats {
    /// `nats://host:port`.
    pub url: String,
    /// User name; the operator's, who may do everything.
    #[serde(default)]
    pub user: Option<String>,
    /// Password.
    #[serde(default)]
    pub password: Option<SecretString>,
    /// Days that the stream keeps.
    #[serde(default = "Nats::default_days")]
    pub keep_days: u32,
    /// The relay's own user, with less rights.
    #[serde(default)]
    pub relay: Option<NatsLogin>,
    /// The projector's own user, with less rights.
    #[serde(default)]
    pub projector: Option<NatsLogin>,
}

/// A user of NATS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NatsLogin {
    /// User name.
    pub user: String,
    /// Password.
    pub password: SecretString,
}

impl Nats {
    /// User and password of one service: its own, else those for everything.
    #[must_use]
    pub fn login<'a>(&'a self, own: Option<&'a NatsLogin>) -> (Option<&'a str>, Option<&'a SecretString>) {
        match own {
            Some(own) => (Some(&own.user), Some(&own.password)),
            None => (self.user.as_deref(), self.password.as_ref()),
        }
    }

    fn default_days() -> u32 {
        30
    }
}

/// HTTP listeners.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where the api listens.
    pub listen: SocketAddr,
    /// How people reach it, for links in mails.
    pub public_url: String,
    /// Addresses of proxies whose `X-Forwarded-For` is believed, with commas between them.
    #[serde(default, deserialize_with = "Http::addresses")]
    pub trusted_proxies: Option<Vec<IpAddr>>,
    /// Health and metrics of the other services in this process, if they shall have a port.
    #[serde(default)]
    pub operations: Option<SocketAddr>,
}

impl Http {
    fn addresses<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<IpAddr>>, D::Error> {
        let text = String::deserialize(from)?;
        let named = text.split(',').map(str::trim).filter(|one| !one.is_empty());
        let read = |one: &str| one.parse().map_err(|_| D::Error::custom(format!("{one:?} is no IP address")));
        named.map(read).collect::<Result<_, _>>().map(Some)
    }
}

/// Streams of events over HTTP that stay open (`GET /v1/events` as `text/event-stream`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Events {
    /// Open streams of a process; more are sent away with 503.
    pub most_streams: usize,
    /// Seconds without an event after which a comment says that the stream lives.
    pub heartbeat_seconds: u64,
    /// Seconds after which the rights behind an open stream are looked at again.
    pub rights_seconds: u64,
}

impl Default for Events {
    fn default() -> Self {
        Self { most_streams: 64, heartbeat_seconds: 15, rights_seconds: 10 }
    }
}

/// Where the master key lies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// File of 32 random bytes in base64, mode 0600.
    pub master_key_file: PathBuf,
}

/// How a mail server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpSecurity {
    /// STARTTLS, required.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// No encryption; only for a server on this machine.
    None,
}

/// The mail server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Host name, also checked against its certificate.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Encryption.
    pub security: SmtpSecurity,
    /// User name.
    #[serde(default)]
    pub user: Option<String>,
    /// Password.
    #[serde(default)]
    pub password: Option<SecretString>,
    /// PEM file of an own CA.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Sender, such as `培育系统 <peiyu@example.edu>`.
    pub from: String,
    /// Seconds that a conversation with the server may take.
    #[serde(default = "Smtp::default_timeout")]
    pub timeout_seconds: u64,
}

impl Smtp {
    fn default_timeout() -> u64 {
        30
    }
}

/// In which language mails are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailLanguage {
    /// 中文.
    #[default]
    Zh,
    /// English.
    En,
}

/// Pace of the notifier, and the language of its mails.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reminders {
    /// Language of the mails; their wording is the department's.
    pub language: MailLanguage,
    /// Seconds between two ticks.
    pub tick_seconds: u64,
    /// Minutes after which a claim without an end is sent again.
    pub claim_minutes: u64,
    /// Most mails a minute.
    pub mails_per_minute: u32,
}

impl Default for Reminders {
    fn default() -> Self {
        Self { language: MailLanguage::Zh, tick_seconds: 30, claim_minutes: 10, mails_per_minute: 120 }
    }
}

/// A trial system may run ahead of the machine's clock.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockSettings {
    /// Seconds ahead; may only grow.
    pub offset_seconds: i64,
}

/// Form of the logs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// JSON lines instead of readable ones.
    pub json: bool,
    /// Filter, as `RUST_LOG`.
    pub filter: Option<String>,
}

/// Where spans go.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// A collector that takes OTLP over HTTP, `http://host:4318`; absent or empty means that none are sent.
    pub otlp_endpoint: Option<String>,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file or a variable has a fault; the message names it.
    #[error("settings cannot be read; mend the named file or PEIYU__ variable")]
    Unreadable(#[from] config::ConfigError),
}

impl Settings {
    /// The settings of one service: it connects by its own login, else by the common one.
    #[must_use]
    pub fn with_login(&self, own: Option<&DatabaseLogin>) -> Self {
        let mut settings = self.clone();
        if let Some(own) = own {
            settings.database.url = own.url.clone();
            if let Some(keys_url) = &own.keys_url {
                settings.database.keys_url = keys_url.clone();
            }
        }
        settings
    }

    /// Reads `file`, then `PEIYU__SECTION__NAME` variables over it.
    ///
    /// # Errors
    /// When the file is missing, is no TOML, or names an unknown or ill-typed setting.
    pub fn load(file: &Path) -> Result<Self, SettingsError> {
        let settings = config::Config::builder()
            .add_source(config::File::from(file))
            .add_source(config::Environment::with_prefix("PEIYU").separator("__").prefix_separator("__"))
            .build()?
            .try_deserialize()?;
        Ok(settings)
    }
}
