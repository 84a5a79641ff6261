//! Rebuilding beside what serves, and comparing it.

use std::sync::atomic::{AtomicI64, Ordering};

use peiyu_views::rebuild::Start;
use peiyu_views::verify::Kind;
use peiyu_views::{
    Applied, Content, PageSource, SourceError, View, ViewError, apply, generation, rebuild, verify,
};
use uuid::Uuid;

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

async fn rebuild(
    house: &House,
    views: &[View],
    source: &impl PageSource,
    start: Start,
) -> Result<(), ViewError> {
    rebuild::rebuild(&house.pool, views, source, start, &mut |_, _| {}).await.map(|_| ())
}

async fn verify(house: &House, views: &[View], source: &impl PageSource) -> Vec<verify::Report> {
    verify::verify(&house.pool, views, source, &mut |_, _| {}).await.unwrap()
}

/// A feed that answers so many times; then it fails, or never answers again.
struct Stuttering<'a> {
    feed: &'a Feed,
    left: AtomicI64,
    hangs: bool,
}

impl<'a> Stuttering<'a> {
    fn after(feed: &'a Feed, answers: i64, hangs: bool) -> Self {
        Self { feed, left: AtomicI64::new(answers), hangs }
    }

    fn is_stuck(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }

    async fn answer(&self) -> Result<(), SourceError> {
        match (self.left.fetch_sub(1, Ordering::SeqCst) > 0, self.hangs) {
            (true, _) => Ok(()),
            (false, true) => std::future::pending().await,
            (false, false) => Err("away".into()),
        }
    }
}

impl PageSource for Stuttering<'_> {
    async fn head(&self) -> Result<i64, SourceError> {
        self.answer().await?;
        PageSource::head(self.feed).await
    }

    async fn page(&self, after: i64) -> Result<Vec<Applied>, SourceError> {
        self.answer().await?;
        self.feed.page(after).await
    }

    async fn at(&self, positions: &[i64]) -> Result<Vec<Applied>, SourceError> {
        self.answer().await?;
        self.feed.at(positions).await
    }

    async fn streams(
        &self,
        kind: &str,
        after: Option<Uuid>,
        up_to: i64,
    ) -> Result<Vec<Applied>, SourceError> {
        self.answer().await?;
        self.feed.streams(kind, after, up_to).await
    }
}

async fn contents(house: &House) -> Vec<Vec<String>> {
    let mut contents = Vec::new();
    for view in View::ALL {
        contents.push(house.content(*view).await);
    }
    contents
}

#[tokio::test]
async fn read_models_are_equal_after_a_rebuild_and_the_old_generation_is_gone() {
    let house = house().await;
    let feed = history();
    house.project(&feed).await;
    let before = contents(&house).await;
    for view in View::ALL {
        rebuild(&house, &[*view], &feed, Start::Again).await.unwrap();
        assert_eq!(house.position(*view).await, feed.head());
    }
    assert_eq!(contents(&house).await, before, "one by one");
    assert!(schemas(&house).await.iter().all(|schema| schema.ends_with("_g2")));
    let mut told = Vec::new();
    let mut tell = |events: i64, of: i64| told.push((events, of));
    rebuild::rebuild(&house.pool, View::ALL, &feed, Start::Again, &mut tell).await.unwrap();
    assert_eq!(contents(&house).await, before, "all in one pass");
    assert_eq!(schemas(&house).await.len(), View::ALL.len());
    assert!(schemas(&house).await.iter().all(|schema| schema.ends_with("_g3")));
    assert!(told.is_sorted() && told.last() == Some(&(feed.head(), feed.head())), "{told:?}");
}

#[tokio::test]
async fn a_rebuilt_generation_has_every_index_of_the_first() {
    let house = house().await;
    let indexes = async || -> Vec<String> {
        let select = "select regexp_replace(indexdef, '_g[0-9]+', '', 'g') from pg_indexes \
             where schemaname like 'view\\_%' order by 1";
        sqlx::query_scalar(select).fetch_all(&house.pool).await.unwrap()
    };
    let before = indexes().await;
    assert!(before.len() > View::ALL.len());
    rebuild(&house, View::ALL, &history(), Start::Again).await.unwrap();
    assert_eq!(indexes().await, before);
}

