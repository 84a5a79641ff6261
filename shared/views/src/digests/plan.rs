//! The plan of a day: open duties whose rungs are reached, by addressee.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use peiyu_domain::calendar::days_after;
use peiyu_domain::duties::routing::{Call, Holders, Passed, calls};
use peiyu_domain::duties::why::Notice;
use peiyu_domain::duties::{DutyKind, Holds, Rung, due_on, fired, rungs};
use peiyu_domain::organisation::placement::Tree;
use peiyu_domain::values::{OfficeKind, PersonId, ReminderId};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Digest, Item, MAIL, MOST_NAMED, Numbers, Plan, Unheard, told};
use crate::addressees::{self, Addressees};
use crate::epochs;
use crate::error::ViewError;
use crate::leaders::{self, LeaderWithNobody};
use crate::obligations::{self, After, Cutoffs, Obligation};
use crate::organisations::{self, Held};
use crate::reminders;

/// Obligations that are looked at in one go.
const PAGE: usize = 500;
/// Rungs with nobody to speak to that a plan lists.
const MOST_UNHEARD: usize = 1000;

/// What goes out on `day`, as things stand now. Costs what is due by then, not what is open.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn plan(pool: &PgPool, day: Date, numbers: Numbers<'_>) -> Result<Plan, ViewError> {
    let Numbers { policy, calendar } = numbers;
    let holds = epochs::holds(pool).await?;
    let (digests, held) = (BTreeMap::new(), BTreeMap::new());
    let mut drafts = Drafts { day, numbers, holds, digests, held, unheard: Vec::new() };
    let cutoffs = Cutoffs::due_by(days_after(day, policy.talk.lead_days), policy);
    let mut after = None;
    loop {
        let page = obligations::open_due_by(pool, &cutoffs, after, PAGE as i64).await?;
        let Some(last) = page.last() else { break };
        after = Some(After { anchor: last.anchor, id: last.id });
        let duties: Vec<Duty> = page.into_iter().map(Duty::from).collect();
        let holders = Ladders::for_candidates(pool, &duties, day).await?;
        drafts.take(pool, &duties, &holders).await?;
    }
    let leaders = leaders::with_nobody(pool, day).await?;
    for chunk in leaders.chunks(PAGE) {
        let duties: Vec<Duty> = chunk.iter().map(Duty::from).collect();
        let holders = Ladders::for_leaders(pool, chunk, day).await?;
        drafts.take(pool, &duties, &holders).await?;
    }
    let unheard = drafts.unheard;
    let held = drafts.held.into_values().collect();
    let mut digests: Vec<Digest> = drafts.digests.into_values().collect();
    note_begun(pool, day, &mut digests).await?;
    Ok(Plan {
        day,
        is_working_day: calendar.is_working_day(day),
        is_calendar_known: calendar.knows(day),
        digests,
        held,
        unheard,
    })
}

/// Whether an import that began after `since` has not ended: what it brings is told of at once, not in parts.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn import_runs(pool: &PgPool, since: Timestamp) -> Result<bool, ViewError> {
    let select = "select exists (select 1 from views.imports where finished_at is null and started_at > $1)";
    Ok(sqlx::query_scalar(select).bind(jiff_sqlx::Timestamp::from(since)).fetch_one(pool).await?)
}

/// An open duty, of a candidate or of a leader.
#[derive(Debug, Clone, Copy)]
pub(super) struct Duty {
    pub(super) id: Uuid,
    pub(super) kind: DutyKind,
    pub(super) about: PersonId,
    pub(super) liaison: Option<PersonId>,
    pub(super) anchor: Date,
    pub(super) known_on: Date,
}

impl From<Obligation> for Duty {
    fn from(obligation: Obligation) -> Self {
        let Obligation { id, kind, candidate, liaison, anchor, known_on, .. } = obligation;
        Self { id, kind, about: candidate, liaison, anchor, known_on }
    }
}

impl From<&LeaderWithNobody> for Duty {
    fn from(leader: &LeaderWithNobody) -> Self {
        let LeaderWithNobody { id, person, anchor, known_on, .. } = *leader;
        let kind = DutyKind::LeaderWithNobody;
        Self { id, kind, about: person, liaison: None, anchor, known_on }
    }
}

