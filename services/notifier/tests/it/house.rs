//! A small university on a real PostgreSQL: events go in sealed, a projector of the test takes them to the read models.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use peiyu_application::{Application, Parts as ApplicationParts};
use peiyu_contracts::Metadata;
use peiyu_domain::AnyEvent;
use peiyu_domain::candidate::{CandidateEvent, TalkContent};
use peiyu_domain::organisation::{HeldOffice, OrganisationEvent, Profile};
use peiyu_domain::person::PersonEvent;
use peiyu_domain::person::events::{Field, Source};
use peiyu_domain::testing::{date, person, text};
use peiyu_domain::values::{OfficeKind, OrganisationId, OrganisationKind, TalkForm};
use peiyu_notifier::{Mailer, Notifier, Parts, Skip, Tally, Tick};
use peiyu_platform::settings::{self, MailLanguage, SmtpSecurity};
use peiyu_platform::{Clock, Settings, Shutdown};
use peiyu_servers::testing::{TestDatabase, database};
use peiyu_store::{Append, Appender, NewEvent, Outcome, Sealed, Store, StreamId, StreamVersion};
use peiyu_vault::{MasterKey, Vault};
use peiyu_views::digests::{self, ExplainedDuty, Numbers, Plan};
use peiyu_views::generation;
use peiyu_views::reminders::{self, Reminder};
use uuid::Uuid;

use peiyu_testing::receiver::{PASSWORD, Receiver, USER};

const UNIVERSITY: u128 = 1001;
pub const SCHOOL: u128 = 1002;
pub const BRANCH: u128 = 1003;
const DEPARTMENT: u128 = 1004;
/// 李书记 of the branch, 王书记 of the school, 赵部长 of the department.
pub const LI: u128 = 2;
pub const WANG: u128 = 3;
pub const ZHAO: u128 = 4;

pub struct House {
    pub store: Store,
    pub clock: Clock,
    pub folder: tempfile::TempDir,
    vault: Vault,
    versions: HashMap<(&'static str, Uuid), i64>,
    databases: (TestDatabase, TestDatabase),
}

/// An instant, by the clock of Shanghai.
pub fn shanghai(moment: &str) -> Timestamp {
    format!("{moment}+08:00").parse().unwrap()
}

impl House {
    pub async fn new(now: &str) -> Self {
        let (events, keys) = (database().await, database().await);
        let store = Store::connect(&events.url, 8).await.unwrap();
        peiyu_store::migrate(store.pool()).await.unwrap();
        generation::migrate(store.pool()).await.unwrap();
        let pool = peiyu_vault::connect(&keys.url, 3).await.unwrap();
        peiyu_vault::migrate(&pool).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let master = MasterKey::create(&folder.path().join("master.key")).unwrap();
        let vault = Vault::open(pool, &master).await.unwrap();
        let clock = Clock::manual(shanghai(now));
        Self { store, clock, folder, vault, versions: HashMap::new(), databases: (events, keys) }
    }

    /// One with the tree and its three officers.
    pub async fn with_tree(now: &str) -> Self {
        use OrganisationKind::{ApprovingCommittee, Branch, Committee, Department};
        let mut house = Self::new(now).await;
        house.organisation(UNIVERSITY, "001", "校党委", ApprovingCommittee, None, ("", "")).await;
        house
            .organisation(SCHOOL, "002", "计算机学院党委", Committee, Some(UNIVERSITY), ("计算机学院", ""))
            .await;
        let place = ("计算机学院", "软件教研室");
        house.organisation(BRANCH, "003", "软件教研室党支部", Branch, Some(SCHOOL), place).await;
        house.organisation(DEPARTMENT, "004", "组织部", Department, Some(UNIVERSITY), ("", "")).await;
        house.person(LI, "李书记", "计算机学院").await;
        house.person(WANG, "王书记", "计算机学院").await;
        house.person(ZHAO, "赵部长", "组织部").await;
        house.office(BRANCH, LI, OfficeKind::BranchSecretary, "2025-09-01").await;
        house.office(SCHOOL, WANG, OfficeKind::Secretary, "2025-09-01").await;
        house.office(DEPARTMENT, ZHAO, OfficeKind::DepartmentHead, "2025-09-01").await;
        // Both leaders accompany somebody with whom they talked the day before: nothing is due of them.
        let yesterday = house.clock.today().yesterday().unwrap().to_string();
        for (candidate, leader) in [(901, LI), (902, WANG)] {
            house.candidate(candidate, leader, "2026-01-05", "2026-01-05").await;
            house.talk(candidate, leader, 1, &yesterday, &yesterday).await;
        }
        house
    }

