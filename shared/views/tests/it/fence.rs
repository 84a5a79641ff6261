//! Two projectors at once, a projector that dies, and events that cannot be taken in.

use std::time::Duration;

use peiyu_domain::AnyEvent;
use peiyu_domain::person::PersonEvent;
use peiyu_domain::person::events::Field;
use peiyu_domain::testing::record;
use peiyu_views::{Content, View, ViewError, apply, candidates, checkpoint, persons};

use crate::support::{Feed, assigned, corrected, entered, house, person, talked};

fn history(people: u128) -> Feed {
    let mut feed = Feed::default();
    for id in 1..=people {
        feed.person(100 + id, "张三", "计算机学院", "")
            .candidate(100 + id, entered("2026-03-01"), "2026-03-01")
            .candidate(100 + id, assigned(2, "2026-03-02"), "2026-03-02")
            .candidate(100 + id, talked(1, 2, "2026-03-20"), "2026-03-21");
    }
    feed
}

#[tokio::test]
async fn two_projectors_at_once_take_in_every_event_once() {
    let house = house().await;
    let feed = history(60);
    let project = async |size: usize| {
        for page in feed.0.chunks(size) {
            for view in View::ALL {
                // The other may be ahead or behind: then the page is passed over or does not fit yet.
                loop {
                    match apply::apply_page(&house.pool, *view, page).await {
                        Ok(_) => break,
                        Err(ViewError::NotNext { .. }) => tokio::task::yield_now().await,
                        Err(other) => panic!("{other}"),
                    }
                }
            }
        }
    };
    tokio::join!(project(7), project(11));
    let alone = crate::support::house().await;
    alone.project(&feed).await;
    for view in View::ALL {
        assert_eq!(house.position(*view).await, feed.head());
        assert_eq!(house.content(*view).await, alone.content(*view).await, "{view:?}");
    }
}

#[tokio::test]
async fn a_page_that_leaves_a_gap_changes_nothing() {
    let house = house().await;
    let feed = history(3);
    let refused = apply::apply_page(&house.pool, View::Candidates, &feed.0[1..]).await;
    assert!(matches!(refused, Err(ViewError::NotNext { expected: 1, given: 2, .. })));
    let holed: Vec<_> =
        feed.0.iter().enumerate().filter(|(at, _)| *at != 4).map(|(_, one)| one.clone()).collect();
    assert!(apply::apply_page(&house.pool, View::Candidates, &holed).await.is_err());
    assert!(house.content(View::Candidates).await.is_empty());
    assert_eq!(house.position(View::Candidates).await, 0);
}

#[tokio::test]
async fn a_projector_that_dies_before_its_commit_leaves_nothing_behind() {
    let house = house().await;
    let feed = history(5);
    // Whoever holds the checkpoint makes a page wait; its backend is killed while it waits, in the middle.
    let mut fence = house.pool.begin().await.unwrap();
    sqlx::query("select 1 from views.checkpoints where name = 'obligations' for update")
        .execute(&mut *fence)
        .await
        .unwrap();
    let dying = {
        let (pool, page) = (house.pool.clone(), feed.0.clone());
        tokio::spawn(async move { apply::apply_page(&pool, View::Obligations, &page).await })
    };
    let killed = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
         where wait_event_type = 'Lock' and datname = current_database() and pid <> pg_backend_pid()";
    while sqlx::query_scalar::<_, i64>(killed).fetch_one(&house.pool).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    fence.rollback().await.unwrap();
    assert!(matches!(dying.await.unwrap(), Err(ViewError::Unavailable(_))));
    assert_eq!(house.position(View::Obligations).await, 0);
    house.project(&feed).await;
    let alone = crate::support::house().await;
    alone.project(&feed).await;
    assert_eq!(house.content(View::Obligations).await, alone.content(View::Obligations).await);
}

#[tokio::test]
async fn a_page_given_again_changes_nothing() {
    let house = house().await;
    let feed = history(5);
    house.project(&feed).await;
    let before = house.content(View::Dossier).await;
    house.project(&feed).await;
    assert_eq!(house.content(View::Dossier).await, before);
}

