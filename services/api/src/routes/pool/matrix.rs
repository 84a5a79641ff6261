//! 联系覆盖, organisation by organisation: how many stand where, and who leads whom; on any day.

use std::collections::BTreeMap;

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_domain::duties::{due_on, state_on};
use peiyu_domain::organisation::placement::Tree;
use peiyu_domain::policy::Policy;
use peiyu_domain::values::{OrganisationId, PersonId};
use peiyu_views::coverage::{self, Leader};
use peiyu_views::matrix::{self, Asked, MOST_PEOPLE, Placed, Standing, Tally};
use peiyu_views::places::{Places, Sight};
use peiyu_views::{View, organisations};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::Api;
use crate::door::page::row;
use crate::door::{After, Caller, Query, Shown};
use crate::problem::{Code, Problem};

/// Read models that the picture rests on.
pub(super) const VIEWS: [View; 3] = [View::Persons, View::Candidates, View::Organisations];

/// Which part, as of which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// Today unless said otherwise.
    #[param(value_type = Option<String>, format = Date)]
    pub(super) as_of: Option<Date>,
    /// An organisation with what is below it; the whole university unless said otherwise.
    #[param(value_type = Option<Uuid>)]
    pub(super) organisation: Option<OrganisationId>,
    /// Whom to list: `talked`, `due_soon`, `overdue`, `never` or `nobody`; everybody unless said otherwise.
    #[param(value_type = Option<String>)]
    pub(super) standing: Option<Standing>,
}

/// How many stand where. The five add up to `pool`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Counts {
    /// People in the pool on that day.
    pub(super) pool: i64,
    /// Talked with, nothing due within the lead.
    pub(super) talked: i64,
    /// Talked with, the next talk due within the lead.
    pub(super) due_soon: i64,
    /// Talked with, the next talk past due.
    pub(super) overdue: i64,
    /// With a liaison, never talked with.
    pub(super) never: i64,
    /// Of those never talked with, those whose first talk is past due.
    pub(super) never_past_due: i64,
    /// Without a liaison.
    pub(super) nobody: i64,
}

/// One organisation directly below.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Child {
    /// The organisation; absent for those who belong to none of those below.
    #[schema(value_type = Option<Uuid>)]
    pub(super) id: Option<OrganisationId>,
    /// 组织名称.
    pub(super) name: Option<String>,
    /// How many stand where.
    pub(super) counts: Counts,
}

/// The picture of one organisation on one day.
#[derive(Serialize, ToSchema)]
pub(crate) struct Matrix {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub(super) as_of: Date,
    /// The organisation asked for and everything above it, the university first.
    #[schema(value_type = Vec<Object>)]
    pub(super) path: Vec<Value>,
    /// How many stand where.
    pub(super) totals: Counts,
    /// The same by organisation below; adds up to `totals`.
    pub(super) children: Vec<Child>,
    /// Who accompanies the people listed: each with those people, and with the load in the whole university.
    #[schema(value_type = Vec<Object>)]
    pub(super) leaders: Vec<Value>,
    /// Who is obliged by an office here to accompany somebody, and accompanies nobody.
    #[schema(value_type = Vec<Object>)]
    pub(super) leaders_with_nobody: Vec<Value>,
    /// Those listed whom nobody accompanies.
    #[schema(value_type = Vec<Object>)]
    pub(super) nobody: Vec<Value>,
    /// People who are not listed, since the list is limited to 1,000.
    pub(super) left_off: i64,
}

/// Coverage of one organisation on a day: numbers by what is below it, and its leaders with their people. People are
/// listed below the university's own level, or where a standing is asked for.
#[utoipa::path(get, path = "/v1/coverage/matrix", tag = "pool", params(Part),
    responses((status = 200, body = Matrix)))]
