//! Applies a reviewed proposal, whole or in part: one command a row, each judged by itself.

use axum::Json;
use axum::extract::{Extension, State};
use jiff::civil::Date;
use peiyu_application::Request;
use peiyu_domain::access::Right;
use peiyu_domain::values::PersonId;
use peiyu_domain::values::ids::named;
use peiyu_language::Language;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::Api;
use crate::door::page::row;
use crate::door::{Command, Done};
use crate::problem::{Code, Problem};

/// Rows of one request at most.
const MOST: usize = 5000;

/// One row that a person has adopted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Adopted {
    /// Who is accompanied.
    #[schema(value_type = Uuid)]
    candidate: PersonId,
    /// Who accompanies.
    #[schema(value_type = Uuid)]
    liaison: PersonId,
}

/// The adopted rows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reviewed {
    /// Rows, 5,000 at most.
    assignments: Vec<Adopted>,
    /// From which day; today unless said otherwise.
    #[schema(value_type = Option<String>, format = Date)]
    since: Option<Date>,
}

/// What came of each row.
#[derive(Serialize, ToSchema)]
pub(crate) struct Applied {
    /// Rows that were done, in order.
    applied: Vec<Done>,
    /// Rows that were refused, each with its problem.
    #[schema(value_type = Vec<Object>)]
    refused: Vec<Value>,
}

/// Apply a reviewed proposal; sent again under the same key, nothing happens twice.
#[utoipa::path(post, path = "/v1/liaison/proposals/apply", tag = "liaison", request_body = Reviewed,
    responses((status = 200, body = Applied)))]
pub(crate) async fn apply(
    State(api): State<Api>,
    Extension(language): Extension<Language>,
    command: Command<Reviewed>,
) -> Result<Json<Applied>, Problem> {
    let (Reviewed { assignments, since }, request) = command.new_record();
    if assignments.len() > MOST {
        return Err(Problem::with_facts(Code::TooLarge, json!({ "most": MOST })));
    }
    api.application().begin_batch(&request, Right::LiaisonAssign).await?;
    let mut done = Applied { applied: Vec::new(), refused: Vec::new() };
    for adopted in assignments {
        let own = of_row(&request, &adopted);
        let assigned = api.application().assign_liaison(&own, adopted.candidate, adopted.liaison, since);
        match assigned.await.map_err(Problem::from) {
            Ok(answer) => done.applied.push(answer.into()),
            // The database is away: the rows done so far stay, and the same request goes on behind them.
            Err(problem) if problem.status().is_server_error() => return Err(problem),
            Err(problem) => {
                let mut refused = row(&problem.body(language, "", ""))?;
                if let Some(fields) = refused.as_object_mut() {
                    fields.insert("candidate".into(), json!(adopted.candidate));
                    fields.insert("liaison".into(), json!(adopted.liaison));
                }
                done.refused.push(refused);
            }
        }
    }
    Ok(Json(done))
}

/// The command of one row: its id follows from the request's and the row.
fn of_row(request: &Request, adopted: &Adopted) -> Request {
    let words = [request.command_id.to_string(), adopted.candidate.to_string(), adopted.liaison.to_string()];
    let command_id = named(&["proposal", &words[0], &words[1], &words[2]]);
    Request { command_id, ..request.clone() }
}
