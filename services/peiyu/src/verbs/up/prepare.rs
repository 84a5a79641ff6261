//! What stands before any service starts: servers, databases, keys, settings.

use std::net::{SocketAddr, TcpListener};

use peiyu_contracts::nats_rights::NatsRights;
use peiyu_platform::Settings;
use peiyu_servers::{Nats, NatsOptions, NatsServer, Postgres, PostgresOptions, ServerError, hold_any_port};
use peiyu_vault::MasterKey;
use secrecy::ExposeSecret;

use crate::failure::Failure;
use crate::logins;
use crate::place::{Place, secret_in};
use crate::settings_file::{self, Known};

/// Events, feed and read models.
pub(crate) const DATABASE: &str = "peiyu";
/// Keys of persons.
pub(crate) const KEYS: &str = "peiyu_keys";
/// Where the api listens unless told otherwise.
const USUAL_PORT: u16 = 8730;

/// Starts the servers of a data folder and writes its settings. The address is held from the moment it is chosen:
/// found free and let go, it could be somebody else's by the time the api listens.
///
/// # Errors
/// Says which program is missing, which folder is not ours, which address is taken.
pub(super) async fn prepare(
    place: &Place,
    tenant: &str,
    listen: Option<SocketAddr>,
    offset_seconds: i64,
) -> Result<(Settings, TcpListener), Failure> {
    let kept = settings_file::kept(&place.settings())?;
    let listener = hold_address(listen, kept.listen)?;
    let listen = listener.local_addr().map_err(no_port)?;
    let postgres = Postgres::find_for(&place.postgres()).map_err(|error| server_failure(error.into()))?;
    let nats = Nats::find().map_err(|error| server_failure(error.into()))?;
    let (postgres_folder, nats_folder) = (place.postgres(), place.nats());
    let users = vec![NatsRights::relay(tenant), NatsRights::projector()];
    let nats_options = NatsOptions { users: users.clone(), ..NatsOptions::default() };
    let postgres_options = PostgresOptions::default();
    let (postgres, nats) = tokio::try_join!(
        postgres.start(&postgres_folder, &postgres_options),
        nats.start(&nats_folder, &nats_options),
    )
    .map_err(server_failure)?;
    postgres.create_database(DATABASE).await.map_err(server_failure)?;
    let keys_are_new = postgres.create_database(KEYS).await.map_err(server_failure)?;
    ensure_master_key(place, keys_are_new)?;
    secret_in(&place.operator_token())?;
    let logins = logins::made_anew(&postgres, (DATABASE, KEYS));
    let nats_logins = nats_logins(&nats, &users)?;
    let known = Known {
        tenant,
        data: place.folder(),
        database_url: &postgres.url(DATABASE),
        keys_url: &postgres.url(KEYS),
        logins: &logins,
        nats_url: &nats.url(),
        nats_user: nats.user(),
        nats_password: nats.password().expose_secret(),
        nats_logins: &nats_logins,
        listen,
        public_url: kept.public_url.as_deref(),
        trusted_proxies: kept.trusted_proxies.as_deref(),
        master_key_file: &place.master_key(),
        offset_seconds,
    };
    settings_file::write(&place.settings(), &known)?;
    Ok((crate::verbs::run::load(&place.settings())?, listener))
}

/// The users of the services that speak to NATS, as settings name them.
fn nats_logins(
    nats: &NatsServer,
    users: &[NatsRights],
) -> Result<Vec<(&'static str, String, String)>, Failure> {
    let services = ["relay", "projector"].into_iter().zip(users);
    services
        .map(|(service, rights)| {
            let password = nats.password_of(&rights.user).map_err(server_failure)?.unwrap_or_default();
            Ok((service, rights.user.clone(), password.expose_secret().to_owned()))
        })
        .collect()
}

/// A lost key is never replaced silently: what it sealed could not be read again.
fn ensure_master_key(place: &Place, keys_are_new: bool) -> Result<(), Failure> {
    let path = place.master_key();
    if path.exists() {
        return Ok(());
    }
    if !keys_are_new {
        return Err(Failure::failed(
            format!("主密钥文件 {} 不见了，没有它个人信息无法解读", path.display()),
            format!("the master key {} is missing; nothing personal can be read without it", path.display()),
        )
        .next("从备份取回该文件", "put it back from a backup"));
    }
    MasterKey::create(&path)
        .map(drop)
        .map_err(|error| Failure::failed("无法生成主密钥", "the master key cannot be made").because(error))
}

/// The address asked for must be free; one chosen by us may give way.
fn hold_address(asked: Option<SocketAddr>, kept: Option<SocketAddr>) -> Result<TcpListener, Failure> {
    if let Some(asked) = asked {
        return TcpListener::bind(asked).map_err(|error| {
            Failure::failed(format!("无法监听 {asked}"), format!("cannot listen on {asked}"))
                .because(error)
                .next("换一个：--listen 127.0.0.1:端口", "choose another: --listen 127.0.0.1:PORT")
        });
    }
    let usual = SocketAddr::from(([127, 0, 0, 1], USUAL_PORT));
    let ours = kept.into_iter().chain([usual]).find_map(|address| TcpListener::bind(address).ok());
    ours.map_or_else(|| hold_any_port().map_err(no_port), Ok)
}

fn no_port(error: std::io::Error) -> Failure {
    Failure::failed("本机没有可用端口", "no port of this machine is free").because(error)
}

/// What is wrong with a private server, and what to do.
pub(crate) fn server_failure(error: ServerError) -> Failure {
    let failure = Failure::failed("数据库或消息服务器无法使用", "a server cannot be used").because(error);
    failure.next(
        "安装缺少的程序：deploy/install；再看 peiyu doctor",
        "install what is missing: deploy/install; then peiyu doctor",
    )
}
