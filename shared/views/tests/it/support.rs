//! What the tests share: a migrated database, a feed that is written event by event, and people in a small tree.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use peiyu_contracts::Metadata;
use peiyu_domain::AnyEvent;
use peiyu_domain::candidate::events::{LeaveReason, LiaisonEnd, TalkCorrection};
use peiyu_domain::candidate::{CandidateEvent, TalkContent};
use peiyu_domain::organisation::{HeldOffice, OrganisationEvent, Profile};
use peiyu_domain::person::PersonEvent;
use peiyu_domain::person::events::{Field, Record, Source};
use peiyu_domain::testing::{date, text};
use peiyu_domain::values::{OfficeKind, OrganisationId, OrganisationKind, PersonId, TalkForm};
use peiyu_servers::testing::{TestDatabase, database};
use peiyu_views::{Applied, Content, PageSource, SourceError, View, apply, generation};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

/// The university's committee, 计算机学院 committee, its branch and the organisation department.
pub const UNIVERSITY: u128 = 1001;
pub const SCHOOL: u128 = 1002;
pub const BRANCH: u128 = 1003;
pub const DEPARTMENT: u128 = 1004;

/// Read models on a database that is dropped with it.
pub struct House {
    pub pool: PgPool,
    _database: TestDatabase,
}

pub async fn house() -> House {
    let database = database().await;
    let pool = PgPoolOptions::new().max_connections(6).connect(&database.url).await.unwrap();
    generation::migrate(&pool).await.unwrap();
    House { pool, _database: database }
}

impl House {
    /// Takes the whole feed into every read model.
    pub async fn project(&self, feed: &Feed) {
        for view in View::ALL {
            self.project_into(*view, feed).await;
        }
    }

    pub async fn project_into(&self, view: View, feed: &Feed) {
        for page in feed.0.chunks(100) {
            apply::apply_page(&self.pool, view, page).await.unwrap();
        }
    }

    pub async fn position(&self, view: View) -> i64 {
        peiyu_views::checkpoint::least_position(&self.pool, &[view]).await.unwrap()
    }

    /// Every row of every table of a read model, as text.
    pub async fn content(&self, view: View) -> Vec<String> {
        let mut rows = Vec::new();
        for table in view.definition().tables {
            let select = format!("select row_to_json(t)::text from views.{} t order by 1", table.name);
            let texts: Vec<String> = sqlx::query_scalar(&select).fetch_all(&self.pool).await.unwrap();
            rows.extend(texts.into_iter().map(|text| format!("{} {text}", table.name)));
        }
        rows
    }
}

/// Events at positions 1, 2, 3, …; the id of the one at position n is n.
#[derive(Default, Clone)]
pub struct Feed(pub Vec<Applied>);

impl PageSource for Feed {
    async fn head(&self) -> Result<i64, SourceError> {
        Ok(Feed::head(self))
    }

    async fn page(&self, after: i64) -> Result<Vec<Applied>, SourceError> {
        let after = usize::try_from(after)?;
        Ok(self.0.iter().skip(after).take(100).cloned().collect())
    }

    async fn at(&self, positions: &[i64]) -> Result<Vec<Applied>, SourceError> {
        let at = |position: &i64| self.0.get(usize::try_from(position - 1).ok()?).cloned();
        positions.iter().map(|position| at(position).ok_or_else(|| "no such event".into())).collect()
    }

    async fn streams(
        &self,
        kind: &str,
        after: Option<Uuid>,
        up_to: i64,
    ) -> Result<Vec<Applied>, SourceError> {
        let behind = |one: &&Applied| {
            one.aggregate_type == kind
                && one.position <= up_to
                && after.is_none_or(|id| one.aggregate_id > id)
        };
        let mut events: Vec<Applied> = self.0.iter().filter(behind).cloned().collect();
        events.sort_by_key(|one| (one.aggregate_id, one.sequence));
        // Small pages, so that there are several.
        let cut = events.get(70).map_or(events.len(), |next| {
            let before = events.partition_point(|one| one.aggregate_id < next.aggregate_id);
            if before > 0 {
                before
            } else {
                events.partition_point(|one| one.aggregate_id <= next.aggregate_id)
            }
        });
        events.truncate(cut);
        Ok(events)
    }
}

impl Feed {
    /// Appends an event of a stream, recorded on the day at noon.
    pub fn push(&mut self, stream: u128, event: impl Into<AnyEvent>, recorded: &str) -> &mut Self {
        let event = event.into();
        let stream = Uuid::from_u128(stream);
        let kind = event.aggregate();
        let before = self
            .0
            .iter()
            .filter(|known| known.aggregate_id == stream && known.aggregate_type == kind)
            .count();
        let position = i64::try_from(self.0.len()).unwrap() + 1;
        self.0.push(Applied {
            position,
            aggregate_type: kind.to_owned(),
            aggregate_id: stream,
            sequence: i64::try_from(before).unwrap() + 1,
            event_type: event.name().to_owned(),
            metadata: metadata(position, stream, recorded),
            content: Content::Event(Box::new(event)),
        });
        self
    }

    pub fn candidate(&mut self, id: u128, event: CandidateEvent, recorded: &str) -> &mut Self {
        self.push(id, AnyEvent::Candidate(event), recorded)
    }

    pub fn organisation(&mut self, id: u128, event: OrganisationEvent) -> &mut Self {
        self.push(id, AnyEvent::Organisation(event), "2026-01-05")
    }