pub(crate) async fn matrix(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Query(part): Query<Part>,
) -> Result<Shown<Matrix>, Problem> {
    let position = after.wait(&api, &VIEWS).await?;
    let body = picture(&api, &caller, &part, MOST_PEOPLE).await?;
    Ok(Shown { position, body })
}

/// The picture that is asked for, with at most so many people listed.
pub(super) async fn picture(api: &Api, caller: &Caller, part: &Part, most: i64) -> Result<Matrix, Problem> {
    // Brings in what another process adopted; the numbers are those of the day asked for.
    api.application().policy_today().await?;
    let day = part.as_of.unwrap_or_else(|| api.application().clock().today());
    let policy = api.application().policy_on(day).await?;
    let tree = organisations::tree(api.pool()).await?;
    let top = part.organisation.or(tree.university());
    let places = places(api, &tree, part.organisation).await?;
    let is_listed = places.is_some() || part.standing.is_some();
    let sight = Sight::of(api.pool(), &caller.scope(Right::PoolRead), caller.actor().person).await?;
    let asked = Asked { day, sight: &sight, places, policy: &policy };
    let tallies = matrix::tallies(api.pool(), &asked).await?;
    let totals = tallies.iter().fold(Counts::default(), Counts::with);
    let people = match is_listed {
        true => matrix::people(api.pool(), &asked, part.standing, most).await?,
        false => Vec::new(),
    };
    let wanted = part.standing.map_or(totals.pool, |standing| totals.of(standing));
    let listed = i64::try_from(people.len()).map_err(Problem::internal)?;
    let all = coverage::leaders(api.pool(), day).await?;
    let lists = Lists { day, policy: &policy, tree: &tree, top };
    let leaders_with_nobody = lists.with_nobody(&all);
    let (leaders, nobody) = lists.written(&all, &people)?;
    Ok(Matrix {
        as_of: day,
        path: path(top, &tree),
        totals,
        children: children(top, &tallies, &tree),
        leaders,
        leaders_with_nobody,
        nobody,
        left_off: if is_listed { wanted - listed } else { 0 },
    })
}

/// Where people of an organisation are found; 404 when there is none. The whole university has those too who belong
/// to no organisation, so it is everywhere.
pub(super) async fn places(
    api: &Api,
    tree: &Tree,
    organisation: Option<OrganisationId>,
) -> Result<Option<Places>, Problem> {
    let Some(id) = organisation else { return Ok(None) };
    tree.profile(id).ok_or_else(|| Problem::new(Code::NotFound))?;
    if tree.university() == Some(id) {
        return Ok(None);
    }
    Ok(Some(Places::under(api.pool(), tree, &[id]).await?))
}

impl Counts {
    fn with(mut self, tally: &Tally) -> Self {
        self.pool += tally.people;
        match tally.standing {
            Standing::Talked => self.talked += tally.people,
            Standing::DueSoon => self.due_soon += tally.people,
            Standing::Overdue => self.overdue += tally.people,
            Standing::Never => {
                self.never += tally.people;
                self.never_past_due += tally.past_due;
            }
            Standing::Nobody => self.nobody += tally.people,
        }
        self
    }

    pub(super) fn of(&self, standing: Standing) -> i64 {
        match standing {
            Standing::Talked => self.talked,
            Standing::DueSoon => self.due_soon,
            Standing::Overdue => self.overdue,
            Standing::Never => self.never,
            Standing::Nobody => self.nobody,
        }
    }
}

/// The organisation and everything above it, the highest first.
fn path(organisation: Option<OrganisationId>, tree: &Tree) -> Vec<Value> {
    let Some(organisation) = organisation else { return Vec::new() };
    let mut path: Vec<OrganisationId> =
        std::iter::once(organisation).chain(tree.ancestors(organisation)).collect();
    path.reverse();
    path.into_iter()
        .filter_map(|id| Some(json!({ "id": id, "name": tree.profile(id)?.name.as_str() })))
        .collect()
}

