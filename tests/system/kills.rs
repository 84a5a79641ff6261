//! kill -9 of every service and server in turn, in the middle of a load: nothing acknowledged is lost, nothing
//! happens twice.

use std::collections::{BTreeMap, HashSet};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use peiyu_servers::{Nats, NatsOptions, NatsServer, Postgres, PostgresOptions, PostgresServer};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{Ahead, House, sample, until};
use crate::subscriber::python_subscriber;

const SERVICES: [&str; 4] = ["api", "relay", "projector", "notifier"];
const WORKERS: usize = 4;
/// Commands acknowledged between two kills.
const BETWEEN: usize = 25;

/// Everything as processes of their own, on the private servers of a data folder.
struct Processes<'a> {
    house: &'a House,
    runtime: tokio::runtime::Runtime,
    services: BTreeMap<&'static str, Child>,
    postgres: PostgresServer,
    nats: NatsServer,
    ahead: i64,
}

impl<'a> Processes<'a> {
    fn start(house: &'a House) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (postgres, nats) = runtime.block_on(async { (postgres(house).await, nats(house).await) });
        // Ten days on, gaps are due: the notifier has digests to send meanwhile.
        let ahead = Ahead::days(10).0;
        let mut all = Self { house, runtime, services: BTreeMap::new(), postgres, nats, ahead };
        for service in SERVICES {
            all.start_service(service);
        }
        all
    }

    fn start_service(&mut self, service: &'static str) {
        let config = self.house.data().join("peiyu.toml").display().to_string();
        let log =
            std::fs::File::create(self.house.file(&format!("{service}-{}.log", Uuid::now_v7()))).unwrap();
        let child = self
            .house
            .command(&["run", service, "--config", &config])
            .env("PEIYU__CLOCK__OFFSET_SECONDS", self.ahead.to_string())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        self.services.insert(service, child);
    }

    fn kill_and_restart(&mut self, victim: &'static str) {
        match victim {
            "postgres" => {
                self.postgres.kill9();
                self.postgres = self.runtime.block_on(postgres(self.house));
            }
            "nats" => {
                self.nats.kill9();
                self.nats = self.runtime.block_on(nats(self.house));
            }
            service => {
                let mut child = self.services.remove(service).unwrap();
                child.kill().unwrap();
                child.wait().unwrap();
                self.start_service(service);
            }
        }
    }

    /// One row, one column, as text.
    fn ask(&self, query: &str) -> Vec<String> {
        let url = self.postgres.url("peiyu");
        self.runtime.block_on(async {
            use sqlx::Connection;
            let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
            sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
        })
    }

    fn number(&self, query: &str) -> i64 {
        self.ask(query)[0].parse().unwrap()
    }
}

impl Drop for Processes<'_> {
    fn drop(&mut self) {
        for child in self.services.values_mut() {
            drop(child.kill());
            drop(child.wait());
        }
        self.postgres.kill9();
        self.nats.kill9();
    }
}

/// The servers come back where the settings say that they are.
async fn postgres(house: &House) -> PostgresServer {
    let folder = house.data().join("postgres");
    let port = Some(port_of(&house.setting("database", "url")));
    let options = PostgresOptions { port, ..PostgresOptions::default() };
    Postgres::find_for(&folder).unwrap().start(&folder, &options).await.unwrap()
}

async fn nats(house: &House) -> NatsServer {
    let port = Some(port_of(&house.setting("nats", "url")));
    let options = NatsOptions { port, ..NatsOptions::default() };
    Nats::find().unwrap().start(&house.data().join("nats"), &options).await.unwrap()
}

fn port_of(url: &str) -> u16 {
    let authority = url.split("//").nth(1).unwrap().split('/').next().unwrap();
    authority.rsplit(':').next().unwrap().parse().unwrap()
}

/// Sends assignments until told to stop; each is sent again under its id until it is answered.
struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<Uuid>>>,
    workers: Vec<std::thread::JoinHandle<()>>,
}

