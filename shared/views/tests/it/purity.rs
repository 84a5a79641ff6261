//! Read models are functions of the feed: however it is cut, given twice or replayed, the rows are the same.

use peiyu_domain::AnyEvent;
use peiyu_domain::candidate::events::LiaisonEnd;
use peiyu_domain::person::PersonEvent;
use peiyu_domain::person::events::Field;
use peiyu_domain::values::OfficeKind;
use peiyu_views::{Content, View, apply, rebuild};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{BRANCH, Feed, House, assigned, corrected, ended, entered, house, left, talked};

/// Streams of one case.
const STREAMS: u128 = 4;

#[derive(Debug, Clone)]
struct Case {
    /// Stream, kind of event, and whether it cannot be read.
    events: Vec<(u128, u8, bool)>,
    /// Events of a page, and whether the page before is given once more, as after a restart.
    pages: Vec<(usize, bool)>,
}

fn cases() -> impl Strategy<Value = Case> {
    let events = proptest::collection::vec((0..STREAMS, 0_u8..10, prop::bool::weighted(0.04)), 1..60);
    let pages = proptest::collection::vec((1_usize..12, prop::bool::weighted(0.3)), 60);
    (events, pages).prop_map(|(events, pages)| Case { events, pages })
}

/// Any event, whether it makes sense there or not: what does not is parked, and that too must always be the same.
fn push(feed: &mut Feed, stream: u128, kind: u8) {
    let day = "2026-05-01";
    let talks =
        feed.0.iter().filter(|one| one.aggregate_id.as_u128() == stream && one.event_type == "TalkRecorded");
    let next = u32::try_from(talks.count()).unwrap() + 1;
    match kind {
        0 => feed.person(stream, "单小曾", "计算机学院", "软件\t教研室\\"),
        1 => feed.candidate(stream, entered("2026-03-01"), day),
        2 => feed.candidate(stream, left("2026-04-01"), day),
        3 => feed.candidate(stream, assigned(2, "2026-03-05"), day),
        4 => feed.candidate(stream, ended(2, "2026-04-10", LiaisonEnd::HandOver), day),
        5 | 6 => feed.candidate(stream, talked(next, 2, "2026-04-02"), day),
        7 => feed.candidate(stream, corrected(next, "2026-04-03"), day),
        8 => feed.office(BRANCH, stream, OfficeKind::BranchSecretary, "2026-01-01", None),
        _ => {
            // A value that the database itself refuses.
            let value = if stream.is_multiple_of(2) { "a\u{0}b" } else { "备注" };
            let event = PersonEvent::PersonCorrected {
                field: Field::Remark,
                value: value.to_owned().into(),
                reason: "x".to_owned().into(),
            };
            feed.push(stream, AnyEvent::Person(event), day)
        }
    };
}

/// Rows and parked events of every read model.
async fn everything(house: &House) -> Vec<String> {
    let mut all: Vec<String> = sqlx::query_scalar(
        "select format('%s %s %s %s %s', c.name, p.aggregate_type, p.stream, p.position, p.reason) \
         from views.current c join views.parked p on p.schema = c.schema order by 1",
    )
    .fetch_all(&house.pool)
    .await
    .unwrap();
    for view in View::ALL {
        all.extend(house.content(*view).await);
    }
    all
}

#[test]
fn views_are_pure() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(house());
    let mut feed = Feed::default();
    feed.tree();
    runtime.block_on(house.project(&feed));
    let feed = std::sync::Mutex::new(feed);
    let first = std::sync::atomic::AtomicU32::new(10_000);
    let mut runner = TestRunner::new(Config { cases: 8, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&cases(), |case| {
        let first = u128::from(first.fetch_add(10, std::sync::atomic::Ordering::SeqCst));
        let mut feed = feed.lock().unwrap();
        let mut given = feed.0.len();
        for (stream, kind, is_bad) in &case.events {
            push(&mut feed, first + stream, *kind);
            if *is_bad && let Some(last) = feed.0.last_mut() {
                last.content = Content::Unreadable;
            }
        }
        runtime.block_on(async {
            let mut before = given;
            for (size, again) in &case.pages {
                let end = feed.0.len().min(given + size);
                let begin = if *again { before } else { given };
                for view in View::ALL {
                    apply::apply_page(&house.pool, *view, &feed.0[begin..end]).await.unwrap();
                }
                (before, given) = (given, end);
            }
            for view in View::ALL {
                apply::apply_page(&house.pool, *view, &feed.0[given..]).await.unwrap();
            }
            let live = everything(&house).await;
            rebuild::rebuild(&house.pool, View::ALL, &*feed, rebuild::Start::Again, &mut |_, _| {})
                .await
                .unwrap();
            prop_assert_eq!(&everything(&house).await, &live, "replayed stream by stream");
            Ok(())
        })
    });
    outcome.unwrap();
    let feed = feed.into_inner().unwrap();
    assert!(feed.0.len() > 100);
    runtime.block_on(async {
        let alone = crate::support::house().await;
        alone.project(&feed).await;
        assert_eq!(everything(&alone).await, everything(&house).await, "in pages of 100");
    });
}
