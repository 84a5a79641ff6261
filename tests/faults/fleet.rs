//! Two of every service as processes of their own, each half behind proxies of its own, on private servers.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use peiyu_servers::{Nats, NatsOptions, NatsServer, Postgres, PostgresOptions, PostgresServer, free_port};

use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::disk::Disks;
use super::proxy::{Manner, Proxy};
use crate::house::{House, until};

/// A claim that is older than its ten minutes counts as abandoned.
pub const ABANDONED_SECONDS: i64 = 11 * 60;
/// The two halves.
pub const SIDES: [usize; 2] = [0, 1];

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Api,
    Relay,
    Projector,
    Notifier,
}

impl Service {
    pub const ALL: [Self; 4] = [Self::Api, Self::Relay, Self::Projector, Self::Notifier];

    fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Relay => "relay",
            Self::Projector => "projector",
            Self::Notifier => "notifier",
        }
    }
}

/// What services talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    Postgres,
    Nats,
    Smtp,
}

impl Peer {
    pub const ALL: [Self; 3] = [Self::Postgres, Self::Nats, Self::Smtp];
}

/// One of two processes of a service.
type Member = (Service, usize);

/// Everything that runs.
pub struct Fleet<'a> {
    pub house: &'a House,
    pub disks: &'a Disks,
    pub postgres: PostgresServer,
    pub nats: NatsServer,
    proxies: BTreeMap<(Peer, usize), Proxy>,
    members: BTreeMap<Member, Child>,
    /// Those that were started to die at a failpoint.
    armed: BTreeSet<Member>,
    api_ports: [u16; 2],
    /// Seconds by which the services' clock is ahead.
    pub ahead: i64,
}

impl<'a> Fleet<'a> {
    pub fn start(house: &'a House, disks: &'a Disks, ahead: i64) -> Self {
        let (postgres, nats) = house.runtime.block_on(async { (postgres(house).await, nats(house).await) });
        let mut proxies = BTreeMap::new();
        for (peer, port) in
            [(Peer::Postgres, postgres.port()), (Peer::Nats, nats.port()), (Peer::Smtp, house.smtp.port)]
        {
            for side in SIDES {
                proxies.insert((peer, side), house.runtime.block_on(Proxy::before(port)));
            }
        }
        let api_ports = [port_of(&house.setting("http", "listen")), free_port(None).unwrap()];
        let mut fleet = Self {
            house,
            disks,
            postgres,
            nats,
            proxies,
            members: BTreeMap::new(),
            armed: BTreeSet::new(),
            api_ports,
            ahead,
        };
        fleet.start_missing();
        fleet
    }

    /// Addresses of the two apis.
    pub fn bases(&self) -> [String; 2] {
        self.api_ports.map(|port| format!("http://127.0.0.1:{port}"))
    }

