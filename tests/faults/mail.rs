//! Faults around the mail server, with two notifiers: every due digest goes out, none twice without a note.

use nix::sys::signal::Signal;
use peiyu_testing::receiver::{Manners, Whom};

use super::check::untold_by;
use super::evidence::{OPEN_CLAIMS, reminders};
use super::fleet::ABANDONED_SECONDS;
use super::fleet::{Peer, SIDES, Service};
use super::proxy::Manner;
use super::round::Round;
use super::scenarios::Outcome;
use crate::house::until;

/// Leaders who are to be told of somebody.
const OBLIGED: usize = 5;

pub fn hangs(round: &mut Round<'_>) -> Outcome {
    misbehaves(round, Manners { hangs_at: Whom::Everybody, ..Manners::default() })
}

pub fn refuses(round: &mut Round<'_>) -> Outcome {
    misbehaves(round, Manners { puts_off: Whom::Everybody, ..Manners::default() })
}

pub fn fails_half(round: &mut Round<'_>) -> Outcome {
    misbehaves(round, Manners { fails_half: true, ..Manners::default() })
}

/// First with the mail taken, then with the mail lost; nobody can tell from outside.
pub fn closes_after_data(round: &mut Round<'_>) -> Outcome {
    begin_day(round, Manners { falls_silent_at: Whom::Everybody, ..Manners::default() });
    until("a claim stays without an end", || round.fleet.count(OPEN_CLAIMS) > 0);
    round.fleet.house.smtp.change(|manners| {
        *manners = Manners { loses: Whom::Everybody, ..Manners::default() };
    });
    round.fleet.let_claims_grow_old();
    until("somebody claimed a second time", || {
        let twice = "select count(*) from store.events where event_type = 'ReminderClaimed' \
                     and (payload->>'attempt')::int > 1";
        round.fleet.count(twice) > 0
    });
    end_day(round);
    Outcome::Injected(2)
}

/// The network between one notifier and the mail server.
pub fn cut(round: &mut Round<'_>) -> Outcome {
    for (side, manner) in SIDES.into_iter().zip([Manner::Cut, Manner::HalfOpen]) {
        round.fleet.set(Peer::Smtp, side, manner);
    }
    begin_day(round, Manners::default());
    for side in SIDES {
        let before = round.fleet.connections(Peer::Smtp, side);
        until("a notifier has tried", || round.fleet.connections(Peer::Smtp, side) > before || before > 0);
        round.fleet.set(Peer::Smtp, side, Manner::Pass);
    }
    end_day(round);
    Outcome::Injected(2)
}

/// Both notifiers die in mid-send, one after the other.
pub fn dies(round: &mut Round<'_>, failpoint: &str) -> Outcome {
    begin_day_with(round, Manners::default(), Some(&format!("{failpoint}:abort:2")));
    until("a notifier dies", || SIDES.iter().any(|side| !round.fleet.is_running((Service::Notifier, *side))));
    round.fleet.start_missing();
    end_day(round);
    Outcome::Injected(1)
}

/// A notifier sleeps in mid-send for longer than a claim lives; the other one sends; the first one wakes.
pub fn sleeps(round: &mut Round<'_>, failpoint: &str) -> Outcome {
    round.fleet.stop((Service::Notifier, 1));
    round.oblige(OBLIGED);
    round.next_day();
    round.fleet.roll(&[Service::Api]);
    round.fleet.stop((Service::Notifier, 0));
    round.fleet.start_service((Service::Notifier, 0), Some(&format!("{failpoint}:stop:1")));
    until("a notifier falls asleep in mid-send", || round.fleet.is_halted((Service::Notifier, 0)));
    round.fleet.ahead += ABANDONED_SECONDS;
    round.fleet.stop((Service::Notifier, 1));
    round.fleet.start_service((Service::Notifier, 1), None);
    until_told(round);
    round.fleet.signal((Service::Notifier, 0), Signal::SIGCONT);
    end_day(round);
    Outcome::Injected(1)
}

fn misbehaves(round: &mut Round<'_>, manners: Manners) -> Outcome {
    begin_day(round, manners);
    until("a digest was claimed", || round.fleet.count(TRIED) > 0);
    round.wait_for_commands(10);
    end_day(round);
    Outcome::Injected(1)
}

/// Claims of the last day that has any.
const TRIED: &str = "select count(*) from store.events where event_type in ('ReminderFailed', 'ReminderClaimed') \
                     and recorded_at > (select max(recorded_at) - interval '6 hours' from store.events)";

fn begin_day(round: &mut Round<'_>, manners: Manners) {
    begin_day_with(round, manners, None);
}

/// Leaders come to owe something, and a new morning breaks on which they are told.
fn begin_day_with(round: &mut Round<'_>, manners: Manners, failpoint: Option<&str>) {
    round.oblige(OBLIGED);
    for side in SIDES {
        round.fleet.stop((Service::Notifier, side));
    }
    round.next_day();
    round.fleet.house.smtp.change(|present| *present = manners);
    round.fleet.roll(&[Service::Api]);
    for side in SIDES {
        round.fleet.start_service((Service::Notifier, side), failpoint);
    }
}

/// The mail server behaves, claims grow old, and everybody is told.
fn end_day(round: &mut Round<'_>) {
    round.fleet.heal();
    round.fleet.let_claims_grow_old();
    until_told(round);
}

/// Until everybody who is to be told of somebody was.
pub fn until_told(round: &Round<'_>) {
    until("everybody who owes something is told", || {
        untold_by(&round.due, &reminders(&round.fleet)).is_empty()
    });
}
