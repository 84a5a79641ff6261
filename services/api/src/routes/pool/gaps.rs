//! 无缝隙: every gap up to a day, of one organisation or of the university; open ones are said to be so.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_domain::values::OrganisationId;
use peiyu_views::coverage;
use peiyu_views::organisations;
use peiyu_views::places::Sight;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::coverage::MOST_GAPS;
use super::matrix::{VIEWS, places};
use crate::Api;
use crate::door::page::row;
use crate::door::{After, Caller, Query, Shown};
use crate::problem::Problem;

/// Which part, as of which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// Today unless said otherwise.
    #[param(value_type = Option<String>, format = Date)]
    as_of: Option<Date>,
    /// An organisation with what is below it; the whole university unless said otherwise.
    #[param(value_type = Option<Uuid>)]
    organisation: Option<OrganisationId>,
}

/// The gaps up to a day.
#[derive(Serialize, ToSchema)]
pub(crate) struct Gaps {
    /// The day.
    #[schema(value_type = String, format = Date)]
    as_of: Date,
    /// Open ones first, of each the earliest first; `is_open` when nobody accompanies them on that day.
    #[schema(value_type = Vec<Object>)]
    gaps: Vec<Value>,
    /// How many there are, listed or not.
    total: i64,
    /// How many of them are open, listed or not.
    open: i64,
    /// Whether there are more than these 1,000.
    is_cut: bool,
}

/// Gaps up to a day, closed ones included: at most 1,000, closed ones left off first.
#[utoipa::path(get, path = "/v1/coverage/gaps", tag = "pool", params(Part),
    responses((status = 200, body = Gaps)))]
pub(crate) async fn gaps(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Query(part): Query<Part>,
) -> Result<Shown<Gaps>, Problem> {
    let position = after.wait(&api, &VIEWS).await?;
    let as_of = part.as_of.unwrap_or_else(|| api.application().clock().today());
    let found = found(&api, &caller, as_of, part.organisation, MOST_GAPS).await?;
    let written = found.rows.iter().map(|gap| {
        let mut written = row(gap)?;
        if let Some(fields) = written.as_object_mut() {
            fields.insert("is_open".to_owned(), json!(gap.is_open(as_of)));
        }
        Ok(written)
    });
    let gaps = written.collect::<Result<_, Problem>>()?;
    let body = Gaps { as_of, gaps, total: found.total, open: found.open, is_cut: found.total > MOST_GAPS };
    Ok(Shown { position, body })
}

/// The gaps that the caller sees.
pub(super) async fn found(
    api: &Api,
    caller: &Caller,
    day: Date,
    organisation: Option<OrganisationId>,
    most: i64,
) -> Result<coverage::Gaps, Problem> {
    let tree = organisations::tree(api.pool()).await?;
    let places = places(api, &tree, organisation).await?;
    let sight = Sight::of(api.pool(), &caller.scope(Right::PoolRead), caller.actor().person).await?;
    Ok(coverage::gaps(api.pool(), day, &sight, places.as_ref(), most).await?)
}
