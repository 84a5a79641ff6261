//! `peiyu backup`: events as a physical copy taken while everything runs, keys apart from them, the master key nowhere.
//!
//! The private PostgreSQL holds both databases, so its copy is started once, away from everything, and what does not
//! belong there is taken out: the keys, the read models (they hold names in plain) and the write-ahead log. What
//! remains starts again for certain, since it has. The manifest comes last.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use peiyu_platform::{Clock, Settings};
use peiyu_servers::{Postgres, PostgresOptions, PostgresServer, stop_by_folder};
use peiyu_store::Store;
use secrecy::ExposeSecret;
use serde_json::json;
use sqlx::postgres::PgConnectOptions;

use crate::archive::{self, files};
use crate::beside;
use crate::cli::Global;
use crate::failure::Failure;
use crate::place::Place;
use crate::terminal::{Progress, note, say, say_json};
use crate::verbs::up::{DATABASE, KEYS, server_failure};

/// Connections that the copy may get: ours alone.
const CONNECTIONS: u32 = 20;
/// The file of keys.
pub(crate) const KEYS_FILE: &str = "keys.jsonl";

const EXAMPLES: &str = "\
示例 Examples:
  peiyu backup /backup/2026-11-24                       事件；密钥在 /backup/2026-11-24.keys
                                                        events; their keys in /backup/2026-11-24.keys
  peiyu backup /backup/2026-11-24 --keys /safe/2026-11-24   密钥另存 keys elsewhere
  peiyu backup --only-keys --keys /safe/2026-11-24          只备份密钥 keys alone

主密钥（master.key）不在任何备份里：另行保管。The master key is in no backup: keep it apart.";

/// Where to.
#[derive(Debug, Args)]
#[command(about = "备份（不停机；密钥与事件分开） Back up while everything runs, keys apart from events", after_help = EXAMPLES)]
pub(crate) struct Backup {
    /// 事件备份到哪个空文件夹 an empty folder for the events
    #[arg(value_name = "DIR", required_unless_present = "only_keys")]
    folder: Option<PathBuf>,
    /// 密钥备份到哪个空文件夹，缺省为 DIR.keys an empty folder for the keys, by default DIR.keys
    #[arg(long, value_name = "DIR", required_if_eq("only_keys", "true"))]
    keys: Option<PathBuf>,
    /// 不备份密钥 no keys
    #[arg(long, conflicts_with_all = ["keys", "only_keys"])]
    without_keys: bool,
    /// 只备份密钥（任何 PostgreSQL 都行） keys alone, from any PostgreSQL
    #[arg(long, conflicts_with = "folder")]
    only_keys: bool,
    /// 设置文件 settings file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What a backup is made of.
struct Work<'a> {
    settings: &'a Settings,
    clock: Clock,
    taken_at: Timestamp,
    master_key: [u8; 32],
    quiet: bool,
}

impl Backup {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let place = Place::at(global.data.as_deref());
        let settings = beside::settings(global, self.config)?;
        let keys_to = match (&self.folder, self.keys) {
            _ if self.without_keys => None,
            (_, Some(keys)) => Some(keys),
            (Some(folder), None) => Some(keys_beside(folder)),
            (None, None) => None,
        };
        let master = beside::master_key(&settings)?;
        let clock = Clock::machine(SignedDuration::from_secs(settings.clock.offset_seconds));
        let work = Work {
            settings: &settings,
            taken_at: clock.now(),
            clock,
            master_key: master.fingerprint(),
            quiet: global.json,
        };
        for folder in self.folder.iter().chain(&keys_to) {
            make_empty(folder)?;
        }
        // The server may not run; then it runs for the backup alone.
        let started = if self.only_keys { None } else { Some(Source::of(&place, &settings).await?) };
        let outcome = work.carry_out(&started, self.folder.as_deref(), keys_to.as_deref()).await;
        if let Some(source) = started {
            source.leave().await?;
        }
        let (events, keys) = outcome?;
        if global.json {
            let events = events.map(|events| json!({ "epoch": events.epoch, "position": events.position, "files": events.files.len() }));
            say_json(&json!({
                "folder": self.folder, "events": events, "keys_folder": keys_to, "keys": keys.map(|keys| keys.keys),
            }));
            return Ok(());
        }
        if let (Some(folder), Some(events)) = (&self.folder, events) {
            let (position, files) = (events.position, events.files.len());
            say(format!(
                "✓ 事件 events: {}（到位置 up to position {position}，{files} 个文件 files）",
                folder.display()
            ));
        }
        if let (Some(folder), Some(keys)) = (&keys_to, keys) {
            say(format!("✓ 密钥 keys: {}（{} 个）", folder.display(), keys.keys));
            say(
                "  与事件分开存放，过期删除；主密钥另行保管 store them apart, delete them in time; the master key is in neither",
            );
        }
        Ok(())
    }
}

