//! Streams of events that stay open: nothing missed, nothing doubled, and every end has its reason.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use peiyu_domain::import::ImportKind;
use peiyu_domain::policy::Policy;
use peiyu_platform::settings::Events;
use peiyu_servers::testing::eventually;
use peiyu_testing::{House, Sample};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{Client, PATIENCE, Reply, Server, project, send};

/// What a stream says.
#[derive(Debug, Default, Clone, PartialEq)]
struct Said {
    id: String,
    event: String,
    data: String,
    comment: String,
}

/// A stream as a reader sees it.
struct Reader {
    chunks: BoxStream<'static, Result<bytes::Bytes, reqwest::Error>>,
    pending: String,
    last_id: String,
}

impl Reader {
    async fn open(client: &Client, query: &str, last_id: &str) -> Self {
        let answer = asking(client, query, last_id).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        Self { chunks: answer.bytes_stream().boxed(), pending: String::new(), last_id: last_id.to_owned() }
    }

    /// The next block; none at the end.
    async fn next(&mut self) -> Option<Said> {
        loop {
            if let Some((block, rest)) = self.pending.split_once("\n\n") {
                let mut said = Said::default();
                for line in block.lines() {
                    let (name, value) = line.split_once(':').unwrap();
                    let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
                    match name {
                        "id" => said.id = value,
                        "event" => said.event = value,
                        "data" => said.data = value,
                        "" => said.comment = value,
                        other => assert_eq!(other, "retry"),
                    }
                }
                self.pending = rest.to_owned();
                if !said.id.is_empty() {
                    self.last_id.clone_from(&said.id);
                }
                return Some(said);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.chunks.next()).await.expect("it says something");
            self.pending.push_str(std::str::from_utf8(&chunk?.ok()?).unwrap());
        }
    }

    /// The next event.
    async fn event(&mut self) -> Option<Value> {
        loop {
            let said = self.next().await?;
            if !said.data.is_empty() && said.event.is_empty() {
                return Some(serde_json::from_str(&said.data).unwrap());
            }
        }
    }

    /// Why it ended, once it has.
    async fn reason(&mut self) -> String {
        let mut reason = String::new();
        while let Some(said) = self.next().await {
            if said.event == "end" {
                let said: Value = serde_json::from_str(&said.data).unwrap();
                reason = said["reason"].as_str().unwrap().to_owned();
            }
        }
        reason
    }
}

fn asking(client: &Client, query: &str, last_id: &str) -> reqwest::RequestBuilder {
    let request = client.request(Method::GET, &format!("/v1/events{query}"));
    let request = request.header("accept", "text/event-stream");
    if last_id.is_empty() { request } else { request.header("last-event-id", last_id) }
}

async fn refused(client: &Client, query: &str, last_id: &str) -> Reply {
    send(asking(client, query, last_id)).await
}

/// With rights looked at and heartbeats sent every second.
fn hasty(most_streams: usize) -> Events {
    Events { most_streams, heartbeat_seconds: 1, rights_seconds: 1 }
}

