//! Rebuilding beside what serves, and comparing it.

use peiyu_views::rebuild::rebuild;
use peiyu_views::verify::{Kind, verify};
use peiyu_views::{Content, View, apply, generation};

use crate::support::{Feed, House, assigned, entered, house, talked};

fn history() -> Feed {
    let mut feed = Feed::default();
    feed.tree();
    for id in 101..=180_u128 {
        feed.person(id, "张三", "计算机学院", "软件教研室")
            .candidate(id, entered("2026-03-01"), "2026-03-01")
            .candidate(id, assigned(2, "2026-03-02"), "2026-03-02")
            .candidate(id, talked(1, 2, "2026-03-20"), "2026-03-21");
    }
    feed
}

async fn schemas(house: &House) -> Vec<String> {
    sqlx::query_scalar("select nspname::text from pg_namespace where nspname like 'view\\_%' order by 1")
        .fetch_all(&house.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let house = house().await;
    let before = schemas(&house).await;
    assert_eq!(before.len(), View::ALL.len());
    generation::migrate(&house.pool).await.unwrap();
    assert_eq!(schemas(&house).await, before);
    generation::check_version(&house.pool).await.unwrap();
    assert!(generation::outdated(&house.pool).await.unwrap().is_empty());
}

#[tokio::test]
async fn read_models_are_equal_after_a_rebuild_and_the_old_generation_is_gone() {
    let house = house().await;
    let feed = history();
    house.project(&feed).await;
    for view in View::ALL {
        let before = house.content(*view).await;
        assert_eq!(rebuild(&house.pool, *view, &feed).await.unwrap(), feed.head());
        assert_eq!(house.content(*view).await, before, "{view:?}");
    }
    assert_eq!(schemas(&house).await.len(), View::ALL.len());
    assert!(schemas(&house).await.iter().all(|schema| schema.ends_with("_g2")));
}

#[tokio::test]
async fn a_rebuild_while_events_come_in_loses_none() {
    let house = house().await;
    let feed = history();
    let live = async {
        for page in feed.0.chunks(3) {
            apply::apply_page(&house.pool, View::Candidates, page).await.unwrap();
        }
    };
    let (rebuilt, ()) = tokio::join!(rebuild(&house.pool, View::Candidates, &feed), live);
    rebuilt.unwrap();
    house.project(&feed).await;
    let alone = crate::support::house().await;
    alone.project(&feed).await;
    assert_eq!(house.content(View::Candidates).await, alone.content(View::Candidates).await);
}

#[tokio::test]
async fn a_rebuild_that_fails_leaves_the_serving_generation_alone() {
    struct Broken;
    impl peiyu_views::PageSource for Broken {
        async fn page(
            &self,
            _after: i64,
        ) -> Result<Vec<peiyu_views::Applied>, Box<dyn std::error::Error + Send + Sync>> {
            Err("away".into())
        }
    }
    let house = house().await;
    let feed = history();
    house.project(&feed).await;
    let before = (schemas(&house).await, house.content(View::Persons).await);
    assert!(rebuild(&house.pool, View::Persons, &Broken).await.is_err());
    assert_eq!((schemas(&house).await, house.content(View::Persons).await), before);
}

#[tokio::test]
async fn what_a_cut_off_rebuild_left_behind_is_removed_by_the_next() {
    struct Endless;
    impl peiyu_views::PageSource for Endless {
        async fn page(
            &self,
            _after: i64,
        ) -> Result<Vec<peiyu_views::Applied>, Box<dyn std::error::Error + Send + Sync>> {
            std::future::pending().await
        }
    }
    let house = house().await;
    let feed = history();
    house.project(&feed).await;
    tokio::select! {
        _ = rebuild(&house.pool, View::Persons, &Endless) => panic!("it cannot end"),
        () = async {
            while schemas(&house).await.len() == View::ALL.len() {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    rebuild(&house.pool, View::Persons, &feed).await.unwrap();
    assert_eq!(schemas(&house).await.len(), View::ALL.len());
}

#[tokio::test]
async fn verifying_what_is_right_finds_nothing() {
    let house = house().await;
    let feed = history();
    house.project(&feed).await;
    let reports = verify(&house.pool, View::ALL, &feed).await.unwrap();
    for report in &reports {
        assert_eq!(report.position, feed.head());
        assert!(report.differences.is_empty(), "{report:?}");
    }
    let rows: i64 = reports.iter().map(|report| report.rows).sum();
    assert!(rows > 80 * 6, "{rows} rows were compared");
    assert_eq!(schemas(&house).await.len(), View::ALL.len(), "nothing is left behind");
}

#[tokio::test]
async fn verifying_finds_a_changed_a_missing_and_a_surplus_row() {
    let house = house().await;
    let feed = history();
    house.project(&feed).await;
    for change in [
        "update views.talks set held_on = held_on + 1 where candidate = '00000000-0000-0000-0000-000000000070'",
        "delete from views.pool_periods where candidate = '00000000-0000-0000-0000-000000000071'",
        "insert into views.training_results values ('00000000-0000-0000-0000-000000000072', gen_random_uuid(), \
             '2026-01-01', 1, 'passed', gen_random_uuid())",
    ] {
        assert_eq!(sqlx::query(change).execute(&house.pool).await.unwrap().rows_affected(), 1);
    }
    let reports = verify(&house.pool, &[View::Candidates], &feed).await.unwrap();
    let mut found: Vec<_> = reports[0].differences.iter().map(|one| (one.table, one.kind)).collect();
    found.sort_by_key(|(table, _)| *table);
    let expected =
        [("pool_periods", Kind::Missing), ("talks", Kind::Changed), ("training_results", Kind::Surplus)];
    assert_eq!(found, expected);
    let talk = reports[0].differences.iter().find(|one| one.table == "talks").unwrap();
    assert!(talk.key.contains("000000000070"), "{}", talk.key);
}

#[tokio::test]
async fn verifying_leaves_parked_streams_out() {
    let house = house().await;
    let mut feed = history();
    let healthy = feed.clone();
    let parked = feed.0.iter().position(|one| one.event_type == "TalkRecorded").unwrap();
    feed.0[parked].content = Content::Unreadable;
    house.project(&feed).await;
    // The replay reads the event well: the stream was parked, mended in the feed's reader, and not yet retried.
    let reports = verify(&house.pool, &[View::Candidates], &healthy).await.unwrap();
    assert_eq!(reports[0].parked_streams, 1);
    assert!(reports[0].differences.is_empty(), "{:?}", reports[0].differences);
}
