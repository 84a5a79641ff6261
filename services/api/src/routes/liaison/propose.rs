//! A proposal for everybody without a liaison, by the policy's numbers (Opinions 三(四)); people review it.

use std::collections::{BTreeMap, HashMap};

use axum::extract::State;
use peiyu_domain::access::Right;
use peiyu_domain::organisation::placement::Tree;
use peiyu_domain::proposal::{LeaderLoad, NeedsLiaison, Proposal, propose as propose_all};
use peiyu_domain::values::PersonId;
use peiyu_views::coverage::{Leader, Uncovered, leaders, without_liaison};
use peiyu_views::places::Sight;
use peiyu_views::{View, organisations, persons};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::alternatives::Alternatives;
use crate::Api;
use crate::door::{After, Body, Caller, Shown};
use crate::problem::Problem;

/// People a proposal is made for at most.
const MOST: i64 = 50_000;

/// No choices yet: everybody within one's part of the tree.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {}

/// Who could accompany whom.
#[derive(Serialize, ToSchema)]
pub(crate) struct Proposed {
    /// One row a candidate, to be reviewed and applied whole or in part: with the reason, the leader's load before and
    /// after the whole proposal, and who else could.
    #[schema(value_type = Vec<Object>)]
    assignments: Vec<Value>,
    /// Who stays without, and why.
    #[schema(value_type = Vec<Object>)]
    without: Vec<Value>,
    /// Leaders obliged to accompany somebody, who would still accompany nobody.
    #[schema(value_type = Vec<Object>)]
    leaders_with_nobody: Vec<Value>,
}

/// Propose a liaison for everybody without one; nothing is written.
#[utoipa::path(post, path = "/v1/liaison/proposals", tag = "liaison", request_body = Wanted,
    responses((status = 200, body = Proposed)))]
pub(crate) async fn propose(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Body(Wanted {}): Body<Wanted>,
) -> Result<Shown<Proposed>, Problem> {
    let views = [View::Persons, View::Candidates, View::Organisations];
    let position = after.wait(&api, &views).await?;
    let today = api.application().clock().today();
    let policy = api.application().policy_today().await?;
    let sight = Sight::of(api.pool(), &caller.scope(Right::LiaisonAssign), caller.actor().person).await?;
    let tree = organisations::tree(api.pool()).await?;
    let uncovered = without_liaison(api.pool(), today, &sight, MOST).await?;
    let leaders = leaders(api.pool(), today).await?;
    let rooms = rooms(&api, &leaders).await?;
    let candidates: Vec<NeedsLiaison> = uncovered.iter().map(|one| needs(one, &tree)).collect();
    let loads: Vec<LeaderLoad> = leaders.iter().flat_map(|leader| loads(leader, &rooms)).collect();
    let proposal = propose_all(&candidates, &loads, &policy, &tree);
    let alternatives = Alternatives::of(&leaders, &policy, &tree);
    Ok(Shown { position, body: written(&proposal, &uncovered, &leaders, &tree, alternatives) })
}

fn needs(uncovered: &Uncovered, tree: &Tree) -> NeedsLiaison {
    NeedsLiaison {
        person: uncovered.candidate,
        placement: tree.place(&uncovered.unit, &uncovered.room),
        room: uncovered.room.clone(),
    }
}

fn loads(leader: &Leader, rooms: &HashMap<PersonId, String>) -> Vec<LeaderLoad> {
    let load = u32::try_from(leader.load).unwrap_or(u32::MAX);
    let room = rooms.get(&leader.person).cloned().unwrap_or_default();
    leader
        .offices
        .iter()
        .map(|held| LeaderLoad { person: leader.person, office: held.office(), room: room.clone(), load })
        .collect()
}

async fn rooms(api: &Api, leaders: &[Leader]) -> Result<HashMap<PersonId, String>, Problem> {
    let ids: Vec<PersonId> = leaders.iter().map(|leader| leader.person).collect();
    let mut rooms = HashMap::new();
    for page in ids.chunks(200) {
        rooms.extend(
            persons::by_ids(api.pool(), page).await?.into_iter().map(|person| (person.id, person.room)),
        );
    }
    Ok(rooms)
}

fn written(
    proposal: &Proposal,
    uncovered: &[Uncovered],
    leaders: &[Leader],
    tree: &Tree,
    mut alternatives: Alternatives<'_>,
) -> Proposed {
    let mut more_people: BTreeMap<PersonId, i64> = BTreeMap::new();
    for assignment in &proposal.assignments {
        *more_people.entry(assignment.liaison).or_default() += 1;
    }
    let uncovered: HashMap<PersonId, &Uncovered> = uncovered.iter().map(|one| (one.candidate, one)).collect();
    let leaders: HashMap<PersonId, &Leader> = leaders.iter().map(|leader| (leader.person, leader)).collect();
    let candidate = |id: PersonId| {
        let one = uncovered.get(&id);
        json!({
            "candidate": id, "staff_number": one.map(|one| &one.staff_number),
            "name": one.map(|one| &one.name), "unit": one.map(|one| &one.unit), "room": one.map(|one| &one.room),
        })
    };
    let with = |mut row: Value, more: Value| {
        if let (Some(fields), Value::Object(more)) = (row.as_object_mut(), more) {
            fields.extend(more);
        }
        row
    };
    let assignments = proposal.assignments.iter().map(|assignment| {
        let leader = leaders.get(&assignment.liaison);
        let load = leader.map_or(0, |leader| leader.load);
        let placement = uncovered
            .get(&assignment.candidate)
            .map(|one| tree.place(&one.unit, &one.room))
            .unwrap_or_default();
        let held = leader.and_then(|leader| {
            leader.offices.iter().find(|held| held.organisation == assignment.office.organisation)
        });
        let more = json!({
            "liaison": assignment.liaison, "liaison_staff_number": leader.map(|leader| &leader.staff_number),
            "liaison_name": leader.map(|leader| &leader.name), "office": held.map(|held| &held.title),
            "organisation": held.map(|held| &held.organisation_name), "why": assignment.why,
            "load": load, "load_after": load + more_people.get(&assignment.liaison).copied().unwrap_or_default(),
            "alternatives": alternatives.besides(assignment.candidate, assignment.liaison, placement),
        });
        with(candidate(assignment.candidate), more)
    });
    let without =
        proposal.without.iter().map(|one| with(candidate(one.candidate), json!({ "why": one.why })));
    let nobody = proposal.leaders_with_nobody.iter().map(|id| {
        let leader = leaders.get(id);
        json!({
            "id": id, "name": leader.map(|leader| &leader.name),
            "staff_number": leader.map(|leader| &leader.staff_number),
        })
    });
    Proposed {
        assignments: assignments.collect(),
        without: without.collect(),
        leaders_with_nobody: nobody.collect(),
    }
}