    pub fn start_service(&mut self, member: Member, failpoint: Option<&str>) {
        let (service, side) = member;
        let house = self.house;
        let log = house.file(&format!("{}-{side}.log", service.word()));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let config = house.data().join("peiyu.toml").display().to_string();
        let mut command = house.command(&["run", service.word(), "--config", &config]);
        let port = |peer| self.proxies[&(peer, side)].port;
        let own = service.word();
        for (path, peer) in [
            (&["database", "url"][..], Peer::Postgres),
            (&["database", "keys_url"], Peer::Postgres),
            (&["database", own, "url"], Peer::Postgres),
            (&["database", own, "keys_url"], Peer::Postgres),
            (&["nats", "url"], Peer::Nats),
        ] {
            // Not every service has a login of its own, or opens keys.
            let Some(url) = house.text_at(path) else { continue };
            let through = url.replace(&format!(":{}", port_of(&url)), &format!(":{}", port(peer)));
            command.env(format!("PEIYU__{}", path.join("__").to_uppercase()), through);
        }
        command
            .env("PEIYU__SMTP__PORT", port(Peer::Smtp).to_string())
            .env("PEIYU__SMTP__TIMEOUT_SECONDS", "2")
            .env("PEIYU__HTTP__LISTEN", format!("127.0.0.1:{}", self.api_ports[side]))
            .env("PEIYU__CLOCK__OFFSET_SECONDS", self.ahead.to_string())
            .env_remove("PEIYU_FAILPOINT")
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null());
        self.armed.remove(&member);
        if let Some(failpoint) = failpoint {
            command.env("PEIYU_FAILPOINT", failpoint);
            self.armed.insert(member);
        }
        self.members.insert(member, command.spawn().unwrap());
    }

    /// Starts whatever does not run, servers first.
    pub fn start_missing(&mut self) {
        if !self.postgres.is_running() {
            self.postgres = self.house.runtime.block_on(postgres(self.house));
        }
        if !self.nats.is_running() {
            self.nats = self.house.runtime.block_on(nats(self.house));
        }
        for service in Service::ALL {
            for side in SIDES {
                if !self.is_running((service, side)) {
                    self.start_service((service, side), None);
                }
            }
        }
    }

    pub fn is_running(&mut self, member: Member) -> bool {
        let child = self.members.get_mut(&member);
        child.is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// As a power failure would.
    pub fn kill(&mut self, member: Member) {
        if let Some(mut child) = self.members.remove(&member) {
            // One that is gone already is what we want.
            let _ = child.kill();
            child.wait().unwrap();
        }
    }

    /// In good order, as an operator does.
    pub fn stop(&mut self, member: Member) {
        if let Some(mut child) = self.members.remove(&member) {
            let _ = kill(pid_of(&child), Signal::SIGTERM);
            // Half a minute is what systemd and Kubernetes give.
            let began = std::time::Instant::now();
            while child.try_wait().unwrap().is_none() {
                if began.elapsed() > Duration::from_secs(30) {
                    let _ = child.kill();
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    pub fn signal(&self, member: Member, signal: Signal) {
        if let Some(child) = self.members.get(&member) {
            let _ = kill(pid_of(child), signal);
        }
    }

    /// Whether a process is halted by SIGSTOP.
    pub fn is_halted(&self, member: Member) -> bool {
        let Some(child) = self.members.get(&member) else { return false };
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, fields)| fields.trim_start().starts_with('T'))
    }

    /// To a server and its children.
    pub fn signal_server(&self, peer: Peer, signal: Signal) {
        let pid = match peer {
            Peer::Postgres => self.postgres.pid(),
            Peer::Nats => self.nats.pid(),
            Peer::Smtp => return,
        };
        for pid in children_of(pid).into_iter().chain([pid]) {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    pub fn set(&self, peer: Peer, side: usize, manner: Manner) {
        self.proxies[&(peer, side)].set(manner);
    }

    /// How often the services of a side connected to a peer.
    pub fn connections(&self, peer: Peer, side: usize) -> usize {
        self.proxies[&(peer, side)].connections()
    }

    /// Each process in turn, so that one of two always serves.
    pub fn roll(&mut self, services: &[Service]) {
        for service in services {
            for side in SIDES {
                self.stop((*service, side));
                self.start_service((*service, side), None);
                self.wait_until_served();
            }
        }
    }

    /// Moves the notifiers' clock on, so that claims that nobody ended count as abandoned.
    pub fn let_claims_grow_old(&mut self) {
        self.ahead += ABANDONED_SECONDS;
        self.roll(&[Service::Notifier]);
    }

    /// Ends every fault that may still be there.
    pub fn heal(&mut self) {
        for proxy in self.proxies.values() {
            proxy.set(Manner::Pass);
        }
        self.disks.empty();
        for peer in Peer::ALL {
            self.signal_server(peer, Signal::SIGCONT);
        }
        for child in self.members.values() {
            let _ = kill(pid_of(child), Signal::SIGCONT);
        }
        self.house.smtp.change(|manners| *manners = Default::default());
        // One that has not met its failpoint yet would die in a later scenario, as a fault that nobody noted.
        for member in std::mem::take(&mut self.armed) {
            self.kill(member);
        }
        self.start_missing();
    }

    /// Until both apis say that they are ready.
    pub fn wait_until_served(&self) {
        let bases = self.bases();
        until("both apis are ready", || {
            bases.iter().all(|base| {
                let answer = reqwest::blocking::get(format!("{base}/readyz"));
                answer.is_ok_and(|answer| answer.status().is_success())
            })
        });
    }

    /// The first column of every row.
    pub fn ids(&self, query: &str) -> Vec<Uuid> {
        self.house.runtime.block_on(async {
            let mut connection = PgConnection::connect(&self.postgres.url("peiyu")).await.unwrap();
            sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
        })
    }

    /// What a query counts.
    pub fn count(&self, query: &str) -> i64 {
        self.house.runtime.block_on(async {
            let mut connection = PgConnection::connect(&self.postgres.url("peiyu")).await.unwrap();
            sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
        })
    }
}

impl Drop for Fleet<'_> {
    fn drop(&mut self) {
        for child in self.members.values_mut() {
            drop(child.kill());
            drop(child.wait());
        }
        self.postgres.kill9();
        self.nats.kill9();
    }
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

fn children_of(parent: i32) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
        fields.split_whitespace().nth(1) == Some(&parent.to_string())
    })
    .collect()
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
    let authority = url.split("//").last().unwrap().split('/').next().unwrap();
    authority.rsplit(':').next().unwrap().parse().unwrap()
}
