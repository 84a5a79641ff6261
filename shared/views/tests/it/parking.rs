//! Parked streams: whatever operators and projectors do at once, every stream's events go in once and in order.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use peiyu_views::parked::{self, By, Which};
use peiyu_views::{Applied, Content, PageSource, SourceError, View, ViewError, apply, rebuild, verify};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use crate::support::{Feed, House, assigned, at_noon, entered, house, person, talked};

pub const VIEW: View = View::Candidates;

pub fn by() -> By<'static> {
    By { who: "operator", why: "the test", at: at_noon("2026-06-01"), request: None }
}

pub fn which(stream: u128) -> Which {
    Which { view: VIEW, aggregate: "candidate".to_owned(), stream: Uuid::from_u128(stream) }
}

/// A feed whose bad events become readable once their stream is mended.
pub struct Mendable {
    pub events: Mutex<Feed>,
    pub bad: Mutex<BTreeSet<i64>>,
    pub mended: Mutex<BTreeSet<Uuid>>,
    given: AtomicI64,
}

impl Mendable {
    pub fn new() -> Self {
        Self {
            events: Mutex::default(),
            bad: Mutex::default(),
            mended: Mutex::default(),
            given: AtomicI64::new(0),
        }
    }

    /// An assignment of a liaison with the number of the position: the rows then tell order and number.
    pub fn push(&self, stream: u128, is_bad: bool) {
        let mut events = self.events.lock().unwrap();
        let liaison = u128::try_from(events.head()).unwrap() + 1;
        events.candidate(stream, assigned(liaison, "2026-03-02"), "2026-03-02");
        if is_bad {
            self.bad.lock().unwrap().insert(events.head());
        }
    }

    fn read(&self, positions: &[i64]) -> Vec<Applied> {
        let (events, bad, mended) =
            (self.events.lock().unwrap(), self.bad.lock().unwrap(), self.mended.lock().unwrap());
        let read = |position: &i64| {
            let mut event = events.0[usize::try_from(position - 1).unwrap()].clone();
            if bad.contains(position) && !mended.contains(&event.aggregate_id) {
                event.content = Content::Unreadable;
            }
            event
        };
        positions.iter().map(read).collect()
    }

    fn of(&self, stream: u128) -> Vec<i64> {
        let events = self.events.lock().unwrap();
        let of_stream = events.0.iter().filter(|one| one.aggregate_id == Uuid::from_u128(stream));
        of_stream.map(|one| one.position).collect()
    }
}

impl PageSource for Mendable {
    async fn head(&self) -> Result<i64, SourceError> {
        Ok(self.events.lock().unwrap().head())
    }

    async fn page(&self, after: i64) -> Result<Vec<Applied>, SourceError> {
        let head = self.head().await?;
        Ok(self.read(&(after + 1..=head.min(after + 50)).collect::<Vec<i64>>()))
    }

    async fn at(&self, positions: &[i64]) -> Result<Vec<Applied>, SourceError> {
        Ok(self.read(positions))
    }

    async fn streams(
        &self,
        kind: &str,
        after: Option<Uuid>,
        up_to: i64,
    ) -> Result<Vec<Applied>, SourceError> {
        let feed = self.events.lock().unwrap().clone();
        let page = feed.streams(kind, after, up_to).await?;
        Ok(self.read(&page.iter().map(|one| one.position).collect::<Vec<i64>>()))
    }
}

#[derive(Debug, Clone)]
enum Doing {
    Retry(usize),
    Skip(usize),
    Mend(usize),
    Rebuild,
}

#[derive(Debug, Clone)]
struct Case {
    /// Which stream each event is of, and whether it is bad.
    arrivals: Vec<(usize, bool)>,
    /// Events of each page.
    pages: Vec<usize>,
    doings: Vec<Doing>,
}

const STREAMS: usize = 3;

fn cases() -> impl Strategy<Value = Case> {
    let doing = prop_oneof![
        6 => (0..STREAMS).prop_map(Doing::Retry),
        3 => (0..STREAMS).prop_map(Doing::Skip),
        2 => (0..STREAMS).prop_map(Doing::Mend),
        1 => Just(Doing::Rebuild),
    ];
    let arrivals = proptest::collection::vec((0..STREAMS, prop::bool::weighted(0.2)), 1..30);
    let doings = proptest::collection::vec(doing, 0..14);
    (arrivals, proptest::collection::vec(1_usize..6, 30), doings).prop_map(|(arrivals, pages, doings)| Case {
        arrivals,
        pages,
        doings,
    })
}