/// The numbers by organisation directly below, by 组织编号; last those who belong to none of them.
fn children(top: Option<OrganisationId>, tallies: &[Tally], tree: &Tree) -> Vec<Child> {
    let mut counts: BTreeMap<Option<OrganisationId>, Counts> = BTreeMap::new();
    for tally in tallies {
        let counted = counts.entry(below(top, tally, tree)).or_default();
        *counted = counted.with(tally);
    }
    let mut children: Vec<Child> = counts
        .into_iter()
        .map(|(id, counts)| {
            let name = id.and_then(|id| tree.profile(id)).map(|profile| profile.name.as_str().to_owned());
            Child { id, name, counts }
        })
        .collect();
    let number =
        |child: &Child| child.id.and_then(|id| tree.profile(id)).map(|one| one.number.as_str().to_owned());
    children.sort_by_key(|child| (child.id.is_none(), number(child)));
    children
}

/// Which of the organisations directly below `top` people of that unit and room belong to.
fn below(top: Option<OrganisationId>, tally: &Tally, tree: &Tree) -> Option<OrganisationId> {
    let top = top?;
    let placement = tree.place(&tally.unit, &tally.room);
    let homes = [placement.branch, placement.general_branch];
    homes.into_iter().flatten().find_map(|home| {
        std::iter::once(home).chain(tree.ancestors(home)).find(|one| tree.parent(*one) == Some(top))
    })
}

/// How the people listed and their leaders are written.
struct Lists<'a> {
    day: Date,
    policy: &'a Policy,
    tree: &'a Tree,
    /// Of which organisation.
    top: Option<OrganisationId>,
}

impl Lists<'_> {
    /// Each leader with those of the people listed whom they accompany, and the people whom nobody does.
    fn written(&self, leaders: &[Leader], people: &[Placed]) -> Result<(Vec<Value>, Vec<Value>), Problem> {
        let mut by_leader: BTreeMap<Option<PersonId>, Vec<Value>> = BTreeMap::new();
        for placed in people {
            by_leader.entry(placed.liaison).or_default().push(self.person(placed)?);
        }
        let nobody = by_leader.remove(&None).unwrap_or_default();
        let with_people = leaders.iter().filter_map(|leader| {
            let people = by_leader.remove(&Some(leader.person))?;
            Some(self.leader(leader, people))
        });
        Ok((with_people.collect(), nobody))
    }

    fn with_nobody(&self, leaders: &[Leader]) -> Vec<Value> {
        let is_here = |organisation| self.top.is_none_or(|top| self.tree.is_under(organisation, top));
        leaders
            .iter()
            .filter(|leader| leader.obliged && leader.load == 0)
            .filter(|leader| leader.offices.iter().any(|held| is_here(held.organisation)))
            .map(|leader| self.leader(leader, Vec::new()))
            .collect()
    }

    fn leader(&self, leader: &Leader, people: Vec<Value>) -> Value {
        // The office here comes before one elsewhere.
        let here = |top| leader.offices.iter().find(|held| self.tree.is_under(held.organisation, top));
        let office = self.top.and_then(here).or_else(|| leader.offices.first());
        json!({
            "id": leader.person, "name": leader.name, "staff_number": leader.staff_number, "unit": leader.unit,
            "organisation": office.map(|held| &held.organisation_name), "title": office.map(|held| &held.title),
            "obliged": leader.obliged, "load": leader.load, "people": people,
        })
    }

    fn person(&self, placed: &Placed) -> Result<Value, Problem> {
        let mut written = row(placed)?;
        if let Some(fields) = written.as_object_mut() {
            fields.insert("due_on".into(), json!(due_on(placed.duty, placed.anchor, self.policy)));
            let state = state_on(placed.duty, placed.anchor, None, self.day, self.policy);
            fields.extend(row(&state)?.as_object().cloned().unwrap_or_default());
        }
        Ok(written)
    }
}
