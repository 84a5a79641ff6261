//! PostgreSQL goes and comes back: 503 with a hint, nothing half done, then as before.

use std::time::Duration;

use peiyu_api::{Api, Parts};
use peiyu_application::{Application, Parts as ApplicationParts};
use peiyu_domain::policy::Policy;
use peiyu_platform::settings::Events;
use peiyu_platform::{Clock, Health, Shutdown, health, telemetry};
use peiyu_servers::testing::{PrivatePostgres, ScratchFolder};
use peiyu_store::{Appender, Store};
use peiyu_vault::{MasterKey, Vault};
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::server::{PATIENCE, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_postgres_means_503_and_then_everything_goes_on() {
    let mut postgres = PrivatePostgres::start().await;
    for name in ["events", "keys"] {
        postgres.server.create_database(name).await.unwrap();
    }
    let folder = ScratchFolder::new();
    let store = Store::connect(&postgres.server.url("events"), 4).await.unwrap();
    let pool = store.pool().clone();
    peiyu_store::migrate(&pool).await.unwrap();
    peiyu_views::generation::migrate(&pool).await.unwrap();
    peiyu_api::migrate(&pool).await.unwrap();
    let keys = peiyu_vault::connect(&postgres.server.url("keys"), 2).await.unwrap();
    peiyu_vault::migrate(&keys).await.unwrap();
    let master = MasterKey::create(&folder.join("master.key")).unwrap();
    let vault = Vault::open(keys, &master).await.unwrap();
    let appender = Appender::start(store.clone(), CancellationToken::new());
    let clock = Clock::machine(jiff::SignedDuration::ZERO);
    let application =
        Application::new(ApplicationParts { store, appender, vault, clock, tenant: "test".into() });

    let token = "o".repeat(40);
    let file = folder.join("operator.token");
    std::fs::write(&file, &token).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let api = Api::new(Parts {
        application,
        pool,
        data: folder.to_path_buf(),
        public_url: base.clone(),
        trusted_proxies: Vec::new(),
        letter_language: peiyu_domain::letter_template::LetterLanguage::Zh,
        events: Events::default(),
        health: Health::new(),
    });
    let operations = health::operations_router(Health::new(), telemetry::record_metrics().unwrap());
    let shutdown = Shutdown::new();
    tokio::spawn(peiyu_api::serve(api, listener, operations, shutdown.clone()));

    let http = reqwest::Client::new();
    let adopt = |key: Uuid| {
        let request = http.request(Method::POST, format!("{base}/v1/policies")).bearer_auth(&token);
        let request = request.header("idempotency-key", key.to_string());
        send(request.json(&json!({ "content": Policy::shipped_text() })))
    };
    let pool_of = || send(http.get(format!("{base}/v1/pool")).bearer_auth(&token));
    assert_eq!(pool_of().await.status, 200);

    postgres.server.kill9();
    let key = Uuid::new_v4();
    let refused = adopt(key).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert!(matches!(refused.problem(), "unavailable" | "outcome_unknown"), "{}", refused.text);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    let refused = pool_of().await;
    refused.is(503, "unavailable");
    assert!(!refused.text.contains("127.0.0.1"), "{}", refused.text);
    assert_eq!(send(http.get(format!("{base}/healthz"))).await.status, 200);

    postgres.restart().await;
    let until = tokio::time::Instant::now() + PATIENCE;
    let done = loop {
        // The same key, as the answer said.
        let answer = adopt(key).await;
        if answer.status == 200 {
            break answer;
        }
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(tokio::time::Instant::now() < until, "it does not come back: {}", answer.text);
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(done.body["version"], 1);
    assert_eq!(adopt(key).await.ok(), done.body);
    shutdown.request();
}