impl Work<'_> {
    async fn carry_out(
        &self,
        source: &Option<Source>,
        folder: Option<&Path>,
        keys: Option<&Path>,
    ) -> Result<(Option<archive::Events>, Option<archive::Keys>), Failure> {
        let events = match (source, folder) {
            (Some(source), Some(folder)) => Some(self.events(source, folder).await?),
            _ => None,
        };
        // Behind the events: every event of the copy has its key among these.
        let keys = match keys {
            Some(keys) => Some(self.keys(keys).await?),
            None => None,
        };
        Ok((events, keys))
    }

    async fn events(&self, source: &Source, folder: &Path) -> Result<archive::Events, Failure> {
        let copy = folder.join("postgres");
        let stop = beside::stop()?;
        let outcome = tokio::select! {
            outcome = self.events_into(source, folder, &copy) => outcome,
            () = stop.requested() => Err(Failure::failed("备份被中断，写了一半的已删除", "the backup was interrupted; what was half written is removed")),
        };
        if outcome.is_err() {
            // Without a manifest it is no backup; what is left of it only takes room.
            let _ = stop_by_folder(&copy).await;
            let _ = fs::remove_dir_all(&copy);
        }
        outcome
    }

    async fn events_into(
        &self,
        source: &Source,
        folder: &Path,
        copy: &Path,
    ) -> Result<archive::Events, Failure> {
        let Source { postgres, server, .. } = source;
        let total = size_of(server).await?;
        let mut progress = Progress::begin("复制数据库 copying the database (MiB)", self.quiet);
        let data = copy.join("data");
        let tick = || progress.at(files::size(&data) >> 20, total >> 20);
        server.base_backup(postgres, copy, tick).await.map_err(no_copy)?;
        progress.end();
        let ended_at = self.clock.now();
        note("取出密钥和读模型… taking out keys and read models…");
        let options = PostgresOptions { max_connections: CONNECTIONS, ..PostgresOptions::default() };
        let started = postgres.start(copy, &options).await.map_err(no_copy)?;
        let cleaned = clean(&started).await;
        started.stop().await.map_err(no_copy)?;
        let (head, last_event) = cleaned?;
        postgres.finish_copy(copy).map_err(no_copy)?;
        let mut progress = Progress::begin("校验 hashing (MiB)", self.quiet);
        let (total, mut done) = (files::size(copy), 0);
        let tree = files::list(copy, |bytes| {
            done += bytes;
            progress.at(done >> 20, total >> 20);
        })?;
        progress.end();
        let tenant = &self.settings.tenant;
        let manifest = archive::Events {
            source: archive::Source::new(tenant, self.taken_at, self.master_key, &events_schemas()),
            ended_at,
            clock_offset_seconds: self.settings.clock.offset_seconds,
            postgres: postgres.major(),
            epoch: head.epoch,
            position: head.position,
            last_event,
            folders: tree.folders,
            files: tree.files,
        };
        archive::write(folder, &manifest)?;
        Ok(manifest)
    }

    async fn keys(&self, folder: &Path) -> Result<archive::Keys, Failure> {
        let path = folder.join(KEYS_FILE);
        let outcome = self.keys_into(folder, &path).await;
        if outcome.is_err() {
            let _ = fs::remove_file(&path);
        }
        outcome
    }

    async fn keys_into(&self, folder: &Path, path: &Path) -> Result<archive::Keys, Failure> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
            Failure::failed("密钥没有备份成功", "the keys could not be backed up").because(error)
        };
        let taken_at = self.clock.now();
        let url = self.settings.database.keys_url.expose_secret();
        let pool =
            peiyu_vault::connect(url, 2).await.map_err(|error| beside::away("PostgreSQL (keys)", error))?;
        peiyu_vault::check_version(&pool).await.map_err(|error| failed(error.into()))?;
        let mut options = fs::OpenOptions::new();
        let file =
            options.write(true).create_new(true).mode(0o600).open(path).map_err(Failure::file(path))?;
        let mut file = std::io::BufWriter::new(file);
        let keys =
            peiyu_vault::backup::export(&pool, &mut file).await.map_err(|error| failed(error.into()))?;
        let file = file.into_inner().map_err(|error| failed(error.into_error().into()))?;
        file.sync_all().map_err(Failure::file(path))?;
        let tenant = &self.settings.tenant;
        let manifest = archive::Keys {
            source: archive::Source::new(tenant, taken_at, self.master_key, &keys_schemas()),
            keys,
            file: files::hash(path)?,
        };
        archive::write(folder, &manifest)?;
        Ok(manifest)
    }
}