#[tokio::test]
async fn a_rebuild_while_events_come_in_loses_none() {
    let house = house().await;
    let feed = history();
    let early = Feed(feed.0[..feed.0.len() / 2].to_vec());
    // The rebuild knows only the first half when it begins; the rest comes while it runs.
    struct Growing<'a>(&'a Feed, &'a Feed);
    impl PageSource for Growing<'_> {
        async fn head(&self) -> Result<i64, SourceError> {
            PageSource::head(self.0).await
        }
        async fn page(&self, after: i64) -> Result<Vec<Applied>, SourceError> {
            self.1.page(after).await
        }
        async fn at(&self, positions: &[i64]) -> Result<Vec<Applied>, SourceError> {
            self.1.at(positions).await
        }
        async fn streams(
            &self,
            kind: &str,
            after: Option<Uuid>,
            up_to: i64,
        ) -> Result<Vec<Applied>, SourceError> {
            self.1.streams(kind, after, up_to).await
        }
    }
    let live = async {
        for page in feed.0.chunks(3) {
            apply::apply_page(&house.pool, View::Candidates, page).await.unwrap();
        }
    };
    let source = Growing(&early, &feed);
    let (rebuilt, ()) = tokio::join!(rebuild(&house, &[View::Candidates], &source, Start::Again), live);
    rebuilt.unwrap();
    house.project(&feed).await;
    let alone = crate::support::house().await;
    alone.project(&feed).await;
    assert_eq!(house.content(View::Candidates).await, alone.content(View::Candidates).await);
}

#[tokio::test]
async fn a_rebuild_that_fails_leaves_the_serving_generation_alone() {
    let house = house().await;
    let feed = history();
    house.project(&feed).await;
    let before = (schemas(&house).await, contents(&house).await);
    let away = Stuttering::after(&feed, 0, false);
    assert!(rebuild(&house, &[View::Persons], &away, Start::Again).await.is_err());
    assert_eq!((schemas(&house).await, contents(&house).await), before);
}

#[tokio::test]
async fn a_rebuild_cut_off_anywhere_goes_on_or_starts_again_by_choice() {
    const VIEWS: &[View] = &[View::Candidates, View::Dossier];
    let house = house().await;
    let feed = history();
    house.project(&feed).await;
    let before = contents(&house).await;
    let whole = Stuttering::after(&feed, i64::MAX, true);
    rebuild(&house, VIEWS, &whole, Start::Again).await.unwrap();
    let answers = i64::MAX - whole.left.load(Ordering::SeqCst);
    assert!(answers > 10, "{answers} answers");
    for cut in 1..answers {
        let dying = Stuttering::after(&feed, cut, true);
        tokio::select! {
            _ = rebuild(&house, VIEWS, &dying, Start::Again) => panic!("it cannot end"),
            () = peiyu_servers::testing::eventually("it is stuck", async || dying.is_stuck()) => {}
        }
        assert_eq!(contents(&house).await, before, "what serves, serves on; cut after {cut} answers");
        let start = if cut % 4 == 0 { Start::Again } else { Start::Resume };
        let resumed = Stuttering::after(&feed, i64::MAX, true);
        rebuild(&house, VIEWS, &resumed, start).await.unwrap();
        assert_eq!(contents(&house).await, before, "cut after {cut} answers, then {start:?}");
        assert_eq!(schemas(&house).await.len(), View::ALL.len(), "nothing is left behind");
        let needed = i64::MAX - resumed.left.load(Ordering::SeqCst);
        if start == Start::Resume && cut > answers / 2 {
            assert!(needed < answers, "{needed} of {answers} answers were needed after {cut}");
        }
    }
}

