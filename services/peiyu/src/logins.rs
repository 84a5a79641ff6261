//! The services' own logins in PostgreSQL, each with the rights of its duties and no others.
//!
//! Which tables a duty may touch is said by the room that owns them (its migrations make the role); here is only
//! said who has which duty. `peiyu up` makes new passwords at every start; `peiyu migrate` makes the logins that the
//! settings name.

use peiyu_platform::Settings;
use peiyu_platform::settings::{Database, DatabaseLogin};
use peiyu_servers::{PostgresServer, random_secret};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use crate::failure::Failure;
use crate::services::Service;

/// What a service does in PostgreSQL.
struct Duties {
    service: Service,
    /// Roles whose rights it has, in both databases.
    roles: &'static [&'static str],
    /// Whether it opens keys.
    keys: bool,
    /// The role as which it works with events and read models, so that what it makes is that role's.
    works_as: Option<&'static str>,
}

const DUTIES: [Duties; 4] = [
    Duties {
        service: Service::Api,
        roles: &[
            "peiyu_store_appender",
            "peiyu_views_reader",
            "peiyu_views_requester",
            "peiyu_api_tables",
            "peiyu_vault_sealer",
        ],
        keys: true,
        works_as: None,
    },
    Duties { service: Service::Relay, roles: &["peiyu_store_sequencer"], keys: false, works_as: None },
    Duties {
        service: Service::Projector,
        roles: &["peiyu_views_writer", "peiyu_vault_reader"],
        keys: true,
        works_as: Some("peiyu_views_writer"),
    },
    Duties {
        service: Service::Notifier,
        roles: &["peiyu_store_appender", "peiyu_views_reader", "peiyu_vault_sealer"],
        keys: true,
        works_as: None,
    },
];

/// A login as `up` writes it into the settings.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    /// Whose.
    pub service: Service,
    /// Events and read models.
    pub url: String,
    /// Keys, for who opens them.
    pub keys_url: Option<String>,
}

/// The service's own login, when the settings name one.
pub(crate) fn of(service: Service, database: &Database) -> Option<&DatabaseLogin> {
    match service {
        Service::Api => database.api.as_ref(),
        Service::Relay => database.relay.as_ref(),
        Service::Projector => database.projector.as_ref(),
        Service::Notifier => database.notifier.as_ref(),
    }
}

/// Addresses of every login in a private server, with new passwords.
pub(crate) fn made_anew(server: &PostgresServer, (events, keys): (&str, &str)) -> Vec<Login> {
    let login = |duties: &Duties| {
        let (user, password) = (format!("{events}_{}", duties.service), random_secret());
        let url = server.url_of(&user, &password, events);
        let keys_url = duties.keys.then(|| server.url_of(&user, &password, keys));
        Login { service: duties.service, url, keys_url }
    };
    DUTIES.iter().map(login).collect()
}

/// Makes the logins that the settings name, with their passwords, and takes from everybody else the right to connect.
///
/// # Errors
/// When a login has no name or password, is the migrating user itself, or may not be made.
pub(crate) async fn ensure(settings: &Settings, admin: &PgPool) -> Result<(), Failure> {
    let database = &settings.database;
    let named: Vec<(&Duties, &DatabaseLogin)> =
        DUTIES.iter().filter_map(|duties| Some((duties, of(duties.service, database)?))).collect();
    if named.is_empty() {
        return Ok(());
    }
    let (events, keys) = (options(&database.url)?, options(&database.keys_url)?);
    let names = (database_of(&events)?, database_of(&keys)?);
    let mut statements = Statements::default();
    for name in [names.0, names.1] {
        statements.add(format!("revoke connect on database {} from public", quoted(name)));
    }
    for (duties, login) in named {
        let own = options(&login.url)?;
        if own.get_username() == events.get_username() {
            return Err(unfit(duties.service, "同时是所有者", "it is the owner's login"));
        }
        statements.make(own.get_username(), &password_of(&login.url, duties.service)?);
        statements.give(own.get_username(), duties, names);
    }
    // Feed and events are read by who writes read models.
    statements.add("grant peiyu_store_reader to peiyu_views_writer".to_owned());
    statements.run(admin).await
}

/// Everything in one transaction: a login is never there with half of its rights.
#[derive(Debug, Default)]
struct Statements(Vec<String>);

impl Statements {
    fn add(&mut self, statement: String) {
        self.0.push(statement);
    }

    fn make(&mut self, user: &str, password: &str) {
        let (name, literal, password) = (quoted(user), literal(user), literal(password));
        self.add(format!(
            "do $make$ begin if to_regrole({literal}) is null then create role {name} login; end if; end $make$"
        ));
        self.add(format!(
            "alter role {name} with login nosuperuser nocreatedb nocreaterole noreplication inherit password {password}"
        ));
    }

