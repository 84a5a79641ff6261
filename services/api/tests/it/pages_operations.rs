//! 运行 in the browser and in the interface: health, lags, what is parked, the policy with its sources.

use peiyu_testing::{House, Sample};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::{Client, Server, filled, project};
use crate::visitor::Visitor;

/// Lets somebody operate the system beyond what their offices give.
pub async fn grant_operate(house: &House, server: &Server, staff_number: &str) {
    project(house).await;
    let operator = server.operator();
    let accounts = operator.get("/v1/accounts").await.ok();
    let of = |item: &&Value| item["login"] == staff_number;
    let account = accounts["items"].as_array().unwrap().iter().find(of).unwrap();
    let path = format!("/v1/accounts/{}/rights", account["id"].as_str().unwrap());
    operator.post(&path, &json!({ "right": "operate" })).await.ok();
}

/// Status and text of a page.
pub async fn seen(browser: &Visitor, path: &str) -> (u16, String) {
    let page = browser.get(path).await;
    (page.status.as_u16(), page.text)
}

/// Status of a form's answer, and where it leads, or what it shows when it leads nowhere.
pub async fn left(browser: &Visitor, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let page = browser.post(path, fields).await;
    let to = page.location().to_owned();
    (page.status.as_u16(), if to.is_empty() { page.text } else { to })
}

