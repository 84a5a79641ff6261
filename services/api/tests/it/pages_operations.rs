//! 运行 in the browser and in the interface: health, lags, what is parked, the policy with its sources.

use peiyu_testing::{House, Sample};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::{Server, filled, project};
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
    let (status, policy) = seen(&browser, "/operations/policy").await;
    assert!(
        status == 200 && policy.contains("首次谈话期限（月）") && policy.contains("意见三(四)"),
        "{policy}"
    );
}
