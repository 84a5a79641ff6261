//! `peiyu restore`: a backup becomes the system's data again, under a new epoch, with reminders held.
//!
//! Everything is made ready beside the present data (`postgres.restoring`) and put in their place by two renames at
//! the end: a restore that was cut off before them changed no data and begins anew; between them, `peiyu up` refuses.

mod epoch;

use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Args;
use peiyu_servers::{Postgres, PostgresOptions, PostgresServer};
use peiyu_store::Store;
use peiyu_vault::{MasterKey, Register, Vault};
use serde_json::json;

use crate::archive::{self, files};
use crate::cli::Global;
use crate::failure::Failure;
use crate::new_epoch::{self, Began, Within};
use crate::place::{Place, write_private};
use crate::settings_file;
use crate::terminal::{Progress, note, say, say_json};
use crate::verbs::backup::{KEYS_FILE, events_schemas, keys_beside, keys_schemas};
use crate::verbs::up::{DATABASE, KEYS, Trial, server_failure};

const EXAMPLES: &str = "\
示例 Examples:
  peiyu restore /backup/2026-11-24                     恢复到空的数据文件夹 into an empty data folder
  peiyu restore /backup/2026-11-24 --keys /safe/2026-11-24 --master-key /safe/master.key
  peiyu restore /backup/2026-11-24 --replace           替换现有数据（旧的留在旁边） the present data are kept aside


恢复后：peiyu up；备份之后可能已发过的提醒暂停，由操作员决定：peiyu reminders held list
Then: peiyu up. Reminders that may have gone out since are held for an operator: peiyu reminders held list";

/// Which backup, and into what.
#[derive(Debug, Args)]
#[command(about = "从备份恢复（新纪元，提醒暂停） Restore a backup: a new epoch, reminders held", after_help = EXAMPLES)]
pub(crate) struct Restore {
    /// 事件的备份 the backup of the events
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// 密钥的备份，缺省为 DIR.keys the backup of the keys, by default DIR.keys
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// 主密钥文件，缺省为数据文件夹里的 the master key, by default the one in the data folder
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
    /// 替换现有数据 replace the present data
    #[arg(long)]
    replace: bool,
}

/// A backup that may be restored here.
struct Checked {
    folder: PathBuf,
    events: archive::Events,
    keys_folder: PathBuf,
    keys: archive::Keys,
    master: MasterKey,
    postgres: Postgres,
}

impl Restore {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let place = Place::at(global.data.as_deref());
        if place.running().is_some() {
            return Err(place.in_use());
        }
        place.prepare()?;
        let _held = place.hold()?;
        let checked = self.check(&place)?;
        crate::verbs::down::stop_servers(&place).await?;
        let stage = place.restoring();
        let ready = make_ready(&place, &checked, &stage, global.json).await;
        let stopped = peiyu_servers::stop_by_folder(&stage).await.map_err(server_failure);
        let (began, erased) = match ready.and_then(|began| stopped.map(|_| began)) {
            Ok(began) => began,
            Err(failure) => {
                // Only room is lost if this does not succeed: the next restore begins with it.
                let _ = fs::remove_dir_all(&stage);
                return Err(failure);
            }
        };
        let kept = put_in_place(&place, &checked, &stage, began.epoch)?;
        tell(global, &began, erased, kept.as_deref());
        Ok(())
    }

    /// Everything that can be known before anything is written.
    fn check(&self, place: &Place) -> Result<Checked, Failure> {
        let folder = self.folder.clone();
        let events: archive::Events = archive::read(&folder)?;
        let keys_folder = self.keys.clone().unwrap_or_else(|| keys_beside(&folder));
        let keys: archive::Keys = archive::read(&keys_folder)?;
        let there = place.postgres();
        if there.exists() && !self.replace {
            return Err(Failure::usage(
                format!("{} 里已有数据", place.folder().display()),
                format!("there are data in {} already", place.folder().display()),
            )
            .next(
                "换一个文件夹：--data；或替换（旧数据留在旁边）：--replace",
                "another folder: --data; or replace them, keeping them aside: --replace",
            ));
        }
        let path = self.master_key.clone().unwrap_or_else(|| place.master_key());
        let master = MasterKey::load(&path).map_err(|error| {
            Failure::usage("没有可用的主密钥", "the master key cannot be used").because(error).next(
                format!("放到 {}（chmod 600），或 --master-key 文件", place.master_key().display()),
                format!("put it to {} (chmod 600), or give --master-key FILE", place.master_key().display()),
            )
        })?;
        refuse_other_key(place, &master)?;
        let tenant = settings_file::kept(&place.settings())?.tenant;
        events.source.fits(tenant.as_deref(), master.fingerprint(), &events_schemas())?;
        keys.source.fits(Some(&events.source.tenant), master.fingerprint(), &keys_schemas())?;
        let (keys_at, events_until) = (keys.source.taken_at, events.ended_at);
        if keys_at < events_until {
            return Err(Failure::usage(
                format!("密钥的备份（{keys_at}）早于事件备份的结束（{events_until}）"),
                format!("the keys were backed up at {keys_at}, before the copy of the events ended at {events_until}"),
            )
            .next("取同时或更晚的密钥备份：--keys", "take a backup of keys as old or younger: --keys"));
        }
        let postgres = Postgres::find_major(events.postgres).map_err(|error| server_failure(error.into()))?;
        Ok(Checked { folder, events, keys_folder, keys, master, postgres })
    }
}