    /// Appends an event as recorded at noon of a day.
    pub async fn push(&mut self, stream: u128, event: AnyEvent, recorded: &str) {
        let id = Uuid::from_u128(stream);
        self.push_payload((event.aggregate(), id), event.name(), &payload(&event), recorded).await;
    }

    /// Notes what others appended.
    pub fn seen(&mut self, stream: (&'static str, Uuid), version: i64) {
        self.versions.insert(stream, version);
    }

    /// Appends an event of any shape.
    pub async fn push_payload(
        &mut self,
        (kind, id): (&'static str, Uuid),
        name: &str,
        payload: &serde_json::Value,
        recorded: &str,
    ) {
        let version = self.versions.entry((kind, id)).or_default();
        let stream = StreamId::new(kind, id);
        let (event_id, command_id) = (Uuid::now_v7(), Uuid::now_v7());
        self.vault.ensure_keys(&[id]).await.unwrap();
        let sealed = self.vault.seal_payload(id, event_id, payload).await.unwrap();
        let command = Append {
            principal: Uuid::nil(),
            command_id,
            digest: [0; 32],
            answer: "{}".into(),
            writes: vec![StreamVersion { stream: stream.clone(), version: *version }],
            facts: Vec::new(),
            claims: Vec::new(),
            releases: Vec::new(),
            events: vec![NewEvent {
                stream,
                sequence: *version + 1,
                event_type: name.to_owned(),
                event_version: 1,
                payload: Sealed::from_vault(sealed).unwrap(),
                metadata: metadata(event_id, command_id, id, recorded),
            }],
        };
        *version += 1;
        assert_eq!(self.store.append(&[command]).await.unwrap(), [Outcome::Done]);
    }

    async fn organisation(
        &mut self,
        id: u128,
        number: &str,
        name: &str,
        kind: OrganisationKind,
        parent: Option<u128>,
        (unit, room): (&str, &str),
    ) {
        let maybe = |word: &str| (!word.is_empty()).then(|| text(word));
        let profile = Profile {
            number: text(number),
            name: text(name),
            kind,
            parent: parent.map(|id| OrganisationId(Uuid::from_u128(id))),
            unit: maybe(unit),
            room: maybe(room),
            founded_on: None,
        };
        let event = OrganisationEvent::OrganisationRegistered { profile, import: None };
        self.push(id, AnyEvent::Organisation(event), "2025-09-01").await;
    }

    pub async fn office(&mut self, at: u128, who: u128, office: OfficeKind, from: &str) {
        let (person, title) = (person(who), text("书记"));
        let event = OrganisationEvent::OfficeTaken { person, office, title, from: date(from), until: None };
        self.push(at, AnyEvent::Organisation(event), "2025-09-01").await;
    }

    pub async fn office_ended(&mut self, at: u128, who: u128, office: OfficeKind, until: &str) {
        let (person, title, from) = (person(who), text("书记"), date("2025-09-01"));
        let event = OrganisationEvent::OfficeEnded { person, office, title, from, until: date(until) };
        self.push(at, AnyEvent::Organisation(event), until).await;
    }

    /// Somebody of the room with the address `p<number>@example.edu`.
    pub async fn person(&mut self, id: u128, name: &str, unit: &str) {
        self.person_at(id, name, unit, &address(id)).await;
    }

    pub async fn person_at(&mut self, id: u128, name: &str, unit: &str, email: &str) {
        let record = BTreeMap::from([
            (Field::Name, name.to_owned()),
            (Field::StaffNumber, format!("{id:07}")),
            (Field::Unit, unit.to_owned()),
            (Field::Room, "软件教研室".to_owned()),
            (Field::Email, email.to_owned()),
        ]);
        let event = PersonEvent::PersonRegistered {
            record: record.into(),
            source: Source::Roster,
            import: None,
            row: None,
        };
        self.push(id, AnyEvent::Person(event), "2025-09-01").await;
    }

    /// Somebody's address is put right.
    pub async fn new_address(&mut self, id: u128, email: &str) {
        let (field, reason) = (Field::Email, "补填".to_owned().into());
        let event = PersonEvent::PersonCorrected { field, value: email.to_owned().into(), reason };
        self.push(id, AnyEvent::Person(event), "2026-11-24").await;
    }

    /// A candidate whom `liaison` accompanies, both recorded on the day.
    pub async fn candidate(&mut self, id: u128, liaison: u128, since: &str, recorded: &str) {
        self.person(id, &format!("对象{id}"), "计算机学院").await;
        let entered = CandidateEvent::PoolEntered { on: date(since) };
        self.push(id, AnyEvent::Candidate(entered), recorded).await;
        let office = HeldOffice {
            organisation: OrganisationId(Uuid::from_u128(BRANCH)),
            organisation_kind: OrganisationKind::Branch,
            is_university: false,
            office: OfficeKind::BranchSecretary,
        };
        let assigned =
            CandidateEvent::LiaisonAssigned { liaison: person(liaison), office, since: date(since) };
        self.push(id, AnyEvent::Candidate(assigned), recorded).await;
    }

    pub async fn talk(&mut self, candidate: u128, talker: u128, number: u32, held_on: &str, recorded: &str) {
        let content = TalkContent {
            place: None,
            topics: Vec::new().into(),
            gist: text("谈了思想").into(),
            wishes: None,
            follow_up: None,
        };
        let event = CandidateEvent::TalkRecorded {
            talk: number,
            talker: person(talker),
            held_on: date(held_on),
            form: TalkForm::Single,
            content,
            fingerprint: None,
        };
        self.push(candidate, AnyEvent::Candidate(event), recorded).await;
    }

    /// Gives positions and brings every read model to the head.
    pub async fn catch_up(&self) {
        peiyu_testing::project(&self.store, &self.vault).await;
    }

    pub fn application(&self) -> Application {
        Application::new(ApplicationParts {
            store: self.store.clone(),
            appender: Appender::start(self.store.clone(), tokio_util::sync::CancellationToken::new()),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            tenant: "test".into(),
        })
    }

    pub fn settings(&self, smtp: Option<settings::Smtp>) -> Settings {
        let value = serde_json::json!({
            "tenant": "test", "data": self.folder.path(),
            "database": { "url": "postgres://unused", "keys_url": "postgres://unused" },
            "nats": { "url": "nats://unused" },
            "http": { "listen": "127.0.0.1:0", "public_url": "https://peiyu.example.edu" },
            "vault": { "master_key_file": self.folder.path().join("master.key") },
        });
        let settings: Settings = serde_json::from_value(value).unwrap();
        Settings { smtp, ..settings }
    }

    /// Settings with which the whole service runs.
    pub fn running_settings(&self, smtp: Option<settings::Smtp>) -> Settings {
        let mut settings = self.settings(smtp);
        settings.database.url = self.databases.0.url.clone().into();
        settings.database.keys_url = self.databases.1.url.clone().into();
        settings
    }

    /// A notifier that writes files, or one that speaks to a mail server.
    pub fn notifier(&self, smtp: Option<settings::Smtp>) -> Notifier {
        self.notifier_in(MailLanguage::Zh, smtp)
    }

    /// One that writes in a language.
    pub fn notifier_in(&self, language: MailLanguage, smtp: Option<settings::Smtp>) -> Notifier {
        self.notifier_at(60_000, language, smtp)
    }

    /// One that sends so many mails a minute.
    pub fn notifier_at(
        &self,
        mails_per_minute: u32,
        language: MailLanguage,
        smtp: Option<settings::Smtp>,
    ) -> Notifier {
        let settings = self.settings(smtp);
        Notifier::new(Parts {
            application: self.application(),
            mailer: Mailer::new(&settings).unwrap(),
            public_url: settings.http.public_url,
            reminders: settings::Reminders { language, mails_per_minute, ..settings::Reminders::default() },
            retry_after: Duration::from_millis(20),
        })
    }

    /// Ticks once all views stand at the head.
    pub async fn tick(&self, notifier: &Notifier) -> Tick {
        loop {
            self.catch_up().await;
            let tick = notifier.tick(&Shutdown::new()).await.unwrap();
            if tick != Tick::Skipped(Skip::Resting) {
                self.catch_up().await;
                return tick;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub async fn tick_at(&self, moment: &str, notifier: &Notifier) -> Tick {
        self.clock.set(shanghai(moment));
        self.tick(notifier).await
    }

    pub async fn plan(&self, day: &str) -> Plan {
        self.catch_up().await;
        let application = self.application();
        let policy = application.policy_today().await.unwrap();
        let numbers = Numbers { policy: &policy, calendar: application.calendar() };
        digests::plan(self.store.pool(), date(day), numbers).await.unwrap()
    }

    pub async fn explain(&self, who: u128) -> Vec<ExplainedDuty> {
        self.catch_up().await;
        let application = self.application();
        let policy = application.policy_today().await.unwrap();
        let numbers = Numbers { policy: &policy, calendar: application.calendar() };
        let now = peiyu_notifier::now_in_shanghai(self.clock.now());
        digests::explain(self.store.pool(), person(who), now, numbers).await.unwrap()
    }

    /// Every digest on record, latest day first.
    pub async fn reminders(&self) -> Vec<Reminder> {
        self.catch_up().await;
        reminders::list(
            self.store.pool(),
            &reminders::Filter::default(),
            &peiyu_views::places::Sight::Everybody,
            200,
        )
        .await
        .unwrap()
    }
}

pub fn address(id: u128) -> String {
    format!("p{id}@example.edu")
}

/// What a tick that carried out a plan did.
#[track_caller]
pub fn tally(tick: Tick) -> Tally {
    match tick {
        Tick::Done(tally) => tally,
        Tick::Skipped(skip) => panic!("nothing was sent: {skip:?}"),
    }
}

#[track_caller]
pub fn sent(tick: Tick) -> u32 {
    tally(tick).sent
}

/// Speaks to a receiver without encryption, which is allowed on one's own machine.
pub fn plain(receiver: &Receiver) -> settings::Smtp {
    settings::Smtp {
        host: "localhost".into(),
        port: receiver.port,
        security: SmtpSecurity::None,
        user: None,
        password: None,
        ca_file: None,
        from: "培育系统 <peiyu@example.edu>".into(),
        timeout_seconds: 2,
    }
}

pub fn signed_in(smtp: settings::Smtp) -> settings::Smtp {
    settings::Smtp { user: Some(USER.into()), password: Some(PASSWORD.to_owned().into()), ..smtp }
}

fn payload(event: &AnyEvent) -> serde_json::Value {
    match event {
        AnyEvent::Person(event) => serde_json::to_value(event),
        AnyEvent::Candidate(event) => serde_json::to_value(event),
        AnyEvent::Organisation(event) => serde_json::to_value(event),
        AnyEvent::Import(event) => serde_json::to_value(event),
        AnyEvent::Installation(event) => serde_json::to_value(event),
        other => panic!("{} is not seeded here", other.name()),
    }
    .unwrap()
}

fn metadata(event_id: Uuid, command_id: Uuid, subject: Uuid, recorded: &str) -> Metadata {
    let recorded_at = shanghai(&format!("{recorded}T12:00:00"));
    Metadata {
        principal: Uuid::nil(),
        ..peiyu_contracts::testing::metadata(event_id, recorded_at, command_id, subject)
    }
}
