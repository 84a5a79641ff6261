//! A draft of the words, as letters would be with them: for an invented reader, and for the first who is next to get
//! one. Nothing is kept or sent.

use std::collections::HashSet;

use axum::extract::State;
use jiff::civil::Date;
use peiyu_application::Refused;
use peiyu_domain::calendar::days_after;
use peiyu_domain::letter_template::{LetterLanguage, Wording};
use peiyu_domain::values::PersonId;
use peiyu_letters::Letter;
use peiyu_views::digests::Digest;
use peiyu_views::places::seen_of;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::names::names_of;
use super::super::preview::{Planned, VIEWS, When, planned};
use super::super::written::{Occasion, invented, shown_in, written};
use super::LetterTexts;
use crate::Api;
use crate::door::{After, Body, Caller, Path, Query, Shown};
use crate::problem::Problem;

/// Which letters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Whether the day is planned, for the letter to its first addressee; true when absent. The plan of a whole
    /// university costs seconds.
    addressed: Option<bool>,
}

/// Letters in the words of a draft.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftedLetters {
    /// The next day on which letters go out.
    #[schema(value_type = String, format = Date)]
    day: Date,
    /// To an invented reader, about invented people.
    invented: DraftedLetter,
    /// To the first addressee of that day, by name, whom the caller sees with everybody in the letter, if that was asked for.
    addressed: Option<DraftedLetter>,
}

/// One letter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftedLetter {
    /// To whom.
    addressee_name: String,
    /// Subject line.
    subject: String,
    /// As plain text.
    text: String,
    /// As HTML, whole document.
    html: String,
}

impl From<Letter> for DraftedLetter {
    fn from(Letter { to_name, subject, text, html }: Letter) -> Self {
        Self { addressee_name: to_name, subject, text, html }
    }
}

/// How letters would read in these words; refused as saving them would be. Nothing is kept or sent.
#[utoipa::path(post, path = "/v1/reminders/templates/{language}/preview", tag = "reminders",
    params(("language" = String, Path, description = "`zh` or `en`"), Wanted), request_body = LetterTexts,
    responses((status = 200, body = DraftedLetters)))]
pub(crate) async fn draft(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Path(language): Path<LetterLanguage>,
    Query(wanted): Query<Wanted>,
    Body(texts): Body<LetterTexts>,
) -> Result<Shown<DraftedLetters>, Problem> {
    let wording = Wording::read(language, &texts.into()).map_err(|refusal| Refused::of(&refusal))?;
    let calendar = api.application().calendar();
    let tomorrow = days_after(api.application().clock().today(), 1);
    let day = calendar.next_working_day_on_or_after(tomorrow);
    if wanted.addressed == Some(false) {
        let position = after.wait(&api, VIEWS).await?;
        let policy = api.application().policy_today().await?;
        let occasion = Occasion { day, is_calendar_known: calendar.knows(day), policy: &policy };
        let invented = invented(&api, &occasion, &wording).await?.into();
        return Ok(Shown { position, body: DraftedLetters { day, invented, addressed: None } });
    }
    let when = When { on: Some(day) };
    let planned = planned(&api, &caller, after, &when).await?;
    let addressed = match first(&api, &planned).await? {
        Some(digest) => Some(written(&api, &planned, digest, &wording).await?.letter.into()),
        None => None,
    };
    let invented = invented(&api, &planned.occasion(), &wording).await?.into();
    let body = DraftedLetters { day: planned.plan.day, invented, addressed };
    Ok(Shown { position: planned.position, body })
}

/// The first digest of the day, by the addressee's name, in which the caller sees everybody.
async fn first<'p>(api: &Api, planned: &'p Planned) -> Result<Option<&'p Digest>, Problem> {
    let open: Vec<&Digest> = planned.plan.digests.iter().filter(|digest| !digest.is_done()).collect();
    let people: HashSet<PersonId> = open.iter().flat_map(|digest| shown_in(digest)).collect();
    let people: Vec<PersonId> = people.into_iter().collect();
    let seen = seen_of(api.pool(), &planned.sight, &people).await?;
    let seen_whole = |digest: &&&Digest| shown_in(digest).iter().all(|person| seen.contains(person));
    let visible: Vec<&Digest> = open.iter().filter(seen_whole).copied().collect();
    let names = names_of(api, visible.iter().map(|digest| digest.addressee)).await?;
    Ok(visible.into_iter().min_by_key(|digest| (names.get(&digest.addressee), digest.addressee)))
}
