//! One api of one test, and those who speak to it.

use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use peiyu_api::{Api, ApiError, Parts};
use peiyu_domain::import::ImportKind;
use peiyu_domain::letter_template::LetterLanguage;
use peiyu_platform::settings::Events;
use peiyu_platform::{Health, Shutdown, health, telemetry};
use peiyu_testing::House;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Longest wait for what happens in the background.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An api that serves until the value is dropped.
#[derive(Debug)]
pub struct Server {
    pub base: String,
    pub pool: PgPool,
    operator: String,
    shutdown: Shutdown,
    served: Option<JoinHandle<Result<(), ApiError>>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

/// Somebody who speaks to an api.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Reply {
    /// Code of the problem; empty when there is none.
    pub fn problem(&self) -> &str {
        let kind = self.body["type"].as_str().unwrap_or_default();
        kind.strip_prefix("https://peiyu.invalid/problems/").unwrap_or_default()
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.body
    }

    /// That it is this problem, with a body as RFC 9457 wants it.
    #[track_caller]
    pub fn is(&self, status: u16, problem: &str) {
        assert_eq!((self.status.as_u16(), self.problem()), (status, problem), "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert!(!self.body["detail"].as_str().unwrap_or_default().is_empty(), "{}", self.text);
        assert!(!self.body["title"].as_str().unwrap_or_default().is_empty(), "{}", self.text);
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Server {
    /// Serves what stands in the house.
    pub async fn start(house: &House) -> Self {
        let pool = house.application.store().pool().clone();
        peiyu_views::generation::migrate(&pool).await.unwrap();
        peiyu_api::migrate(&pool).await.unwrap();
        Self::serve(house, pool).await
    }

    /// Serves on databases whose schemas are in place.
    pub async fn serve(house: &House, pool: PgPool) -> Self {
        Self::serve_with(house, pool, Events::default()).await
    }

    /// With other bounds of open streams.
    pub async fn serve_with(house: &House, pool: PgPool, events: Events) -> Self {
        // Processes of one installation share the file.
        let path = house.folder.join("operator.token");
        let operator = std::fs::read_to_string(&path).unwrap_or_else(|_| {
            let operator = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
            write_private(&path, &operator);
            operator
        });
        let health = Health::new();
        health.register("api.postgres").up();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let api = Api::new(Parts {
            application: house.application.clone(),
            pool: pool.clone(),
            data: house.folder.to_path_buf(),
            public_url: base.clone(),
            // Who says from where they come is believed.
            trusted_proxies: vec![Ipv4Addr::LOCALHOST.into()],
            events,
            letter_language: LetterLanguage::Zh,
            health: health.clone(),
        });
        let operations = health::operations_router(health, telemetry::record_metrics().unwrap());
        let shutdown = Shutdown::new();
        let served = tokio::spawn(peiyu_api::serve(api, listener, operations, shutdown.clone()));
        Self { base, pool, operator, shutdown, served: Some(served) }
    }

    /// Asks it to end, and waits until it has.
    pub async fn end(mut self) {
        self.shutdown.request();
        self.served.take().unwrap().await.unwrap().unwrap();
    }

    pub fn anonymous(&self) -> Client {
        Client { http: reqwest::Client::new(), base: self.base.clone(), token: None }
    }

    pub fn operator(&self) -> Client {
        self.bearer(&self.operator)
    }

    pub fn bearer(&self, token: &str) -> Client {
        Client { token: Some(token.to_owned()), ..self.anonymous() }
    }

    /// Opens an account for somebody and signs them in.
    pub async fn account(&self, staff_number: &str) -> Client {
        let password = self.open_account(staff_number).await;
        let login = json!({ "login": staff_number, "password": password });
        let begun = self.anonymous().post("/v1/sessions", &login).await.ok();
        self.bearer(begun["token"].as_str().unwrap())
    }

    /// Opens an account; answers its first password.
    pub async fn open_account(&self, staff_number: &str) -> String {
        let opened = self.operator().post("/v1/accounts", &json!({ "login": staff_number })).await.ok();
        opened["password"].as_str().unwrap().to_owned()
    }
}

impl Client {
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await
    }

    /// The answer without its body, for what stays open; a refusal is read whole.
    pub async fn head_of(&self, path: &str) -> Reply {
        let answer = self.request(Method::GET, path).send().await.expect("the api answers");
        if !answer.status().is_success() {
            return reply(answer).await;
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        Reply { status, headers, body: Value::Null, text: String::new() }
    }

    pub async fn delete(&self, path: &str) -> Reply {
        send(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_as(path, body, Uuid::new_v4()).await
    }

    /// Under a given `Idempotency-Key`.
    pub async fn post_as(&self, path: &str, body: &Value, key: Uuid) -> Reply {
        let request = self.request(Method::POST, path).header("idempotency-key", key.to_string());
        send(request.json(body)).await
    }

    /// Resting on a version that was seen.
    pub async fn post_if(&self, path: &str, body: &Value, version: i64) -> Reply {
        let request = self.request(Method::POST, path).header("if-match", format!("\"{version}\""));
        send(request.header("idempotency-key", Uuid::new_v4().to_string()).json(body)).await
    }

    /// Uploads a file; answers the finished run.
    pub async fn import(&self, query: &str, file: Vec<u8>, mapping: Option<&str>) -> Value {
        let begun = self.upload(query, file, mapping, Uuid::new_v4()).await.ok();
        let path = format!("/v1/imports/{}", begun["id"].as_str().unwrap());
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let run = self.get(&path).await.ok();
            if matches!(run["state"].as_str(), Some("finished" | "failed")) {
                return run;
            }
            assert!(tokio::time::Instant::now() < until, "the run does not end: {run}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn upload(&self, query: &str, file: Vec<u8>, mapping: Option<&str>, key: Uuid) -> Reply {
        let part = reqwest::multipart::Part::bytes(file).file_name("file.xlsx");
        let mut form = reqwest::multipart::Form::new().part("file", part);
        if let Some(mapping) = mapping {
            form = form.text("mapping", mapping.to_owned());
        }
        let request = self.request(Method::POST, &format!("/v1/imports{query}"));
        send(request.header("idempotency-key", key.to_string()).multipart(form)).await
    }
}

pub async fn send(request: reqwest::RequestBuilder) -> Reply {
    reply(request.send().await.expect("the api answers")).await
}

async fn reply(answer: reqwest::Response) -> Reply {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let text = answer.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Reply { status, headers, body, text }
}

fn write_private(path: &Path, content: &str) {
    use std::io::Write;
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(content.as_bytes()).unwrap();
}

/// Takes every event of the house into the read models.
pub async fn project(house: &House) {
    peiyu_testing::project(house.application.store(), house.application.vault()).await;
}

/// A university of 1,200 that is served, its read models filled.
pub async fn filled() -> (House, Server) {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import(ImportKind::Roster, "clean-1200").await;
    let server = Server::start(&house).await;
    project(&house).await;
    (house, server)
}
