//! The head of a dossier: who it is, who accompanies them, what is due next; and the days without anybody.

use jiff::civil::Date;
use peiyu_domain::duties::{DutyKind, article, due_on, state_on};
use peiyu_domain::values::{Category, OfficeKind, PersonId};
use peiyu_views::persons::Person;
use peiyu_views::{candidates, obligations, persons};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Api;
use crate::door::page::row;
use crate::problem::{Code, Problem};

/// Who it is, and how they stand today.
#[derive(Serialize, ToSchema)]
pub(crate) struct DossierHead {
    /// 姓名.
    name: String,
    /// 工号.
    staff_number: String,
    /// 所在单位.
    unit: String,
    /// 教研室.
    room: String,
    /// 专业技术职务.
    title: String,
    /// Whether of the key group; null until assessed.
    key_group: Option<bool>,
    /// Categories by the policy.
    #[schema(value_type = Vec<String>)]
    categories: Vec<Category>,
    /// Since when in the pool; null when not in it.
    #[schema(value_type = Option<String>, format = Date)]
    in_pool_since: Option<Date>,
    /// Who accompanies them today.
    liaison: Option<DossierLiaison>,
    /// Day of the last talk.
    #[schema(value_type = Option<String>, format = Date)]
    last_talk_on: Option<Date>,
    /// Talks on record.
    talks: i32,
    /// What is open about them, soonest first.
    duties: Vec<DossierDuty>,
}

/// A liaison of today; the names stand in `names`.
#[derive(Serialize, ToSchema)]
pub(crate) struct DossierLiaison {
    /// Who.
    person: Uuid,
    /// Organisation of the office in which.
    organisation: Option<Uuid>,
    /// Office in which.
    #[schema(value_type = Option<String>)]
    office: Option<OfficeKind>,
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    since: Option<Date>,
}

/// A duty that is open.
#[derive(Serialize, ToSchema)]
pub(crate) struct DossierDuty {
    /// Kind.
    #[schema(value_type = String)]
    kind: DutyKind,
    /// When it is due.
    #[schema(value_type = String, format = Date)]
    due_on: Date,
    /// `upcoming`, `due_soon`, `due_today` or `overdue`.
    state: String,
    /// Days since it was due, when overdue.
    overdue_days: Option<u64>,
    /// The event that opened it.
    opened_by: Uuid,
    /// The provision that it rests on.
    article: &'static str,
}

/// Days in the pool without a liaison.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DossierGap {
    /// First day without.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Last day without; today while it lasts.
    #[schema(value_type = String, format = Date)]
    to: Date,
    /// How many days, both included.
    days: u32,
    /// Whether it lasts.
    open: bool,
}

impl DossierHead {
    /// Who accompanies them.
    pub(super) fn liaison(&self) -> Option<Uuid> {
        self.liaison.as_ref().map(|liaison| liaison.person)
    }

    /// Where that office is.
    pub(super) fn liaison_organisation(&self) -> Option<Uuid> {
        self.liaison.as_ref().and_then(|liaison| liaison.organisation)
    }
}

/// Head and gaps as of today; 404 when the person is not known.
pub(super) async fn of(api: &Api, id: PersonId) -> Result<(DossierHead, Vec<DossierGap>), Problem> {
    let person = persons::by_ids(api.pool(), &[id]).await?.pop();
    let person = person.ok_or_else(|| Problem::new(Code::NotFound))?;
    let candidate = candidates::by_ids(api.pool(), &[id]).await?.pop();
    let duties = duties(api, id).await?;
    let is_uncovered = candidate.as_ref().is_some_and(|one| one.in_pool && one.liaison.is_none());
    let gaps = gaps(api, id, is_uncovered).await?;
    Ok((head(person, candidate, duties), gaps))
}

fn head(person: Person, candidate: Option<candidates::Candidate>, duties: Vec<DossierDuty>) -> DossierHead {
    let (since, last_talk_on, talks) =
        candidate.as_ref().map_or((None, None, 0), |one| (one.since, one.last_talk, one.talks));
    let liaison = candidate.and_then(|one| {
        let (organisation, office, since) = (one.liaison_organisation, one.liaison_office, one.assigned_on);
        one.liaison.map(|person| DossierLiaison {
            person: person.0,
            organisation: organisation.map(|id| id.0),
            office,
            since,
        })
    });
    let Person { name, staff_number, unit, room, title, key_group, categories, .. } = person;
    DossierHead {
        name,
        staff_number,
        unit,
        room,
        title,
        key_group,
        categories,
        in_pool_since: since,
        liaison,
        last_talk_on,
        talks,
        duties,
    }
}

async fn duties(api: &Api, id: PersonId) -> Result<Vec<DossierDuty>, Problem> {
    let policy = api.application().policy_today().await?;
    let today = api.application().clock().today();
    let open = obligations::of_candidate(api.pool(), id).await?.into_iter().filter(|one| one.how.is_none());
    let mut duties = Vec::new();
    for duty in open {
        let state = row(&state_on(duty.kind, duty.anchor, None, today, &policy))?;
        duties.push(DossierDuty {
            kind: duty.kind,
            due_on: due_on(duty.kind, duty.anchor, &policy),
            state: state.get("state").and_then(Value::as_str).unwrap_or_default().to_owned(),
            overdue_days: state.get("days").and_then(Value::as_u64),
            opened_by: duty.opened_by,
            article: article(duty.kind),
        });
    }
    duties.sort_by_key(|duty| duty.due_on);
    Ok(duties)
}

async fn gaps(api: &Api, id: PersonId, is_uncovered: bool) -> Result<Vec<DossierGap>, Problem> {
    let today = api.application().clock().today();
    let timeline = obligations::timeline_of(api.pool(), id).await?;
    let mut gaps = timeline.map(|timeline| timeline.gaps(today)).unwrap_or_default();
    gaps.sort_by_key(|gap| gap.from);
    let shown = gaps.into_iter().map(|gap| DossierGap {
        from: gap.from,
        to: gap.to,
        days: gap.days(),
        open: is_uncovered && gap.to == today,
    });
    Ok(shown.collect())
}
