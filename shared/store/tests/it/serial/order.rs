//! Looks for a serial order of calls that gives the outcomes which were seen, and keeps to real time.

use std::time::Duration;

use peiyu_store::{Append, Outcome};

use super::model::{Model, Tried};

/// One call of a writer, as the writer saw it.
#[derive(Debug, Clone)]
pub struct Call {
    pub commands: Vec<Append>,
    /// None when the writer died in the middle: it may have happened, at any time from its start, or not.
    pub outcomes: Option<Vec<Outcome>>,
    pub start: Duration,
    pub end: Duration,
}

/// Whether some serial order gives the outcomes seen and an end that `fits`.
pub fn serial_order(calls: &[Call], fits: &impl Fn(&Model) -> bool) -> bool {
    search(calls, &mut vec![false; calls.len()], &Model::default(), fits, &mut Tried::new())
}

fn search(
    calls: &[Call],
    taken: &mut Vec<bool>,
    model: &Model,
    fits: &impl Fn(&Model) -> bool,
    tried: &mut Tried,
) -> bool {
    let open: Vec<usize> = (0..calls.len()).filter(|call| !taken[*call]).collect();
    // What died in the middle need not have happened.
    if open.iter().all(|call| calls[*call].outcomes.is_none()) && fits(model) {
        return true;
    }
    if !tried.insert((taken.clone(), model.clone())) {
        return false;
    }
    // A call that ended before another began comes before it.
    let first_end = open.iter().map(|call| calls[*call].end).min().unwrap_or(Duration::MAX);
    for call in open {
        if calls[call].start > first_end {
            continue;
        }
        let mut next = model.clone();
        let outcomes = next.append(&calls[call].commands);
        if calls[call].outcomes.as_ref().is_none_or(|seen| *seen == outcomes) {
            taken[call] = true;
            let found = search(calls, taken, &next, fits, tried);
            taken[call] = false;
            if found {
                return true;
            }
        }
    }
    false
}