impl Duty {
    /// Every rung with its addressees.
    pub(super) fn calls(&self, holders: &Holders, numbers: Numbers<'_>) -> Vec<Call> {
        let Numbers { policy, calendar } = numbers;
        calls(self.kind, &rungs(self.kind, self.anchor, self.known_on, policy, calendar), holders)
    }
}

/// Who stands on whose ladder.
pub(super) struct Ladders(HashMap<Uuid, Holders>);

impl Ladders {
    pub(super) async fn for_candidates(pool: &PgPool, duties: &[Duty], day: Date) -> Result<Self, ViewError> {
        let people: Vec<PersonId> = duties.iter().map(|duty| duty.about).collect();
        let addressees = addressees::of(pool, &people, day).await?;
        let heads = department_heads(&organisations::held_on(pool, day).await?);
        let nobody = Addressees::default();
        let holders = duties.iter().map(|duty| {
            let above = addressees.get(&duty.about).unwrap_or(&nobody);
            let acting = match duty.kind {
                DutyKind::FirstTalk | DutyKind::NextTalk => duty.liaison.into_iter().collect(),
                DutyKind::LiaisonGap | DutyKind::LeaderWithNobody => above.general_branch_secretaries.clone(),
            };
            (duty.id, holders(acting, above, &heads))
        });
        Ok(Self(holders.collect()))
    }

    /// A leader's unit is that of the office, whatever the roster says.
    pub(super) async fn for_leaders(
        pool: &PgPool,
        leaders: &[LeaderWithNobody],
        day: Date,
    ) -> Result<Self, ViewError> {
        let people: Vec<PersonId> = leaders.iter().map(|leader| leader.person).collect();
        let addressees = addressees::of(pool, &people, day).await?;
        let held = organisations::held_on(pool, day).await?;
        let tree = organisations::tree(pool).await?;
        let heads = department_heads(&held);
        let nobody = Addressees::default();
        let holders = leaders.iter().map(|leader| {
            let above = addressees.get(&leader.person).unwrap_or(&nobody);
            let mut acting = unit_secretaries(leader, &held, &tree);
            if !acting.contains(&leader.person) {
                acting.push(leader.person);
            }
            (leader.id, holders(acting, above, &heads))
        });
        Ok(Self(holders.collect()))
    }

    pub(super) fn of(&self, duty: Uuid) -> Holders {
        self.0.get(&duty).cloned().unwrap_or_default()
    }
}

fn holders(acting: Vec<PersonId>, above: &Addressees, heads: &HashSet<PersonId>) -> Holders {
    let department = &above.organisation_department;
    let head: Vec<PersonId> = department.iter().filter(|person| heads.contains(person)).copied().collect();
    Holders {
        acting,
        branch_secretaries: above.branch_secretaries.clone(),
        general_branch_secretaries: above.general_branch_secretaries.clone(),
        // The officers stand in where there is no head.
        organisation_department: if head.is_empty() { department.clone() } else { head },
    }
}

fn department_heads(held: &[Held]) -> HashSet<PersonId> {
    held.iter().filter(|held| held.office == OfficeKind::DepartmentHead).map(|held| held.person).collect()
}

fn unit_secretaries(leader: &LeaderWithNobody, held: &[Held], tree: &Tree) -> Vec<PersonId> {
    let units: HashSet<_> =
        leader.offices.iter().filter_map(|office| tree.general_branch_of(office.organisation)).collect();
    let mut secretaries = Vec::new();
    for office in held {
        let fits = office.office == OfficeKind::Secretary && units.contains(&office.organisation);
        if fits && !secretaries.contains(&office.person) {
            secretaries.push(office.person);
        }
    }
    secretaries
}

struct Drafts<'a> {
    day: Date,
    numbers: Numbers<'a>,
    holds: Holds,
    digests: BTreeMap<PersonId, Digest>,
    held: BTreeMap<PersonId, Digest>,
    unheard: Vec<Unheard>,
}