#[tokio::test]
async fn a_poison_event_parks_its_stream_and_the_others_go_on() {
    let house = house().await;
    let mut feed = history(3);
    feed.0[5].content = Content::Unreadable;
    assert_eq!(feed.0[5].event_type, "PoolEntered");
    house.project(&feed).await;
    feed.candidate(102, corrected(1, "2026-03-19"), "2026-04-01").candidate(
        103,
        corrected(1, "2026-03-19"),
        "2026-04-01",
    );
    house.project(&feed).await;
    let seen = candidates::by_ids(&house.pool, &[person(101), person(102), person(103)]).await.unwrap();
    assert_eq!(seen.iter().map(|one| one.id).collect::<std::collections::BTreeSet<_>>().len(), 2);
    assert!(seen.iter().all(|one| one.id != person(102)));
    let parked: Vec<(i64, String)> = sqlx::query_as(
        "select position, reason from views.parked where schema like 'view_candidates%' order by position",
    )
    .fetch_all(&house.pool)
    .await
    .unwrap();
    let told: Vec<(i64, &str)> =
        parked.iter().map(|(position, reason)| (*position, reason.as_str())).collect();
    assert_eq!(told, [(6, "unreadable"), (7, "waits"), (8, "waits"), (13, "waits")]);
    for at in checkpoint::positions(&house.pool).await.unwrap() {
        assert_eq!(at.position, feed.head());
        let expected = i64::from(matches!(at.view, View::Candidates | View::Obligations | View::Dossier));
        assert_eq!(at.parked_streams, expected, "{:?}", at.view);
    }
}

#[tokio::test]
async fn a_value_that_the_database_refuses_parks_its_stream_alone() {
    let house = house().await;
    let mut feed = Feed::default();
    feed.person(7, "张三", "计算机学院", "").person(8, "李四", "计算机学院", "");
    let broken = PersonEvent::PersonCorrected {
        field: Field::Remark,
        value: "a\u{0}b".to_owned().into(),
        reason: "x".to_owned().into(),
    };
    let moved = PersonEvent::RosterFactsChanged {
        changes: record(&[(Field::Unit, "数学学院")]).into(),
        import: peiyu_domain::testing::import_id(),
        row: 3,
    };
    feed.push(7, AnyEvent::Person(broken), "2026-03-01")
        .push(8, AnyEvent::Person(moved.clone()), "2026-03-01")
        .push(7, AnyEvent::Person(moved), "2026-03-01");
    house.project(&feed).await;
    let seen = persons::by_ids(&house.pool, &[person(7), person(8)]).await.unwrap();
    let unit = |id| seen.iter().find(|one| one.id == person(id)).map(|one| one.unit.clone());
    assert_eq!(unit(7).as_deref(), Some("计算机学院"));
    assert_eq!(unit(8).as_deref(), Some("数学学院"));
    let reasons: Vec<String> = sqlx::query_scalar(
        "select reason from views.parked where schema like 'view_persons%' order by position",
    )
    .fetch_all(&house.pool)
    .await
    .unwrap();
    assert!(reasons[0].starts_with("sqlstate_22"), "{reasons:?}");
    assert_eq!(reasons[1..], ["waits"]);
}

#[tokio::test]
async fn read_models_without_interest_are_moved_on_together_and_only_from_where_they_stand() {
    let house = house().await;
    let feed = history(2);
    apply::apply_page(&house.pool, View::Policies, &feed.0[..3]).await.unwrap();
    let moved = apply::pass_over(&house.pool, &[View::Policies, View::Imports], 0, &feed.0).await.unwrap();
    assert_eq!(moved, [View::Imports], "whoever moved on with both would leave one behind for ever");
    assert_eq!(house.position(View::Policies).await, 3, "it stood elsewhere");
    assert_eq!(house.position(View::Imports).await, feed.head());
}

#[tokio::test]
async fn waiting_for_a_position_ends_when_it_is_reached_or_says_what_is_shown() {
    let house = house().await;
    let feed = history(2);
    let views = [View::Candidates, View::Obligations];
    let shown = checkpoint::wait_for(&house.pool, 5, &views, Duration::from_millis(50)).await.unwrap();
    assert_eq!(shown, 0);
    let (waited, ()) = tokio::join!(
        checkpoint::wait_for(&house.pool, feed.head(), &views, Duration::from_secs(2)),
        house.project(&feed)
    );
    assert_eq!(waited.unwrap(), feed.head());
}
