//! The story of the first slice, walked as a user walks it: on the messy set, with mail, stream and Python.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::house::{Ahead, House, sample, until};
use crate::subscriber::python_subscriber;
use peiyu_testing::receiver::Mail;

/// Logs somebody in by the first password that the department got; gives the login's name.
fn login(house: &House, staff_number: &str) {
    let opened = house.json(&["account", "add", staff_number, "--operator"]);
    let password = opened["password"].as_str().expect("the first password is told once").to_owned();
    let mut login = house
        .command(&["login", staff_number, "--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    login.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    let output = login.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn items(answer: &Value) -> &[Value] {
    answer.get("items").unwrap_or(answer).as_array().map_or(&[], Vec::as_slice)
}

fn import_all(house: &House) {
    let truth: Value =
        serde_json::from_str(&std::fs::read_to_string(sample("truth-messy-1500.json")).unwrap()).unwrap();
    house.json(&["import", "organisation", &sample("organisation-messy-1500.xlsx")]);
    let dry = house.json(&["import", "roster", &sample("roster-messy-1500.xlsx"), "--dry-run"]);
    let rejects = house.file("rejects.xlsx").display().to_string();
    let roster = ["import", "roster", &sample("roster-messy-1500.xlsx"), "--rejects", &rejects];
    let report = house.json(&roster);
    for name in ["rows", "accepted", "rejected", "rejected_by_reason", "rejected_rows", "pool", "conflicts"] {
        assert_eq!(report[name], truth[name], "{name} of the roster");
        assert_eq!(dry[name], truth[name], "{name} of the dry run");
    }
    assert!(std::fs::metadata(&rejects).unwrap().len() > 0, "the rejected rows are written down");
    let again = house.json(&["import", "roster", &sample("roster-messy-1500.xlsx")]);
    assert_eq!(again["unchanged"], truth["accepted"], "the same file again changes nothing");
    assert_eq!(again["new"], 0);
    let talks = house.json(&["import", "talks", &sample("talks-messy-1500.xlsx")]);
    for name in ["rows", "accepted", "rejected", "rejected_by_reason", "rejected_rows"] {
        assert_eq!(talks[name], truth["talks"][name], "{name} of the talks");
    }
}

#[track_caller]
fn one_digest_each(mails: &[Mail]) {
    let mut addressees: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    addressees.sort_unstable();
    let sent = addressees.len();
    addressees.dedup();
    assert_eq!(addressees.len(), sent, "one digest a person a day");
}

#[test]
fn the_story_on_the_messy_set() {
    let house = House::new();
    house.up(&[]);
    import_all(&house);

    // Liaisons: proposed for everybody, applied; nobody stays without.
    let proposal = house.file("proposal.json").display().to_string();
    house.run(&["liaison", "propose", "--out", &proposal]);
    house.run(&["liaison", "apply", &proposal]);
    let count = |coverage: &Value, list: &str| coverage[list].as_array().map(Vec::len);
    until("nobody stays without", || count(&house.json(&["coverage"]), "without_liaison") == Some(0));
    assert_eq!(count(&house.json(&["coverage"]), "leaders_with_nobody"), Some(0));

    // Somebody accompanied, their liaison, and a talk by the liaison.
    let pool = house.json(&["pool", "--limit", "1"]);
    let somebody = &items(&pool)[0];
    let candidate = somebody["staff_number"].as_str().unwrap().to_owned();
    let liaison = somebody["liaison_number"].as_str().unwrap().to_owned();
    login(&house, &liaison);
    let today = house.json(&["coverage"])["as_of"].as_str().unwrap().to_owned();
    let gist = "金丝雀要点：近况良好";
    let record =
        ["talk", "record", "--candidate", &candidate, "--date", &today, "--form", "single", "--topic"];
    house.run(&[&record[..], &["思想动态", "--gist", gist, "--place", "办公室"]].concat());
    let future = ["talk", "record", "--candidate", &candidate, "--date", "2099-01-01", "--form", "single"];
    let said = house.refused(&[&future[..], &["--topic", "思想动态", "--gist", gist]].concat(), 3);
    assert!(said.contains("意见三(四)"), "a refusal names its article: {said}");

    // The dossier has it, with office, times and policy.
    let dossier = house.json(&["dossier", &candidate, "--operator"]);
    let events = dossier["events"].as_array().unwrap();
    let talk = events.iter().find(|event| event["event_type"] == "TalkRecorded" && event["origin"] == "live");
    let talk = talk.unwrap_or_else(|| panic!("no talk in {dossier}"));
    assert_eq!(talk["occurred_on"], today);
    assert!(talk["recorded_at"].is_string() && talk["policy_version"].is_string(), "{talk}");
    assert!(talk.to_string().contains(gist), "who may read the dossier reads the gist");

    // Five weeks later every first talk but that one is overdue.
    house.down();
    house.up(&["--clock-offset", &format!("{}s", Ahead::days(45).0)]);
    let todo = house.json(&["todo"]);
    assert!(!items(&todo).is_empty(), "the liaison has something to do");
    let loads = house.json(&["coverage", "--operator"]);
    let accompanying = loads["loads"].as_array().unwrap().iter().filter(|leader| leader["load"] != 0).count();
    until("everybody who accompanies somebody has a digest", || house.smtp.mails().len() >= accompanying - 1);
    let listed = || house.json(&["reminders", "list", "--limit", "200", "--operator"]);
    until("every digest has an end", || {
        items(&listed()).iter().all(|reminder| reminder["state"] == "sent" || reminder["state"] == "failed")
    });
    let mails = house.smtp.mails();
    one_digest_each(&mails);
    assert!(
        mails.iter().all(|mail| mail.wire.contains("Auto-Submitted")),
        "digests say that they are automatic"
    );
    let explained = house.json(&["reminders", "explain", &candidate, "--operator"]);
    assert!(!explained.is_null());

    // A restart doubles nothing.
    house.down();
    house.up(&[]);
    until("the notifier has looked again", || {
        let metrics = reqwest::blocking::get(format!("http://{}/metrics", house.setting("http", "listen")));
        let metrics = metrics.unwrap().text().unwrap();
        let last =
            metrics.lines().find_map(|line| line.strip_prefix("peiyu_notifier_last_tick_timestamp_seconds "));
        last.is_some_and(|last| last.parse::<f64>().is_ok_and(|last| last > 0.0))
    });
    one_digest_each(&house.smtp.mails());

    // Read models equal a replay, the stream equals the feed, Python gets every event.
    let verified = house.json(&["verify"]);
    assert_eq!(verified["ok"], true, "{verified}");
    let exported = house.run(&["export", "events", "--operator"]);
    let feed: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = feed.last().unwrap()["position"].as_i64().unwrap();
    assert_eq!(i64::try_from(feed.len()).unwrap(), last, "positions are dense");
    let streamed = python_subscriber(&house, last);
    let ids = |events: &[Value]| events.iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&streamed), ids(&feed), "the stream is the feed, event by event");
    assert!(
        !exported.contains("金丝雀") && !exported.contains(&candidate),
        "subscribers see nothing personal"
    );
}