impl Drafts<'_> {
    async fn take(&mut self, pool: &PgPool, duties: &[Duty], ladders: &Ladders) -> Result<(), ViewError> {
        let rows = told::of(pool, duties.iter().map(|duty| duty.id).collect()).await?;
        let mut told: HashMap<Uuid, Vec<&told::Row>> = HashMap::new();
        for row in &rows {
            told.entry(row.obligation).or_default().push(row);
        }
        for duty in duties {
            let told = told.get(&duty.id).map_or(&[][..], Vec::as_slice);
            self.take_duty(duty, &ladders.of(duty.id), told);
        }
        Ok(())
    }

    /// Of several rungs that are reached and not said, an addressee is told the highest.
    fn take_duty(&mut self, duty: &Duty, holders: &Holders, told: &[&told::Row]) {
        let notices: Vec<Notice> =
            told.iter().filter(|row| row.is_settled()).map(|row| row.notice()).collect();
        let calls = duty.calls(holders, self.numbers);
        let days: Vec<(Rung, Date)> = calls.iter().map(|call| (call.rung, call.day)).collect();
        let reached = fired(&days, self.day).len();
        let mut highest: BTreeMap<PersonId, &Call> = BTreeMap::new();
        for call in calls.iter().take(reached) {
            let is_vacant = call.passed.iter().any(|(_, why)| *why == Passed::Vacant);
            if call.addressees.is_empty() && is_vacant && self.unheard.len() < MOST_UNHEARD {
                self.unheard.push(unheard(duty, call));
            }
            if self.holds.is_dropped(call.day) {
                continue;
            }
            highest.extend(call.addressees.iter().map(|addressee| (*addressee, call)));
        }
        for (addressee, call) in highest {
            let said = notices.iter().any(|notice| notice.addressee == addressee && notice.rung >= call.rung);
            if !said {
                let item = self.item(duty, addressee, call, holders, told);
                let held = self.holds.is_held(call.day);
                put(if held { &mut self.held } else { &mut self.digests }, addressee, item);
            }
        }
    }

    fn item(
        &self,
        duty: &Duty,
        addressee: PersonId,
        call: &Call,
        holders: &Holders,
        told: &[&told::Row],
    ) -> Item {
        // Today's own attempts are no earlier reminder.
        let earlier = told.iter().map(|row| row.earlier()).filter(|earlier| earlier.day < self.day);
        Item {
            obligation: duty.id,
            kind: duty.kind,
            about: duty.about,
            anchor: duty.anchor,
            due_on: due_on(duty.kind, duty.anchor, self.numbers.policy),
            liaison: duty.liaison,
            rung: call.rung,
            is_own: call.rung <= Rung::Due && holders.acting.contains(&addressee),
            passed: call.passed.clone(),
            earlier: earlier.collect(),
        }
    }
}

/// Keeps the oldest and counts the rest, so that memory stays bounded by the number of addressees.
fn put(digests: &mut BTreeMap<PersonId, Digest>, addressee: PersonId, item: Item) {
    let digest = digests.entry(addressee).or_insert_with(|| Digest {
        addressee,
        items: Vec::new(),
        more: 0,
        begun: None,
    });
    let place = digest
        .items
        .partition_point(|before| (before.due_on, before.obligation) <= (item.due_on, item.obligation));
    digest.items.insert(place, item);
    if digest.items.len() > MOST_NAMED {
        digest.items.pop();
        digest.more += 1;
    }
}

fn unheard(duty: &Duty, call: &Call) -> Unheard {
    Unheard {
        obligation: duty.id,
        kind: duty.kind,
        about: duty.about,
        rung: call.rung,
        passed: call.passed.clone(),
    }
}

async fn note_begun(pool: &PgPool, day: Date, digests: &mut [Digest]) -> Result<(), ViewError> {
    for chunk in digests.chunks_mut(PAGE) {
        let ids: Vec<ReminderId> =
            chunk.iter().map(|digest| ReminderId::of(digest.addressee, day, MAIL)).collect();
        let begun = reminders::by_ids(pool, &ids).await?;
        let mut begun: HashMap<ReminderId, _> = begun.into_iter().map(|one| (one.id, one)).collect();
        for (digest, id) in chunk.iter_mut().zip(&ids) {
            digest.begun = begun.remove(id);
        }
    }
    Ok(())
}
