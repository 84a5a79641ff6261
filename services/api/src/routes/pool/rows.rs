//! What the lists of the pool share: a row as it is shown, with its most pressing duty, and their filters.

use std::collections::HashMap;

use jiff::civil::Date;
use peiyu_domain::duties::{DutyState, due_on, state_on};
use peiyu_domain::policy::Policy;
use peiyu_domain::values::{OrganisationId, PersonId};
use peiyu_views::obligations::Cutoffs;
use peiyu_views::places::Places;
use peiyu_views::pool::{OpenObligation, PoolRow};
use peiyu_views::{organisations, persons};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Api;
use crate::door::page::row;
use crate::problem::Problem;

/// Ids that are asked for at once.
const IDS_AT_ONCE: usize = 1000;

/// Where a person's most pressing duty stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pressing {
    /// Due today or before.
    Due,
    /// Past due.
    Overdue,
}

impl Pressing {
    pub(super) fn cutoffs(self, today: Date, policy: &Policy) -> Cutoffs {
        match self {
            Self::Due => Cutoffs::due_by(today, policy),
            Self::Overdue => Cutoffs::overdue_on(today, policy),
        }
    }
}

/// An organisation with what is below it, if one was named.
pub(super) async fn places(
    api: &Api,
    organisation: Option<OrganisationId>,
) -> Result<Option<Places>, Problem> {
    let Some(organisation) = organisation else { return Ok(None) };
    let tree = organisations::tree(api.pool()).await?;
    Ok(Some(Places::under(api.pool(), &tree, &[organisation]).await?))
}

/// How rows are shown on a day.
pub(super) struct Rows<'a> {
    pub(super) today: Date,
    pub(super) policy: &'a Policy,
}

impl Rows<'_> {
    /// The rows, each with its liaison's staff number and its most pressing duty.
    pub(super) async fn shown(&self, api: &Api, rows: &[PoolRow]) -> Result<Vec<Value>, Problem> {
        let numbers = liaison_numbers(api, rows).await?;
        rows.iter().map(|found| self.one(found, &numbers)).collect()
    }

    /// What is due first.
    fn pressing<'r>(&self, found: &'r PoolRow) -> Option<&'r OpenObligation> {
        found.obligations.iter().min_by_key(|open| due_on(open.kind, open.anchor, self.policy))
    }

    /// When that is.
    pub(super) fn due_on(&self, found: &PoolRow) -> Option<Date> {
        self.pressing(found).map(|open| due_on(open.kind, open.anchor, self.policy))
    }

    fn one(&self, found: &PoolRow, numbers: &HashMap<PersonId, String>) -> Result<Value, Problem> {
        let mut shown = row(found)?;
        if let Some(fields) = shown.as_object_mut() {
            // Only the order of the list is made from it.
            fields.remove("sort_key");
            let number = found.liaison.and_then(|liaison| numbers.get(&liaison));
            fields.insert("liaison_number".into(), json!(number));
            if let Some(open) = self.pressing(found) {
                let state: DutyState = state_on(open.kind, open.anchor, None, self.today, self.policy);
                fields.insert("duty".into(), json!(open.kind));
                fields.insert("due_on".into(), json!(due_on(open.kind, open.anchor, self.policy)));
                fields.extend(row(&state)?.as_object().cloned().unwrap_or_default());
            }
        }
        Ok(shown)
    }
}

async fn liaison_numbers(api: &Api, rows: &[PoolRow]) -> Result<HashMap<PersonId, String>, Problem> {
    let mut ids: Vec<PersonId> = rows.iter().filter_map(|found| found.liaison).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut numbers = HashMap::new();
    for some in ids.chunks(IDS_AT_ONCE) {
        let liaisons = persons::by_ids(api.pool(), some).await?;
        numbers.extend(liaisons.into_iter().map(|person| (person.id, person.staff_number)));
    }
    Ok(numbers)
}
