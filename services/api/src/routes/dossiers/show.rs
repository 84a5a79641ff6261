//! One dossier: every event in order, who in which office, when it happened and when it was recorded.

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Extension, State};
use peiyu_application::Unsealed;
use peiyu_domain::access::Right;
use peiyu_domain::values::PersonId;
use peiyu_store::StreamId;
use peiyu_views::View;
use peiyu_views::dossier::{self, Entry};
use peiyu_views::places::{Sight, sees};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::audit::looked;
use super::head::{DossierGap, DossierHead};
use super::names;
use crate::Api;
use crate::door::around::RequestId;
use crate::door::page::row;
use crate::door::{After, Caller, Path, Query, Shown};
use crate::problem::{Code, Problem};

/// Events of an answer unless asked otherwise.
const USUAL: i64 = 500;
/// Most events of an answer.
const MOST: i64 = 1000;

/// What a dossier is made from.
const VIEWS: [View; 6] =
    [View::Persons, View::Candidates, View::Dossier, View::Obligations, View::Organisations, View::Training];

/// From where, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct From {
    /// Feed position of the last event that one has; 0 to begin.
    #[serde(default)]
    after: i64,
    /// Events at most, 1 to 1,000.
    limit: Option<i64>,
}

/// A person's events in the order of the feed.
#[derive(Serialize, ToSchema)]
pub(crate) struct DossierOf {
    /// Whose.
    person: Uuid,
    /// What is so today.
    head: DossierHead,
    /// Days in the pool without a liaison, earliest first, up to today.
    gaps: Vec<DossierGap>,
    /// Names of the people, organisations and classes that events and head mention, by id.
    #[schema(value_type = Object)]
    names: BTreeMap<Uuid, String>,
    /// Every event with its content.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Value>,
    /// To be sent back as `after`; absent when there is no more.
    next_after: Option<i64>,
}

/// One person's dossier.
#[utoipa::path(get, path = "/v1/dossiers/{person}", tag = "dossiers", params(("person" = Uuid, Path), From),
    responses((status = 200, body = DossierOf)))]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Extension(RequestId(request)): Extension<RequestId>,
    after: After,
    Path(person): Path<Uuid>,
    Query(from): Query<From>,
) -> Result<Shown<DossierOf>, Problem> {
    let person = PersonId(person);
    let sight = Sight::of(api.pool(), &caller.scope(Right::PoolRead), caller.actor().person).await?;
    let position = after.wait(&api, &VIEWS).await?;
    if !sees(api.pool(), &sight, person).await? {
        return Err(Problem::new(Code::NotFound));
    }
    looked(&api, &caller, person, "dossier", request).await?;
    let limit = from.limit.unwrap_or(USUAL).clamp(1, MOST);
    let entries = dossier::of(api.pool(), person, from.after, limit).await?;
    let full = i64::try_from(entries.len()).is_ok_and(|entries| entries == limit);
    let next_after = entries.last().filter(|_| full).map(|last| last.position);
    let contents = contents(&api, &entries).await?;
    let mut events: Vec<Value> = entries
        .iter()
        .map(|entry| shown(entry, contents.get(&entry.event_id)))
        .collect::<Result<_, Problem>>()?;
    let (head, gaps) = super::head::of(&api, person).await?;
    let names = names::of(&api, &events, &head).await?;
    name_actors(&mut events, &names);
    Ok(Shown { position, body: DossierOf { person: person.0, head, gaps, names, events, next_after } })
}

/// Puts the name of whoever acted beside their id.
fn name_actors(events: &mut [Value], names: &BTreeMap<Uuid, String>) {
    for fields in events.iter_mut().filter_map(Value::as_object_mut) {
        let actor = fields.get("actor_person").and_then(names::id);
        fields.insert("actor_name".into(), json!(actor.and_then(|actor| names.get(&actor))));
    }
}

/// The content of each event, unsealed for this answer alone.
async fn contents(api: &Api, entries: &[Entry]) -> Result<HashMap<Uuid, Unsealed>, Problem> {
    let mut streams: Vec<StreamId> =
        entries.iter().map(|entry| StreamId::new(entry.aggregate_type.clone(), entry.aggregate_id)).collect();
    streams.sort();
    streams.dedup();
    let wanted: std::collections::HashSet<Uuid> = entries.iter().map(|entry| entry.event_id).collect();
    let histories = api.application().store().load(&streams).await?;
    let recorded =
        histories.into_iter().flatten().filter(|event| wanted.contains(&event.metadata.event_id)).collect();
    let unsealed = api.application().unsealed(recorded).await?;
    Ok(unsealed.into_iter().map(|event| (event.recorded.metadata.event_id, event)).collect())
}

fn shown(entry: &Entry, content: Option<&Unsealed>) -> Result<Value, Problem> {
    let mut shown = row(entry)?;
    if let Some(fields) = shown.as_object_mut() {
        let content = content.map(|unsealed| plain(payload(unsealed)));
        fields.insert("content".into(), json!(content));
    }
    Ok(shown)
}

fn payload(unsealed: &Unsealed) -> Value {
    use peiyu_domain::AnyEvent;
    let payload = match &unsealed.event {
        AnyEvent::Account(event) => serde_json::to_value(event),
        AnyEvent::Candidate(event) => serde_json::to_value(event),
        AnyEvent::Import(event) => serde_json::to_value(event),
        AnyEvent::Installation(event) => serde_json::to_value(event),
        AnyEvent::LetterTemplate(event) => serde_json::to_value(event),
        AnyEvent::Member(event) => serde_json::to_value(event),
        AnyEvent::Organisation(event) => serde_json::to_value(event),
        AnyEvent::Person(event) => serde_json::to_value(event),
        AnyEvent::Policy(event) => serde_json::to_value(event),
        AnyEvent::Reminder(event) => serde_json::to_value(event),
        AnyEvent::TrainingClass(event) => serde_json::to_value(event),
    };
    payload.unwrap_or(Value::Null)
}

/// Readers see values, not the marks of what was sealed; what was erased says so.
fn plain(value: Value) -> Value {
    use peiyu_contracts::marks::{ERASED, SENSITIVE};
    match value {
        Value::Object(mut fields) if fields.len() == 1 && fields.contains_key(SENSITIVE) => {
            plain(fields.remove(SENSITIVE).unwrap_or(Value::Null))
        }
        Value::Object(fields) if fields.len() == 1 && fields.contains_key(ERASED) => {
            json!({ "erased": true })
        }
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, plain(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(plain).collect()),
        other => other,
    }
}
