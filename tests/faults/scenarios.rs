//! The faults, each a scenario with a name: what is done to the fleet while clients send commands.

use std::time::Duration;

use nix::sys::signal::Signal;
use rand::Rng;
use serde_json::json;

use super::disk::Disk;
use super::fleet::{Peer, SIDES, Service};
use super::load::{Command, any_command};
use super::proxy::Manner;
use super::round::Round;
use super::{imports, mail};
use crate::house::until;

/// What came of the injecting.
#[derive(Debug)]
pub enum Outcome {
    /// So many faults.
    Injected(usize),
    /// None, and why this machine cannot.
    Skipped(String),
    /// What the product did wrong on the way.
    Wrong(String),
}

/// A scenario.
pub struct Scenario {
    pub name: &'static str,
    pub inject: fn(&mut Round<'_>) -> Outcome,
}

/// All of them.
pub const ALL: &[Scenario] = &[
    Scenario { name: "kill-services", inject: kill_services },
    Scenario { name: "kill-servers", inject: kill_servers },
    Scenario { name: "halt-services", inject: halt_services },
    Scenario { name: "halt-servers", inject: halt_servers },
    Scenario { name: "die-after-append", inject: |round| die_at(round, Service::Api, "store.appended") },
    Scenario {
        name: "die-after-sequencing",
        inject: |round| die_at(round, Service::Relay, "relay.sequenced"),
    },
    Scenario { name: "die-after-publish", inject: |round| die_at(round, Service::Relay, "relay.published") },
    Scenario {
        name: "die-before-checkpoint",
        inject: |round| die_at(round, Service::Projector, "projector.applied"),
    },
    Scenario { name: "cut-connections", inject: |round| network(round, Manner::Cut) },
    Scenario {
        name: "slow-connections",
        inject: |round| network(round, Manner::Delay(Duration::from_millis(150))),
    },
    Scenario { name: "black-hole", inject: |round| network(round, Manner::BlackHole) },
    Scenario { name: "half-open", inject: |round| network(round, Manner::HalfOpen) },
    Scenario { name: "full-disk-postgres", inject: full_disk_postgres },
    Scenario { name: "full-disk-nats", inject: full_disk_nats },
    Scenario { name: "full-disk-data", inject: imports::full_disk_data },
    Scenario { name: "rolling-restart", inject: rolling_restart },
    Scenario { name: "clock-jump", inject: clock_jump },
    Scenario { name: "same-id-on-both", inject: same_id_on_both },
    Scenario { name: "import-on-both", inject: imports::resumed_by_both },
    Scenario { name: "smtp-hangs", inject: mail::hangs },
    Scenario { name: "smtp-refuses", inject: mail::refuses },
    Scenario { name: "smtp-fails-half", inject: mail::fails_half },
    Scenario { name: "smtp-closes-after-data", inject: mail::closes_after_data },
    Scenario { name: "smtp-cut", inject: mail::cut },
    Scenario { name: "die-after-claim", inject: |round| mail::dies(round, "notifier.claimed") },
    Scenario { name: "die-after-content", inject: |round| mail::dies(round, "notifier.handed_over") },
    Scenario { name: "sender-sleeps-after-claim", inject: |round| mail::sleeps(round, "notifier.claimed") },
    Scenario {
        name: "sender-sleeps-after-content",
        inject: |round| mail::sleeps(round, "notifier.handed_over"),
    },
];

/// Commands acknowledged between two faults.
const BETWEEN: usize = 10;

/// Some time for a fault to last, in milliseconds.
fn hold(round: &mut Round<'_>, milliseconds: std::ops::Range<u64>) {
    std::thread::sleep(Duration::from_millis(round.random.random_range(milliseconds)));
}

fn kill_services(round: &mut Round<'_>) -> Outcome {
    for service in Service::ALL {
        let member = (service, round.random.random_range(0..2));
        round.fleet.kill(member);
        round.wait_for_commands(BETWEEN);
        round.fleet.start_service(member, None);
        round.wait_for_commands(BETWEEN);
    }
    Outcome::Injected(Service::ALL.len())
}

fn kill_servers(round: &mut Round<'_>) -> Outcome {
    round.fleet.nats.kill9();
    round.wait_for_commands(BETWEEN);
    round.fleet.start_missing();
    round.wait_for_commands(BETWEEN);
    round.fleet.postgres.kill9();
    hold(round, 0..1000);
    round.fleet.start_missing();
    round.wait_for_commands(BETWEEN);
    Outcome::Injected(2)
}

fn halt_services(round: &mut Round<'_>) -> Outcome {
    for service in Service::ALL {
        let member = (service, round.random.random_range(0..2));
        round.fleet.signal(member, Signal::SIGSTOP);
        hold(round, 500..2500);
        round.fleet.signal(member, Signal::SIGCONT);
        round.wait_for_commands(BETWEEN);
    }
    Outcome::Injected(Service::ALL.len())
}

fn halt_servers(round: &mut Round<'_>) -> Outcome {
    for server in [Peer::Nats, Peer::Postgres] {
        round.fleet.signal_server(server, Signal::SIGSTOP);
        hold(round, 1000..3000);
        round.fleet.signal_server(server, Signal::SIGCONT);
        round.wait_for_commands(BETWEEN);
    }
    Outcome::Injected(2)
}

/// Both processes of a service are armed, the second to die a little later than the first.
fn die_at(round: &mut Round<'_>, service: Service, failpoint: &str) -> Outcome {
    for (side, passings) in SIDES.into_iter().zip([1..8, 8..24]) {
        let at = round.random.random_range(passings);
        round.fleet.stop((service, side));
        round.fleet.start_service((service, side), Some(&format!("{failpoint}:abort:{at}")));
    }
    let mut died = 0;
    until(&format!("a process dies at {failpoint}"), || {
        died = SIDES.into_iter().filter(|side| !round.fleet.is_running((service, *side))).count();
        died > 0
    });
    Outcome::Injected(died)
}

fn network(round: &mut Round<'_>, manner: Manner) -> Outcome {
    let mut faults = 0;
    for peer in [Peer::Postgres, Peer::Nats] {
        for side in SIDES {
            round.fleet.set(peer, side, manner);
            hold(round, 500..2500);
            round.fleet.set(peer, side, Manner::Pass);
            round.wait_for_commands(BETWEEN);
            faults += 1;
        }
    }
    Outcome::Injected(faults)
}

fn full_disk_postgres(round: &mut Round<'_>) -> Outcome {
    if let Some(why) = &round.fleet.disks.refusal {
        return Outcome::Skipped(why.clone());
    }
    round.fleet.disks.fill(Disk::Postgres);
    hold(round, 3000..6000);
    round.fleet.disks.empty();
    // A server that found no space for its log has ended itself; an operator starts it again.
    round.fleet.start_missing();
    Outcome::Injected(1)
}

fn full_disk_nats(round: &mut Round<'_>) -> Outcome {
    if let Some(why) = &round.fleet.disks.refusal {
        return Outcome::Skipped(why.clone());
    }
    round.fleet.disks.fill(Disk::Nats);
    // The stream is a copy: commands go on without it.
    round.wait_for_commands(BETWEEN * 5);
    round.fleet.disks.empty();
    Outcome::Injected(1)
}

fn rolling_restart(round: &mut Round<'_>) -> Outcome {
    round.fleet.roll(&Service::ALL);
    Outcome::Injected(2 * Service::ALL.len())
}

fn clock_jump(round: &mut Round<'_>) -> Outcome {
    round.oblige(4);
    round.next_day();
    round.fleet.roll(&Service::ALL);
    mail::until_told(round);
    // Backwards it is refused. The refused start takes the servers along: two more faults.
    let back = round.fleet.house.try_run(&["up", "--detach", "--clock-offset", "1d"]);
    let said = String::from_utf8_lossy(&back.stderr).into_owned();
    round.fleet.start_missing();
    if back.status.code() != Some(2) || !said.contains("only grow") {
        return Outcome::Wrong(format!("a clock set back was not refused: {said}"));
    }
    Outcome::Injected(3)
}

fn same_id_on_both(round: &mut Round<'_>) -> Outcome {
    let twins = 100;
    for _ in 0..twins {
        let client = round.client.clone();
        let command = any_command(&client.world, &mut round.random);
        round.fleet.house.runtime.block_on(client.send_twice(&command));
    }
    // Here the second one would be told that it saw an old version, unless its id is looked up again.
    for _ in 0..twins / 5 {
        let (_, about, version) = round.assign(20);
        let mut command = Command::new(format!("/v1/candidates/{about}/liaison/end"), json!({}));
        command.seen = Some(version);
        round.fleet.house.runtime.block_on(round.client.send_twice(&command));
    }
    Outcome::Injected(twins + twins / 5)
}
