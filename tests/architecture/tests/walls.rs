//! The walls of the house: which room may know which, held by the crates' own dependencies.

#![expect(clippy::unwrap_used, reason = "a test may fall over")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Room, the rooms of ours that it may know, and why.
const WALLS: &[(&str, &[&str], &str)] = &[
    ("peiyu-contracts", &[], "what is promised to the outside rests on nothing"),
    ("peiyu-domain", &["contracts"], "the domain is pure: no store, no bus, no service"),
    ("peiyu-platform", &["contracts"], "every service stands on it, so it knows none"),
    ("peiyu-language", &["contracts", "domain"], "sentences for the domain's codes"),
    ("peiyu-store", &["contracts", "platform"], "the store knows sealed bytes, not deciders"),
    ("peiyu-vault", &["contracts", "platform"], "keys know neither events nor rules"),
    ("peiyu-bus", &["contracts", "platform"], "the bus knows nothing of our domain"),
    ("peiyu-workbooks", &["contracts", "domain", "platform"], "files and values only"),
    (
        "peiyu-views",
        &["contracts", "domain", "platform", "vault"],
        "read models know the feed, not the store",
    ),
    ("peiyu-servers", &["contracts", "platform"], "it starts servers and asks nothing"),
    (
        "peiyu-application",
        &["contracts", "domain", "platform", "store", "vault", "workbooks"],
        "commands: facts, decision, append",
    ),
    (
        "peiyu-pages",
        &["contracts", "language", "platform"],
        "pages are a client of the HTTP interface like any other: they know neither rules nor tables",
    ),
    (
        "peiyu-relay",
        &["contracts", "platform", "store", "bus"],
        "the relay carries events that it does not understand",
    ),
    (
        "peiyu-projector",
        &["contracts", "domain", "platform", "store", "vault", "bus", "views"],
        "the projector reads the feed and writes read models; it appends nothing",
    ),
    (
        "peiyu-letters",
        &["contracts", "domain", "language", "views"],
        "letters are written from a plan; they neither plan nor send",
    ),
    (
        "peiyu-notifier",
        &["contracts", "domain", "platform", "store", "vault", "views", "application", "letters"],
        "the notifier appends through the application",
    ),
    (
        "peiyu-api",
        &[
            "contracts",
            "domain",
            "platform",
            "store",
            "vault",
            "views",
            "application",
            "language",
            "letters",
            "workbooks",
            "pages",
        ],
        "the api appends through the application and asks read models",
    ),
];

/// Crates from outside that only some rooms may use.
const TOOLS: &[(&str, &[&str], &str)] = &[
    ("aes-gcm-siv", &["vault"], "only the vault may seal and unseal"),
    ("lettre", &["notifier"], "only the notifier sends mail"),
    ("calamine", &["workbooks"], "only workbooks reads spreadsheets"),
    ("rust_xlsxwriter", &["workbooks"], "only workbooks writes spreadsheets"),
    ("cqrs-es", &["application", "store"], "the domain and the services do not know the framework"),
    (
        "axum",
        &["api", "pages", "platform"],
        "HTTP is served by the api and its pages, health by the platform",
    ),
    ("argon2", &["api"], "passwords are the api's"),
];

struct House {
    /// Package to the names it depends on outside of tests.
    uses: BTreeMap<String, BTreeSet<String>>,
}

fn house() -> House {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let uses = metadata
        .packages
        .iter()
        .map(|package| {
            let used = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind == DependencyKind::Normal)
                .map(|dependency| dependency.name.clone())
                .collect();
            (package.name.to_string(), used)
        })
        .collect();
    House { uses }
}

#[test]
fn no_room_knows_more_than_its_wall_allows() {
    let house = house();
    let mut offenders = Vec::new();
    for (room, allowed, rule) in WALLS {
        let Some(uses) = house.uses.get(*room) else {
            panic!("{room} is in the list of walls and not in the house: take it out of tests/walls.rs");
        };
        for used in uses.iter().filter_map(|used| used.strip_prefix("peiyu-")) {
            if !allowed.contains(&used) {
                offenders.push(format!(
                    "{room} uses peiyu-{used}, against \"{rule}\": move the code to a room that may know \
                     both, or pass the value in"
                ));
            }
        }
    }
    assert!(offenders.is_empty(), "{}", offenders.join("\n"));
}

#[test]
fn every_room_has_a_wall() {
    let free = ["peiyu", "peiyu-testing", "peiyu-system", "peiyu-bench", "peiyu-architecture"];
    let missing: Vec<_> = house()
        .uses
        .into_keys()
        .filter(|room| !free.contains(&room.as_str()) && WALLS.iter().all(|(known, _, _)| known != room))
        .collect();
    assert!(missing.is_empty(), "give these rooms a wall in tests/walls.rs: {missing:?}");
}

#[test]
fn no_service_knows_another() {
    let services = ["peiyu-api", "peiyu-relay", "peiyu-projector", "peiyu-notifier"];
    let house = house();
    for service in services {
        let known: Vec<_> =
            house.uses[service].iter().filter(|used| services.contains(&used.as_str())).collect();
        assert!(known.is_empty(), "{service} knows {known:?}: services meet in the store and on the bus");
    }
}

#[test]
fn tools_stay_in_their_rooms() {
    let house = house();
    let mut offenders = Vec::new();
    for (tool, rooms, rule) in TOOLS {
        // The bench measures our rooms against the bare tools, so it alone may take them up.
        for (room, uses) in house.uses.iter().filter(|(room, _)| *room != "peiyu-bench") {
            let room = room.strip_prefix("peiyu-").unwrap_or(room);
            if uses.contains(*tool) && !rooms.contains(&room) {
                offenders.push(format!("{room} uses {tool}, against \"{rule}\""));
            }
        }
    }
    assert!(offenders.is_empty(), "{}", offenders.join("\n"));
}

#[test]
fn the_domain_knows_no_runtime() {
    let forbidden = ["tokio", "sqlx", "async-nats", "axum", "reqwest", "cqrs-es", "async-trait", "futures"];
    let uses = &house().uses["peiyu-domain"];
    let found: Vec<_> = forbidden.iter().filter(|name| uses.contains(**name)).collect();
    assert!(found.is_empty(), "the domain is pure and synchronous, but uses {found:?}");
}
