//! The restore drill: a backup taken while everything runs goes back while the stream is ahead of it.

use std::path::Path;

use serde_json::Value;

use crate::house::{Ahead, House, sample, until};
use crate::subscriber::python_subscriber_of;

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

#[track_caller]
fn nowhere(files: &[(String, Vec<u8>)], what: &str, bytes: &[u8]) {
    assert!(bytes.len() >= 6, "{what} is too short to be found by chance");
    for (name, content) in files {
        let found = content.windows(bytes.len()).any(|window| window == bytes);
        assert!(!found, "{what} stands in {name}");
    }
}

fn metric(house: &House, name: &str) -> Option<f64> {
    let answer = reqwest::blocking::get(format!("http://{}/metrics", house.setting("http", "listen")));
    let text = answer.ok()?.text().ok()?;
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

/// The answer to a subscriber that asks for events by HTTP.
fn ask_for_events(house: &House, query: &str) -> (u16, String) {
    let token = std::fs::read_to_string(house.data().join("operator.token")).unwrap();
    let url = format!("http://{}/v1/events?{query}", house.setting("http", "listen"));
    let client = reqwest::blocking::Client::new();
    let answer = client.get(url).bearer_auth(token.trim()).send().unwrap();
    (answer.status().as_u16(), answer.text().unwrap())
}

/// The id of every event, in the order of the feed.
fn feed(house: &House) -> Vec<Value> {
    let exported = house.run(&["export", "events", "--operator"]);
    let event = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].clone();
    exported.lines().map(event).collect()
}

fn head(house: &House) -> i64 {
    i64::try_from(feed(house).len()).unwrap()
}

fn fill(house: &House) {
    house.json(&["import", "organisation", &sample("organisation-clean-1200.xlsx")]);
    house.json(&["import", "roster", &sample("roster-clean-1200.xlsx")]);
    let proposal = house.file("proposal.json").display().to_string();
    house.run(&["liaison", "propose", "--out", &proposal]);
    house.run(&["liaison", "apply", &proposal]);
}

#[test]
fn the_restore_drill() {
    let house = House::new();
    house.up(&[]);
    fill(&house);
    let before = head(&house);
    let backup = house.file("backup").display().to_string();
    let told = house.json(&["backup", &backup]);
    assert!(told["events"]["position"].as_i64().unwrap() >= before, "{told}");
    let last_position = told["events"]["position"].as_i64().unwrap();

    // Nothing personal, no key and no master key lies with the events.
    let taken = files(Path::new(&backup));
    let person = &house.json(&["pool", "--limit", "1"])["items"][0];
    let (name, number) = (person["name"].as_str().unwrap(), person["staff_number"].as_str().unwrap());
    nowhere(&taken, "a name", name.as_bytes());
    nowhere(&taken, "a staff number", number.as_bytes());
    let master = std::fs::read_to_string(house.data().join("master.key")).unwrap();
    nowhere(&taken, "the master key", master.trim().as_bytes());
    let keys = std::fs::read_to_string(format!("{backup}.keys/keys.jsonl")).unwrap();
    let key: Value = serde_json::from_str(keys.lines().last().unwrap()).unwrap();
    let wrapped = key["wrapped"].as_str().unwrap().trim_start_matches("\\x");
    let bytes: Vec<u8> =
        (0..24).map(|at| u8::from_str_radix(&wrapped[2 * at..2 * at + 2], 16).unwrap()).collect();
    nowhere(&taken, "a wrapped key", &bytes);
    assert!(!keys.contains(master.trim()), "the master key lies with the keys");

    // Life goes on: more is written and published, and six weeks later digests go out.
    house.down();
    house.up(&["--clock-offset", &format!("{}s", Ahead::days(45).0)]);
    house.json(&["import", "talks", &sample("talks-clean-1200.xlsx")]);
    until("digests go out", || !house.smtp.mails().is_empty());
    until("every digest has gone out", || metric(&house, "peiyu_notifier_digests_due") == Some(0.0));
    let lived = feed(&house);
    let ahead = i64::try_from(lived.len()).unwrap();
    assert!(ahead > last_position);
    let streamed = python_subscriber_of(&house, 1, ahead);
    assert_eq!(streamed.len() as i64, ahead, "the stream is ahead of the backup");
    let sent = house.smtp.mails().len();

    // The backup goes back; what stood there is kept.
    let said = house.refused(&["restore", &backup], 1);
    assert!(said.contains("peiyu down"), "it runs: {said}");
    house.down();
    let said = house.refused(&["restore", &backup], 2);
    assert!(said.contains("--replace"), "{said}");
    let restored = house.json(&["restore", &backup, "--replace"]);
    assert_eq!(restored["epoch"], 2, "{restored}");
    assert_eq!(restored["last_position"], last_position);
    assert!(Path::new(restored["replaced"].as_str().unwrap()).join("data/PG_VERSION").exists());

    // Everything comes up and publishes under the new epoch; a subscriber of the old one is told.
    house.up(&[]);
    let (status, problem) = ask_for_events(&house, &format!("after={ahead}&epoch=1"));
    let problem: Value = serde_json::from_str(&problem).unwrap();
    assert!(status == 409 && problem["type"].as_str().unwrap().ends_with("/epoch_changed"), "{problem}");
    assert_eq!(problem["facts"]["shared_position"], last_position);
    let now = feed(&house);
    let shared = usize::try_from(last_position).unwrap();
    assert!(now.len() > shared && now[..shared] == lived[..shared], "up to there both epochs agree");
    // The stream keeps thirty days: of what is younger it has every event at its position.
    let again = python_subscriber_of(&house, 2, i64::try_from(now.len()).unwrap());
    assert!(!again.is_empty());
    for event in &again {
        let position = usize::try_from(event["position"].as_i64().unwrap()).unwrap();
        assert_eq!(event["id"], now[position - 1], "at {position}");
    }
    let (_, line) = ask_for_events(&house, &format!("after={last_position}&epoch=2"));
    let began = line.lines().find(|line| line.contains("EpochBegan")).unwrap();
    let began: Value = serde_json::from_str(began).unwrap();
    assert_eq!((&began["epoch"], &began["data"]["last_position"]), (&2.into(), &last_position.into()));

    // Nobody is told twice: what came due since the backup waits for the operator.
    until("the notifier holds what may have gone out", || {
        metric(&house, "peiyu_notifier_digests_held").is_some_and(|held| held > 0.0)
    });
    assert_eq!(house.smtp.mails().len(), sent, "nothing goes out before an operator says so");
    let held = house.json(&["reminders", "held", "list", "--operator"]);
    assert!(!held["items"].as_array().unwrap().is_empty(), "{held}");
    let verified = house.json(&["verify"]);
    assert_eq!(verified["ok"], true, "{verified}");
    house.json(&["reminders", "held", "release", "--operator", "--yes"]);
    until("what was released goes out", || house.smtp.mails().len() > sent);
    let said = house.refused(&["reminders", "held", "drop", "--operator", "--yes"], 3);
    assert!(said.contains("没有因恢复备份而暂停的提醒"), "{said}");
}