    fn give(&mut self, user: &str, duties: &Duties, (events, keys): (&str, &str)) {
        let name = quoted(user);
        self.add(format!("grant {} to {name}", duties.roles.join(", ")));
        self.add(format!("grant connect on database {} to {name}", quoted(events)));
        if duties.keys {
            self.add(format!("grant connect on database {} to {name}", quoted(keys)));
        }
        if let Some(role) = duties.works_as {
            self.add(format!("alter role {name} in database {} set role = {role}", quoted(events)));
        }
    }

    async fn run(self, admin: &PgPool) -> Result<(), Failure> {
        let work = async {
            let mut transaction = admin.begin().await?;
            for statement in self.0 {
                sqlx::raw_sql(&statement).execute(&mut *transaction).await?;
            }
            transaction.commit().await
        };
        work.await.map_err(|error| {
            Failure::failed("各服务的数据库账号没有建成", "the services' logins could not be made").because(error).next(
                "升级所用的账号需要 CREATEROLE；或删去 [database.服务] 小节，共用一个账号",
                "the migrating user needs CREATEROLE; or leave the sections [database.SERVICE] out and share one login",
            )
        })
    }
}

fn options(url: &SecretString) -> Result<PgConnectOptions, Failure> {
    url.expose_secret().parse().map_err(|error: sqlx::Error| {
        Failure::usage("数据库网址写得不对", "an address of a database cannot be read").because(error)
    })
}

fn database_of(options: &PgConnectOptions) -> Result<&str, Failure> {
    options
        .get_database()
        .ok_or_else(|| Failure::usage("数据库网址缺少库名", "the address of a database names no database"))
}

/// The password stands between `:` and `@`; it is put into a statement, so only what needs no escaping is taken.
fn password_of(url: &SecretString, service: Service) -> Result<String, Failure> {
    let text = url.expose_secret();
    let login = text.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(login, _)| login);
    let password = login.and_then(|login| login.split_once(':')).map(|(_, password)| password);
    let plain = |password: &&str| {
        password.len() >= 16 && password.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    password.filter(plain).map(ToOwned::to_owned).ok_or_else(|| {
        unfit(
            service,
            "密码至少 16 位，只用字母、数字、- 和 _",
            "its password needs 16 or more of letters, digits, - and _",
        )
    })
}

