//! Checks of programs, PostgreSQL, keys and read models.

use peiyu_platform::Settings;
use peiyu_servers::{Nats, Postgres};
use peiyu_store::Store;
use secrecy::ExposeSecret;

use super::{Check, State, chain};
use crate::beside;

/// Events that may wait, or a read model be behind, before somebody should know.
pub(super) const MUCH_BEHIND: i64 = 10_000;
/// Seconds for which an event may wait for its position.
const LONG_WAIT_SECONDS: u64 = 60;

/// The programs that `peiyu up` starts.
pub(super) fn programs() -> Vec<Check> {
    let postgres = match Postgres::find() {
        Ok(found) => Check::new(
            ("postgres_program", "PEIYU_POSTGRES_BIN"),
            State::Good,
            format!("PostgreSQL {}", found.major()),
            found.bin().display().to_string(),
        ),
        Err(error) => {
            let (zh, en) = ("没有可用的 PostgreSQL 15+：deploy/install", chain(&error));
            Check::new(("postgres_program", "PEIYU_POSTGRES_BIN"), State::Bad, zh, en)
        }
    };
    let nats = match Nats::find() {
        Ok(_) => {
            let zh = "nats-server 2.14.3 或更新";
            Check::new(("nats_program", "PEIYU_NATS_SERVER"), State::Good, zh, "nats-server is there")
        }
        Err(error) => {
            let (zh, en) = ("没有可用的 nats-server 2.14.3+：deploy/install", chain(&error));
            Check::new(("nats_program", "PEIYU_NATS_SERVER"), State::Bad, zh, en)
        }
    };
    vec![postgres, nats]
}

/// The store, its schema, backlog, keys and read models.
pub(super) async fn postgres(settings: &Settings) -> Vec<Check> {
    let about = ("postgres", "database.url");
    let store = match Store::connect(settings.database.url.expose_secret(), 2).await {
        Ok(store) => store,
        Err(error) => {
            return vec![Check::new(
                about,
                State::Bad,
                "PostgreSQL 没有回答：没有运行时 peiyu up；运行中会自动重启它，仍不行就 peiyu down 再 peiyu up",
                chain(&error),
            )];
        }
    };
    let mut checks = vec![Check::new(about, State::Good, "PostgreSQL 有回答", "PostgreSQL answers")];
    checks.push(schema(&store).await);
    checks.push(keys(settings).await);
    checks.push(backlog(&store).await);
    checks.extend(read_models(&store).await);
    checks.extend(held_reminders(&store).await);
    checks
}

/// What a restore holds waits until somebody decides.
async fn held_reminders(store: &Store) -> Option<Check> {
    let through = peiyu_views::epochs::holds(store.pool()).await.ok()?.held_through?;
    let zh = format!("恢复备份后，{through} 及以前到期的提醒暂停，待处理：peiyu reminders held list");
    let en = format!(
        "reminders that came due up to {through} are held since a restore: peiyu reminders held list"
    );
    Some(Check::new(("held_reminders", "database.url"), State::Notice, zh, en))
}

async fn schema(store: &Store) -> Check {
    let about = ("schema", "database.url");
    let store_fits = peiyu_store::check_version(store.pool()).await.map_err(|error| chain(&error));
    let views_fit = peiyu_views::generation::check_version(store.pool()).await.map_err(|error| chain(&error));
    match store_fits.and(views_fit) {
        Ok(()) => Check::new(about, State::Good, "数据库结构与本程序一致", "the schema fits this program"),
        Err(problem) => Check::new(about, State::Bad, "数据库结构不符：peiyu migrate", problem),
    }
}

async fn keys(settings: &Settings) -> Check {
    let about = ("keys", "vault.master_key_file, database.keys_url");
    match beside::vault(settings).await {
        Ok(_) => Check::new(about, State::Good, "主密钥能打开密钥库", "the master key opens the keys"),
        Err(failure) => Check::new(about, State::Bad, failure.what.zh.clone(), failure.causes().join(": ")),
    }
}

async fn backlog(store: &Store) -> Check {
    let about = ("feed_backlog", "database.url");
    match store.unsequenced_backlog().await {
        Ok(backlog) => {
            let late = backlog.count > MUCH_BEHIND || backlog.age.as_secs() > LONG_WAIT_SECONDS;
            let state = if late { State::Bad } else { State::Good };
            let (count, seconds) = (backlog.count, backlog.age.as_secs());
            let zh = format!("等待定位的事件 {count}，最久 {seconds} 秒");
            Check::new(about, state, zh, format!("{count} events wait for a position, longest {seconds} s"))
        }
        Err(error) => Check::new(about, State::Bad, "看不到事件积压", chain(&error)),
    }
}

async fn read_models(store: &Store) -> Vec<Check> {
    let about = ("read_models", "database.url");
    let head = store.feed_head().await.map_err(|error| chain(&error));
    let positions = peiyu_views::checkpoint::positions(store.pool()).await.map_err(|error| chain(&error));
    let outdated = peiyu_views::generation::outdated(store.pool()).await.unwrap_or_default();
    let (head, positions) = match (head, positions) {
        (Ok(head), Ok(positions)) => (head.position, positions),
        (Err(problem), _) | (_, Err(problem)) => {
            return vec![Check::new(about, State::Bad, "看不到读模型的进度", problem)];
        }
    };
    let slowest = positions.iter().map(|position| position.position).min().unwrap_or(0);
    let lag = (head - slowest).max(0);
    let state = if lag > MUCH_BEHIND { State::Bad } else { State::Good };
    let zh = format!("读模型落后 {lag} 个事件（序列到 {head}）");
    let mut checks =
        vec![Check::new(about, state, zh, format!("read models are {lag} events behind {head}"))];
    checks.extend(newer_event(store, slowest).await);
    checks.extend(unfinished(store).await);
    let parked: i64 = positions.iter().map(|position| position.parked_streams).sum();
    if parked > 0 {
        let zh = format!("有 {parked} 个流被搁置：peiyu parked list");
        let en = format!("{parked} streams are parked: peiyu parked list");
        checks.push(Check::new(("parked", "database.url"), State::Bad, zh, en));
    }
    if !outdated.is_empty() {
        let names: Vec<&str> = outdated.iter().map(|view| view.name()).collect();
        let zh = format!("读模型需要重建：peiyu rebuild {}", names.join(" "));
        checks.push(Check::new(("outdated", "database.url"), State::Notice, zh, "these want a rebuild"));
    }
    checks
}

/// The event at which the read models stand still because this program is older than it is.
async fn newer_event(store: &Store, slowest: i64) -> Option<Check> {
    let next = store.feed_at(slowest + 1).await.ok().flatten()?;
    let newer = peiyu_views::check_known(&next).err()?;
    let zh = format!("事件 {} 比本程序新，读模型在等新版本", newer.position);
    Some(Check::new(("newer_event", "database.url"), State::Bad, zh, newer.to_string()))
}

async fn unfinished(store: &Store) -> Option<Check> {
    let unfinished = peiyu_views::rebuild::unfinished(store.pool()).await.ok()?;
    let names: Vec<&str> = unfinished.iter().map(|one| one.view.name()).collect();
    let zh = format!("重建正在进行或没有做完：{}（--resume 或 --restart）", names.join(" "));
    let en = "a rebuild is under way or was cut off: peiyu rebuild --resume, or --restart";
    (!names.is_empty()).then(|| Check::new(("rebuild", "database.url"), State::Notice, zh, en))
}
