//! Work beside the data: the store, keys and stream of a system, opened with its settings.

use std::path::{Path, PathBuf};

use peiyu_bus::{Bus, BusError, Lack, Stream};
use peiyu_contracts::subject::stream_name;
use peiyu_platform::{Settings, Shutdown};
use peiyu_store::Store;
use peiyu_vault::{MasterKey, Vault};
use secrecy::ExposeSecret;

use crate::cli::Global;
use crate::failure::{Code, Failure};
use crate::place::Place;
use crate::verbs::run::load;

/// Connections of work beside the data.
const CONNECTIONS: u32 = 4;

/// The settings file given, else the one in the data folder.
///
/// # Errors
/// When there is none, or it has a fault.
pub(crate) fn settings(global: &Global, config: Option<PathBuf>) -> Result<Settings, Failure> {
    let file = config.unwrap_or_else(|| Place::at(global.data.as_deref()).settings());
    if !Path::exists(&file) {
        return Err(Failure::usage(
            format!("没有设置文件 {}", file.display()),
            format!("there is no settings file {}", file.display()),
        )
        .next("先启动一次：peiyu up；或给出 --config", "start once: peiyu up; or give --config"));
    }
    load(&file)
}

/// The store.
///
/// # Errors
/// When PostgreSQL does not answer or has another version of the schema.
pub(crate) async fn store(settings: &Settings) -> Result<Store, Failure> {
    let store = Store::connect(settings.database.url.expose_secret(), CONNECTIONS).await;
    let store = store.map_err(|error| away("PostgreSQL", error))?;
    let fits = peiyu_store::check_version(store.pool()).await;
    fits.map_err(|error| {
        Failure::failed("数据库结构与本程序不符", "the database does not fit this program")
            .because(error)
            .next("升级：peiyu migrate", "bring it up to date: peiyu migrate")
    })?;
    Ok(store)
}

/// The store as the projector reaches it, so that it may drop what is built here.
///
/// # Errors
/// As [`store`].
pub(crate) async fn store_of_projector(settings: &Settings) -> Result<Store, Failure> {
    store(&settings.with_login(settings.database.projector.as_ref())).await
}

/// The master key.
///
/// # Errors
/// When it is missing, or others may read it.
pub(crate) fn master_key(settings: &Settings) -> Result<MasterKey, Failure> {
    MasterKey::load(&settings.vault.master_key_file).map_err(|error| {
        Failure::failed("主密钥用不了", "the master key cannot be used")
            .because(error)
            .next("检查 [vault] master_key_file", "look at [vault] master_key_file")
    })
}

/// The keys.
///
/// # Errors
/// When the master key is missing or wrong, or the keys database does not answer.
pub(crate) async fn vault(settings: &Settings) -> Result<Vault, Failure> {
    let master = master_key(settings)?;
    let pool = peiyu_vault::connect(settings.database.keys_url.expose_secret(), CONNECTIONS).await;
    let pool = pool.map_err(|error| away("PostgreSQL (keys)", error))?;
    Vault::open(pool, &master).await.map_err(|error| {
        Failure::failed("打不开密钥库", "the keys cannot be opened").because(error).next(
            format!("放回原来的主密钥：{}", settings.vault.master_key_file.display()),
            "put the right master key back there: nothing was changed",
        )
    })
}

/// A connection to NATS.
///
/// # Errors
/// When NATS does not answer, is too old or has no JetStream.
pub(crate) async fn bus(settings: &Settings) -> Result<Bus, Failure> {
    let nats = &settings.nats;
    let bus = Bus::connect(&nats.url, nats.user.as_deref(), nats.password.as_ref()).await;
    bus.map_err(|error| match unfit(&error) {
        Some(zh) => Failure::failed(zh, "this nats-server cannot be used").because(error),
        None => away("NATS", error),
    })
}

/// Why a nats-server cannot be used and what to do, when that is what the error says.
fn unfit(error: &BusError) -> Option<String> {
    let BusError::Unfit { lack, .. } = error else { return None };
    Some(match lack {
        Lack::Version { found, needed } => {
            format!("nats-server {found} 太旧：安装 {needed} 或更新的版本，改用它启动（deploy/install）")
        }
        Lack::JetStream => {
            "nats-server 没有启用 JetStream：在其配置里写 jetstream { store_dir: … } 后重启".to_owned()
        }
    })
}

/// The stream of an epoch.
///
/// # Errors
/// As [`bus`].
pub(crate) async fn stream(settings: &Settings, epoch: i32) -> Result<Stream, Failure> {
    Ok(Stream::named(&bus(settings).await?, &stream_name(&settings.tenant, epoch)))
}

/// Requested by Ctrl-C or SIGTERM: long work ends between two chunks; a second one ends it at once.
///
/// # Errors
/// When the operating system refuses the handlers.
pub(crate) fn stop() -> Result<Shutdown, Failure> {
    let stop = Shutdown::new();
    stop.on_signals().map_err(|error| Failure::failed("无法接收信号", "no signals").because(error))?;
    Ok(stop)
}

/// A server that does not answer.
pub(crate) fn away(what: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::new(Code::Unreachable, format!("{what} 没有回答"), format!("{what} does not answer"))
        .because(error)
        .next("系统没有运行？peiyu up", "is the system running? peiyu up")
}

/// Read models by name; all when none is named.
///
/// # Errors
/// Usage, with the names that there are.
pub(crate) fn views_named(names: &[String]) -> Result<Vec<peiyu_views::View>, Failure> {
    let all = peiyu_views::View::ALL;
    if names.is_empty() {
        return Ok(all.to_vec());
    }
    let known: Vec<&str> = all.iter().map(|view| view.name()).collect();
    names
        .iter()
        .map(|name| {
            all.iter().find(|view| view.name() == name).copied().ok_or_else(|| {
                Failure::usage(format!("没有读模型 {name}"), format!("there is no read model {name}"))
                    .next(format!("有：{}", known.join("、")), format!("there are: {}", known.join(", ")))
            })
        })
        .collect()
}
