//! `peiyu rebuild` killed in the middle, and `peiyu verify` while people go on writing.

use std::os::unix::process::ExitStatusExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::house::{House, sample, until};

fn filled() -> House {
    let house = House::new();
    house.up(&[]);
    house.json(&["import", "organisation", &sample("organisation-clean-1200.xlsx")]);
    house.json(&["import", "roster", &sample("roster-clean-1200.xlsx")]);
    settle(&house);
    house
}

/// Waits until every read model has come to the end of what was recorded.
fn settle(house: &House) {
    let token = std::fs::read_to_string(house.data().join("operator.token")).unwrap();
    let url = format!("http://{}/v1/operations", house.setting("http", "listen"));
    let client = reqwest::blocking::Client::new();
    until("every read model has come to the end", || {
        let answer: Value = client.get(&url).bearer_auth(token.trim()).send().unwrap().json().unwrap();
        let models = answer["read_models"].as_array().unwrap();
        answer["feed"]["waiting"] == 0 && models.iter().all(|model| model["behind"] == 0)
    });
}

#[test]
fn a_rebuild_that_is_killed_goes_on_or_starts_again_by_choice() {
    let house = filled();
    let pool = || house.json(&["pool", "--limit", "50"]);
    let before = pool();
    for choice in ["--resume", "--restart"] {
        let mut rebuild = house.command(&["rebuild", "--json"]);
        let killed = rebuild.env("PEIYU_FAILPOINT", "views.replayed:abort:2").output().unwrap();
        assert_eq!(killed.status.signal(), Some(9), "{}", String::from_utf8_lossy(&killed.stderr));
        assert_eq!(pool(), before, "the old ones serve on");
        let said = house.refused(&["rebuild"], 2);
        assert!(
            said.contains("cut off") && said.contains("--resume") && said.contains("--restart"),
            "{said}"
        );
        let rebuilt = house.json(&["rebuild", choice]);
        assert!(rebuilt["rebuilt"].as_array().unwrap().len() > 5, "{rebuilt}");
        assert_eq!(pool(), before, "after {choice} the same is served");
        let verified = house.json(&["verify"]);
        assert_eq!(verified["ok"], true, "after {choice}: {verified}");
        // Nothing is left of the one that was killed.
        house.json(&["rebuild", "training"]);
    }
}

/// Corrects one person's title again and again, until told to end.
struct Writer {
    ended: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Writer {
    fn start(house: &House, person: &str) -> Self {
        let token = std::fs::read_to_string(house.data().join("operator.token")).unwrap().trim().to_owned();
        let url = format!("http://{}/v1/persons/{person}", house.setting("http", "listen"));
        let (ended, written) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let thread = std::thread::spawn({
            let (ended, written) = (ended.clone(), written.clone());
            let client = reqwest::blocking::Client::new();
            move || {
                while !ended.load(Ordering::SeqCst) {
                    let title = ["教授", "副教授"][written.load(Ordering::SeqCst) % 2];
                    let seen = client.get(&url).bearer_auth(&token).send().unwrap();
                    let answer = client
                        .post(format!("{url}/corrections"))
                        .bearer_auth(&token)
                        .header("if-match", seen.headers()["etag"].clone())
                        .header("idempotency-key", uuid::Uuid::now_v7().to_string())
                        .json(&json!({ "field": "title", "value": title, "reason": "聘书" }))
                        .send()
                        .unwrap();
                    // What was seen may be older than the last write: then it is looked at again.
                    if answer.status() == reqwest::StatusCode::PRECONDITION_FAILED {
                        continue;
                    }
                    assert!(answer.status().is_success(), "{}", answer.text().unwrap());
                    written.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Self { ended, written, thread: Some(thread) }
    }

    fn written(&self) -> usize {
        self.written.load(Ordering::SeqCst)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "the writer was refused");
    }
}

fn differences(verified: &Value) -> Vec<(&str, &str, &str)> {
    let views = verified["views"].as_array().unwrap();
    let all = views.iter().flat_map(|view| view["differences"].as_array().unwrap());
    all.map(|found| {
        let say = |name: &str| found[name].as_str().unwrap();
        (say("table"), say("kind"), say("key"))
    })
    .collect()
}

#[test]
fn verifying_while_people_write_finds_the_one_wrong_row_and_no_other() {
    let house = filled();
    let pool = house.json(&["pool", "--limit", "2"]);
    let id = |at: usize| pool["items"][at]["id"].as_str().unwrap().to_owned();
    let (changing, wrong) = (id(0), id(1));
    let writer = Writer::start(&house, &changing);
    until("somebody writes", || writer.written() > 2);
    for _ in 0..2 {
        let before = writer.written();
        let verified = house.json(&["verify"]);
        assert_eq!(verified["ok"], true, "{verified}");
        assert!(writer.written() > before, "nobody wrote meanwhile");
    }
    house.sql(&format!(
        "do $$ begin execute format('update %I.persons set title = $t$院士$t$ where id = $t${wrong}$t$', \
         (select schema from views.current where name = 'persons')); end $$"
    ));
    let before = writer.written();
    let output = house.try_run(&["verify", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(writer.written() > before, "nobody wrote meanwhile");
    let verified: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = differences(&verified);
    assert!(found.len() == 1 && found[0].0 == "persons" && found[0].2.contains(&wrong), "{verified}");
}