#[tokio::test]
async fn an_unfinished_rebuild_is_told_and_verification_leaves_it_alone() {
    let house = house().await;
    let feed = history();
    house.project(&feed).await;
    let away = Stuttering::after(&feed, 4, false);
    assert!(rebuild(&house, &[View::Candidates], &away, Start::Again).await.is_err());
    let unfinished = rebuild::unfinished(&house.pool).await.unwrap();
    assert_eq!(unfinished.len(), 1);
    assert_eq!(unfinished[0].view, View::Candidates);
    let (events, of) = unfinished[0].replay.unwrap();
    assert!(0 < events && events < of && of == feed.head(), "{events} of {of}");
    assert!(verify(&house, View::ALL, &feed).await.iter().all(|report| report.differences.is_empty()));
    assert_eq!(rebuild::unfinished(&house.pool).await.unwrap(), unfinished);
    rebuild(&house, &[View::Candidates], &feed, Start::Resume).await.unwrap();
    assert!(rebuild::unfinished(&house.pool).await.unwrap().is_empty());
}

#[tokio::test]
async fn of_two_binaries_the_older_keeps_its_hands_off_and_the_newer_rebuilds_once() {
    let house = house().await;
    let feed = history();
    house.project(&feed).await;
    let serves = async |version: i32| {
        let update = "update views.checkpoints set version = $1 where name = 'candidates'";
        sqlx::query(update).bind(version).execute(&house.pool).await.unwrap();
    };
    let own = View::Candidates.definition().version;
    // A newer binary's generation serves: nothing is rebuilt, written, parked or passed over.
    serves(own + 1).await;
    let mut more = feed.clone();
    more.candidate(101, talked(2, 2, "2026-04-20"), "2026-04-21");
    let page = &more.0[feed.0.len()..];
    let refused = apply::apply_page(&house.pool, View::Candidates, page).await;
    assert!(matches!(refused, Err(ViewError::OtherVersion { .. })), "{refused:?}");
    let both = [View::Candidates, View::Policies];
    let refused = apply::pass_over(&house.pool, &both, feed.head(), page).await;
    assert!(matches!(refused, Err(ViewError::OtherVersion { .. })), "{refused:?}");
    assert_eq!(house.position(View::Candidates).await, feed.head());
    assert_eq!(house.position(View::Policies).await, more.head());
    let rebuilt = rebuild::rebuild_outdated(&house.pool, &more, &mut |_, _| {}).await.unwrap();
    assert!(rebuilt.is_empty(), "{rebuilt:?}");
    let refused = rebuild(&house, &[View::Candidates], &more, Start::Again).await;
    assert!(matches!(refused, Err(ViewError::OtherVersion { .. })), "{refused:?}");
    // An older binary's generation serves: one of two rebuilds it.
    serves(own - 1).await;
    assert_eq!(generation::outdated(&house.pool).await.unwrap(), [View::Candidates]);
    let (mut quiet, mut still) = (|_, _| {}, |_, _| {});
    let (one, other) = tokio::join!(
        rebuild::rebuild_outdated(&house.pool, &more, &mut quiet),
        rebuild::rebuild_outdated(&house.pool, &more, &mut still),
    );
    let rebuilt = [one.unwrap(), other.unwrap()].concat();
    assert_eq!(rebuilt, [(View::Candidates, more.head())]);
    assert!(generation::outdated(&house.pool).await.unwrap().is_empty());
}

#[tokio::test]
async fn verifying_what_is_right_finds_nothing() {
    let house = house().await;
    let feed = history();
    house.project(&feed).await;
    let reports = verify(&house, View::ALL, &feed).await;
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
    let reports = verify(&house, &[View::Candidates], &feed).await;
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
    let reports = verify(&house, &[View::Candidates], &healthy).await;
    assert_eq!(reports[0].parked_streams, 1);
    assert!(reports[0].differences.is_empty(), "{:?}", reports[0].differences);
}
