//! A digest written out for whoever may see everybody in it: by the notifier's own template, in given words.

use std::collections::HashMap;

use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_domain::letter_template::Wording;
use peiyu_domain::policy::Policy;
use peiyu_domain::values::PersonId;
use peiyu_letters::{Letter, Surroundings, names_of, people_of};
use peiyu_views::digests::Digest;
use peiyu_views::organisations;
use peiyu_views::places::seen_of;
use serde_json::json;

use super::preview::Planned;
use crate::Api;
use crate::problem::{Code, Problem};

/// When a letter is written, and by which policy.
pub(super) struct Occasion<'a> {
    pub(super) day: Date,
    pub(super) is_calendar_known: bool,
    pub(super) policy: &'a Policy,
}

/// A letter and whether it could be delivered.
pub(super) struct Written {
    pub(super) letter: Letter,
    /// Whether an address is on record.
    pub(super) has_address: bool,
}

/// Whom a digest shows: its addressee and everybody whom it is about.
pub(super) fn shown_in(digest: &Digest) -> Vec<PersonId> {
    digest.items.iter().map(|item| item.about).chain([digest.addressee]).collect()
}

/// That the caller sees everybody in it: 404 when not even its addressee.
pub(super) async fn must_see(api: &Api, planned: &Planned, digest: &Digest) -> Result<(), Problem> {
    let about = shown_in(digest);
    let seen = seen_of(api.pool(), &planned.sight, &about).await?;
    if !seen.contains(&digest.addressee) {
        return Err(Problem::new(Code::NotFound));
    }
    if about.iter().all(|person| seen.contains(person)) {
        return Ok(());
    }
    Err(Problem::with_facts(Code::Forbidden, json!({ "right": Right::ReminderRead.as_str() })))
}

/// The letter of a digest.
pub(super) async fn written(
    api: &Api,
    planned: &Planned,
    digest: &Digest,
    wording: &Wording,
) -> Result<Written, Problem> {
    let people = people_of(api.pool(), digest).await?;
    let (names, university) = (names_of(&people), university(api).await?);
    let letter =
        peiyu_letters::digest(digest, &around(api, &planned.occasion(), wording, &university, &names));
    let has_address = people.get(&digest.addressee).is_some_and(|person| !person.email.trim().is_empty());
    Ok(Written { letter: letter.map_err(Problem::internal)?, has_address })
}

/// The letter to an invented reader.
pub(super) async fn invented(
    api: &Api,
    occasion: &Occasion<'_>,
    wording: &Wording,
) -> Result<Letter, Problem> {
    let (names, university) = (HashMap::new(), university(api).await?);
    let letter = peiyu_letters::sample(&around(api, occasion, wording, &university, &names));
    letter.map_err(Problem::internal)
}

fn around<'a>(
    api: &'a Api,
    occasion: &Occasion<'a>,
    wording: &'a Wording,
    university: &'a str,
    names: &'a HashMap<PersonId, String>,
) -> Surroundings<'a> {
    Surroundings {
        day: occasion.day,
        is_calendar_known: occasion.is_calendar_known,
        policy: occasion.policy,
        public_url: api.origin(),
        wording,
        university,
        names,
    }
}

async fn university(api: &Api) -> Result<String, Problem> {
    Ok(organisations::university(api.pool()).await?.map(|one| one.name).unwrap_or_default())
}
