//! A proposal of liaisons for everybody without one (Opinions 三(四): 全覆盖无缝隙), balanced by department and
//! load; a person reviews it, Peiyu only counts.

mod leaders;
mod rounds;

use serde::{Deserialize, Serialize};

use crate::organisation::HeldOffice;
use crate::organisation::placement::{Placement, Tree};
use crate::policy::Policy;
use crate::values::PersonId;

/// Somebody in the pool without a liaison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedsLiaison {
    /// Who.
    pub person: PersonId,
    /// Their place in the tree.
    pub placement: Placement,
    /// 教研室: the field by which leaders are told apart when all else is equal; empty when unknown.
    pub room: String,
}

/// One office of somebody who may accompany; somebody with two offices comes twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaderLoad {
    /// Who.
    pub person: PersonId,
    /// The office, with its organisation.
    pub office: HeldOffice,
    /// 教研室 that they themselves work in, by the roster; empty when unknown.
    pub room: String,
    /// How many people they accompany now, by whatever office.
    pub load: u32,
}

/// What is proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Who is to accompany whom, in the order of the candidates' ids.
    pub assignments: Vec<Assignment>,
    /// Who stays without, and why.
    pub without: Vec<Without>,
    /// Those obliged who still accompany nobody.
    pub leaders_with_nobody: Vec<PersonId>,
}

/// One proposed assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who is accompanied.
    pub candidate: PersonId,
    /// Who accompanies.
    pub liaison: PersonId,
    /// In which office.
    pub office: HeldOffice,
    /// Why this one.
    pub why: Reason,
}

/// Somebody for whom nobody was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Without {
    /// Who.
    pub candidate: PersonId,
    /// Why.
    pub why: WhyNot,
}

/// Why a leader was proposed, nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Leads the candidate's own branch.
    OwnBranch,
    /// Leads in the candidate's own unit.
    OwnUnit,
    /// Leads in a unit under the same parent.
    Neighbouring,
    /// Leads elsewhere and had a place.
    Elsewhere,
    /// Is not obliged and helps out, since all places of those obliged are taken.
    HelpingOut,
}

/// Why somebody stays without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// Nobody holds an office that may accompany.
    NoLeader,
    /// Every leader has as many people as the policy allows.
    NoFreePlace,
    /// The only free places are the candidate's own.
    OnlyOneself,
}

/// Proposes a liaison for each candidate. First everybody obliged gets the policy's least number, then loads rise
/// to the number it advises, then, only where places do not suffice, up to the most it allows. In each round one's own
/// branch and unit come first, then neighbouring units, then any, most free places first. The same people in
/// another order give the same proposal.
#[must_use]
pub fn propose(
    candidates: &[NeedsLiaison],
    leaders: &[LeaderLoad],
    policy: &Policy,
    tree: &Tree,
) -> Proposal {
    let leaders = leaders::merge(leaders, tree);
    let mut rounds = rounds::Rounds::new(candidates, leaders, tree);
    rounds.run(&policy.liaison);
    rounds.finish(&policy.liaison)
}

#[cfg(test)]
mod tests;
