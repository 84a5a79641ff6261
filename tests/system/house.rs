//! A data folder of one test, and the binary as a user calls it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use peiyu_servers::testing::ScratchFolder;
use peiyu_testing::receiver::{Manners, Receiver};
use serde_json::Value;
use tokio::runtime::Runtime;

/// Longest that anything is waited for.
pub const LIMIT: Duration = Duration::from_secs(300);

/// A trial's clock stands on a working morning after the digests' hour: ahead of the machine's by so much.
pub struct Ahead(pub i64);

impl Ahead {
    /// At least `days` ahead: the first Monday to Friday of the shipped calendar, at 10:00 in Shanghai.
    #[expect(clippy::disallowed_methods, reason = "the test reckons from the machine, as a user does")]
    pub fn days(days: i64) -> Self {
        let calendar = peiyu_domain::calendar::Calendar::shipped();
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
        let now = jiff::Timestamp::now();
        let mut day = now.to_zoned(zone.clone()).date() + jiff::Span::new().days(days);
        while !calendar.is_working_day(day) {
            day = day.tomorrow().unwrap();
        }
        let then = day.at(10, 0, 0, 0).to_zoned(zone).unwrap().timestamp();
        Self(then.duration_since(now).as_secs())
    }
}

/// One installation.
pub struct House {
    pub folder: ScratchFolder,
    pub smtp: Receiver,
    /// For what must run beside the test; the mail server does.
    pub runtime: Runtime,
}

impl House {
    pub fn new() -> Self {
        Self::new_on(|_| ()).0
    }

    /// One whose data folder `prepare` lays somewhere, before any thread or process is started that shall see it.
    pub fn new_on<T>(prepare: impl FnOnce(&Path) -> T) -> (Self, T) {
        let folder = ScratchFolder::new();
        let prepared = prepare(&folder.join("data"));
        let runtime = Runtime::new().unwrap();
        let smtp = runtime.block_on(Receiver::start(Manners::default()));
        (Self { folder, smtp, runtime }, prepared)
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The binary with this installation's folder and mail server; nothing else of the environment decides.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.with_environment(env!("CARGO_BIN_EXE_peiyu"));
        command.args(arguments);
        command
    }

    /// Another program that calls the binary in its turn, with all that [`Self::command`] gives it.
    pub fn with_environment(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("PEIYU_DATA", self.data())
            .env("HOME", self.folder.join("home"))
            .env("NO_COLOR", "1")
            .env_remove("PEIYU_URL")
            .env("PEIYU__SMTP__HOST", "127.0.0.1")
            .env("PEIYU__SMTP__PORT", self.smtp.port.to_string())
            .env("PEIYU__SMTP__SECURITY", "none")
            .env("PEIYU__SMTP__FROM", "培育系统 <peiyu@example.edu>")
            .env("PEIYU__REMINDERS__TICK_SECONDS", "1")
            .env("PEIYU__REMINDERS__MAILS_PER_MINUTE", "6000")
            .stdin(Stdio::null());
        command
    }

    pub fn try_run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a verb that must succeed; gives what it printed.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.try_run(arguments);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "peiyu {arguments:?} ended with {}:\n{printed}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr),
        );
        printed
    }

    /// Runs a verb with `--json` that must succeed.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.run(&[arguments, &["--json"]].concat());
        serde_json::from_str(&printed).unwrap_or_else(|fault| panic!("{arguments:?}: {fault}: {printed}"))
    }

    /// Runs a verb that must be refused with this code; gives what it said.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str], code: i32) -> String {
        let output = self.try_run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?} said: {said}");
        said
    }

    /// On a port that nobody gets by chance while the api is down.
    pub fn up(&self, more: &[&str]) {
        let listen = format!("127.0.0.1:{}", peiyu_servers::free_port(None).unwrap());
        self.run(
            &[&["up", "--detach", "--no-demo", "--tenant", "school", "--listen", &listen], more].concat(),
        );
    }

    pub fn down(&self) {
        self.run(&["down"]);
    }

    pub fn tenant(&self) -> String {
        let text = std::fs::read_to_string(self.data().join("peiyu.toml")).unwrap();
        let settings = text.parse::<toml::Table>().unwrap();
        settings["tenant"].as_str().unwrap().to_owned()
    }

    /// Value of a setting in the installation's file.
    pub fn setting(&self, section: &str, name: &str) -> String {
        self.text_at(&[section, name]).unwrap_or_else(|| panic!("no {section}.{name} in the settings"))
    }

    /// Runs a statement in the installation's database.
    pub fn sql(&self, statement: &str) {
        use sqlx::Connection;
        let url = self.setting("database", "url");
        self.runtime.block_on(async {
            let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
            sqlx::query(statement).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
    }

    /// What stands in the installation's file under a path of names, if anything does.
    pub fn text_at(&self, path: &[&str]) -> Option<String> {
        let text = std::fs::read_to_string(self.data().join("peiyu.toml")).unwrap();
        let settings: toml::Value = text.parse::<toml::Table>().unwrap().into();
        match path.iter().try_fold(&settings, |value, name| value.get(name))? {
            toml::Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.try_run(&["down"]));
    }
}

/// A file of `tests/data`.
pub fn sample(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(name).display().to_string()
}

/// Waits until something is so.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