fn tell(global: &Global, began: &Began, erased: usize, kept: Option<&Path>) {
    if global.json {
        say_json(&json!({
            "epoch": began.epoch, "last_position": began.last_position, "erased_again": erased,
            "replaced": kept,
        }));
        return;
    }
    say(format!(
        "✓ 已恢复到位置 restored up to position {}，新纪元 epoch {}",
        began.last_position, began.epoch
    ));
    if let Some(kept) = kept {
        say(format!("  原有数据留在 the former data are kept in {}", kept.display()));
    }
    say("  启动 start: peiyu up；然后 then: peiyu reminders held list");
}

/// The key that lies here opens what is restored, or it must go first: two keys in one place lose one.
fn refuse_other_key(place: &Place, given: &MasterKey) -> Result<(), Failure> {
    let path = place.master_key();
    match MasterKey::load(&path) {
        Ok(here) if here.fingerprint() != given.fingerprint() => Err(Failure::usage(
            format!("{} 是另一个主密钥", path.display()),
            format!("{} is another master key than the one given", path.display()),
        )
        .next("先把它移走并保管好", "move it away first, and keep it")),
        Ok(_) | Err(_) => Ok(()),
    }
}

async fn make_ready(
    place: &Place,
    checked: &Checked,
    stage: &Path,
    quiet: bool,
) -> Result<(Began, usize), Failure> {
    let seen = epoch::seen(place, &checked.events.source.tenant).await?;
    copy(checked, stage, quiet).await?;
    note("启动恢复出的数据库… starting the restored database…");
    checked.postgres.take_in(stage).map_err(server_failure)?;
    let server = checked.postgres.start(stage, &PostgresOptions::default()).await.map_err(server_failure)?;
    let (vault, erased) = keys(place, checked, &server).await?;
    let offset =
        Trial::read(place)?.unwrap_or_default().offset_seconds.max(checked.events.clock_offset_seconds);
    let source = &checked.events.source;
    let store = up_to_date(&server).await?;
    let within = Within {
        store: &store,
        vault,
        tenant: &source.tenant,
        offset_seconds: offset,
        backed_up_at: Some(source.taken_at),
    };
    Ok((new_epoch::begin(within, seen).await?, erased))
}

/// Copies the files and compares each with its hash on the way.
async fn copy(checked: &Checked, stage: &Path, quiet: bool) -> Result<(), Failure> {
    // One that was killed may have left its server running there.
    peiyu_servers::stop_by_folder(stage).await.map_err(server_failure)?;
    if stage.exists() {
        fs::remove_dir_all(stage).map_err(Failure::file(stage))?;
    }
    fs::create_dir(stage).map_err(Failure::file(stage))?;
    let archive::Events { folders, files, .. } = &checked.events;
    let total: u64 = files.values().map(|file| file.bytes).sum();
    let mut progress = Progress::begin("复制并校验 copying and checking (MiB)", quiet);
    let mut done = 0;
    let copied = files::copy(&checked.folder.join("postgres"), stage, folders, files, |bytes| {
        done += bytes;
        progress.at(done >> 20, total >> 20);
    });
    progress.end();
    copied
}

