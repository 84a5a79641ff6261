//! Many clients at once, through HTTP, on both apis; each writes down what it was told.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::check::{Sent, Told};

/// Clients at once.
const CLIENTS: usize = 8;
/// Longest wait for one answer; the api may take longer, and then nobody knows.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a client goes on asking after the faults have ended.
const LAST_TRIES: Duration = Duration::from_secs(60);
/// Between two commands of one client, so that a long run stays of a size.
const PAUSE: Duration = Duration::from_millis(25);

/// Whom and what commands are about.
#[derive(Debug)]
pub struct World {
    pub token: String,
    /// People of the pool.
    pub candidates: Vec<Uuid>,
    /// Who holds classes.
    pub organiser: Uuid,
    /// Classes that all clients write to at once.
    pub classes: Vec<Uuid>,
    /// Today, by the services' clock at the start.
    pub today: String,
}

/// A command.
#[derive(Debug, Clone)]
pub struct Command {
    pub id: Uuid,
    pub path: String,
    pub body: Value,
    /// Version that the sender saw.
    pub seen: Option<i64>,
}

impl Command {
    pub fn new(path: String, body: Value) -> Self {
        Self { id: Uuid::now_v7(), path, body, seen: None }
    }
}

/// What clients wrote down.
#[derive(Debug, Default)]
pub struct Ledger {
    pub sent: Mutex<Vec<Sent>>,
    done: AtomicUsize,
    /// Answers that nobody should get, whatever fails.
    pub surprises: Mutex<Vec<String>>,
}

impl Ledger {
    /// Commands acknowledged so far.
    pub fn done(&self) -> usize {
        self.done.load(Ordering::SeqCst)
    }

    fn note(&self, id: Uuid, told: Told) {
        if matches!(told, Told::Done(_)) {
            self.done.fetch_add(1, Ordering::SeqCst);
        }
        self.sent.lock().unwrap().push(Sent { id, told });
    }

    fn surprise(&self, sentence: String) {
        self.surprises.lock().unwrap().push(sentence);
    }
}

/// One who sends commands.
#[derive(Clone)]
pub struct Client {
    pub world: Arc<World>,
    pub ledger: Arc<Ledger>,
    pub bases: [String; 2],
    http: reqwest::Client,
    /// Set once no faults are injected any more.
    ending: Arc<AtomicBool>,
}

impl Client {
    pub fn new(world: Arc<World>, ledger: &Arc<Ledger>, bases: [String; 2]) -> Self {
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        Self { world, ledger: Arc::clone(ledger), bases, http, ending: Arc::default() }
    }

    /// Sends until it is answered, to either api; `tries` sendings at most. Writes down what came of it.
    pub async fn send(&self, command: &Command, first: usize, tries: usize) -> Told {
        let told = self.ask(command, first, tries).await;
        self.ledger.note(command.id, told.clone());
        told
    }

    /// Sends under one id to both apis at the same time: whoever is answered is answered alike.
    pub async fn send_twice(&self, command: &Command) {
        let (one, other) = tokio::join!(self.ask(command, 0, usize::MAX), self.ask(command, 1, usize::MAX));
        let told = match (one, other) {
            (one, other) if one == other => one,
            (Told::Unknown, other) | (other, Told::Unknown) => match other {
                Told::Done(_) => other,
                Told::Refused | Told::Unknown => Told::Unknown,
            },
            (one, other) => {
                let (id, path) = (command.id, &command.path);
                self.ledger.surprise(format!("{id} {path} was told {one:?} and {other:?}"));
                one
            }
        };
        self.ledger.note(command.id, told);
    }

    async fn ask(&self, command: &Command, first: usize, tries: usize) -> Told {
        let (mut in_doubt, mut until) = (false, None);
        for number in 0..tries {
            match self.post(command, (first + number) % 2).await {
                Some((200..300, answer)) => return Told::Done(answer),
                Some((404 | 409 | 412 | 422, _)) => {
                    // A sending that nobody answered may still be done after this refusal.
                    return if in_doubt { Told::Unknown } else { Told::Refused };
                }
                Some((500, answer)) => {
                    self.ledger.surprise(format!("{} was answered with 500: {answer}", command.path));
                    return Told::Unknown;
                }
                Some((501..600, _)) | None => in_doubt = true,
                Some((status, answer)) => {
                    self.ledger.surprise(format!("{} was answered with {status}: {answer}", command.path));
                    return Told::Unknown;
                }
            }
            if self.ending.load(Ordering::SeqCst) {
                let until = *until.get_or_insert_with(|| Instant::now() + LAST_TRIES);
                if Instant::now() > until {
                    self.ledger.surprise(format!("{} was not answered long after the fault", command.path));
                    break;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Told::Unknown
    }

    async fn post(&self, command: &Command, side: usize) -> Option<(u16, Value)> {
        let request = self
            .http
            .post(format!("{}{}", self.bases[side], command.path))
            .bearer_auth(&self.world.token)
            .header("idempotency-key", command.id.to_string())
            .json(&command.body);
        let request = match command.seen {
            Some(version) => request.header("if-match", format!("\"{version}\"")),
            None => request,
        };
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        // An answer that breaks off is none.
        Some((status, answer.json().await.ok()?))
    }
}

/// Clients at work.
pub struct Load {
    client: Client,
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Load {
    pub fn start(client: Client, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let tasks = (0..CLIENTS)
            .map(|number| {
                let (client, stop) = (client.clone(), Arc::clone(&stop));
                let random = StdRng::seed_from_u64(seed.wrapping_add(number as u64));
                tokio::spawn(work(client, stop, random))
            })
            .collect();
        Self { client, stop, tasks }
    }

    /// Lets every client end what it began.
    pub async fn end(self) {
        self.client.ending.store(true, Ordering::SeqCst);
        self.stop.store(true, Ordering::SeqCst);
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

async fn work(client: Client, stop: Arc<AtomicBool>, mut random: StdRng) {
    while !stop.load(Ordering::SeqCst) {
        let command = any_command(&client.world, &mut random);
        match random.random_range(0..20) {
            0..4 => client.send_twice(&command).await,
            // Somebody who does not ask again.
            4 => drop(client.send(&command, random.random_range(0..2), 1).await),
            _ => drop(client.send(&command, random.random_range(0..2), usize::MAX).await),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

pub fn any_command(world: &World, random: &mut StdRng) -> Command {
    let candidate = world.candidates[random.random_range(0..world.candidates.len())];
    let class = world.classes[random.random_range(0..world.classes.len())];
    match random.random_range(0..10) {
        0..5 => plan(world, "2099-12-31"),
        // Refused when the same was done before.
        5..8 => Command::new(format!("/v1/trainings/{class}/participants"), json!({ "person": candidate })),
        // Refused always: it ends before it begins, nobody has this id.
        8 => plan(world, "2001-01-01"),
        _ => {
            let nobody = Uuid::now_v7();
            Command::new(format!("/v1/candidates/{nobody}/liaison"), json!({ "liaison": candidate }))
        }
    }
}

/// A class of its own.
pub fn plan(world: &World, to: &str) -> Command {
    let body = json!({
        "title": "故障演练培训班", "organisation": world.organiser, "form": "concentrated_training",
        "from": world.today, "to": to, "hours": 8,
    });
    Command::new("/v1/trainings".to_owned(), body)
}