async fn house() -> House {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.sequence().await;
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_says_what_the_lines_say_and_then_what_comes() {
    let house = house().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let lines = operator.get("/v1/events?limit=10000").await;
    let mut stream = Reader::open(&operator, "", "").await;
    for line in lines.text.lines() {
        let event = stream.event().await.unwrap();
        assert_eq!(event, serde_json::from_str::<Value>(line).unwrap());
        assert_eq!(stream.last_id, format!("1-{}", event["position"]));
    }
    let head: i64 = lines.header("peiyu-head").parse().unwrap();
    operator.post("/v1/policies", &json!({ "content": Policy::shipped_text() })).await.ok();
    house.sequence().await;
    let event = stream.event().await.unwrap();
    assert_eq!(event["position"], head + 1);
    assert_eq!(event["type"], "peiyu.policy.PolicyAdopted.v1");
}

#[tokio::test(flavor = "multi_thread")]
async fn across_reconnects_and_restarts_nothing_is_missed_or_doubled() {
    let house = std::sync::Arc::new(house().await);
    let mut server = Server::start(&house).await;
    // A roster comes in while the stream breaks again and again.
    let importing = tokio::spawn({
        let house = house.clone();
        async move { house.import(ImportKind::Roster, "clean-1200").await }
    });
    let sequencing = tokio::spawn({
        let house = house.clone();
        async move {
            while !importing.is_finished() {
                house.sequence().await;
                tokio::task::yield_now().await;
            }
            house.sequence().await;
            house.application.store().feed_head().await.unwrap().position
        }
    });
    let (mut positions, mut ids) = (Vec::new(), Vec::new());
    let mut last_id = String::new();
    for round in 0.. {
        let mut stream = Reader::open(&server.operator(), "", &last_id).await;
        // Rounds of different lengths: some break within what was there, some at the live end.
        let so_many = 40 + 97 * round;
        let complete = |positions: &[i64]| sequencing.is_finished() && positions.len() >= 2000;
        while positions.len() < so_many && !complete(&positions) {
            let event = stream.event().await.unwrap();
            positions.push(event["position"].as_i64().unwrap());
            ids.push(event["id"].as_str().unwrap().to_owned());
        }
        last_id.clone_from(&stream.last_id);
        drop(stream);
        if complete(&positions) {
            break;
        }
        if round % 3 == 2 {
            let pool = server.pool.clone();
            server.end().await;
            server = Server::serve(&house, pool).await;
        }
    }
    let head = sequencing.await.unwrap();
    let mut stream = Reader::open(&server.operator(), "", &last_id).await;
    while positions.last() != Some(&head) {
        let event = stream.event().await.unwrap();
        positions.push(event["position"].as_i64().unwrap());
        ids.push(event["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(positions, (1..=head).collect::<Vec<i64>>());
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), positions.len(), "an event came under two positions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_the_process_and_lets_it_end() {
    let house = house().await;
    let server = Server::start(&house).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(Reader::open(&server.operator(), "", "").await);
    }
    for stream in &mut streams {
        stream.event().await.unwrap();
    }
    let (_, reasons) = tokio::join!(server.end(), async {
        futures::future::join_all(streams.iter_mut().map(Reader::reason)).await
    });
    assert_eq!(reasons, ["shutdown"; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_taken_back_reads_no_further() {
    let house = house().await;
    house.import(ImportKind::Roster, "clean-1200").await;
    house.sequence().await;
    let pool = house.application.store().pool().clone();
    peiyu_views::generation::migrate(&pool).await.unwrap();
    peiyu_api::migrate(&pool).await.unwrap();
    let server = Server::serve_with(&house, pool, hasty(4)).await;
    let head = server.account(Sample::DEPARTMENT_HEAD).await;
    let issued = head.post("/v1/tokens", &json!({ "name": "subscriber" })).await.ok();
    let subscriber = server.bearer(issued["token"].as_str().unwrap());
    let mut stream = Reader::open(&subscriber, "", "").await;
    stream.event().await.unwrap();
    head.delete(&format!("/v1/tokens/{}", issued["id"].as_str().unwrap())).await;
    assert_eq!(stream.reason().await, "rights");
    refused(&subscriber, "", &stream.last_id).await.is(401, "not_signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_keeps_no_session_alive_and_ends_with_it() {
    let house = house().await;
    house.import(ImportKind::Roster, "clean-1200").await;
    house.sequence().await;
    let pool = house.application.store().pool().clone();
    peiyu_views::generation::migrate(&pool).await.unwrap();
    peiyu_api::migrate(&pool).await.unwrap();
    let server = Server::serve_with(&house, pool.clone(), hasty(4)).await;
    let head = server.account(Sample::DEPARTMENT_HEAD).await;
    let position = house.application.store().feed_head().await.unwrap().position;
    let mut stream = Reader::open(&head, &format!("?after={position}"), "").await;
    let idle_for = async |minutes: i32| {
        let update = "update api.sessions set last_seen_at = now() - make_interval(mins => $1)";
        assert_eq!(sqlx::query(update).bind(minutes).execute(&pool).await.unwrap().rows_affected(), 1);
    };
    idle_for(10).await;
    // Heartbeats are as far apart as looks at the rights: at least one look lies between these.
    for _ in 0..4 {
        while stream.next().await.unwrap().comment != "heartbeat" {}
    }
    let select = "select bool_and(last_seen_at < now() - interval '9 minutes') from api.sessions";
    let idle: bool = sqlx::query_scalar(select).fetch_one(&pool).await.unwrap();
    assert!(idle, "the stream counted as use");
    idle_for(24 * 60).await;
    assert_eq!(stream.reason().await, "rights");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_stream_says_that_it_lives_and_one_too_many_is_sent_away() {
    let house = house().await;
    let pool = house.application.store().pool().clone();
    peiyu_views::generation::migrate(&pool).await.unwrap();
    peiyu_api::migrate(&pool).await.unwrap();
    let server = Server::serve_with(&house, pool, hasty(1)).await;
    let operator = server.operator();
    let head = house.application.store().feed_head().await.unwrap().position;
    let mut stream = Reader::open(&operator, &format!("?after={head}"), "").await;
    assert_eq!(stream.next().await.unwrap().comment, "peiyu");
    for _ in 0..2 {
        let said = stream.next().await.unwrap();
        assert_eq!(said, Said { comment: "heartbeat".into(), ..Said::default() });
    }
    let answer = refused(&operator, "", "").await;
    answer.is(503, "overloaded");
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
    drop(stream);
    eventually("the place of a reader that is gone is free", async || {
        asking(&operator, "", "").send().await.unwrap().status() == StatusCode::OK
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_take_no_subscribers_place_and_a_busy_feed_hides_no_ended_session() {
    let house = std::sync::Arc::new(house().await);
    let pool = house.application.store().pool().clone();
    peiyu_views::generation::migrate(&pool).await.unwrap();
    peiyu_api::migrate(&pool).await.unwrap();
    let server = Server::serve_with(&house, pool.clone(), hasty(1)).await;
    let head = server.account(Sample::DEPARTMENT_HEAD).await;
    let page = || async { head.request(Method::GET, "/v1/changes").send().await.unwrap() };
    let (first, second) = (page().await, page().await);
    assert_eq!((first.status(), second.status()), (StatusCode::OK, StatusCode::OK));
    let position = house.application.store().feed_head().await.unwrap().position;
    let _stream = Reader::open(&server.operator(), &format!("?after={position}"), "").await;
    assert_eq!(page().await.status(), StatusCode::OK, "subscribers take no page's place either");

    project(&house).await;
    let operator = server.operator();
    let top = operator.get("/v1/organisations").await.ok()["items"][0]["id"].clone();
    let today = house.application.clock().today().to_string();
    let plan = json!({ "title": "培训班", "organisation": top, "form": "lecture", "from": today, "to": today, "hours": 8 });
    operator.post("/v1/trainings", &plan).await.ok();
    let busy = tokio::spawn({
        let house = house.clone();
        async move {
            loop {
                operator.post("/v1/trainings", &plan).await;
                house.sequence().await;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    });
    let mut chunks = first.bytes_stream();
    chunks.next().await.unwrap().unwrap();
    let update = "update api.sessions set last_seen_at = now() - make_interval(days => 1)";
    sqlx::query(update).execute(&pool).await.unwrap();
    let ends = async { while let Some(Ok(_)) = chunks.next().await {} };
    tokio::time::timeout(PATIENCE, ends).await.expect("the stream of an ended session ends");
    busy.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_types_asked_for_come_and_the_place_moves_on_all_the_same() {
    let house = house().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let all = operator.get("/v1/events?limit=10000").await;
    let head: i64 = all.header("peiyu-head").parse().unwrap();
    let wanted = "organisation.OfficeTaken";
    let filtered = operator.get(&format!("/v1/events?limit=10000&types={wanted}")).await;
    let count = all.text.lines().filter(|line| line.contains("OfficeTaken.v1\"")).count();
    assert!(count > 0 && count < all.text.lines().count());
    assert_eq!(filtered.text.lines().count(), count);
    assert_eq!(filtered.header("peiyu-position"), head.to_string());

    let mut stream = Reader::open(&operator, &format!("?types={wanted},policy.PolicyAdopted"), "").await;
    for line in filtered.text.lines() {
        assert_eq!(stream.event().await.unwrap(), serde_json::from_str::<Value>(line).unwrap());
    }
    let mut stream = Reader::open(&operator, "?types=policy.PolicyAdopted", "").await;
    while stream.last_id != format!("1-{head}") {
        assert_eq!(stream.next().await.unwrap().data, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_none_is_refused_and_so_is_one_of_another_epoch() {
    let house = house().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    refused(&operator, "?types=organisation.Nothing", "").await.is(400, "parameter_unfit");
    refused(&operator, "?after=-1", "").await.is(400, "parameter_unfit");
    refused(&operator, "?after=999999", "").await.is(400, "parameter_unfit");
    refused(&operator, "?limit=5", "").await.is(400, "parameter_unfit");
    refused(&operator, "", "seven").await.is(400, "header_unfit");
    refused(&server.anonymous(), "", "").await.is(401, "not_signed_in");

    let mut stream = Reader::open(&operator, "", "1-3").await;
    assert_eq!(stream.event().await.unwrap()["position"], 4);
    house.application.store().begin_epoch().await.unwrap();
    assert_eq!(stream.reason().await, "epoch_changed");
    let answer = refused(&operator, "", &stream.last_id).await;
    answer.is(409, "epoch_changed");
    assert_eq!((&answer.body["facts"]["known"], &answer.body["facts"]["epoch"]), (&json!(1), &json!(2)));
    let mut stream = Reader::open(&operator, "?after=3", "").await;
    assert_eq!(stream.event().await.unwrap()["epoch"], 2);
    assert_eq!(stream.last_id, "2-4");
    tokio::time::timeout(Duration::from_secs(30), server.end()).await.unwrap();
}
