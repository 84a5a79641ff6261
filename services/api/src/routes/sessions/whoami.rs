//! Who one is, and what one may do today.

use axum::Json;
use axum::extract::State;
use peiyu_domain::access::{Right, may};
use peiyu_domain::organisation::HeldOffice;
use peiyu_domain::person::{Field, Person};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Api;
use crate::door::Caller;
use crate::problem::Problem;
use crate::words;

/// Who one is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Whoami {
    /// The account; absent for the operator of the installation.
    account: Option<Uuid>,
    /// The person behind it.
    person: Option<Uuid>,
    /// Their name.
    name: Option<String>,
    /// Offices held today.
    #[schema(value_type = Vec<Object>)]
    offices: Vec<HeldOffice>,
    /// What one may do today.
    #[schema(value_type = Vec<String>, schema_with = words::right)]
    rights: Vec<Right>,
    /// Whether the password was issued by an officer and should be changed.
    must_change_password: bool,
    /// Today by the installation's clock, which a trial system may have shifted.
    #[schema(value_type = String, format = Date)]
    today: jiff::civil::Date,
}

/// Who one is, and what one may do today.
#[utoipa::path(get, path = "/v1/whoami", tag = "sign-in", responses((status = 200, body = Whoami)))]
pub(crate) async fn whoami(State(api): State<Api>, caller: Caller) -> Result<Json<Whoami>, Problem> {
    let actor = caller.actor();
    let name = match actor.person {
        Some(person) => {
            let loaded = api.application().load::<Person>(person.0).await?;
            Some(loaded.state.field(Field::Name).to_owned())
        }
        None => None,
    };
    let must_change_password = match caller.account() {
        Some(account) => api.sign_in().must_change(account).await?,
        None => false,
    };
    Ok(Json(Whoami {
        account: caller.account().map(|account| account.0),
        person: actor.person.map(|person| person.0),
        name,
        offices: actor.offices.clone(),
        rights: Right::ALL.into_iter().filter(|right| may(actor, *right)).collect(),
        must_change_password,
        today: api.application().clock().today(),
    }))
}
