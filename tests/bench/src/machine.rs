//! Private servers with durable settings, and what machine this is.

use peiyu_application::{Application, Parts};
use peiyu_platform::Clock;
use peiyu_servers::testing::ScratchFolder;
use peiyu_servers::{Nats, NatsOptions, NatsServer, Postgres, PostgresOptions, PostgresServer};
use peiyu_store::{Appender, Store};
use peiyu_vault::{MasterKey, Vault};
use secrecy::ExposeSecret;
use sqlx::Connection;
use tokio_util::sync::CancellationToken;

/// Servers of one run.
pub struct Machine {
    /// Durable: fsync on.
    pub postgres: PostgresServer,
    /// Durable: sync always.
    pub nats: NatsServer,
    /// Where pgbench lies.
    pub bin: std::path::PathBuf,
    /// One line for the head of the table.
    pub description: String,
    folder: ScratchFolder,
}

impl Machine {
    pub async fn start() -> anyhow::Result<Self> {
        let folder = ScratchFolder::new();
        let found = Postgres::find()?;
        let options = PostgresOptions { durable: true, ..PostgresOptions::default() };
        let postgres = found.start(&folder.join("postgres"), &options).await?;
        let options = NatsOptions { durable: true, ..NatsOptions::default() };
        let nats = Nats::find()?.start(&folder.join("nats"), &options).await?;
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let build =
            if cfg!(debug_assertions) { "debug build: numbers mean nothing" } else { "release build" };
        let description = format!(
            "{cores} cores, {}; {} (fsync on), nats-server {} (sync always); Peiyu {}, {build}; \
             medians of interleaved rounds",
            processor(),
            version_of_postgres(&postgres.url("postgres")).await?,
            Nats::find()?.version(),
            env!("CARGO_PKG_VERSION"),
        );
        // The programs on PATH may be links; pgbench lies beside the real server.
        let server = std::fs::canonicalize(found.bin().join("postgres"))?;
        let bin = server.parent().unwrap_or(found.bin()).to_owned();
        Ok(Self { postgres, nats, bin, description, folder })
    }

    /// A fresh database with the store's schema.
    pub async fn store(&self, name: &str, connections: u32) -> anyhow::Result<Store> {
        self.postgres.create_database(name).await?;
        let store = Store::connect(&self.postgres.url(name), connections).await?;
        peiyu_store::migrate(store.pool()).await?;
        Ok(store)
    }

    /// A whole application over a fresh database.
    pub async fn application(&self, name: &str) -> anyhow::Result<(Application, CancellationToken)> {
        self.store(name, 1).await?.pool().close().await;
        let keys = format!("{name}_keys");
        self.postgres.create_database(&keys).await?;
        let pool = peiyu_vault::connect(&self.postgres.url(&keys), 1).await?;
        peiyu_vault::migrate(&pool).await?;
        pool.close().await;
        MasterKey::create(&self.folder.join(format!("{name}.key")))?;
        self.application_on(name).await
    }

    /// A whole application over a database that is there, with its keys beside it.
    pub async fn application_on(&self, name: &str) -> anyhow::Result<(Application, CancellationToken)> {
        let store = Store::connect(&self.postgres.url(name), 16).await?;
        let pool = peiyu_vault::connect(&self.postgres.url(&format!("{name}_keys")), 4).await?;
        let vault = Vault::open(pool, &MasterKey::load(&self.folder.join(format!("{name}.key")))?).await?;
        let token = CancellationToken::new();
        let appender = Appender::start(store.clone(), token.clone());
        let clock = Clock::machine(jiff::SignedDuration::ZERO);
        let application =
            Application::new(Parts { store, appender, vault, clock, tenant: "bench".to_owned() });
        Ok((application, token))
    }

    /// Settings by which services find a database of [`Machine::application`].
    pub fn settings(&self, name: &str) -> anyhow::Result<peiyu_platform::Settings> {
        let path = self.folder.join(format!("{name}.toml"));
        let text = format!(
            "tenant = \"bench\"\ndata = {:?}\n[database]\nurl = {:?}\nkeys_url = {:?}\n\
             [nats]\nurl = {:?}\nuser = {:?}\npassword = {:?}\n\
             [http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\n\
             [vault]\nmaster_key_file = {:?}\n",
            self.folder.display().to_string(),
            self.postgres.url(name),
            self.postgres.url(&format!("{name}_keys")),
            self.nats.url(),
            self.nats.user(),
            self.nats.password().expose_secret(),
            self.folder.join(format!("{name}.key")).display().to_string(),
        );
        std::fs::write(&path, text)?;
        Ok(peiyu_platform::Settings::load(&path)?)
    }

    /// A file in the run's folder.
    pub fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.join(name)
    }

    pub async fn stop(self) -> anyhow::Result<()> {
        self.nats.stop().await?;
        self.postgres.stop().await?;
        Ok(())
    }
}

/// The processor's name, where the system tells it.
fn processor() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| "processor unknown".to_owned(), |(_, name)| name.trim().to_owned())
}

async fn version_of_postgres(url: &str) -> anyhow::Result<String> {
    let mut connection = sqlx::postgres::PgConnection::connect(url).await?;
    let version: String = sqlx::query_scalar("show server_version").fetch_one(&mut connection).await?;
    Ok(format!("PostgreSQL {version}"))
}
