//! `peiyu export events --follow` across a restart of the whole system.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::house::{House, sample};

#[test]
fn following_goes_on_after_a_restart_without_a_gap() {
    let house = House::new();
    house.up(&[]);
    house.json(&["import", "organisation", &sample("organisation-clean-1200.xlsx")]);
    let mut follow = house.command(&["export", "events", "--follow", "--operator"]);
    let mut follow = follow.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    let mut position = || {
        let line = lines.next().unwrap().unwrap();
        serde_json::from_str::<Value>(&line).unwrap()["position"].as_i64().unwrap()
    };
    let exported = house.run(&["export", "events", "--operator"]);
    let before = i64::try_from(exported.lines().count()).unwrap();
    assert!(before > 10);
    for expected in 1..=before {
        assert_eq!(position(), expected);
    }
    house.down();
    house.up(&[]);
    house.json(&["import", "roster", &sample("roster-clean-1200.xlsx"), "--operator"]);
    let exported = house.run(&["export", "events", "--operator"]);
    let after = i64::try_from(exported.lines().count()).unwrap();
    assert!(after > before);
    for expected in before + 1..=after {
        assert_eq!(position(), expected);
    }
    let talks = house.run(&["export", "events", "--types", "policy.PolicyAdopted", "--operator"]);
    assert!(talks.lines().all(|line| line.contains("peiyu.policy.PolicyAdopted.v1")), "{talks}");
    follow.kill().unwrap();
    follow.wait().unwrap();
}