/// Parks a candidate's first event, as a projector does that cannot take it in; answers the stream.
async fn park(server: &Server) -> Uuid {
    sqlx::query_scalar(
        "insert into views.parked (schema, position, stream, aggregate_type, event_id, reason) \
         select c.schema, f.position, e.aggregate_id::uuid, e.aggregate_type, e.event_id, 'unreadable' \
         from views.current c, store.events e join store.feed f on f.no = e.no \
         where c.name = 'candidates' and e.aggregate_type = 'candidate' order by f.position limit 1 returning stream",
    )
    .fetch_one(&server.pool)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_health_feed_and_how_far_each_read_model_is_behind() {
    let (house, server) = filled().await;
    let operator = server.operator();
    let told = operator.get("/v1/operations").await.ok();
    let head = house.application.store().feed_head().await.unwrap().position;
    assert_eq!((&told["feed"]["head"], &told["feed"]["epoch"]), (&json!(head), &json!(1)));
    assert_eq!(told["dependencies"][0]["service"], "api");
    assert_eq!(told["ready"], true);
    let models = told["read_models"].as_array().unwrap();
    assert_eq!(models.len(), peiyu_views::View::ALL.len());
    assert!(
        models.iter().all(|model| model["behind"] == 0 && model.get("behind_seconds").is_none()),
        "{told}"
    );

    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let assigned = json!({ "liaison": liaison });
    operator.post(&format!("/v1/candidates/{candidate}/liaison"), &assigned).await.ok();
    let waiting = operator.get("/v1/operations").await.ok();
    assert!(waiting["feed"]["waiting"].as_i64() > Some(0), "{waiting}");
    house.sequence().await;
    let behind = operator.get("/v1/operations").await.ok();
    let of = |name: &str| -> Value {
        let models = behind["read_models"].as_array().unwrap();
        models.iter().find(|model| model["view"] == name).unwrap().clone()
    };
    assert!(of("candidates")["behind"].as_i64() > Some(0), "{behind}");
    assert!(of("candidates")["behind_seconds"].is_i64(), "{behind}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_only_operates_the_system_begins_at_its_page_and_others_at_what_is_to_do() {
    let (house, server) = filled().await;
    let operator = Visitor::of(&server, Sample::CANDIDATE).await;
    grant_operate(&house, &server, Sample::CANDIDATE).await;
    assert_eq!(operator.get("/").await.location(), "/operations");
    let page = operator.get("/operations").await.text;
    assert!(!page.contains("href=\"/reminders\"") && page.contains("href=\"/reminders/held\""), "{page}");
    let secretary = Visitor::of(&server, Sample::BRANCH_SECRETARY).await;
    assert_eq!(secretary.get("/").await.location(), "/todo");
    assert_eq!(secretary.signed_out().get("/").await.location(), "/sign-in?to=/");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_is_listed_with_its_events_and_the_commands_but_never_content() {
    let (_house, server) = filled().await;
    let operator = server.operator();
    assert_eq!(operator.get("/v1/parked").await.ok()["items"], json!([]));
    let stream = park(&server).await;
    let listed = operator.get("/v1/parked?limit=1").await.ok();
    assert_eq!(listed["items"][0]["stream"], json!(stream));
    assert_eq!(listed["items"][0]["view"], "candidates");
    let cursor = listed["next_cursor"].as_str().unwrap();
    assert_eq!(operator.get(&format!("/v1/parked?cursor={cursor}")).await.ok()["items"], json!([]));
    operator.get("/v1/parked?view=nothing").await.is(400, "parameter_unfit");
    let told = operator.get("/v1/operations").await.ok();
    let models = told["read_models"].as_array().unwrap();
    let candidates = models.iter().find(|model| model["view"] == "candidates").unwrap();
    assert_eq!((&candidates["parked_streams"], &candidates["parked_events"]), (&json!(1), &json!(1)));

    let shown = operator.get(&format!("/v1/parked/candidates/{stream}?kind=candidate")).await.ok();
    let position = shown["events"][0]["position"].as_i64().unwrap();
    assert_eq!(shown["events"][0]["reason"], "unreadable");
    assert!(shown["events"][0].get("content").is_none() && shown["events"][0].get("payload").is_none());
    let skip = shown["commands"]["skip"].as_str().unwrap();
    assert!(
        skip.contains(&format!(
            "peiyu parked skip candidates {stream} --kind candidate --position {position}"
        ))
    );
    operator.get(&format!("/v1/parked/candidates/{}", Uuid::new_v4())).await.is(404, "not_found");
    operator.get(&format!("/v1/parked/nothing/{stream}")).await.is(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_operations_are_for_whoever_operates() {
    let (house, server) = filled().await;
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    assert_eq!(seen(&browser, "/operations").await.0, 403);
    assert!(!seen(&browser, "/todo").await.1.contains("href=\"/operations\""));
    grant_operate(&house, &server, Sample::DEPARTMENT_HEAD).await;
    let (status, page) = seen(&browser, "/operations").await;
    assert!(status == 200 && page.contains("api.postgres") && page.contains("读模型"), "{status} {page}");
    let (_, none) = seen(&browser, "/operations/parked").await;
    assert!(none.contains("没有搁置的事件"), "{none}");
    let stream = park(&server).await;
    let (_, list) = seen(&browser, "/operations/parked").await;
    let address = format!("/operations/parked/candidates/{stream}?kind=candidate");
    assert!(list.contains(&address), "{list}");
    let (status, one) = seen(&browser, &address).await;
    assert!(status == 200 && one.contains("peiyu parked skip candidates"), "{status} {one}");
    assert!(one.contains("href=\"/operations/parked/retry?view=candidates&"), "{one}");
    let (status, policy) = seen(&browser, "/operations/policy").await;
    assert!(
        status == 200 && policy.contains("首次谈话期限（月）") && policy.contains("意见三(四)"),
        "{policy}"
    );
}

/// The parked stream as a form or body names it, with the position of its first event.
async fn first(operator: &Client, stream: Uuid) -> (Value, i64) {
    let shown = operator.get(&format!("/v1/parked/candidates/{stream}?kind=candidate")).await.ok();
    let position = shown["events"][0]["position"].as_i64().unwrap();
    (json!({ "view": "candidates", "kind": "candidate", "stream": stream }), position)
}

/// Makes a candidate's first event one that cannot be read.
async fn spoil(server: &Server, stream: Uuid) {
    let spoil = format!(
        "begin; set local session_replication_role = replica; update store.events set payload = '{{}}' \
         where aggregate_type = 'candidate' and aggregate_id = '{stream}' and sequence = 1; commit"
    );
    sqlx::raw_sql(&spoil).execute(&server.pool).await.unwrap();
}

async fn carry_out(house: &House) {
    peiyu_testing::carry_out(house.application.store(), house.application.vault()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_and_a_skip_are_asked_for_once_carried_out_and_told_with_exact_counts() {
    let (house, server) = filled().await;
    let operator = server.operator();
    let stream = park(&server).await;
    spoil(&server, stream).await;
    let total = operator.get("/v1/parked?kind=candidate&count=true").await.ok();
    assert_eq!(total["total"], json!({ "streams": 1, "events": 1 }));
    operator.get("/v1/parked?kind=nothing").await.is(400, "parameter_unfit");

    let key = Uuid::now_v7();
    let retry = json!({ "kind": "candidate", "reason": "升级后重试" });
    let asked = operator.post_as("/v1/parked/retry", &retry, key).await;
    assert_eq!(asked.status, 202);
    let path = format!("/v1/parked/requests/{}", asked.ok()["id"].as_str().unwrap());
    let again = operator.post_as("/v1/parked/retry", &retry, key).await.ok();
    assert!(path.ends_with(again["id"].as_str().unwrap()));
    operator.post_as("/v1/parked/retry", &json!({}), key).await.is(422, "idempotency_key_reused");
    let waiting = operator.get(&path).await.ok();
    assert_eq!((&waiting["state"], &waiting["applied"]), (&json!("waiting"), &json!(0)));
    assert_eq!((&waiting["who"], &waiting["reason"]), (&json!("operator"), &json!("升级后重试")));
    carry_out(&house).await;
    let ended = operator.get(&path).await.ok();
    assert_eq!((&ended["state"], &ended["streams_stuck"]), (&json!("finished"), &json!(1)), "{ended}");
    assert_eq!(ended["stuck"][0]["stream"], json!(stream));

    let (mut skip, position) = first(&operator, stream).await;
    skip["position"] = json!(position);
    operator.post("/v1/parked/skip", &skip).await.is(400, "field_unfit");
    skip["reason"] = json!(" ");
    operator.post("/v1/parked/skip", &skip).await.is(400, "field_unfit");
    skip["reason"] = json!("重复导入的坏数据");
    let other = json!({ "position": position + 1 });
    let behind: Value =
        skip.as_object().unwrap().clone().into_iter().chain(other.as_object().unwrap().clone()).collect();
    operator.post("/v1/parked/skip", &behind).await.is(409, "not_first_parked");
    let key = Uuid::now_v7();
    let asked = operator.post_as("/v1/parked/skip", &skip, key).await.ok();
    carry_out(&house).await;
    // What was asked for is gone by now, and the answer is still the first.
    assert_eq!(operator.post_as("/v1/parked/skip", &skip, key).await.ok(), asked);
    operator.post("/v1/parked/skip", &skip).await.is(404, "not_found");
    let told = operator.get(&format!("/v1/parked/requests/{}", asked["id"].as_str().unwrap())).await.ok();
    assert_eq!(
        (&told["state"], &told["skipped"], &told["streams_open"]),
        (&json!("finished"), &json!(1), &json!(1))
    );
    let record: (String, String) =
        sqlx::query_as("select who, why from views.interventions where what = 'skip'")
            .fetch_one(&server.pool)
            .await
            .unwrap();
    assert_eq!(record, ("operator".to_owned(), "重复导入的坏数据".to_owned()));
    assert_eq!(operator.get("/v1/parked/requests").await.ok()["items"].as_array().unwrap().len(), 2);

    operator.post("/v1/parked/retry", &json!({ "stream": stream })).await.is(400, "field_unfit");
    operator.post("/v1/parked/retry", &json!({ "view": "nothing" })).await.is(400, "field_unfit");
    operator.post("/v1/parked/retry", &json!({ "kind": "nothing" })).await.is(400, "field_unfit");
    operator.get(&format!("/v1/parked/requests/{}", Uuid::now_v7())).await.is(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_page_a_skip_is_asked_for_first_and_its_outcome_followed() {
    let (house, server) = filled().await;
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    grant_operate(&house, &server, Sample::DEPARTMENT_HEAD).await;
    let stream = park(&server).await;
    let (_, position) = first(&server.operator(), stream).await;
    let asking = browser.get("/operations/parked/retry?view=candidates").await;
    asking.says(&["重试？", "1 个流", "1 个事件"]);
    let address =
        format!("/operations/parked/skip?view=candidates&kind=candidate&stream={stream}&position={position}");
    let asking = browser.get(&address).await;
    asking.says(&["永久跳过这个事件？", &position.to_string()]);
    let (stream, position) = (stream.to_string(), position.to_string());
    let mut form = vec![
        ("key", asking.field("key")),
        ("view", "candidates"),
        ("kind", "candidate"),
        ("stream", &stream),
        ("position", &position),
        ("reason", ""),
    ];
    let refused = browser.post("/operations/parked/skip", &form).await;
    assert_eq!(refused.status, 400);
    refused.says(&["永久跳过这个事件？", "role=\"alert\""]);
    form[0].1 = refused.field("key");
    form[5].1 = "坏数据";
    let sent = browser.post("/operations/parked/skip", &form).await;
    let to = sent.location().to_owned();
    assert!(sent.status == 303 && to.starts_with("/operations/parked/requests/"), "{}", sent.text);
    assert_eq!(browser.post("/operations/parked/skip", &form).await.location(), to, "sent twice, done once");
    let other = [&form[..5], &[("reason", "另一个原因")]].concat();
    let other = browser.post("/operations/parked/skip", &other).await;
    assert_eq!((other.status.as_u16(), other.field("reason")), (422, "另一个原因"));
    other.says(&["这张表单已经提交过了"]);
    assert!(!other.text.contains("Idempotency-Key"), "pages speak to people: {}", other.text);
    let waiting = browser.get(&to).await;
    waiting.says(&["等待处理", "跳过位置", "坏数据"]);
    assert!(!waiting.text.contains("没有动静"));
    sqlx::query("update views.requests set asked_at = asked_at - interval '1 minute'")
        .execute(&server.pool)
        .await
        .unwrap();
    browser.get(&to).await.says(&["没有动静", "projector"]);
    let behind = server.operator().post("/v1/parked/retry", &json!({})).await.ok();
    let behind = format!("/operations/parked/requests/{}", behind["id"].as_str().unwrap());
    browser.get(&behind).await.says(&["等待处理", "前面还有 1 个请求"]);
    assert!(!browser.get(&to).await.text.contains("前面还有"));
    carry_out(&house).await;
    browser.get(&to).await.says(&["已完成", "跳过 1 个事件，补入 0 个事件，恢复 1 个流"]);
    let list = browser.get("/operations/parked").await;
    list.says(&["没有搁置的事件", "处理记录", to.split('?').next().unwrap()]);
    let english = browser.english().get(&to).await;
    english.says(&["1 events skipped, 0 events taken in, 1 streams go on"]);
}
