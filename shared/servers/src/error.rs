//! What can go wrong with a private server, and what to do about it.

use std::path::PathBuf;

/// No usable server program on this machine.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// Nothing was found in any place.
    #[error("{program} was not found (looked in {looked_in}); run deploy/install")]
    Missing {
        /// Name of the program.
        program: &'static str,
        /// The places, comma-separated.
        looked_in: String,
    },
    /// Programs were found, each too old.
    #[error("{program} at {path} is version {found}, {needed} or later is needed; run deploy/install")]
    TooOld {
        /// Name of the program.
        program: &'static str,
        /// The first one found.
        path: PathBuf,
        /// Its version.
        found: String,
        /// The least version.
        needed: &'static str,
    },
    /// The place named by a variable holds no such program.
    #[error("{variable} names {path}, where no usable {program} is; mend or unset it")]
    Setting {
        /// Environment variable.
        variable: &'static str,
        /// What it says.
        path: PathBuf,
        /// Name of the program.
        program: &'static str,
    },
    /// The major version that is needed is not installed.
    #[error("PostgreSQL {major} is needed and not installed (found: {found}); install postgresql-{major}")]
    NoMajor {
        /// The version.
        major: u32,
        /// Major versions found, comma-separated.
        found: String,
    },
    /// The data folder was made by a major version that is not installed.
    #[error(
        "{folder} was made by PostgreSQL {made_by}, which is not installed (found: {found}); install \
         postgresql-{made_by}, or dump with the old version and load into a new folder"
    )]
    OtherMajor {
        /// The data folder.
        folder: PathBuf,
        /// Major version in its PG_VERSION.
        made_by: u32,
        /// Major versions found, comma-separated.
        found: String,
    },
}

/// A server that does not start, stop or answer.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No program.
    #[error(transparent)]
    Find(#[from] FindError),
    /// A file or folder could not be used.
    #[error("{path} cannot be used")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program could not be started.
    #[error("{program} cannot be started{}", as_user.as_ref().map(|u| format!(" as user {u}")).unwrap_or_default())]
    Spawn {
        /// Which one.
        program: PathBuf,
        /// The user to whom privileges were dropped.
        as_user: Option<String>,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program that makes the data folder failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// Which one.
        program: PathBuf,
        /// The end of what it printed.
        output: String,
    },
    /// Root needs somebody to whom it can drop privileges.
    #[error("servers do not run as root, and there is neither a user postgres nor nobody; add one")]
    NoUser,
    /// The server's user cannot get to its folder.
    #[error("user {user} cannot enter {parent}; choose a data folder elsewhere (--data DIR) or chmod o+x it")]
    NotTraversable {
        /// The server's user.
        user: String,
        /// The folder that shuts it out.
        parent: PathBuf,
    },
    /// The data folder belongs to somebody else.
    #[error(
        "{folder} belongs to user id {found}, the server would run as {expected}; start as its owner, or chown -R it"
    )]
    OtherOwner {
        /// The data folder.
        folder: PathBuf,
        /// Its owner.
        found: u32,
        /// The user that would run the server.
        expected: u32,
    },
    /// A password file is missing beside existing data.
    #[error(
        "{path} is missing, and without it nobody gets into the data beside it; put it back from a backup"
    )]
    PasswordLost {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else is starting a server in the same folder.
    #[error("another process has been starting a server in {folder} for {seconds} s; wait, or end it")]
    Busy {
        /// The folder.
        folder: PathBuf,
        /// How long we waited, in seconds.
        seconds: u64,
    },
    /// The server ended while we waited for it.
    #[error("{program} ended while starting; its log {log} ends with: {tail}")]
    Ended {
        /// Name of the program.
        program: &'static str,
        /// Its log file.
        log: PathBuf,
        /// The last lines.
        tail: String,
    },
    /// The server runs and does not answer.
    #[error("{program} is not ready after {seconds} s; see {log}")]
    NotReady {
        /// Name of the program.
        program: &'static str,
        /// How long we waited, in seconds.
        seconds: u64,
        /// Its log file.
        log: PathBuf,
    },
    /// Every port tried was taken by somebody else.
    #[error("{program} found its port taken {attempts} times; look who takes ports of 127.0.0.1")]
    NoPort {
        /// Name of the program.
        program: &'static str,
        /// How often it was tried.
        attempts: u32,
    },
    /// The nats-server did not take its users anew after it was told to.
    #[error("nats-server does not know its changed user {user}; its log ends with: {tail}")]
    NotReloaded {
        /// The user.
        user: String,
        /// The last lines of its log.
        tail: String,
    },
    /// The server does not end.
    #[error("process {pid} does not end; kill -9 {pid}")]
    DoesNotEnd {
        /// Its process id.
        pid: i32,
    },
    /// The operating system refused a signal or a look at a process.
    #[error("process {pid} cannot be signalled")]
    Signal {
        /// Its process id.
        pid: i32,
        /// Why.
        #[source]
        source: nix::Error,
    },
    /// A database name with other characters than `a-z`, `0-9` and `_`.
    #[error("{0:?} is no database name: use a-z, 0-9 and _, at most 63 characters")]
    DatabaseName(String),
    /// PostgreSQL refused.
    #[error("PostgreSQL refused")]
    Sql(#[from] sqlx::Error),
}

impl ServerError {
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
