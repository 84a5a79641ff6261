//! Private PostgreSQL.

use std::fs;
use std::process::Command;

use peiyu_servers::testing::{PrivatePostgres, ScratchFolder};
use peiyu_servers::{FindError, Postgres, PostgresOptions, PostgresServer, ServerError, stop_by_folder};
use sqlx::{Connection, PgConnection};

async fn connect(server: &PostgresServer, database: &str) -> PgConnection {
    PgConnection::connect(&server.url(database)).await.unwrap()
}

#[tokio::test]
async fn a_database_and_its_rows_survive_kill_9_and_a_stale_pid_file() {
    let mut private = PrivatePostgres::start().await;
    assert!(private.server.create_database("peiyu").await.unwrap());
    assert!(!private.server.create_database("peiyu").await.unwrap(), "the second time it is there already");
    let mut connection = connect(&private.server, "peiyu").await;
    sqlx::query("create table kept (n int)").execute(&mut connection).await.unwrap();
    sqlx::query("insert into kept values (42)").execute(&mut connection).await.unwrap();

    let (pid, port) = (private.server.pid(), private.server.port());
    private.server.kill9();
    assert!(!private.server.is_running());
    // The pid in the file that stays behind is given to somebody else: us.
    let pid_file = private.server.folder().join("data/postmaster.pid");
    let text = fs::read_to_string(&pid_file).unwrap();
    fs::write(&pid_file, text.replacen(&pid.to_string(), &std::process::id().to_string(), 1)).unwrap();

    private.restart().await;
    assert_eq!(private.server.port(), port);
    assert_ne!(private.server.pid(), pid);
    let mut connection = connect(&private.server, "peiyu").await;
    let n: i32 = sqlx::query_scalar("select n from kept").fetch_one(&mut connection).await.unwrap();
    assert_eq!(n, 42);
}

#[tokio::test]
async fn nothing_starts_while_a_child_of_the_killed_one_may_still_write() {
    let mut private = PrivatePostgres::start().await;
    private.server.kill9();
    // It stands for a child that has not noticed yet: its home is the data, too.
    let data = private.server.folder().join("data");
    let mut child = Command::new("sleep").arg("1").current_dir(data).spawn().unwrap();
    private.restart().await;
    assert!(child.try_wait().unwrap().is_some(), "it was not waited for");
    child.wait().unwrap();
}

#[tokio::test]
async fn text_is_utf_8_and_only_this_machine_is_listened_to() {
    let private = PrivatePostgres::start().await;
    let mut connection = connect(&private.server, "postgres").await;
    let query = "select current_setting('server_encoding'), current_setting('listen_addresses'), \
                 current_setting('fsync'), current_setting('unix_socket_directories')";
    let settings: (String, String, String, String) =
        sqlx::query_as(query).fetch_one(&mut connection).await.unwrap();
    assert_eq!(settings, ("UTF8".into(), "127.0.0.1".into(), "on".into(), String::new()));
}

#[tokio::test]
async fn a_second_start_takes_over_what_runs_and_another_process_can_stop_it() {
    let private = PrivatePostgres::start().await;
    let folder = private.server.folder().to_owned();
    let again = Postgres::find().unwrap().start(&folder, &PostgresOptions::default()).await.unwrap();
    assert_eq!(again.pid(), private.server.pid());
    let attached = PostgresServer::attach(&folder).expect("it runs");
    assert_eq!(attached.url("x"), private.server.url("x"));

    assert!(stop_by_folder(&folder).await.unwrap());
    assert!(!private.server.is_running());
    assert!(!stop_by_folder(&folder).await.unwrap(), "nothing runs any more");
    assert!(PostgresServer::attach(&folder).is_none());
}

#[tokio::test]
async fn data_of_another_major_version_is_refused_and_left_alone() {
    let private = PrivatePostgres::start().await;
    private.server.stop().await.unwrap();
    let version = private.server.folder().join("data/PG_VERSION");
    fs::write(&version, "9\n").unwrap();
    let refusal = Postgres::find().unwrap().start(private.server.folder(), &PostgresOptions::default()).await;
    let Err(ServerError::Find(FindError::OtherMajor { made_by: 9, .. })) = refusal else {
        panic!("expected a refusal, got {refusal:?}");
    };
    assert!(matches!(
        Postgres::find_for(private.server.folder()),
        Err(FindError::OtherMajor { made_by: 9, .. })
    ));
}

#[tokio::test]
async fn data_whose_password_is_lost_is_refused() {
    let private = PrivatePostgres::start().await;
    private.server.stop().await.unwrap();
    fs::remove_file(private.server.folder().join("password")).unwrap();
    let refusal = Postgres::find().unwrap().start(private.server.folder(), &PostgresOptions::default()).await;
    assert!(matches!(refusal, Err(ServerError::PasswordLost { .. })));
}

#[tokio::test]
async fn a_folder_that_the_servers_user_cannot_enter_is_refused_by_name() {
    if !nix::unistd::geteuid().is_root() {
        return; // Only root drops privileges.
    }
    let scratch = ScratchFolder::new();
    let closed = scratch.join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let refusal =
        Postgres::find().unwrap().start(&closed.join("postgres"), &PostgresOptions::default()).await;
    let Err(ServerError::NotTraversable { parent, .. }) = refusal else {
        panic!("expected a refusal, got {refusal:?}");
    };
    assert_eq!(parent, closed);
}

#[tokio::test]
async fn a_database_name_cannot_carry_sql() {
    let private = PrivatePostgres::start().await;
    let refusal = private.server.create_database("x; drop database postgres").await;
    assert!(matches!(refusal, Err(ServerError::DatabaseName(_))));
}