/// The private PostgreSQL, with what must be undone after.
struct Source {
    postgres: Postgres,
    server: PostgresServer,
    /// Held while we started it ourselves.
    held: Option<fs::File>,
}

impl Source {
    async fn of(place: &Place, settings: &Settings) -> Result<Self, Failure> {
        let folder = place.postgres();
        let postgres = Postgres::find_for(&folder).map_err(|error| server_failure(error.into()))?;
        let (server, held) = match PostgresServer::attach(&folder) {
            Some(server) => (server, None),
            None if folder.join("data").exists() => {
                let held = place.hold()?;
                let server = postgres.start(&folder, &PostgresOptions::default()).await;
                (server.map_err(server_failure)?, Some(held))
            }
            None => return Err(not_ours(settings)),
        };
        let source = Self { postgres, server, held };
        if source.is_of(settings) {
            return Ok(source);
        }
        source.leave().await?;
        Err(not_ours(settings))
    }

    /// Whether the settings speak of this server.
    fn is_of(&self, settings: &Settings) -> bool {
        let options: Result<PgConnectOptions, _> = settings.database.url.expose_secret().parse();
        options.is_ok_and(|options| {
            options.get_host() == "127.0.0.1" && options.get_port() == self.server.port()
        })
    }

    async fn leave(self) -> Result<(), Failure> {
        if self.held.is_some() {
            self.server.stop().await.map_err(server_failure)?;
        }
        Ok(())
    }
}

/// Takes out what does not belong into a backup of events; where its feed ends.
async fn clean(server: &PostgresServer) -> Result<(peiyu_store::FeedHead, Option<uuid::Uuid>), Failure> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Failure::failed("复制出的数据库用不了", "the copied database cannot be used").because(error)
    };
    let store = Store::connect(&server.url(DATABASE), 2).await.map_err(|error| failed(error.into()))?;
    peiyu_store::check_version(store.pool()).await.map_err(|error| failed(error.into()))?;
    peiyu_views::generation::remove_all(store.pool()).await.map_err(|error| failed(error.into()))?;
    let head = store.feed_head().await.map_err(|error| failed(error.into()))?;
    let last = store.feed_at(head.position).await.map_err(|error| failed(error.into()))?;
    store.pool().close().await;
    server.drop_database(KEYS).await.map_err(server_failure)?;
    Ok((head, last.map(|event| event.metadata.event_id)))
}

