//! What an operator gets wrong: refused at once, with what is wrong and what to do.

use std::net::TcpListener;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use peiyu_servers::ServerState;

use crate::house::{House, until};

const UP: [&str; 4] = ["up", "--detach", "--no-demo", "--listen"];

/// The exit code and what was said, of a start that must not succeed.
#[track_caller]
fn refused_start(house: &House, more: &[&str]) -> String {
    let output = house.try_run(&[&UP[..], &["127.0.0.1:0"], more].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(1 | 2)), "it started or fell over: {said}");
    assert!(house.try_run(&["todo"]).status.code() == Some(4), "something runs after all");
    said
}

#[test]
fn a_first_start_for_real_work_says_whose_it_is_and_never_changes_it() {
    let house = House::new();
    let said = refused_start(&house, &[]);
    assert!(said.contains("--tenant"), "{said}");
    let said = refused_start(&house, &["--tenant", "武大"]);
    assert!(said.contains("a-z"), "{said}");
    assert!(!house.data().join("postgres").exists(), "nothing is made before that");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = house.try_run(&[&UP[..], &[&address, "--tenant", "school"]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(&format!("cannot listen on {address}")), "{said}");
}

#[test]
fn a_newer_database_and_another_name_start_nothing() {
    let house = House::new();
    house.up(&[]);
    house.sql(
        "insert into store._sqlx_migrations (version, description, success, checksum, execution_time) \
         values (99990101000000, 'of tomorrow', true, '\\x00', 0)",
    );
    let doctor = house.try_run(&["doctor", "--json"]);
    let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(!doctor.status.success() && told.contains("install the newer binary"), "{told}");
    house.down();
    let said = refused_start(&house, &[]);
    assert!(said.contains("99990101000000") && said.contains("install the newer binary"), "{said}");
    let said = refused_start(&house, &["--tenant", "other"]);
    assert!(said.contains("cannot become other"), "{said}");
    let backup = house.file("backup").display().to_string();
    let said = house.refused(&["backup", &backup], 1);
    assert!(said.contains("install the newer binary"), "{said}");
    assert!(!house.file("backup").join("postgres").exists(), "what was half written is removed");
}

#[test]
fn another_master_key_starts_nothing_and_the_right_one_does() {
    let house = House::new();
    house.up(&[]);
    house.down();
    let (key, aside) = (house.data().join("master.key"), house.file("aside"));
    std::fs::rename(&key, &aside).unwrap();
    let said = refused_start(&house, &[]);
    assert!(said.contains("is missing"), "{said}");
    peiyu_vault::MasterKey::create(&key).unwrap();
    let said = refused_start(&house, &[]);
    assert!(said.contains("master key"), "{said}");
    std::fs::rename(&aside, &key).unwrap();
    house.up(&[]);
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    use std::os::unix::fs::chown;
    let house = House::new();
    std::fs::create_dir(house.data()).unwrap();
    if chown(house.data(), Some(12_345), None).is_err() {
        return; // Only root gives folders away.
    }
    let said = refused_start(&house, &["--tenant", "school"]);
    assert!(said.contains("belongs to another user (uid 12345)"), "{said}");
    assert_eq!(std::fs::read_dir(house.data()).unwrap().count(), 0);
}

#[test]
fn servers_that_die_beneath_a_running_system_come_back_on_their_ports() {
    let house = House::new();
    house.up(&[]);
    let states = || ["postgres", "nats"].map(|name| ServerState::read(&house.data().join(name)).unwrap());
    let before = states();
    for server in &before {
        kill(Pid::from_raw(server.pid), Signal::SIGKILL).unwrap();
    }
    until("both run again", || {
        states().iter().zip(&before).all(|(now, was)| now.pid != was.pid && now.is_alive())
    });
    assert_eq!(states().map(|now| now.port), before.map(|was| was.port), "subscribers know the port");
    until("everything is whole", || house.try_run(&["verify"]).status.success());
}
