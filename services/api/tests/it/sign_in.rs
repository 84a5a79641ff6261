//! Passwords, sessions, tokens, and the brake on guessing.

use peiyu_domain::import::ImportKind;
use peiyu_testing::{House, Sample};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::server::{Server, send};

async fn house_with_people() -> House {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_changes_the_password_and_signs_out() {
    let house = house_with_people().await;
    let server = Server::start(&house).await;
    let number = Sample::BRANCH_SECRETARY;
    let first = server.open_account(number).await;
    let anonymous = server.anonymous();
    let login = |password: &str| json!({ "login": number, "password": password });

    let begun = anonymous.post("/v1/sessions", &login(&first)).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    let cookie = begun.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert_eq!(begun.body["must_change_password"], true);
    let cookie = cookie.split(';').next().unwrap().to_owned();

    // As a Chinese keyboard writes it.
    let wide: String = number.chars().filter_map(|digit| char::from_u32(u32::from(digit) + 0xFEE0)).collect();
    let typed = json!({ "login": format!("\u{3000}{wide} "), "password": &first });
    anonymous.post("/v1/sessions", &typed).await.ok();

    // By cookie, as browsers do.
    let whoami = send(anonymous.request(Method::GET, "/v1/whoami").header("cookie", &cookie)).await.ok();
    assert!(whoami["rights"].as_array().unwrap().contains(&json!("talk.record")), "{whoami}");

    let other =
        server.bearer(anonymous.post("/v1/sessions", &login(&first)).await.ok()["token"].as_str().unwrap());
    let change = |present: &str, new: &str| json!({ "present": present, "new": new });
    let signed_in = server.bearer(begun.body["token"].as_str().unwrap());
    signed_in
        .post("/v1/account/password", &change("wrong", "a longer secret"))
        .await
        .is(422, "password_wrong");
    signed_in.post("/v1/account/password", &change(&first, "short")).await.is(422, "password_unfit");
    assert_eq!(signed_in.post("/v1/account/password", &change(&first, "a longer secret")).await.status, 204);
    other.get("/v1/whoami").await.is(401, "not_signed_in");
    assert_eq!(signed_in.get("/v1/whoami").await.ok()["must_change_password"], false);
    anonymous.post("/v1/sessions", &login(&first)).await.is(401, "login_failed");

    assert_eq!(signed_in.delete("/v1/sessions/current").await.status, 204);
    signed_in.get("/v1/whoami").await.is(401, "not_signed_in");
    anonymous.post("/v1/sessions", &login("a longer secret")).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_works_until_it_is_taken_back_and_is_not_shown_again() {
    let house = house_with_people().await;
    let server = Server::start(&house).await;
    let account = server.account(Sample::COMMITTEE_SECRETARY).await;
    let issued = account.post("/v1/tokens", &json!({ "name": "nightly export" })).await.ok();
    let (id, token) = (issued["id"].as_str().unwrap(), issued["token"].as_str().unwrap());
    let machine = server.bearer(token);
    machine.get("/v1/whoami").await.ok();
    let listed = account.get("/v1/tokens").await;
    assert_eq!(listed.body["items"][0]["name"], "nightly export");
    assert!(!listed.text.contains(token));
    let kept: Vec<String> = sqlx::query_scalar("select row_to_json(t)::text from api.tokens t")
        .fetch_all(&server.pool)
        .await
        .unwrap();
    assert!(kept.len() == 1 && !kept[0].contains(token), "only the hash is kept: {kept:?}");
    assert_eq!(account.delete(&format!("/v1/tokens/{id}")).await.status, 204);
    machine.get("/v1/whoami").await.is(401, "not_signed_in");
    account.delete(&format!("/v1/tokens/{id}")).await.is(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_braked_for_known_and_unknown_logins_alike() {
    let house = house_with_people().await;
    let server = Server::start(&house).await;
    let password = server.open_account(Sample::BRANCH_SECRETARY).await;
    for login in ["no such number", Sample::BRANCH_SECRETARY] {
        let guess = json!({ "login": login, "password": "guessed wrongly" });
        let mut failed = 0;
        let braked = loop {
            let answer = server.anonymous().post("/v1/sessions", &guess).await;
            if answer.status == 429 {
                break answer;
            }
            answer.is(401, "login_failed");
            failed += 1;
            assert!(failed < 20, "nothing brakes");
        };
        braked.is(429, "too_many_attempts");
        assert!(braked.header("retry-after").parse::<u64>().unwrap() >= 1);
        assert!(failed >= 4, "braked after {failed}");
    }
    // The right password does not help while the brake is on.
    let right = json!({ "login": Sample::BRANCH_SECRETARY, "password": password });
    assert_eq!(server.anonymous().post("/v1/sessions", &right).await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_every_session_and_a_closed_account_is_nobody() {
    let house = house_with_people().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let account = server.account(Sample::BRANCH_SECRETARY).await;
    let id = account.get("/v1/whoami").await.ok()["account"].as_str().unwrap().to_owned();

    let key = Uuid::new_v4();
    let path = format!("/v1/accounts/{id}/password");
    let reset = operator.post_as(&path, &json!({}), key).await.ok();
    let again = operator.post_as(&path, &json!({}), key).await.ok();
    assert_eq!((&reset["event"], &again["password"]), (&again["event"], &serde_json::Value::Null));
    account.get("/v1/whoami").await.is(401, "not_signed_in");
    let login = json!({ "login": Sample::BRANCH_SECRETARY, "password": reset["password"] });
    let begun = server.anonymous().post("/v1/sessions", &login).await.ok();
    let account = server.bearer(begun["token"].as_str().unwrap());
    account.get("/v1/whoami").await.ok();

    operator.delete(&format!("/v1/accounts/{id}")).await.ok();
    account.get("/v1/whoami").await.is(401, "not_signed_in");
    server.anonymous().post("/v1/sessions", &login).await.is(401, "login_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_grants_a_right_that_they_do_not_have() {
    let house = house_with_people().await;
    let server = Server::start(&house).await;
    let head = server.account(Sample::DEPARTMENT_HEAD).await;
    let other = server.account(Sample::BRANCH_SECRETARY).await;
    let id = other.get("/v1/whoami").await.ok()["account"].as_str().unwrap().to_owned();
    let path = format!("/v1/accounts/{id}/rights");
    head.post(&path, &json!({ "right": "operate" })).await.is(403, "forbidden");
    head.post(&path, &json!({ "right": "feed.read" })).await.ok();
    assert_eq!(other.get("/v1/events").await.status, 200);
    head.delete(&format!("{path}/feed.read")).await.ok();
    other.get("/v1/events").await.is(403, "forbidden");
}

/// Signs in as somebody from an address, through a proxy that is trusted; answers the status.
async fn from(server: &Server, address: Option<&str>, login: &str, password: &str) -> u16 {
    let request = server.anonymous().request(Method::POST, "/v1/sessions");
    let request = request.header("idempotency-key", Uuid::new_v4().to_string());
    let request = match address {
        Some(address) => request.header("x-forwarded-for", address),
        None => request,
    };
    send(request.json(&json!({ "login": login, "password": password }))).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_from_one_address_close_it_for_a_while_and_no_other() {
    let house = house_with_people().await;
    let server = Server::start(&house).await;
    let login = Sample::BRANCH_SECRETARY;
    let password = server.open_account(login).await;
    let (guessing, elsewhere) = (Some("203.0.113.7"), Some("203.0.113.8"));
    let mut failed = 0;
    while from(&server, guessing, &format!("guess {failed}"), "guessed wrongly").await == 401 {
        failed += 1;
        assert!(failed < 60, "nothing brakes");
    }
    assert!(failed >= 50, "braked after {failed}");
    assert_eq!(from(&server, guessing, login, &password).await, 429);
    assert_eq!(from(&server, elsewhere, login, &password).await, 201);

    // Once the wait is over, a right password keeps nobody waiting.
    let mut at = house.application.store().pool().acquire().await.unwrap();
    sqlx::query("update api.attempts set open_again = now()").execute(&mut *at).await.unwrap();
    for _ in 0..3 {
        assert_eq!(from(&server, guessing, login, &password).await, 201);
    }
    // Failures fade: an hour later there are fewer than are free.
    sqlx::query("update api.attempts set last_at = now() - interval '1 hour', open_again = now()")
        .execute(&mut *at)
        .await
        .unwrap();
    for guess in ["one", "two", "three"] {
        assert_eq!(from(&server, guessing, guess, "guessed wrongly").await, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_on_this_machine_that_nobody_named_guesses_close_sign_in_for_nobody_else() {
    let house = house_with_people().await;
    let server = Server::start(&house).await;
    let password = server.open_account(Sample::BRANCH_SECRETARY).await;
    for guess in 0..60 {
        assert_eq!(from(&server, None, &format!("guess {guess}"), "guessed wrongly").await, 401);
    }
    assert_eq!(from(&server, None, Sample::BRANCH_SECRETARY, &password).await, 201);
}