    /// Somebody of the roster.
    pub fn person(&mut self, id: u128, name: &str, unit: &str, room: &str) -> &mut Self {
        let record: Record = BTreeMap::from([
            (Field::Name, name.to_owned()),
            (Field::StaffNumber, format!("{id:07}")),
            (Field::Unit, unit.to_owned()),
            (Field::Room, room.to_owned()),
            (Field::Email, format!("p{id}@example.edu")),
        ]);
        let event = PersonEvent::PersonRegistered {
            record: record.into(),
            source: Source::Roster,
            import: None,
            row: None,
        };
        self.push(id, AnyEvent::Person(event), "2026-01-10")
    }

    /// The small tree, with 李书记 (2) over the branch, 王书记 (3) over the school, 赵部长 (4) over the department.
    pub fn tree(&mut self) -> &mut Self {
        use OrganisationKind::{Branch, Committee, Department};
        self.registered(UNIVERSITY, "001", "校党委", OrganisationKind::ApprovingCommittee, None, None, None)
            .registered(
                SCHOOL,
                "002",
                "计算机学院党委",
                Committee,
                Some(UNIVERSITY),
                Some("计算机学院"),
                None,
            )
            .registered(
                BRANCH,
                "003",
                "软件教研室党支部",
                Branch,
                Some(SCHOOL),
                Some("计算机学院"),
                Some("软件教研室"),
            )
            .registered(DEPARTMENT, "004", "组织部", Department, Some(UNIVERSITY), None, None)
            .office(BRANCH, 2, OfficeKind::BranchSecretary, "2025-09-01", None)
            .office(SCHOOL, 3, OfficeKind::Secretary, "2025-09-01", None)
            .office(DEPARTMENT, 4, OfficeKind::DepartmentHead, "2025-09-01", None)
            .person(2, "李书记", "计算机学院", "软件教研室")
            .person(3, "王书记", "计算机学院", "")
            .person(4, "赵部长", "组织部", "")
    }

    #[expect(clippy::too_many_arguments, reason = "a row of a table")]
    fn registered(
        &mut self,
        id: u128,
        number: &str,
        name: &str,
        kind: OrganisationKind,
        parent: Option<u128>,
        unit: Option<&str>,
        room: Option<&str>,
    ) -> &mut Self {
        let profile = Profile {
            number: text(number),
            name: text(name),
            kind,
            parent: parent.map(organisation),
            unit: unit.map(text),
            room: room.map(text),
            founded_on: None,
        };
        self.organisation(id, OrganisationEvent::OrganisationRegistered { profile, import: None })
    }

    pub fn office(
        &mut self,
        at: u128,
        who: u128,
        office: OfficeKind,
        from: &str,
        until: Option<&str>,
    ) -> &mut Self {
        let event = OrganisationEvent::OfficeTaken {
            person: person(who),
            office,
            title: text("书记"),
            from: date(from),
            until: until.map(date),
        };
        self.organisation(at, event)
    }

    /// Position of the last event, which is its id too.
    pub fn head(&self) -> i64 {
        i64::try_from(self.0.len()).unwrap()
    }
}

pub fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

pub fn organisation(number: u128) -> OrganisationId {
    OrganisationId(Uuid::from_u128(number))
}

pub fn entered(on: &str) -> CandidateEvent {
    CandidateEvent::PoolEntered { on: date(on) }
}

pub fn left(on: &str) -> CandidateEvent {
    CandidateEvent::PoolLeft { on: date(on), reason: LeaveReason::Departed }
}

pub fn assigned(liaison: u128, since: &str) -> CandidateEvent {
    let office = HeldOffice {
        organisation: organisation(BRANCH),
        organisation_kind: OrganisationKind::Branch,
        is_university: false,
        office: OfficeKind::BranchSecretary,
    };
    CandidateEvent::LiaisonAssigned { liaison: person(liaison), office, since: date(since) }
}

pub fn ended(liaison: u128, on: &str, reason: LiaisonEnd) -> CandidateEvent {
    CandidateEvent::LiaisonEnded { liaison: person(liaison), on: date(on), reason }
}

pub fn talked(talk: u32, talker: u128, held_on: &str) -> CandidateEvent {
    let content = TalkContent {
        place: None,
        topics: Vec::new().into(),
        gist: text("谈了教学与科研").into(),
        wishes: None,
        follow_up: None,
    };
    CandidateEvent::TalkRecorded {
        talk,
        talker: person(talker),
        held_on: date(held_on),
        form: TalkForm::Single,
        content,
        fingerprint: None,
    }
}

pub fn corrected(talk: u32, held_on: &str) -> CandidateEvent {
    let correction = TalkCorrection { held_on: Some(date(held_on)), ..TalkCorrection::default() };
    CandidateEvent::TalkCorrected { talk, correction, reason: text("日期有误").into() }
}

pub fn at_noon(day: &str) -> Timestamp {
    // Noon in Asia/Shanghai.
    format!("{day}T04:00:00Z").parse().unwrap()
}

pub fn day(text: &str) -> Date {
    date(text)
}

fn metadata(position: i64, subject: Uuid, recorded: &str) -> Metadata {
    let id = Uuid::from_u128(u128::try_from(position).unwrap());
    Metadata {
        principal: Uuid::from_u128(9000),
        actor_person: Some(Uuid::from_u128(4)),
        policy_version: Some("2021-09-06".into()),
        ..peiyu_contracts::testing::metadata(id, at_noon(recorded), id, subject)
    }
}
