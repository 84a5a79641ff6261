//! A digest of a day as its addressee would read it: rendered by the notifier's own template in the words in force, sent
//! to nobody.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::values::PersonId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::preview::{When, planned};
use super::written::{Written, must_see, written};
use crate::Api;
use crate::door::{After, Caller, Path, Query, Shown};
use crate::problem::{Code, Problem};

/// A mail that was not sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewedLetter {
    /// To whom.
    #[schema(value_type = Uuid)]
    addressee: PersonId,
    /// Their name.
    addressee_name: String,
    /// Whether an address is on record; without one it cannot be delivered.
    has_address: bool,
    /// The day.
    #[schema(value_type = String, format = Date)]
    day: Date,
    /// Whether people work on it; if not, nothing goes out.
    is_working_day: bool,
    /// Subject line.
    subject: String,
    /// As plain text.
    text: String,
    /// As HTML, whole document.
    html: String,
}

/// The digest of a day (tomorrow unless asked otherwise) as its addressee would read it. Whoever does not see
/// everybody whom it names is refused. Nothing is claimed or sent.
#[utoipa::path(get, path = "/v1/reminders/preview/{person}", tag = "reminders",
    params(("person" = Uuid, Path), When), responses((status = 200, body = PreviewedLetter)))]
pub(crate) async fn letter(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Path(person): Path<Uuid>,
    Query(when): Query<When>,
) -> Result<Shown<PreviewedLetter>, Problem> {
    let planned = planned(&api, &caller, after, &when).await?;
    let plan = &planned.plan;
    let digest = plan.digests.iter().find(|digest| digest.addressee == PersonId(person) && !digest.is_done());
    let digest = digest.ok_or_else(|| Problem::new(Code::NotFound))?;
    must_see(&api, &planned, digest).await?;
    let wording = api.application().letter_wording(api.letter_language()).await?;
    let Written { letter, has_address } = written(&api, &planned, digest, &wording).await?;
    let body = PreviewedLetter {
        addressee: digest.addressee,
        addressee_name: letter.to_name,
        has_address,
        day: plan.day,
        is_working_day: plan.is_working_day,
        subject: letter.subject,
        text: letter.text,
        html: letter.html,
    };
    Ok(Shown { position: planned.position, body })
}