impl Load {
    fn start(house: &House, candidates: Vec<String>, liaison: String) -> Self {
        let token = std::fs::read_to_string(house.data().join("operator.token")).unwrap().trim().to_owned();
        let base = format!("http://{}", house.setting("http", "listen"));
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let next = Arc::new(AtomicUsize::new(0));
        let candidates: Arc<[String]> = candidates.into();
        let workers = (0..WORKERS)
            .map(|_| {
                let (stop, acknowledged, next) = (stop.clone(), acknowledged.clone(), next.clone());
                let (candidates, liaison) = (candidates.clone(), liaison.clone());
                let (base, token) = (base.clone(), token.clone());
                std::thread::spawn(move || {
                    let client = reqwest::blocking::Client::builder().timeout(Duration::from_secs(5)).build();
                    let client = client.unwrap();
                    while !stop.load(Ordering::SeqCst) {
                        let Some(candidate) = candidates.get(next.fetch_add(1, Ordering::SeqCst)) else {
                            break;
                        };
                        let url = format!("{base}/v1/candidates/{candidate}/liaison");
                        let event = send_until_answered(&client, &url, &token, &liaison);
                        acknowledged.lock().unwrap().push(event);
                    }
                })
            })
            .collect();
        Self { stop, acknowledged, workers }
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    fn end(self) -> Vec<Uuid> {
        self.stop.store(true, Ordering::SeqCst);
        for worker in self.workers {
            worker.join().unwrap();
        }
        Arc::into_inner(self.acknowledged).unwrap().into_inner().unwrap()
    }
}

fn send_until_answered(client: &reqwest::blocking::Client, url: &str, token: &str, liaison: &str) -> Uuid {
    let key = Uuid::now_v7();
    loop {
        let answer = client
            .post(url)
            .bearer_auth(token)
            .header("idempotency-key", key.to_string())
            .json(&json!({ "liaison": liaison }))
            .send();
        match answer {
            Ok(answer) if answer.status().is_success() => {
                let answer: Value = answer.json().unwrap();
                return answer["event"].as_str().unwrap().parse().unwrap();
            }
            // Away or too busy for now: the same command, under the same id.
            Ok(answer) if answer.status().is_server_error() => {}
            Ok(answer) => panic!("{}: {}", answer.status(), answer.text().unwrap_or_default()),
            Err(_) => {}
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_happens_twice() {
    let house = House::new();
    house.up(&[]);
    house.json(&["import", "organisation", &sample("organisation-clean-1200.xlsx")]);
    house.json(&["import", "roster", &sample("roster-clean-1200.xlsx")]);
    let leaders = house.json(&["coverage"]);
    house.down();

    let mut processes = Processes::start(&house);
    let candidates = processes.ask(
        "select distinct aggregate_id::text from store.events where event_type = 'PoolEntered' order by 1",
    );
    let liaison = processes.ask(
        "select payload->>'person' from store.events where event_type = 'OfficeTaken' \
         and payload->>'office' = 'branch_secretary' order by no limit 1",
    );
    assert!(candidates.len() > BETWEEN * 8, "{} candidates, leaders: {leaders}", candidates.len());
    until("digests about gaps go out", || !house.smtp.mails().is_empty());
    let load = Load::start(&house, candidates, liaison[0].clone());
    for victim in ["api", "relay", "projector", "notifier", "nats", "postgres"] {
        let before = load.count();
        until(&format!("commands are acknowledged before {victim} is killed"), || {
            load.count() >= before + BETWEEN
        });
        processes.kill_and_restart(victim);
    }
    let before = load.count();
    until("commands are acknowledged after the last restart", || load.count() >= before + BETWEEN);
    let acknowledged = load.end();

    every_command_is_there_once(&processes, &acknowledged);
    every_read_model_comes_to_the_head(&processes);
    every_event_is_on_the_stream_once(&house, &processes);
    no_mail_went_out_twice(&house, &processes);
    let verified = house.json(&["verify"]);
    assert_eq!(verified["ok"], true, "{verified}");
}

fn every_command_is_there_once(processes: &Processes<'_>, acknowledged: &[Uuid]) {
    let stored =
        processes.ask("select event_id::text from store.events where event_type = 'LiaisonAssigned'");
    let unique: HashSet<Uuid> = stored.iter().map(|id| id.parse().unwrap()).collect();
    assert_eq!(unique.len(), stored.len());
    for event in acknowledged {
        assert!(unique.contains(event), "acknowledged and not in the store: {event}");
    }
    let assigned = processes.number(
        "select count(distinct aggregate_id)::text from store.events where event_type = 'LiaisonAssigned'",
    );
    assert_eq!(usize::try_from(assigned).unwrap(), stored.len(), "nobody was assigned twice");
    let gaps = processes.number(
        "select count(*)::text from (select aggregate_type, aggregate_id from store.events \
         group by 1, 2 having max(sequence) <> count(*)) broken",
    );
    assert_eq!(gaps, 0, "no stream has a gap");
}

fn every_read_model_comes_to_the_head(processes: &Processes<'_>) {
    until("every event has a position", || {
        processes.number("select count(*)::text from store.unsequenced") == 0
    });
    until("every read model has come to the head", || {
        processes.number(
            "select count(*)::text from views.current c join views.checkpoints k on k.schema = c.schema \
             where k.position < (select last_position from store.feed_head)",
        ) == 0
    });
}

fn every_event_is_on_the_stream_once(house: &House, processes: &Processes<'_>) {
    let feed = processes.ask(
        "select e.event_id::text from store.feed f join store.events e on e.no = f.no order by f.position",
    );
    let streamed = python_subscriber(house, i64::try_from(feed.len()).unwrap());
    let ids: Vec<&str> = streamed.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        feed.iter().map(String::as_str).collect::<Vec<_>>(),
        "stream and feed, position by position"
    );
}

fn no_mail_went_out_twice(house: &House, processes: &Processes<'_>) {
    let doubtful = processes.number(
        "select count(*)::text from store.events where event_type = 'ReminderSent' \
         and (payload->>'possible_double')::boolean",
    );
    let mut mails: BTreeMap<String, usize> = BTreeMap::new();
    for mail in house.smtp.mails() {
        *mails.entry(mail.to).or_default() += 1;
    }
    assert!(!mails.is_empty(), "there was mail that could have been doubled");
    let doubled = mails.values().filter(|count| **count > 1).count();
    assert!(
        i64::try_from(doubled).unwrap() <= doubtful,
        "{doubled} doubled and only {doubtful} recorded as possibly so: {mails:?}"
    );
}
