//! `peiyu migrate`: brings both databases up to date. Only this and `peiyu up` ever migrate.

use std::path::PathBuf;

use clap::Args;
use peiyu_platform::Settings;
use secrecy::ExposeSecret;
use serde_json::json;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::cli::Global;
use crate::failure::{Code, Failure};
use crate::place::Place;
use crate::terminal::{say, say_json};
use crate::verbs::run::load;

/// With which settings.
#[derive(Debug, Args)]
#[command(
    about = "升级数据库结构 Bring the databases up to date",
    after_help = "示例 Example:\n  peiyu migrate --config /etc/peiyu/peiyu.toml"
)]
pub(crate) struct Migrate {
    /// 设置文件，缺省为数据文件夹里的 settings file, by default the one in the data folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Migrate {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let file = self.config.unwrap_or_else(|| Place::at(global.data.as_deref()).settings());
        migrate(&load(&file)?).await?;
        if global.json {
            say_json(&json!({ "up_to_date": true }));
        } else {
            say("数据库已是最新 the databases are up to date");
        }
        Ok(())
    }
}

/// Every crate's schema, in order of need.
///
/// # Errors
/// When a database is away or newer than this binary, or a migration fails.
pub(crate) async fn migrate(settings: &Settings) -> Result<(), Failure> {
    let failed = |what: &'static str| {
        move |error: Box<dyn std::error::Error + Send + Sync>| {
            Failure::failed(format!("无法升级 {what}"), format!("cannot migrate {what}"))
                .because(error)
                .next("没有做到一半的升级；修好后再运行", "nothing is half done; mend it and run again")
        }
    };
    let pool = connect(&settings.database.url).await?;
    let keys = connect(&settings.database.keys_url).await?;
    peiyu_store::migrate(&pool).await.map_err(|error| failed("store")(error.into()))?;
    peiyu_vault::migrate(&keys).await.map_err(|error| failed("vault")(error.into()))?;
    peiyu_views::generation::migrate(&pool).await.map_err(|error| failed("views")(error.into()))?;
    peiyu_api::migrate(&pool).await.map_err(|error| failed("api")(error.into()))?;
    peiyu_views::generation::hand_over(&pool).await.map_err(|error| failed("views")(error.into()))?;
    crate::logins::ensure(settings, &pool).await?;
    pool.close().await;
    keys.close().await;
    Ok(())
}

/// A small pool for work beside the data.
///
/// # Errors
/// When the server does not answer.
pub(crate) async fn connect(url: &secrecy::SecretString) -> Result<PgPool, Failure> {
    let options = PgPoolOptions::new().max_connections(4).acquire_timeout(std::time::Duration::from_secs(10));
    options.connect(url.expose_secret()).await.map_err(|error| {
        Failure::new(Code::Unreachable, "连不上 PostgreSQL", "PostgreSQL does not answer")
            .because(error)
            .next("启动：peiyu up；或检查 [database]", "start it: peiyu up; or look at [database]")
    })
}
