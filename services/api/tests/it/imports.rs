//! Uploads: taken up, followed, reported; broken files are refused as a whole; nothing is left behind.

use std::path::PathBuf;
use std::time::Duration;

use peiyu_testing::{House, Sample, sample};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::{Client, PATIENCE, Server};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(sample(name)).unwrap()
}

fn left(house: &House) -> Vec<PathBuf> {
    let folder = house.folder.join("uploads");
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_messy_roster_comes_in_with_a_report_and_its_rejected_rows() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let organisation =
        operator.import("?kind=organisation", file("organisation-messy-1500.xlsx"), None).await;
    assert_eq!(organisation["state"], "finished", "{organisation}");
    let dry = operator.import("?kind=roster&dry_run=true", file("roster-messy-1500.xlsx"), None).await;
    let truth: serde_json::Value = serde_json::from_slice(&file("truth-messy-1500.json")).unwrap();
    let run = operator.import("?kind=roster", file("roster-messy-1500.xlsx"), None).await;
    for name in ["rows", "accepted", "rejected", "rejected_by_reason", "rejected_rows", "pool", "conflicts"] {
        assert_eq!(run["report"][name], truth[name], "{name}");
        assert_eq!(dry["report"][name], truth[name], "{name} of the dry run");
    }
    assert_eq!(run["progress"]["done"], run["progress"]["total"]);
    let id = run["id"].as_str().unwrap();
    let rejects = operator.get(&format!("/v1/imports/{id}/rejects")).await;
    assert!(rejects.header("content-type").contains("spreadsheetml"), "{:?}", rejects.headers);
    let found = run["report"]["conflicts_found"].as_array().unwrap();
    assert!(found.len() >= usize::try_from(run["report"]["conflicts"].as_u64().unwrap()).unwrap(), "{run}");
    for conflict in found {
        let told = |name: &str| conflict[name].as_str().unwrap_or_default().to_owned();
        assert_eq!((told("field").as_str(), told("kept_by").as_str()), ("political_status", "members_list"));
        assert_ne!(told("roster_value"), told("kept_value"), "{conflict}");
        assert!(told("cure").contains("党员名册"), "{conflict}");
    }
    let kept: String = sqlx::query_scalar("select report::text from api.uploads where import_id = $1::uuid")
        .bind(id)
        .fetch_one(&server.pool)
        .await
        .unwrap();
    assert!(!kept.contains("roster_value"), "no table holds what the roster says of somebody: {kept}");
    let dry_run = dry["id"].as_str().unwrap();
    for path in left(&house) {
        let name = path.to_string_lossy().into_owned();
        let is_result =
            [".rejects.xlsx", ".conflicts.json", ".examples.json"].iter().any(|end| name.ends_with(end));
        assert!(is_result || name.contains(dry_run), "only a dry run's file is kept: {name}");
        let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{name} holds names: its owner alone may read it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_none_is_refused_with_a_sentence_and_nothing_is_done() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let run = operator.import("?kind=roster", b"%PDF-1.7 not a workbook".to_vec(), None).await;
    assert_eq!((&run["state"], &run["problem"]["status"]), (&json!("failed"), &json!(422)), "{run}");
    assert_eq!(run["problem"]["facts"]["code"], "not_a_workbook");
    assert!(run["problem"]["detail"].as_str().unwrap().contains("PDF"), "{run}");
    assert_eq!(left(&house), Vec::<PathBuf>::new());
    let events: i64 =
        sqlx::query_scalar("select count(*) from store.events").fetch_one(&server.pool).await.unwrap();
    assert_eq!(events, 0);
    let rejects = operator.get(&format!("/v1/imports/{}/rejects", run["id"].as_str().unwrap())).await;
    assert!(rejects.status.is_client_error(), "{}", rejects.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_checked_at_the_door_and_taken_once_a_key() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let (key, workbook) = (Uuid::new_v4(), file("organisation-clean-1200.xlsx"));
    operator
        .upload("?kind=nonsense", workbook.clone(), None, Uuid::new_v4())
        .await
        .is(400, "parameter_unfit");
    let mapping = Some("[columns]\nnot toml at all = = 7");
    operator.upload("?kind=roster", workbook.clone(), mapping, Uuid::new_v4()).await.is(400, "form_unfit");
    operator.post("/v1/imports?kind=roster", &json!({})).await.is(400, "form_unfit");
    let mapping = Some("[columns]\n\"职工号\" = \"staff_number\"");
    operator
        .upload("?kind=organisation", workbook.clone(), mapping, Uuid::new_v4())
        .await
        .is(400, "form_unfit");
    let first = operator.upload("?kind=organisation", workbook.clone(), None, key).await.ok();
    let again = operator.upload("?kind=organisation", workbook.clone(), None, key).await.ok();
    assert_eq!(first["id"], again["id"]);
    operator.upload("?kind=roster", workbook, None, key).await.is(422, "idempotency_key_reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_a_stop_broke_off_is_resumed_at_the_next_start() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let begun =
        operator.upload("?kind=organisation", file("organisation-clean-1200.xlsx"), None, Uuid::new_v4());
    let id = begun.await.ok()["id"].as_str().unwrap().to_owned();
    // Whether it is over already or still waiting, the next process finishes it, once.
    sqlx::query(
        "update api.uploads set state = 'running' where import_id = $1::uuid and state <> 'finished'",
    )
    .bind(&id)
    .execute(&server.pool)
    .await
    .unwrap();
    let pool = server.pool.clone();
    drop(server);
    let server = Server::serve(&house, pool).await;
    let operator = server.operator();
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let run = operator.get(&format!("/v1/imports/{id}")).await.ok();
        if run["state"] == "finished" {
            assert_eq!(run["report"]["rejected"], 0);
            break;
        }
        assert!(tokio::time::Instant::now() < until, "{run}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let started: i64 =
        sqlx::query_scalar("select count(*) from store.events where event_type = 'ImportStarted'")
            .fetch_one(&server.pool)
            .await
            .unwrap();
    assert_eq!(started, 1);
}

/// Two processes find an unfinished import while a third one runs it: they wait, and leave alone what it has ended.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_another_process_runs_is_left_to_it() {
    let house = House::new().await;
    let pool = Server::start(&house).await.pool.clone();
    let id = Uuid::now_v7();
    // Before there is anything to be found: the first server may still be looking.
    let mut third = pool.acquire().await.unwrap().detach();
    let lock = "select pg_advisory_lock(hashtextextended('import:' || $1::text, 4))";
    sqlx::query(lock).bind(id).execute(&mut third).await.unwrap();
    let uploads = house.folder.join("uploads");
    std::fs::create_dir_all(&uploads).unwrap();
    std::fs::write(uploads.join(format!("{id}.upload")), file("organisation-clean-1200.xlsx")).unwrap();
    std::fs::write(uploads.join(format!("{id}.name")), "organisation.xlsx").unwrap();
    sqlx::query(
        "insert into api.uploads (import_id, principal, command_id, digest, kind, dry_run, state) \
         values ($1, $2, $3, $4, 'organisation', false, 'running')",
    )
    .bind(id)
    .bind(house.application.operator().principal)
    .bind(Uuid::now_v7())
    .bind([0_u8; 32].as_slice())
    .execute(&pool)
    .await
    .unwrap();
    let servers = [Server::start(&house).await, Server::start(&house).await];
    for server in &servers {
        // It answers once it has looked for unfinished imports.
        server.operator().get("/v1/imports").await.ok();
    }
    let ended = "update api.uploads set state = 'finished', report = '{}' where import_id = $1";
    sqlx::query(ended).bind(id).execute(&pool).await.unwrap();
    drop(third);
    peiyu_servers::testing::eventually("they take note that it has ended", || async {
        left(&house).is_empty()
    })
    .await;
    let events: i64 = sqlx::query_scalar("select count(*) from store.events").fetch_one(&pool).await.unwrap();
    assert_eq!(events, 0, "nobody ran it a second time");
}

async fn ended(operator: &Client, id: &str) -> Value {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let run = operator.get(&format!("/v1/imports/{id}")).await.ok();
        if matches!(run["state"].as_str(), Some("finished" | "failed")) {
            return run;
        }
        assert!(tokio::time::Instant::now() < until, "{run}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_its_columns_by_example_and_is_taken_in_once_without_its_file() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    operator.import("?kind=organisation", file("organisation-messy-1500.xlsx"), None).await;
    let dry = operator.import("?kind=roster&dry_run=true", file("roster-messy-1500.xlsx"), None).await;
    assert_eq!((&dry["confirmable"], &dry["confirmed_by"]), (&json!(true), &Value::Null), "{dry}");
    let mapping = dry["report"]["sheets"][0]["mapping"].as_array().unwrap();
    let number = mapping.iter().find(|column| column["field"] == "staff_number").unwrap();
    assert!(!number["examples"].as_array().unwrap().is_empty(), "{number}");
    let kept: String = sqlx::query_scalar("select report::text from api.uploads where import_id = $1::uuid")
        .bind(dry["id"].as_str().unwrap())
        .fetch_one(&server.pool)
        .await
        .unwrap();
    assert!(!kept.contains("examples"), "no table holds what the cells say: {kept}");

    let confirm = format!("/v1/imports/{}/confirm", dry["id"].as_str().unwrap());
    let key = Uuid::new_v4();
    let nothing = json!({});
    let (one, two) =
        tokio::join!(operator.post_as(&confirm, &nothing, key), operator.post(&confirm, &nothing));
    let id = one.ok()["id"].as_str().unwrap().to_owned();
    assert_eq!(two.ok()["id"], json!(id), "two keys, one run");
    let run = ended(&operator, &id).await;
    assert_eq!((&run["state"], &run["dry_run"]), (&json!("finished"), &json!(false)), "{run}");
    assert_eq!(run["report"]["new"], dry["report"]["new"]);
    assert_eq!(operator.post_as(&confirm, &json!({}), key).await.ok()["id"], json!(id), "sent again");
    let again = operator.get(&format!("/v1/imports/{}", dry["id"].as_str().unwrap())).await.ok();
    assert_eq!((&again["confirmable"], &again["confirmed_by"]), (&json!(false), &json!(id)));
    assert!(left(&house).iter().all(|path| path.extension().is_none_or(|end| end != "upload")));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_dry_run_that_went_well_and_whose_file_is_there_is_confirmed() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let confirm = |id: &str| format!("/v1/imports/{id}/confirm");
    operator.post(&confirm(&Uuid::new_v4().to_string()), &json!({})).await.is(404, "not_found");
    let tree = file("organisation-clean-1200.xlsx");
    let run = operator.import("?kind=organisation", tree.clone(), None).await;
    operator.post(&confirm(run["id"].as_str().unwrap()), &json!({})).await.is(409, "import_not_kept");
    let failed = operator.import("?kind=roster&dry_run=true", b"no workbook".to_vec(), None).await;
    assert_eq!(failed["confirmable"], false);
    operator.post(&confirm(failed["id"].as_str().unwrap()), &json!({})).await.is(409, "import_not_kept");
    let dry = operator.import("?kind=organisation&dry_run=true", tree, None).await;
    for path in left(&house).into_iter().filter(|path| path.extension().is_some_and(|end| end == "upload")) {
        std::fs::remove_file(path).unwrap();
    }
    operator.post(&confirm(dry["id"].as_str().unwrap()), &json!({})).await.is(409, "import_not_kept");
}

/// A roster whose titles say little; of one person.
fn odd_roster() -> Vec<u8> {
    let headers = ["人员代号", "姓名", "所在单位", "等级", "备注"];
    let row = [Sample::CANDIDATE, "王秀英", "临床医学院", "教授", "新聘"].map(str::to_owned).to_vec();
    peiyu_workbooks::write_table("教职工名册", &headers, [row]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_mapped_by_hand_is_the_sheet_that_was_shown_though_another_looks_as_good_then() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    operator.import("?kind=organisation", file("organisation-clean-1200.xlsx"), None).await;
    let row = |more: &[&str]| -> Vec<String> {
        let known = [Sample::CANDIDATE, "王秀英", "临床医学院"];
        known.iter().chain(more).map(|cell| (*cell).to_owned()).collect()
    };
    let (first, second) = ([row(&[])], [row(&["教授"])]);
    let list = |name, headers, rows| peiyu_workbooks::List { name, above: &[], headers, numbers: &[], rows };
    let bytes = peiyu_workbooks::write_lists(&[
        list("甲", &["人员代号", "姓名", "所在单位"], &first),
        list("乙", &["人员代号", "姓名", "所在单位", "职称"], &second),
    ]);
    let failed = operator.import("?kind=roster&dry_run=true", bytes.unwrap(), None).await;
    assert_eq!(failed["columns"]["sheet"], "乙", "{failed}");
    // Without the column that is left out now, the first sheet has as many.
    let mut run = failed["id"].as_str().unwrap().to_owned();
    for columns in [json!({ "人员代号": "staff_number", "职称": "ignore" }), json!({ "职称": "ignore" })]
    {
        let body = json!({ "columns": columns });
        let begun = operator.post(&format!("/v1/imports/{run}/again"), &body).await.ok();
        run = begun["id"].as_str().unwrap().to_owned();
        let dry = ended(&operator, &run).await;
        assert_eq!(dry["report"]["sheets"][0]["sheet"], "乙", "{dry}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_checked_again_with_its_columns_mapped_by_hand_and_without_being_sent_again() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    operator.import("?kind=organisation", file("organisation-clean-1200.xlsx"), None).await;
    let failed = operator.import("?kind=roster&dry_run=true", odd_roster(), None).await;
    assert_eq!((&failed["state"], &failed["confirmable"]), (&json!("failed"), &json!(false)), "{failed}");
    let unknown = failed["columns"]["unknown_columns"].as_array().unwrap();
    assert_eq!(
        (&unknown[0]["header"], &unknown[0]["examples"]),
        (&json!("人员代号"), &json!([Sample::CANDIDATE]))
    );
    assert!(failed["fields"].as_array().unwrap().iter().any(|one| one["field"] == "staff_number"));

    let again = |run: &Value| format!("/v1/imports/{}/again", run["id"].as_str().unwrap());
    let columns = |columns: Value| json!({ "columns": columns });
    let key = Uuid::new_v4();
    let number = columns(json!({ "人员代号": "staff_number" }));
    let begun = operator.post_as(&again(&failed), &number, key).await;
    assert_eq!(begun.status, 202, "{}", begun.text);
    let id = begun.ok()["id"].as_str().unwrap().to_owned();
    assert_eq!(operator.post_as(&again(&failed), &number, key).await.ok()["id"], json!(id), "sent again");
    let other = columns(json!({}));
    operator.post_as(&again(&failed), &other, key).await.is(422, "idempotency_key_reused");
    let dry = ended(&operator, &id).await;
    assert_eq!(
        (&dry["state"], &dry["dry_run"], &dry["confirmable"]),
        (&json!("finished"), &json!(true), &json!(true)),
        "{dry}"
    );
    let fields = |run: &Value| -> Vec<String> {
        let mapping = run["report"]["sheets"][0]["mapping"].as_array().unwrap().clone();
        mapping.iter().map(|one| one["field"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(fields(&dry), ["staff_number", "name", "unit", "remark"]);
    // What was said before stays said; wrong ones are taken back.
    let more = columns(json!({ "等级": "title", "备注": "ignore" }));
    let id = operator.post(&again(&dry), &more).await.ok()["id"].as_str().unwrap().to_owned();
    let dry = ended(&operator, &id).await;
    assert_eq!(fields(&dry), ["staff_number", "name", "unit", "title"], "{dry}");
    operator.post(&again(&dry), &columns(json!({ "等级": "rank" }))).await.is(400, "field_unfit");

    let confirmed = operator.post(&format!("/v1/imports/{id}/confirm"), &json!({})).await.ok();
    let run = ended(&operator, confirmed["id"].as_str().unwrap()).await;
    assert_eq!((&run["report"]["new"], &run["fields"]), (&json!(1), &Value::Null), "{run}");
    operator.post(&again(&dry), &more).await.is(409, "import_not_kept");
    operator.post(&again(&run), &more).await.is(409, "import_not_kept");
    let nothing = json!({ "id": Uuid::new_v4().to_string() });
    operator.post(&again(&nothing), &more).await.is(404, "not_found");
    let tree = file("organisation-clean-1200.xlsx");
    let tree = operator.import("?kind=organisation&dry_run=true", tree, None).await;
    assert_eq!((&tree["confirmable"], &tree["fields"]), (&json!(true), &Value::Null));
    operator.post(&again(&tree), &more).await.is(400, "field_unfit");
    for path in left(&house).into_iter().filter(|path| path.extension().is_some_and(|end| end == "upload")) {
        std::fs::remove_file(path).unwrap();
    }
    let late = operator.get(&format!("/v1/imports/{}", failed["id"].as_str().unwrap())).await.ok();
    assert_eq!(late["fields"], Value::Null, "nothing can be mapped without the file");
    operator.post(&again(&failed), &more).await.is(409, "import_not_kept");
}
