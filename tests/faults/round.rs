//! One installation with its load: prepares it, runs scenarios on it, checks after each.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use uuid::Uuid;

use super::check::{Due, Evidence, Told, violations};
use super::disk::Disks;
use super::evidence::{OPEN_CLAIMS, gather, wait_for_quiet};
use super::fleet::Fleet;
use super::load::{Client, Command, Ledger, Load, World, plan};
use super::report::{Report, folder};
use super::scenarios::{Outcome, Scenario};
use crate::house::{Ahead, House, sample, until};

/// Commands acknowledged before the first fault and after the last one.
const AROUND: usize = 20;

/// What scenarios work with.
pub struct Round<'a> {
    pub fleet: Fleet<'a>,
    pub client: Client,
    pub random: StdRng,
    seed: u64,
    /// Candidates that nobody accompanies yet, and who may.
    free: Vec<Uuid>,
    leaders: Vec<Uuid>,
    /// Who must be told of whom.
    pub due: Vec<Due>,
    /// Working days from now of the services' today.
    day: i64,
    /// What was found wrong so far.
    known: HashSet<String>,
}

/// A university of 1200 on disks of its own, nothing running.
pub fn prepare() -> (House, Disks) {
    let (house, disks) = House::new_on(Disks::mount);
    house.up(&["--clock-offset", &format!("{}s", Ahead::days(10).0)]);
    house.json(&["import", "organisation", &sample("organisation-clean-1200.xlsx")]);
    house.json(&["import", "roster", &sample("roster-clean-1200.xlsx")]);
    house.down();
    (house, disks)
}

impl<'a> Round<'a> {
    pub fn start(house: &'a House, disks: &'a Disks, seed: u64) -> Self {
        let fleet = Fleet::start(house, disks, Ahead::days(10).0);
        fleet.wait_until_served();
        let free = fleet.ids(
            "select distinct aggregate_id::uuid from store.events where event_type = 'PoolEntered' order by 1",
        );
        let leaders = fleet.ids(
            "select distinct (payload->>'person')::uuid from store.events where event_type = 'OfficeTaken' \
             and payload->>'office' in ('branch_secretary', 'secretary') and payload->>'from' < '2026-01-01' \
             and payload->>'until' is null order by 1",
        );
        let organiser = fleet.ids(
            "select aggregate_id::uuid from store.events where event_type = 'OrganisationRegistered' \
             and payload->'profile'->>'kind' = 'department' order by 1 limit 1",
        )[0];
        let token = std::fs::read_to_string(house.data().join("operator.token")).unwrap().trim().to_owned();
        let today = day_of(fleet.ahead);
        let candidates = free.clone();
        let mut world = World { token, candidates, organiser, classes: Vec::new(), today };
        let ledger = Arc::new(Ledger::default());
        for _ in 0..3 {
            let client = Client::new(Arc::new(world), &ledger, fleet.bases());
            let command = plan(&client.world, "2099-12-31");
            let told = house.runtime.block_on(client.send(&command, 0, 1));
            let Told::Done(answer) = told else { panic!("a class cannot be planned: {told:?}") };
            world = Arc::into_inner(client.world).unwrap();
            world.classes.push(answer["id"].as_str().unwrap().parse().unwrap());
        }
        let client = Client::new(Arc::new(world), &ledger, fleet.bases());
        let random = StdRng::seed_from_u64(seed);
        Self { fleet, client, random, seed, free, leaders, due: Vec::new(), day: 10, known: HashSet::new() }
    }

    pub fn done(&self) -> usize {
        self.client.ledger.done()
    }

    /// Until so many more commands were acknowledged.
    #[track_caller]
    pub fn wait_for_commands(&self, more: usize) {
        let before = self.done();
        until(&format!("{more} more commands are acknowledged"), || self.done() >= before + more);
    }

    /// So many leaders take somebody on whose first talk is overdue: they must be told today or tomorrow.
    pub fn oblige(&mut self, count: usize) {
        for _ in 0..count {
            let (addressee, about, _) = self.assign(45);
            self.due.push(Due { addressee, about });
        }
    }

    /// A leader takes somebody on, since so many days; who, whom, and the version then. Some may not: an office
    /// has ended, or a later roster took the other out of the pool.
    pub fn assign(&mut self, days_ago: i64) -> (Uuid, Uuid, i64) {
        loop {
            let leader = self.leaders[self.random.random_range(0..self.leaders.len())];
            let about = self.free.pop().expect("a candidate whom nobody accompanies");
            let body = json!({ "liaison": leader, "since": day_of(self.fleet.ahead - days_ago * 86_400) });
            let command = Command::new(format!("/v1/candidates/{about}/liaison"), body);
            match self.fleet.house.runtime.block_on(self.client.send(&command, 0, 20)) {
                Told::Done(answer) => return (leader, about, answer["version"].as_i64().unwrap()),
                Told::Refused => {}
                Told::Unknown => panic!("the assignment of {leader} to {about} was not answered"),
            }
        }
    }

