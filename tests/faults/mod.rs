//! Faults: the real binary, two of every service, under load; injected by a seed, healed, and then everything is
//! checked that was promised. `tests/faults/run` lets it go on for as long as one likes and prints a report.

mod check;
mod check_tests;
mod disk;
mod evidence;
mod fleet;
mod imports;
mod load;
mod mail;
mod proxy;
mod report;
mod round;
mod scenarios;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use report::Report;
use round::{Round, prepare};
use scenarios::{ALL, Scenario};

/// What the run of every day injects: the same for everybody.
const SEED: u64 = 20_210_906;
/// How long the run of every day injects; then it ends the scenario that it is in.
const SHORT: Duration = Duration::from_secs(140);
/// Scenarios of one installation at least.
const ROUND: usize = 12;

/// How often read models are compared with a replay from zero, which takes longer than all other checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replay {
    AfterEach,
    AtTheEnd,
}

/// Runs scenarios on a new installation; what there is no time for is left out, and the report says so.
fn play(scenarios: &[&Scenario], seed: u64, until: Instant, replay: Replay, report: &mut Report) {
    let (house, disks) = prepare();
    let mut round = Round::start(&house, &disks, seed);
    let mut last = None;
    for scenario in scenarios {
        if Instant::now() > until {
            report.leave_out(scenario.name, "no time left");
            continue;
        }
        // What a scenario waits for in vain is a violation too, and spoils only this installation.
        let ran = catch_unwind(AssertUnwindSafe(|| round.run(scenario, report)));
        if let Err(panic) = ran {
            let why = panic.downcast_ref::<String>().map_or("it fell over", String::as_str);
            round.keep_logs(scenario.name);
            report.row(scenario.name).violations.push(why.to_owned());
            return;
        }
        if replay == Replay::AfterEach {
            round.verify(scenario, report);
        }
        last = Some(scenario);
        report.write();
    }
    if let (Replay::AtTheEnd, Some(last)) = (replay, last) {
        round.verify(last, report);
    }
}

#[track_caller]
fn conclude(report: &Report) {
    let file = report.write();
    println!("{}\nwritten to {}", report.table(), file.display());
    assert!(report.violations().is_empty(), "{:#?}", report.violations());
}

#[test]
fn no_fault_costs_an_acknowledged_command() {
    let mut scenarios: Vec<&Scenario> = ALL.iter().collect();
    scenarios.shuffle(&mut StdRng::seed_from_u64(SEED));
    let mut report = Report::new(SEED);
    play(&scenarios, SEED, Instant::now() + SHORT, Replay::AtTheEnd, &mut report);
    conclude(&report);
}

/// Rounds on new installations, in an order of their own, until the time is over.
#[test]
#[ignore = "as long as one likes: tests/faults/run"]
fn faults_for_as_long_as_one_likes() {
    let setting = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let minutes: u64 = setting("PEIYU_FAULTS_MINUTES").map_or(10, |text| text.parse().unwrap());
    let seed: u64 = setting("PEIYU_FAULTS_SEED").map_or_else(rand::random, |text| text.parse().unwrap());
    let only = setting("PEIYU_FAULTS_ONLY");
    let mut chosen: Vec<&Scenario> = ALL
        .iter()
        .filter(|scenario| only.as_ref().is_none_or(|only| scenario.name.contains(only.as_str())))
        .collect();
    let names: Vec<&str> = ALL.iter().map(|scenario| scenario.name).collect();
    assert!(!chosen.is_empty(), "no scenario is called so; there are {names:?}");
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut report = Report::new(seed);
    let until = Instant::now() + Duration::from_secs(60 * minutes);
    // An installation is worth its making.
    let times = ROUND.div_ceil(chosen.len());
    while Instant::now() < until {
        chosen.shuffle(&mut random);
        let repeated: Vec<&Scenario> = chosen.iter().copied().cycle().take(times * chosen.len()).collect();
        play(&repeated, random.random(), until, Replay::AfterEach, &mut report);
    }
    conclude(&report);
}