fn unfit(service: Service, zh: &str, en: &str) -> Failure {
    Failure::usage(
        format!("[database.{service}] 不合适：{zh}"),
        format!("[database.{service}] does not fit: {en}"),
    )
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;

    use peiyu_servers::testing::PrivatePostgres;
    use sqlx::{Connection, PgConnection};

    use super::*;
    use crate::settings_file::{self, Known};

    const EVENTS: &str = "peiyu";
    const KEYS: &str = "peiyu_keys";

    /// What somebody tries, where, and which services may: a api, r relay, p projector, n notifier.
    const TABLE: &[(&str, &str, &str, &str)] = &[
        (
            "read the feed",
            EVENTS,
            "select count(*) from store.feed f join store.events e on e.no = f.no",
            "arpn",
        ),
        (
            "append an event",
            EVENTS,
            "insert into store.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
             metadata) values ('person', gen_random_uuid()::text, 1, 'X', '1', '{}', '{}')",
            "an",
        ),
        ("claim a number", EVENTS, "delete from store.claims", "an"),
        ("alter an event", EVENTS, "update store.events set event_type = 'Y'", ""),
        ("delete an event", EVENTS, "delete from store.events", ""),
        ("empty the events", EVENTS, "truncate store.events", ""),
        ("switch the guard off", EVENTS, "alter table store.events disable trigger all", ""),
        ("forget a command", EVENTS, "delete from store.commands", ""),
        ("give a position", EVENTS, "insert into store.feed (position, no) values (1, 1)", "r"),
        ("move the feed's head", EVENTS, "update store.feed_head set epoch = epoch + 1", "r"),
        ("take a position back", EVENTS, "delete from store.feed", ""),
        ("ask a read model", EVENTS, "select count(*) from views.persons", "apn"),
        ("move a checkpoint", EVENTS, "update views.checkpoints set position = position", "p"),
        ("make a generation", EVENTS, "create schema view_persons_v9_g9", "p"),
        ("switch a read model", EVENTS, "drop view views.persons", "p"),
        (
            "ask for a skip",
            EVENTS,
            "insert into views.requests (id, principal, command_id, digest, what, name, aggregate_type, stream, \
             position, who, why) values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), \
             decode(repeat('00', 32), 'hex'), 'skip', 'persons', 'person', gen_random_uuid(), 1, 'x', 'y')",
            "ap",
        ),
        (
            "say that it was carried out",
            EVENTS,
            "insert into views.requests (id, principal, command_id, digest, what, who, why, ended_at) \
             values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), decode(repeat('00', 32), 'hex'), \
             'retry', 'x', 'y', now())",
            "p",
        ),
        ("end a request", EVENTS, "update views.requests set ended_at = now()", "p"),
        ("take a request back", EVENTS, "delete from views.requests", "p"),
        (
            "skip an event",
            EVENTS,
            "insert into views.skipped values ('persons', 1, gen_random_uuid(), 'person', gen_random_uuid(), 'x')",
            "p",
        ),
        ("take what waits away", EVENTS, "delete from views.parked", "p"),
        ("see a password's hash", EVENTS, "select count(*) from api.credentials", "a"),
        ("end a session", EVENTS, "delete from api.sessions", "a"),
        ("note a look", EVENTS, "select count(*) from api.reads", "a"),
        ("take a look back", EVENTS, "delete from api.reads", ""),
        ("open keys", KEYS, "select count(*) from vault.keys", "apn"),
        (
            "make a key",
            KEYS,
            "insert into vault.keys (subject, wrapped) values (gen_random_uuid(), '\\x01')",
            "an",
        ),
        ("destroy a key", KEYS, "update vault.keys set wrapped = null, destroyed_at = now()", ""),
        ("change the master key", KEYS, "update vault.master set fingerprint = fingerprint", ""),
        ("make a login", EVENTS, "create role somebody login", ""),
        ("make a table", EVENTS, "create table store.mine ()", ""),
    ];

    async fn installation(server: &PostgresServer) -> (tempfile::TempDir, Settings) {
        for database in [EVENTS, KEYS] {
            server.create_database(database).await.unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("peiyu.toml");
        let logins = made_anew(server, (EVENTS, KEYS));
        let known = Known {
            tenant: "school",
            data: Path::new("/data"),
            database_url: &server.url(EVENTS),
            keys_url: &server.url(KEYS),
            nats_logins: &[],
            logins: &logins,
            nats_url: "nats://127.0.0.1:2",
            nats_user: "peiyu",
            nats_password: "secret",
            listen: "127.0.0.1:0".parse().unwrap(),
            public_url: None,
            trusted_proxies: None,
            master_key_file: Path::new("/data/master.key"),
            offset_seconds: 0,
        };
        settings_file::write(&file, &known).unwrap();
        let settings = Settings::load(&file).unwrap();
        (folder, settings)
    }

    /// Whether it is allowed; whatever is refused must be refused for want of a right.
    async fn may(url: &str, statement: &str) -> bool {
        let attempt = async {
            let mut connection = PgConnection::connect(url).await?;
            let mut transaction = connection.begin().await?;
            sqlx::query(statement).execute(&mut *transaction).await?;
            transaction.rollback().await?;
            connection.close().await
        };
        match attempt.await {
            Ok(()) => true,
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42501") => false,
            Err(error) => panic!("{statement}: {error}"),
        }
    }

    #[tokio::test]
    async fn every_service_may_what_it_must_and_nothing_else() {
        let private = PrivatePostgres::start().await;
        let (_folder, settings) = installation(&private.server).await;
        crate::verbs::migrate::migrate(&settings).await.unwrap();
        // A second time, as at every start: what is there already stays, and passwords are made to fit.
        crate::verbs::migrate::migrate(&settings).await.unwrap();
        for (letter, service) in ['a', 'r', 'p', 'n'].into_iter().zip([
            Service::Api,
            Service::Relay,
            Service::Projector,
            Service::Notifier,
        ]) {
            let own = of(service, &settings.database).unwrap().url.expose_secret().to_owned();
            for (what, database, statement, allowed) in TABLE {
                let url = format!("{}{database}", own.strip_suffix(EVENTS).unwrap());
                assert_eq!(may(&url, statement).await, allowed.contains(letter), "{service}: {what}");
            }
        }
        // Not even the owner changes an event: a trigger stands before everybody.
        let mut owner = PgConnection::connect(settings.database.url.expose_secret()).await.unwrap();
        let refused = sqlx::query("delete from store.events").execute(&mut owner).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("23001"));
    }

    #[tokio::test]
    async fn a_login_that_is_the_owner_s_or_without_a_real_password_is_refused() {
        let private = PrivatePostgres::start().await;
        let (_folder, mut settings) = installation(&private.server).await;
        let admin = PgPool::connect(&private.server.url(EVENTS)).await.unwrap();
        for (url, told) in [
            (settings.database.url.clone(), "the owner's login"),
            ("postgres://relay:short@127.0.0.1/peiyu".to_owned().into(), "16 or more"),
        ] {
            settings.database.relay = Some(DatabaseLogin { url, keys_url: None });
            let refused = ensure(&settings, &admin).await.unwrap_err().to_string();
            assert!(refused.contains(told) && refused.contains("[database.relay]"), "{refused}");
        }
    }
}