/// The keys database, empty in the copy, is filled; then whoever was erased since is erased again.
async fn keys(place: &Place, checked: &Checked, server: &PostgresServer) -> Result<(Vault, usize), Failure> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Failure::failed("密钥没有恢复成功", "the keys could not be restored").because(error)
    };
    let path = checked.keys_folder.join(KEYS_FILE);
    if files::hash(&path)? != checked.keys.file {
        return Err(Failure::failed(
            format!("密钥备份已损坏：{}", path.display()),
            format!("the backup of the keys is damaged: {}", path.display()),
        )
        .next("换一个备份；什么都没有改动", "take another backup; nothing was changed"));
    }
    server.create_database(KEYS).await.map_err(server_failure)?;
    let pool = peiyu_vault::connect(&server.url(KEYS), 4).await.map_err(|error| failed(error.into()))?;
    peiyu_vault::migrate(&pool).await.map_err(|error| failed(error.into()))?;
    let vault = Vault::open(pool.clone(), &checked.master).await.map_err(|error| failed(error.into()))?;
    let file = BufReader::new(fs::File::open(&path).map_err(Failure::file(&path))?);
    peiyu_vault::backup::import(&pool, file).await.map_err(|error| failed(error.into()))?;
    let register = Register::at(&place.erasures());
    let erased = vault.erase_registered(&register).await.map_err(|error| failed(error.into()))?;
    Ok((vault, erased))
}

/// Two renames; what stood there is kept beside, with the epoch that replaced it.
fn put_in_place(
    place: &Place,
    checked: &Checked,
    stage: &Path,
    epoch: i32,
) -> Result<Option<PathBuf>, Failure> {
    let source = &checked.events.source;
    if !place.settings().exists() {
        let tenant = toml::Value::String(source.tenant.clone());
        write_private(&place.settings(), &format!("tenant = {tenant}\n"))?;
    }
    let before = Trial::read(place)?.unwrap_or_default().offset_seconds;
    Trial::decide(place, Some(before.max(checked.events.clock_offset_seconds)))?;
    checked.master.save_if_missing(&place.master_key()).map_err(|error| {
        Failure::failed("主密钥没有存下", "the master key could not be kept").because(error)
    })?;
    epoch::note(place, epoch)?;
    let there = place.postgres();
    let kept = if there.exists() {
        let aside = place.folder().join(format!("postgres.before-epoch-{epoch}"));
        fs::rename(&there, &aside).map_err(Failure::file(&there))?;
        Some(aside)
    } else {
        None
    };
    if let Err(error) = fs::rename(stage, &there) {
        // What stood there serves on.
        if let Some(aside) = &kept {
            fs::rename(aside, &there).map_err(Failure::file(aside))?;
        }
        return Err(Failure::file(&there)(error));
    }
    fs::File::open(place.folder())
        .and_then(|folder| folder.sync_all())
        .map_err(Failure::file(place.folder()))?;
    Ok(kept)
}

/// The restored events in the form that this binary writes; an older backup is brought up to date.
async fn up_to_date(server: &PostgresServer) -> Result<Store, Failure> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Failure::failed("恢复出的数据库无法升级", "the restored database cannot be brought up to date")
            .because(error)
    };
    let store = Store::connect(&server.url(DATABASE), 4).await.map_err(|error| failed(error.into()))?;
    peiyu_store::migrate(store.pool()).await.map_err(|error| failed(error.into()))?;
    peiyu_views::generation::migrate(store.pool()).await.map_err(|error| failed(error.into()))?;
    peiyu_api::migrate(store.pool()).await.map_err(|error| failed(error.into()))?;
    Ok(store)
}