/// The liaisons of a stream's assignments in the order in which they went in: the positions of their events.
pub async fn applied(house: &House, stream: u128) -> Vec<i64> {
    let select = "select liaison from views.assignments where candidate = $1 order by number";
    let rows: Vec<Uuid> =
        sqlx::query_scalar(select).bind(Uuid::from_u128(stream)).fetch_all(&house.pool).await.unwrap();
    rows.into_iter().map(|liaison| i64::try_from(liaison.as_u128()).unwrap()).collect()
}

pub async fn skipped(house: &House, stream: u128) -> BTreeSet<i64> {
    let select = "select position from views.skipped where name = 'candidates' and stream = $1";
    let rows: Vec<i64> =
        sqlx::query_scalar(select).bind(Uuid::from_u128(stream)).fetch_all(&house.pool).await.unwrap();
    rows.into_iter().collect()
}

pub async fn waiting(house: &House, stream: u128) -> Vec<i64> {
    let events = parked::events(&house.pool, &which(stream), 0, 1000).await.unwrap();
    events.into_iter().map(|event| event.position).collect()
}

async fn arrive(house: &House, feed: &Mendable, case: &Case, first: u128) {
    let mut arrivals = case.arrivals.iter();
    for size in &case.pages {
        for (stream, is_bad) in arrivals.by_ref().take(*size) {
            feed.push(first + *stream as u128, *is_bad);
        }
        let page = feed.page(feed.given.load(Ordering::SeqCst)).await.unwrap();
        let given = apply::apply_page(&house.pool, VIEW, &page).await.unwrap();
        feed.given.fetch_max(given, Ordering::SeqCst);
    }
}

