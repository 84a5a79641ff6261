//! A feed of invented people as years of use leave it: everybody's registration first, then the pool, liaisons and
//! talks, five sealed events each; written by COPY, so that a million take a minute.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::Date;
use peiyu_contracts::{Metadata, Origin};
use peiyu_domain::AnyEvent;
use peiyu_domain::Event;
use peiyu_domain::candidate::{CandidateEvent, TalkContent};
use peiyu_domain::organisation::HeldOffice;
use peiyu_domain::person::PersonEvent;
use peiyu_domain::person::events::{Field, Record, Source};
use peiyu_domain::values::{
    Basis, Category, OfficeKind, OrganisationId, OrganisationKind, PersonId, TalkForm, Text,
};
use peiyu_projector::Feed;
use peiyu_store::Store;
use peiyu_vault::{MasterKey, PlainPayload, Vault};
use sqlx::PgPool;
use uuid::Uuid;

use crate::machine::Machine;

/// Events of each person.
pub const EVENTS_EACH: usize = 5;
/// People sealed and written at once.
const AT_ONCE: usize = 1000;
/// Units, with so many rooms each.
pub const UNITS: usize = 40;
pub const ROOMS: usize = 5;
/// People to whom each liaison is assigned.
pub const EACH_LIAISON: usize = 8;

/// A database with a feed and empty read models.
pub struct Filled {
    /// Events and read models.
    pub pool: PgPool,
    /// The feed, with its keys.
    pub feed: Feed,
    /// Everybody.
    pub people: Vec<Uuid>,
}

/// Makes a database of that many people, all of whose events are sequenced.
pub async fn filled(machine: &Machine, name: &str, people: usize) -> anyhow::Result<Filled> {
    let store = machine.store(name, 8).await?;
    let pool = store.pool().clone();
    let keys = format!("{name}_keys");
    machine.postgres.create_database(&keys).await?;
    let keys = peiyu_vault::connect(&machine.postgres.url(&keys), 4).await?;
    peiyu_vault::migrate(&keys).await?;
    let vault = Vault::open(keys, &MasterKey::create(&machine.file(&format!("{name}.key")))?).await?;
    peiyu_views::generation::migrate(&pool).await?;
    let people: Vec<Uuid> = (0..people).map(|_| Uuid::now_v7()).collect();
    sqlx::query("alter table store.events disable trigger user").execute(&pool).await?;
    for phase in 0..4 {
        for (chunk, ids) in people.chunks(AT_ONCE).enumerate() {
            write(&store, &vault, &people, ids, chunk * AT_ONCE, phase).await?;
        }
    }
    sqlx::query("alter table store.events enable trigger user").execute(&pool).await?;
    for statement in [
        "insert into store.feed (position, no) select row_number() over (order by no), no from store.events",
        "update store.feed_head set last_position = (select count(*) from store.feed)",
        "analyze store.events",
        "analyze store.feed",
    ] {
        let mut connection = pool.acquire().await?.detach();
        sqlx::query("set statement_timeout = 0").execute(&mut connection).await?;
        sqlx::query(statement).execute(&mut connection).await?;
    }
    Ok(Filled { pool, feed: Feed::new(store, vault), people })
}

async fn write(
    store: &Store,
    vault: &Vault,
    people: &[Uuid],
    ids: &[Uuid],
    first: usize,
    phase: usize,
) -> anyhow::Result<()> {
    vault.ensure_keys(ids).await?;
    let mut events = Vec::new();
    for (number, id) in (first..).zip(ids) {
        for (sequence, event) in (1..).zip(of_phase(phase, number, people)?) {
            let before = match (&event, phase) {
                (AnyEvent::Candidate(_), later) => i64::try_from(later)? - 1,
                _ => 0,
            };
            events.push((*id, before + sequence, event, Uuid::now_v7()));
        }
    }
    let payloads: Vec<serde_json::Value> =
        events.iter().map(|(_, _, event, _)| payload(event)).collect::<Result<_, _>>()?;
    let plain: Vec<PlainPayload<'_>> = events
        .iter()
        .zip(&payloads)
        .map(|((id, _, _, event_id), payload)| PlainPayload { subject: *id, event_id: *event_id, payload })
        .collect();
    let sealed = vault.seal_many(&plain).await?;
    let mut lines = String::new();
    for ((id, sequence, event, event_id), sealed) in events.iter().zip(&sealed) {
        let metadata = serde_json::to_string(&metadata(*event_id, *id, occurred_on(event)))?;
        let (payload, metadata) = (escaped(sealed), escaped(&metadata));
        writeln!(
            lines,
            "{}\t{id}\t{sequence}\t{}\t1\t{payload}\t{metadata}\t{event_id}\t{}\t\\N",
            event.aggregate(),
            event.name(),
            recorded_at(),
        )?;
    }
    let mut connection = store.pool().acquire().await?;
    let mut copy = connection
        .copy_in_raw(
            "copy store.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
             metadata, event_id, recorded_at, occurred_on) from stdin",
        )
        .await?;
    copy.send(lines.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}

