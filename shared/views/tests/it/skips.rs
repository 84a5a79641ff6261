//! Skips while a generation is filled or compared, and after every read model was removed.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use peiyu_views::parked::{self, Which};
use peiyu_views::{Applied, PageSource, SourceError, View, apply, generation, rebuild, verify};
use uuid::Uuid;

use crate::parking::{Mendable, VIEW, applied, by, retry_of, skipped, waiting, which};
use crate::support::{House, assigned, entered, house, person, talked};

/// A feed in which an operator skips an event, and retries what waited behind it, when a generation has just taken it
/// in.
struct Meddling<'a> {
    feed: &'a Mendable,
    house: &'a House,
    which: Which,
    position: i64,
    is_done: AtomicBool,
}

impl<'a> Meddling<'a> {
    fn skipping(which: Which, position: i64, feed: &'a Mendable, house: &'a House) -> Self {
        Self { feed, house, which, position, is_done: AtomicBool::new(false) }
    }
}

impl PageSource for Meddling<'_> {
    async fn head(&self) -> Result<i64, SourceError> {
        self.feed.head().await
    }

    async fn page(&self, after: i64) -> Result<Vec<Applied>, SourceError> {
        self.feed.page(after).await
    }

    // Asked for where a replay has come to when its last stream is written.
    async fn at(&self, positions: &[i64]) -> Result<Vec<Applied>, SourceError> {
        if !self.is_done.swap(true, Ordering::SeqCst) {
            parked::skip(&self.house.pool, &self.which, self.position, by()).await?;
            retry_of(self.house, self.feed, &self.which).await;
        }
        self.feed.at(positions).await
    }

    async fn streams(
        &self,
        kind: &str,
        after: Option<Uuid>,
        up_to: i64,
    ) -> Result<Vec<Applied>, SourceError> {
        self.feed.streams(kind, after, up_to).await
    }
}

/// Stream 1 waits at its second event, at position 3, which could be read by now.
async fn mended_and_waiting(house: &House) -> Mendable {
    let feed = Mendable::new();
    for (stream, is_bad) in [(1, false), (2, false), (1, true), (1, false), (2, false)] {
        feed.push(stream, is_bad);
    }
    apply::apply_page(&house.pool, VIEW, &feed.page(0).await.unwrap()).await.unwrap();
    assert_eq!(waiting(house, 1).await, [3, 4]);
    feed.mended.lock().unwrap().insert(Uuid::from_u128(1));
    feed
}

#[tokio::test]
async fn what_is_skipped_while_a_generation_is_filled_is_not_in_it() {
    let house = house().await;
    let feed = mended_and_waiting(&house).await;
    let meddling = Meddling::skipping(which(1), 3, &feed, &house);
    rebuild::rebuild(&house.pool, &[VIEW], &meddling, rebuild::Start::Again, &mut |_, _| {}).await.unwrap();
    assert!(meddling.is_done.into_inner());
    assert_eq!((applied(&house, 1).await, applied(&house, 2).await), (vec![1, 4], vec![2, 5]));
    assert!(waiting(&house, 1).await.is_empty());
    let reports = verify::verify(&house.pool, &[VIEW], &feed, &mut |_, _| {}).await.unwrap();
    assert!(reports[0].differences.is_empty(), "{:?}", reports[0].differences);
}

#[tokio::test]
async fn whoever_shares_the_id_of_a_stream_that_is_taken_in_anew_keeps_the_rows() {
    let house = house().await;
    let feed = Mendable::new();
    {
        let mut events = feed.events.lock().unwrap();
        events.person(7, "张三", "计算机学院", "").candidate(7, entered("2026-03-01"), "2026-03-01");
        events.candidate(7, talked(1, 2, "2026-03-20"), "2026-03-21");
        events.candidate(7, assigned(2, "2026-03-22"), "2026-03-22");
    }
    feed.bad.lock().unwrap().insert(3);
    apply::apply_page(&house.pool, View::Dossier, &feed.page(0).await.unwrap()).await.unwrap();
    feed.mended.lock().unwrap().insert(person(7).0);
    let which = Which { view: View::Dossier, aggregate: "candidate".to_owned(), stream: person(7).0 };
    let meddling = Meddling::skipping(which, 3, &feed, &house);
    rebuild::rebuild(&house.pool, &[View::Dossier], &meddling, rebuild::Start::Again, &mut |_, _| {})
        .await
        .unwrap();
    let entries = "select position from views.dossier_entries where person = $1 order by 1";
    let entries: Vec<i64> =
        sqlx::query_scalar(entries).bind(person(7).0).fetch_all(&house.pool).await.unwrap();
    assert_eq!(entries, [1, 2, 4]);
}

#[tokio::test]
async fn what_is_skipped_while_it_is_verified_is_no_difference() {
    let house = house().await;
    let feed = mended_and_waiting(&house).await;
    let meddling = Meddling::skipping(which(1), 3, &feed, &house);
    let reports = verify::verify(&house.pool, &[VIEW], &meddling, &mut |_, _| {}).await.unwrap();
    assert!(meddling.is_done.into_inner());
    assert_eq!(applied(&house, 1).await, [1, 4]);
    assert!(reports[0].differences.is_empty(), "{:?}", reports[0].differences);
    assert_eq!((reports[0].parked_streams, reports[0].skipped_events), (0, 1));
}

#[tokio::test]
async fn a_skip_and_its_record_outlive_every_read_model() {
    let house = house().await;
    let feed = mended_and_waiting(&house).await;
    parked::skip(&house.pool, &which(1), 3, by()).await.unwrap();
    let asked = crate::requests::ask(&house, parked::Do::Retry, VIEW.into()).await;
    generation::remove_all(&house.pool).await.unwrap();
    assert!(generation::check_version(&house.pool).await.is_err(), "there are none");
    generation::migrate(&house.pool).await.unwrap();
    apply::apply_page(&house.pool, VIEW, &feed.page(0).await.unwrap()).await.unwrap();
    assert_eq!((applied(&house, 1).await, applied(&house, 2).await), (vec![1, 4], vec![2, 5]));
    assert_eq!(skipped(&house, 1).await, BTreeSet::from([3]));
    let record = "select who, why from views.interventions where what = 'skip'";
    let record: Vec<(String, String)> = sqlx::query_as(record).fetch_all(&house.pool).await.unwrap();
    assert_eq!(record, [("operator".to_owned(), "the test".to_owned())]);
    let asked = parked::standing(&house.pool, asked).await.unwrap().unwrap();
    assert_eq!((asked.state, asked.fault.as_deref()), ("failed", Some("restored")), "it waits for nothing");
}
