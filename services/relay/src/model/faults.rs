//! What goes wrong in the model.

use super::relay::Relay;
use super::{Action, State};

pub(super) fn possible(state: &State, actions: &mut Vec<Action>) {
    let left = state.left;
    if left.crashes > 0 {
        actions.extend((0..2).filter(|number| state.relays[*number] != Relay::Idle).map(Action::Crash));
    }
    let length = state.stream(state.epoch).map_or(0, Vec::len);
    if left.streams_lost > 0 && length > 0 {
        actions.push(Action::LoseStream);
    }
    if left.tails_lost > 0 && length > 0 {
        actions.push(Action::LoseTail);
    }
    for head in 0..state.feed.len() {
        if left.restores > 0 {
            actions.push(Action::Restore(head));
        }
        if left.went_back > 0 {
            actions.push(Action::GoBack(head));
        }
    }
    // The operator has been told, and does what he was told, once each time.
    if state.epoch <= state.past && state.stopped() {
        actions.push(Action::BeginEpoch);
    }
}

pub(super) fn happen(state: &mut State, fault: &Action) {
    match *fault {
        Action::Crash(number) => {
            state.left.crashes -= 1;
            state.relays[number] = Relay::Idle;
        }
        Action::LoseStream => {
            state.left.streams_lost -= 1;
            state.streams[usize::from(state.epoch) - 1] = None;
            state.open = state.open.filter(|open| *open != state.epoch);
        }
        Action::LoseTail => {
            state.left.tails_lost -= 1;
            if let Some(stream) = state.streams[usize::from(state.epoch) - 1].as_mut() {
                stream.pop();
            }
        }
        Action::Restore(head) => {
            state.left.restores -= 1;
            go_back(state, head);
            begin_epoch(state);
        }
        Action::GoBack(head) => {
            state.left.went_back -= 1;
            go_back(state, head);
        }
        Action::BeginEpoch => begin_epoch(state),
        Action::Commit | Action::Lock(_) | Action::Sequence(_) | Action::Relay(_) => {}
    }
}

fn go_back(state: &mut State, head: usize) {
    state.past += 1;
    state.feed.truncate(head);
    state.unsequenced.clear();
    state.locked_by = None;
}

fn begin_epoch(state: &mut State) {
    state.epoch += 1;
    state.streams.push(None);
}