#[test]
fn a_backup_goes_back_whole_into_its_own_empty_place_or_not_at_all() {
    let (house, empty) = (House::new(), House::new());
    house.up(&[]);
    house.json(&["import", "organisation", &sample("organisation-clean-1200.xlsx")]);
    let before = head(&house);
    house.down();
    let backup = house.file("backup").display().to_string();
    house.json(&["backup", &backup]);
    let said = house.refused(&["backup", &backup], 2);
    assert!(said.contains("not empty"), "{said}");
    let restore = ["restore", backup.as_str()];

    let said = empty.refused(&restore, 2);
    assert!(said.contains("--master-key"), "without the master key: {said}");
    let wrong = house.file("wrong.key");
    peiyu_vault::MasterKey::create(&wrong).unwrap();
    let said = empty.refused(&[&restore[..], &["--master-key", wrong.to_str().unwrap()]].concat(), 2);
    assert!(said.contains("wrong master key"), "{said}");
    let master = house.data().join("master.key").display().to_string();
    let restore = [&restore[..], &["--master-key", &master]].concat();

    // Another university's place, a backup that was cut off, a file that was changed.
    let settings = empty.data().join("peiyu.toml");
    std::fs::write(&settings, "tenant = \"other\"\n").unwrap();
    let said = empty.refused(&restore, 2);
    assert!(said.contains("and here is other"), "{said}");
    std::fs::remove_file(&settings).unwrap();
    let manifest = Path::new(&backup).join("manifest.json");
    std::fs::rename(&manifest, house.file("aside")).unwrap();
    let said = empty.refused(&restore, 2);
    assert!(said.contains("no whole backup"), "{said}");
    std::fs::rename(house.file("aside"), &manifest).unwrap();
    let control = Path::new(&backup).join("postgres/data/global/pg_control");
    let whole = std::fs::read(&control).unwrap();
    std::fs::write(&control, &whole[1..]).unwrap();
    let said = empty.refused(&restore, 1);
    assert!(said.contains("pg_control") && said.contains("damaged"), "{said}");
    assert!(!empty.data().join("postgres").exists() && !empty.data().join("postgres.restoring").exists());
    std::fs::write(&control, whole).unwrap();

    empty.json(&restore);
    empty.up(&[]);
    assert_eq!(head(&empty), before + 1, "all events, and the one that begins the epoch");
    assert_eq!(empty.tenant(), house.tenant());
    assert_eq!(empty.json(&["verify"])["ok"], true);
}

#[test]
fn a_database_restored_by_somebody_else_gets_its_epoch_while_every_service_stands_still() {
    let house = House::new();
    house.up(&[]);
    let begin = ["epoch", "begin", "--yes", "--restored-from", "2026-11-24T03:00:00+08:00"];
    let said = house.refused(&begin, 1);
    assert!(said.contains("stop every service first"), "{said}");
    let before = head(&house);
    house.down();
    house.refused(&begin, 4);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use peiyu_servers::{Nats, NatsOptions, Postgres, PostgresOptions};
        let (postgres, nats) = (house.data().join("postgres"), house.data().join("nats"));
        Postgres::find().unwrap().start(&postgres, &PostgresOptions::default()).await.unwrap();
        Nats::find().unwrap().start(&nats, &NatsOptions::default()).await.unwrap();
    });
    let began = house.json(&begin);
    assert_eq!((&began["epoch"], &began["position"]), (&2.into(), &(before + 1).into()), "{began}");
    house.up(&[]);
    assert_eq!(python_subscriber_of(&house, 2, before + 1).len() as i64, before + 1);
    // While everything runs, for a stream that somebody damaged: nothing was restored, so nothing is held.
    let again = house.json(&["epoch", "begin", "--yes"]);
    assert_eq!((&again["epoch"], &again["position"]), (&3.into(), &(before + 2).into()), "{again}");
    assert_eq!(python_subscriber_of(&house, 3, before + 2).len() as i64, before + 2);
    house.json(&["reminders", "held", "drop", "--operator", "--yes"]);
    house.refused(&["reminders", "held", "drop", "--operator", "--yes"], 3);
}