fn payload(event: &AnyEvent) -> serde_json::Result<serde_json::Value> {
    match event {
        AnyEvent::Person(event) => serde_json::to_value(event),
        AnyEvent::Candidate(event) => serde_json::to_value(event),
        other => serde_json::to_value(other.name()),
    }
}

fn occurred_on(event: &AnyEvent) -> Option<Date> {
    match event {
        AnyEvent::Person(event) => event.occurred_on(),
        AnyEvent::Candidate(event) => event.occurred_on(),
        _ => None,
    }
}

/// Backslashes of JSON, which COPY would read itself.
fn escaped(json: &str) -> String {
    json.replace('\\', "\\\\")
}

fn recorded_at() -> Timestamp {
    // 2026-03-01, noon in Asia/Shanghai.
    Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(1_772_337_600)
}

fn metadata(event_id: Uuid, subject: Uuid, occurred_on: Option<Date>) -> Metadata {
    Metadata {
        occurred_on,
        actor_person: Some(Uuid::from_u128(4)),
        policy_version: Some("2021-09-06".to_owned()),
        origin: Origin::Import,
        ..peiyu_contracts::testing::metadata(event_id, recorded_at(), event_id, subject)
    }
}

fn of_phase(phase: usize, number: usize, people: &[Uuid]) -> anyhow::Result<Vec<AnyEvent>> {
    let day = |offset: usize| {
        let days = jiff::Span::new().days(i64::try_from((number + offset) % 300).unwrap_or(0));
        jiff::civil::date(2025, 9, 1).checked_add(days)
    };
    let liaison = PersonId(people[number - number % EACH_LIAISON]);
    Ok(match phase {
        0 => vec![AnyEvent::Person(registered(number)), AnyEvent::Person(assessed(number))],
        1 => vec![AnyEvent::Candidate(CandidateEvent::PoolEntered { on: day(0)? })],
        2 => {
            let office = HeldOffice {
                organisation: OrganisationId(Uuid::from_u128(1 + (number % UNITS) as u128)),
                organisation_kind: OrganisationKind::Branch,
                is_university: false,
                office: OfficeKind::BranchSecretary,
            };
            vec![AnyEvent::Candidate(CandidateEvent::LiaisonAssigned { liaison, office, since: day(3)? })]
        }
        _ => {
            let content = TalkContent {
                place: Some(Text::new("教学楼三层会议室")?.into()),
                topics: vec![Text::new("思想")?, Text::new("科研")?].into(),
                gist: Text::new(&"谈了教学与科研，关心家庭与身体，希望参加组织的学习。".repeat(3))?.into(),
                wishes: None,
                follow_up: None,
            };
            vec![AnyEvent::Candidate(CandidateEvent::TalkRecorded {
                talk: 1,
                talker: liaison,
                held_on: day(20)?,
                form: TalkForm::Single,
                content,
                fingerprint: None,
            })]
        }
    })
}

/// The unit of the person with that number.
pub fn unit(number: usize) -> String {
    format!("第{:02}学院", number % UNITS)
}

/// Their room.
pub fn room(number: usize) -> String {
    format!("第{:02}-{}教研室", number % UNITS, number / UNITS % ROOMS)
}

/// Their staff number.
pub fn staff_number(number: usize) -> String {
    format!("{number:07}")
}

fn registered(number: usize) -> PersonEvent {
    const SURNAMES: &[&str] = &["张", "王", "李", "赵", "陈", "刘", "杨", "黄", "周", "吴", "单", "曾"];
    const GIVEN: &[&str] = &["一", "晓明", "建国", "丽华", "文博", "思远", "雨桐", "志强", "海燕", "子涵"];
    let name = format!("{}{}", SURNAMES[number % SURNAMES.len()], GIVEN[number / 7 % GIVEN.len()]);
    let record = Record::from([
        (Field::Name, name),
        (Field::StaffNumber, staff_number(number)),
        (Field::Unit, unit(number)),
        (Field::Room, room(number)),
        (Field::Sex, if number.is_multiple_of(2) { "男" } else { "女" }.to_owned()),
        (Field::BornOn, format!("19{:02}-0{}", 60 + number % 35, 1 + number % 9)),
        (Field::Education, "博士研究生".to_owned()),
        (Field::Degree, "博士".to_owned()),
        (Field::Title, "副教授".to_owned()),
        (Field::PoliticalStatus, "群众".to_owned()),
        (Field::Email, format!("p{number}@example.edu")),
        (Field::Phone, format!("555{number:08}")),
    ]);
    PersonEvent::PersonRegistered { record: record.into(), source: Source::Roster, import: None, row: None }
}

fn assessed(number: usize) -> PersonEvent {
    let categories = match number % 4 {
        0 => vec![Category::SeniorTitle],
        _ => vec![Category::Doctor, Category::SeniorTitle],
    };
    PersonEvent::EligibilityAssessed { key_group: true, basis: Vec::<Basis>::new(), categories }
}