    /// Moves the clock to the next working morning; what restarts is up to the caller.
    pub fn next_day(&mut self) {
        self.day += 1;
        let mut ahead = Ahead::days(self.day).0;
        while ahead <= self.fleet.ahead + 12 * 3600 {
            self.day += 1;
            ahead = Ahead::days(self.day).0;
        }
        self.fleet.ahead = ahead;
    }

    /// Runs a scenario under load, heals, waits, checks, and notes it all.
    pub fn run(&mut self, scenario: &Scenario, report: &mut Report) {
        let before = self.client.ledger.sent.lock().unwrap().len();
        let seed = self.random.random();
        let client = Client::new(Arc::clone(&self.client.world), &self.client.ledger, self.fleet.bases());
        let load = self.fleet.house.runtime.block_on(async { Load::start(client, seed) });
        self.wait_for_commands(AROUND);
        let began = Instant::now();
        let outcome = (scenario.inject)(self);
        let injecting = began.elapsed();
        self.fleet.heal();
        let healed = Instant::now();
        self.wait_for_commands(AROUND);
        self.fleet.house.runtime.block_on(load.end());
        let mut wrong = self.settle();
        let recovery = healed.elapsed();
        let checking = Instant::now();
        let gathered = gather(&self.fleet);
        let ledger = &self.client.ledger;
        let sent = ledger.sent.lock().unwrap().clone();
        let evidence = gathered.unwrap_or_else(|still| {
            wrong.push(still);
            Evidence::default()
        });
        wrong.extend(violations(&sent, &self.due, &evidence));
        wrong.append(&mut ledger.surprises.lock().unwrap());
        println!(
            "{}: {} violations; injecting {:.1} s, recovery {:.1} s, checks {:.1} s (seed {})",
            scenario.name,
            wrong.len(),
            injecting.as_secs_f64(),
            recovery.as_secs_f64(),
            checking.elapsed().as_secs_f64(),
            self.seed,
        );
        let row = report.row(scenario.name);
        row.runs += 1;
        row.skipped = None;
        match outcome {
            Outcome::Injected(faults) => row.faults += faults,
            Outcome::Skipped(why) => row.skipped = Some(why),
            Outcome::Wrong(sentence) => wrong.push(sentence),
        }
        for sent in &sent[before..] {
            match sent.told {
                Told::Done(_) => row.done += 1,
                Told::Refused => row.refused += 1,
                Told::Unknown => row.unknown += 1,
            }
        }
        row.checks += sent.len() + evidence.events.len() + evidence.streamed.len() + evidence.mails.len();
        row.longest_recovery = row.longest_recovery.max(recovery);
        // What an earlier scenario left wrong is told once.
        wrong.retain(|sentence| self.known.insert(sentence.clone()));
        if !wrong.is_empty() {
            self.keep_logs(scenario.name);
        }
        row.violations.extend(wrong);
    }

    /// Until everything is quiet; what a dead notifier left claimed grows old first.
    fn settle(&mut self) -> Vec<String> {
        let began = Instant::now();
        // A claim of a living notifier ends within its conversation with the mail server.
        while self.fleet.count(OPEN_CLAIMS) > 0 {
            if began.elapsed().as_secs() >= 4 {
                self.fleet.let_claims_grow_old();
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        wait_for_quiet(&self.fleet).err().into_iter().collect()
    }

    /// Read models against a replay, the stream against the feed, as the product itself does it.
    pub fn verify(&self, scenario: &Scenario, report: &mut Report) {
        let output = self.fleet.house.try_run(&["verify", "--json"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let wrong = format!("peiyu verify: {said} {}", String::from_utf8_lossy(&output.stderr));
            println!("{wrong}");
            self.keep_logs(scenario.name);
            report.row(scenario.name).violations.push(wrong);
        }
    }

    pub fn keep_logs(&self, scenario: &str) {
        let to = folder().join(format!("{}-{scenario}", self.seed));
        std::fs::create_dir_all(&to).unwrap();
        for entry in std::fs::read_dir(self.fleet.house.file("")).unwrap().flatten() {
            if entry.file_name().to_string_lossy().ends_with(".log") {
                std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
        for server in ["postgres", "nats"] {
            let log = self.fleet.house.data().join(server).join("server.log");
            // A server that never started has none.
            let _ = std::fs::copy(log, to.join(format!("{server}.log")));
        }
    }
}

/// The day in Shanghai on a clock so many seconds ahead.
#[expect(clippy::disallowed_methods, reason = "the test reckons from the machine, as a user does")]
fn day_of(ahead: i64) -> String {
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(ahead);
    peiyu_platform::clock::civil_day(now).to_string()
}