async fn operate(house: &House, feed: &Mendable, case: &Case, first: u128) {
    for doing in &case.doings {
        match doing {
            Doing::Mend(stream) => {
                let stream = Uuid::from_u128(first + *stream as u128);
                feed.mended.lock().unwrap().insert(stream);
            }
            Doing::Retry(stream) => retry(house, feed, first + *stream as u128).await,
            Doing::Skip(stream) => {
                let stream = first + *stream as u128;
                let Some(position) = waiting(house, stream).await.first().copied() else { continue };
                match parked::skip(&house.pool, &which(stream), position, by()).await {
                    Ok(_) | Err(ViewError::NotParked { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            Doing::Rebuild => {
                rebuild::rebuild(&house.pool, &[VIEW], feed, rebuild::Start::Again, &mut |_, _| {})
                    .await
                    .unwrap();
            }
        }
    }
}

async fn retry(house: &House, feed: &Mendable, stream: u128) {
    retry_of(house, feed, &which(stream)).await;
}

pub async fn retry_of(house: &House, feed: &Mendable, which: &Which) {
    loop {
        match parked::retry(&house.pool, which, feed, by()).await {
            Ok(retried) if retried.parked > 0 && retried.stuck.is_none() => {}
            Ok(_) | Err(ViewError::NotParked { .. }) => return,
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn parking_keeps_order() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(house());
    let feed = Mendable::new();
    let next = AtomicI64::new(1_000_000);
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&cases(), |case| {
        // Streams of its own for each case, on one feed that goes on.
        let first = u128::try_from(next.fetch_add(10, Ordering::SeqCst)).unwrap();
        runtime.block_on(async {
            tokio::join!(
                arrive(&house, &feed, &case, first),
                operate(&house, &feed, &case, first),
                operate(&house, &feed, &case, first),
            );
            for stream in (0..STREAMS).map(|stream| first + stream as u128) {
                let (skipped, waiting) = (skipped(&house, stream).await, waiting(&house, stream).await);
                let wanted: Vec<i64> =
                    feed.of(stream).into_iter().filter(|at| !skipped.contains(at)).collect();
                let stuck_at = waiting.first().copied().unwrap_or(i64::MAX);
                let (before, behind): (Vec<i64>, Vec<i64>) =
                    wanted.iter().copied().partition(|at| *at < stuck_at);
                prop_assert_eq!(applied(&house, stream).await, before, "in order, once, up to what waits");
                prop_assert_eq!(waiting, behind, "everything behind it waits");
                feed.mended.lock().unwrap().insert(Uuid::from_u128(stream));
                retry(&house, &feed, stream).await;
                prop_assert_eq!(
                    applied(&house, stream).await,
                    wanted,
                    "nothing is lost but what was skipped"
                );
            }
            Ok(())
        })
    });
    outcome.unwrap();
    runtime.block_on(async {
        let reports = verify::verify(&house.pool, &[VIEW], &feed, &mut |_, _| {}).await.unwrap();
        assert!(reports[0].differences.is_empty() && reports[0].parked_streams == 0, "{:?}", reports[0]);
    });
}

#[tokio::test]
async fn a_stuck_stream_is_listed_retried_skipped_and_every_step_is_on_record() {
    let house = house().await;
    let feed = Mendable::new();
    for (stream, is_bad) in [(1, false), (2, false), (1, true), (1, false), (2, false), (1, true), (1, false)]
    {
        feed.push(stream, is_bad);
    }
    apply::apply_page(&house.pool, VIEW, &feed.page(0).await.unwrap()).await.unwrap();
    let counts = parked::count(&house.pool, &VIEW.into()).await.unwrap();
    assert_eq!((counts.streams, counts.events, counts.skipped), (1, 4, 0));
    let listed = parked::list(&house.pool, VIEW, &VIEW.into(), 0, 10).await.unwrap();
    assert_eq!((listed[0].position, listed[0].reason.as_str(), listed[0].events), (3, "unreadable", 4));
    assert_eq!(parked::of_id(&house.pool, VIEW, Uuid::from_u128(1)).await.unwrap(), [which(1)]);

    let retried = parked::retry(&house.pool, &which(1), &feed, by()).await.unwrap();
    assert_eq!((retried.applied, retried.parked), (0, 4));
    assert_eq!(retried.stuck, Some((3, "unreadable".to_owned())));
    let refused = parked::skip(&house.pool, &which(1), 4, by()).await;
    assert!(matches!(refused, Err(ViewError::NotParked { at: Some(4), .. })), "only the first may go");
    assert_eq!(parked::skip(&house.pool, &which(1), 3, by()).await.unwrap(), 3);
    let retried = parked::retry(&house.pool, &which(1), &feed, by()).await.unwrap();
    assert_eq!((retried.applied, retried.parked, retried.stuck.map(|(at, _)| at)), (1, 2, Some(6)));
    feed.mended.lock().unwrap().insert(Uuid::from_u128(1));
    let retried = parked::retry(&house.pool, &which(1), &feed, by()).await.unwrap();
    assert_eq!((retried.applied, retried.parked, retried.stuck), (2, 0, None));
    assert_eq!(applied(&house, 1).await, [1, 4, 6, 7]);

    let record: Vec<(String, String, String, i64, i64, i64)> = sqlx::query_as(
        "select who, what, why, position, applied, parked from views.interventions order by no",
    )
    .fetch_all(&house.pool)
    .await
    .unwrap();
    let told: Vec<_> = record.iter().map(|row| (row.1.as_str(), row.3, row.4, row.5)).collect();
    assert_eq!(told, [("retry", 3, 0, 4), ("skip", 3, 0, 3), ("retry", 4, 1, 2), ("retry", 6, 2, 0)]);
    assert!(record.iter().all(|row| row.0 == "operator" && row.2 == "the test"));
    for change in ["delete from views.interventions", "update views.skipped set position = 0"] {
        assert!(sqlx::query(change).execute(&house.pool).await.is_err(), "{change}");
    }

    // A skip is kept by every later generation and by every replay, though the event could be read by now.
    let reports = verify::verify(&house.pool, &[VIEW], &feed, &mut |_, _| {}).await.unwrap();
    assert!(reports[0].differences.is_empty(), "{:?}", reports[0].differences);
    assert_eq!((reports[0].parked_streams, reports[0].skipped_events), (0, 1));
    rebuild::rebuild(&house.pool, &[VIEW], &feed, rebuild::Start::Again, &mut |_, _| {}).await.unwrap();
    assert_eq!(applied(&house, 1).await, [1, 4, 6, 7]);
}

#[tokio::test]
async fn a_person_that_is_parked_does_not_hold_the_candidate_of_the_same_id() {
    let house = house().await;
    let mut feed = Feed::default();
    feed.person(7, "张三", "计算机学院", "").candidate(7, entered("2026-03-01"), "2026-03-01").candidate(
        7,
        talked(1, 2, "2026-03-20"),
        "2026-03-21",
    );
    feed.0[0].content = Content::Unreadable;
    house.project(&feed).await;
    let entries: Vec<i64> =
        sqlx::query_scalar("select position from views.dossier_entries where person = $1 order by 1")
            .bind(person(7).0)
            .fetch_all(&house.pool)
            .await
            .unwrap();
    assert_eq!(entries, [2, 3]);
}
