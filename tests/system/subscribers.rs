//! `peiyu subscriber`: what it prints works as it stands, and shows how far behind somebody is.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::house::{House, sample, until};

#[test]
fn a_subscriber_gets_its_events_with_the_code_that_was_printed_and_shows_its_lag() {
    let house = House::new();
    house.up(&[]);
    house.json(&["import", "organisation", &sample("organisation-clean-1200.xlsx")]);
    let exported = house.run(&["export", "events", "--types", "organisation.OfficeTaken", "--operator"]);
    let wanted: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(wanted.len() > 5);

    let said = house.refused(&["subscriber", "add", "finance", "--types", "organisation.Nothing"], 2);
    assert!(said.contains("organisation.OfficeTaken"), "{said}");
    house.refused(&["subscriber", "add", "fin.ance"], 2);
    house.refused(&["subscriber", "remove", "finance", "--yes"], 1);
    let said = house.refused(&["subscriber", "remove", "finance"], 2);
    assert!(said.contains("--yes"), "without a terminal it says which option to give: {said}");
    let said = house.refused(&["subscriber", "add", "finance"], 2);
    assert!(said.contains("--all-types"), "everything is never handed out by leaving something out: {said}");
    let added = house.json(&["subscriber", "add", "finance", "--types", "organisation.OfficeTaken"]);
    let again = house.json(&["subscriber", "add", "finance", "--types", "organisation.OfficeTaken"]);
    assert_eq!(added, again, "adding again changes nothing, and the password stays");

    let finance = || house.json(&["subscriber", "list"])["items"][0].clone();
    until("the stream holds everything", || finance()["undelivered"] == wanted.len());
    let lag = finance();
    assert_eq!((&lag["name"], &lag["types"][0]), (&"finance".into(), &"organisation.OfficeTaken".into()));
    assert!(lag["oldest_undelivered_seconds"].is_i64(), "{lag}");
    assert!(house.run(&["subscriber", "list"]).contains("finance"));

    let python = std::env::var("PEIYU_TEST_PYTHON").expect("tests/run sets PEIYU_TEST_PYTHON");
    let code = added["python"].as_str().unwrap();
    let mut program = Command::new(python).args(["-c", code]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    for event in &wanted {
        let line = lines.next().unwrap().unwrap();
        assert!(line.starts_with(event["id"].as_str().unwrap()), "{line}");
    }
    until("everything is acknowledged", || {
        let lag = finance();
        lag["undelivered"] == 0 && lag["unacknowledged"] == 0 && lag["oldest_undelivered_seconds"].is_null()
    });
    program.kill().unwrap();
    program.wait().unwrap();

    // After a restart of everything the subscriber is still let in: its user was kept.
    house.down();
    house.up(&[]);
    assert_eq!(house.json(&["subscriber", "add", "finance", "--all-types"])["password"], added["password"]);
    assert_eq!(finance()["types"].as_array().map(Vec::len), Some(0), "all types from now on");

    // Left on the stream of an ended epoch it is told as that, and not as one that lacks nothing.
    house.json(&["epoch", "begin", "--yes"]);
    let left = finance();
    assert_eq!((&left["ended_epoch"], &left["epoch"]), (&true.into(), &1.into()), "{left}");
    assert!(left["undelivered"].is_null() && left["oldest_undelivered_seconds"].is_null(), "{left}");
    assert!(house.run(&["subscriber", "list"]).contains("ended epoch"));
    let doctor = String::from_utf8(house.try_run(&["doctor", "--json"]).stdout).unwrap();
    assert!(doctor.contains("ended epoch get nothing: finance (1)"), "{doctor}");
    until("it is added to the new stream", || {
        house.try_run(&["subscriber", "add", "finance", "--all-types"]).status.success()
    });
    assert_eq!((&finance()["ended_epoch"], &finance()["epoch"]), (&false.into(), &2.into()));
    house.json(&["subscriber", "remove", "finance", "--yes"]);
    assert_eq!(house.json(&["subscriber", "list"])["items"].as_array().map(Vec::len), Some(0));
}