/// Newest migrations of what a backup of events holds.
pub(crate) fn events_schemas() -> [(&'static str, i64); 3] {
    [
        ("store", peiyu_store::schema_version()),
        ("api", peiyu_api::schema_version()),
        ("views", peiyu_views::generation::schema_version()),
    ]
}

/// Newest migration of the keys.
pub(crate) fn keys_schemas() -> [(&'static str, i64); 1] {
    [("vault", peiyu_vault::schema_version())]
}

/// `DIR.keys` beside `DIR`.
pub(crate) fn keys_beside(folder: &Path) -> PathBuf {
    let mut name = folder.components().as_path().as_os_str().to_owned();
    name.push(".keys");
    PathBuf::from(name)
}

/// Makes the folder; one that holds something is refused. Servers that run as somebody else pass through it.
fn make_empty(folder: &Path) -> Result<(), Failure> {
    let mode = if nix::unistd::geteuid().is_root() { 0o711 } else { 0o700 };
    DirBuilder::new().recursive(true).mode(mode).create(folder).map_err(Failure::file(folder))?;
    let mut entries = fs::read_dir(folder).map_err(Failure::file(folder))?;
    if entries.next().is_none() {
        return Ok(());
    }
    Err(Failure::usage(
        format!("{} 不是空的：备份只写入空文件夹", folder.display()),
        format!("{} is not empty: a backup goes into an empty folder only", folder.display()),
    )
    .next("换一个文件夹，或先清空它", "choose another folder, or empty it first"))
}

async fn size_of(server: &PostgresServer) -> Result<u64, Failure> {
    let size = async {
        let pool =
            sqlx::postgres::PgPoolOptions::new().max_connections(1).connect(&server.url("postgres")).await?;
        let select = "select sum(pg_database_size(oid))::bigint from pg_database";
        let size: i64 = sqlx::query_scalar(select).fetch_one(&pool).await?;
        pool.close().await;
        Ok(u64::try_from(size).unwrap_or(0))
    };
    size.await.map_err(|error: sqlx::Error| beside::away("PostgreSQL", error))
}

fn no_copy(error: peiyu_servers::ServerError) -> Failure {
    Failure::failed(
        "备份没有成功，写了一半的已删除",
        "the backup did not succeed; what was half written is removed",
    )
    .because(error)
    .next("看看磁盘空间和文件夹权限，再试", "look at room and rights of the folder, and try again")
}

/// Somebody else's PostgreSQL is copied by somebody who may.
fn not_ours(settings: &Settings) -> Failure {
    let options: Option<PgConnectOptions> = settings.database.url.expose_secret().parse().ok();
    let (host, port) = options.map_or_else(
        || ("HOST".to_owned(), "PORT".to_owned()),
        |options| (options.get_host().to_owned(), options.get_port().to_string()),
    );
    let command =
        format!("pg_basebackup -h {host} -p {port} -U <REPLICATION role> -X stream -c fast -D <DIR>");
    Failure::usage(
        "这个 PostgreSQL 不归 peiyu 管，由其管理员做物理备份",
        "this PostgreSQL is not run by peiyu; its administrator backs it up",
    )
    .next(
        format!("运行：{command}；密钥：peiyu backup --only-keys --keys 文件夹"),
        format!("run: {command}; for the keys: peiyu backup --only-keys --keys DIR"),
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn keys_lie_beside_the_events_and_never_within() {
        assert_eq!(keys_beside(Path::new("/backup/a")), Path::new("/backup/a.keys"));
        assert_eq!(keys_beside(Path::new("/backup/a/")), Path::new("/backup/a.keys"));
    }

    #[test]
    fn a_folder_that_holds_something_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (new, used) = (folder.path().join("new"), folder.path().join("used"));
        make_empty(&new).unwrap();
        make_empty(&new).unwrap();
        fs::create_dir(&used).unwrap();
        fs::write(used.join("letter"), "mine").unwrap();
        assert!(make_empty(&used).unwrap_err().to_string().contains("not empty"));
        assert_eq!(fs::read_to_string(used.join("letter")).unwrap(), "mine");
    }
}
