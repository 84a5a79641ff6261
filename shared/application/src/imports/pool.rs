//! Counts of a chunk: what its rows did, and who of them is in the pool afterwards.

use peiyu_domain::Aggregate;
use peiyu_domain::candidate::{Candidate, CandidateEvent};
use peiyu_domain::import::ChunkCounts;
use peiyu_domain::person::{Person, PersonEvent};

/// Counts one row by what it did.
pub(crate) fn count_row(counts: &mut ChunkCounts, before: &Person, events: &[PersonEvent], conflict: bool) {
    counts.accepted += 1;
    let facts_changed = events.iter().any(|event| matches!(event, PersonEvent::RosterFactsChanged { .. }));
    match (before.is_in_roster(), facts_changed) {
        (false, _) => counts.new += 1,
        (true, true) => counts.changed += 1,
        (true, false) => counts.unchanged += 1,
    }
    if conflict {
        counts.conflicts += 1;
    }
}

/// Counts the person under the pool and its categories, if they are in it afterwards.
pub(crate) fn count_pool(
    counts: &mut ChunkCounts,
    person: &Person,
    candidate: &Candidate,
    events: &[CandidateEvent],
) {
    let mut after = candidate.clone();
    for event in events {
        after.evolve(event);
    }
    if after.in_pool_since().is_none() {
        return;
    }
    counts.pool += 1;
    for category in person.assessment().map(|assessment| &assessment.categories).into_iter().flatten() {
        *counts.pool_by_category.entry(*category).or_insert(0) += 1;
    }
}
