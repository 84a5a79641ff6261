//! The checks: what holds with every safeguard, and that each safeguard is needed.

use stateright::{Checker, Model};

use super::{Faults, House, Safeguards};

const ALL: Safeguards = Safeguards { ids: true, last_sequence: true, stream_name: true };

/// A restore as `peiyu restore` does it, beside everything that happens to relays and streams.
const RESTORED: Faults = Faults { crashes: 1, streams_lost: 1, tails_lost: 1, restores: 1, went_back: 0 };
/// A database that went back unnoticed.
const WENT_BACK: Faults = Faults { crashes: 1, streams_lost: 0, tails_lost: 0, restores: 0, went_back: 1 };

/// The names of the properties that some order of steps breaks.
fn broken(safeguards: Safeguards, faults: Faults, events: u8) -> Vec<&'static str> {
    let house = House { safeguards, faults, events };
    let checker = house.checker().threads(2).spawn_bfs().join();
    assert!(checker.is_done());
    println!("{} states, {faults:?}", checker.unique_state_count());
    let discovered = checker.discoveries();
    let reached = discovered.contains_key("everything is on the stream");
    let mut broken: Vec<_> =
        discovered.into_keys().filter(|name| *name != "everything is on the stream").collect();
    assert!(reached || !broken.is_empty(), "the model never gets anywhere");
    broken.sort_unstable();
    broken
}

#[test]
fn one_position_one_event() {
    assert_eq!(broken(ALL, RESTORED, 3), [""; 0]);
    assert_eq!(broken(ALL, WENT_BACK, 4), [""; 0]);
}

#[test]
fn without_the_comparison_of_ids_the_checker_finds_two_events_at_one_position() {
    let without = Safeguards { ids: false, ..ALL };
    assert!(broken(without, WENT_BACK, 4).contains(&"one position, one event"));
}

#[test]
fn without_the_expected_last_sequence_the_checker_finds_two_events_at_one_position() {
    let without = Safeguards { last_sequence: false, ..ALL };
    assert!(!broken(without, Faults::default(), 3).is_empty());
}

#[test]
fn without_the_expected_stream_a_relay_that_slept_through_a_restore_is_found() {
    let without = Safeguards { stream_name: false, ..ALL };
    assert!(!broken(without, RESTORED, 3).is_empty());
}

/// Why a restore has to begin a new epoch before anybody is let in: what a lost stream held cannot be compared.
#[test]
fn a_database_that_went_back_together_with_its_stream_is_beyond_any_comparison() {
    let both = Faults { streams_lost: 1, ..WENT_BACK };
    assert_eq!(broken(ALL, both, 3), ["one position, one event"]);
}
