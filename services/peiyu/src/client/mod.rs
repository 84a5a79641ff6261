//! Speaks to the api over HTTP, as every user's verb does.

mod credentials;
mod event_stream;
mod last_event;
mod problem;
mod tls;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde_json::Value;
use uuid::Uuid;

use crate::cli::Global;
use crate::failure::{Code, Failure};
use crate::place::Place;

pub(crate) use credentials::Credentials;
pub(crate) use event_stream::EventStream;

/// Times that a command is sent again, with the same id, when the system says that it is busy.
const MOST_SENDINGS: u32 = 4;

/// A connection to one system as one account.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    /// Under which a login is kept: the address, or the data folder of a local system, whose port may change.
    kept_as: String,
    token: Option<String>,
    /// The last event that an answer named: whoever wrote it wants to see it (`Peiyu-After`).
    after: Arc<Mutex<Option<String>>>,
    /// Whether the user's next call shall show it too.
    remembers: bool,
}

/// An answer with the version that it shows.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The body.
    pub body: Value,
    /// `ETag`, to be sent back as `If-Match`.
    pub etag: Option<String>,
}

/// How long read models may take to show an import.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);

fn number_in(answer: &Response, header: &str) -> Option<i64> {
    answer.headers().get(header)?.to_str().ok()?.parse().ok()
}

/// A token that was issued.
#[derive(Debug)]
pub(crate) struct Issued {
    /// By which it is taken back.
    pub id: String,
    /// The token itself.
    pub token: String,
    /// Whether the password was issued by an officer and should be changed.
    pub must_change: bool,
}

impl Client {
    /// The system named by `--url`, else the one that runs on this machine, else the one logged in to last.
    ///
    /// # Errors
    /// When none runs, or nobody has logged in to it.
    pub(crate) fn connect(global: &Global) -> Result<Self, Failure> {
        let client = Self::anonymous(global)?;
        let token = client.token_for(global)?;
        let after = Arc::new(Mutex::new(last_event::read(&client.kept_as)));
        Ok(Self { token: Some(token), after, remembers: true, ..client })
    }

    /// As [`Client::connect`], before anybody has logged in.
    ///
    /// # Errors
    /// When no system is named and none runs here.
    pub(crate) fn anonymous(global: &Global) -> Result<Self, Failure> {
        let place = Place::at(global.data.as_deref());
        if let Some(url) = &global.url {
            return Self::elsewhere(url.trim_end_matches('/').to_owned(), global);
        }
        if let Some(running) = place.running() {
            let client = Self::to(format!("http://{}", running.address), None)?;
            return Ok(Self { kept_as: place.folder().display().to_string(), ..client });
        }
        if global.data.is_some() {
            return Err(not_running());
        }
        // A data folder was the last one logged in to, and nothing runs there now.
        let last = Credentials::load()?.current().filter(|last| last.starts_with("http"));
        Self::elsewhere(last.ok_or_else(not_running)?, global)
    }

    /// A system on another machine, vouched for by the CA given now, or when somebody logged in there.
    fn elsewhere(base: String, global: &Global) -> Result<Self, Failure> {
        let ca = match &global.ca {
            Some(ca) => Some(ca.clone()),
            None => Credentials::load()?.ca(&base),
        };
        Self::trusting(base, None, ca.as_deref())
    }

    /// The system at `base` with a token.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub(crate) fn to(base: String, token: Option<String>) -> Result<Self, Failure> {
        Self::trusting(base, token, None)
    }

    fn trusting(base: String, token: Option<String>, ca: Option<&Path>) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(300))
            .user_agent(concat!("peiyu/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls::config(base.starts_with("https://"), ca)?)
            .build()
            .map_err(|error| Failure::failed("无法建立连接", "cannot set up HTTP").because(error))?;
        Ok(Self { http, kept_as: base.clone(), base, token, after: Arc::default(), remembers: false })
    }

    /// The same system, as whoever holds the token.
    pub(crate) fn with_token(&self, token: String) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    /// Where it speaks to.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Under which its login is kept.
    pub(crate) fn kept_as(&self) -> &str {
        &self.kept_as
    }

    /// `PEIYU_TOKEN`, else the login kept for this system, else the operator's token of the local one.
    fn token_for(&self, global: &Global) -> Result<String, Failure> {
        if let Some(token) = std::env::var("PEIYU_TOKEN").ok().filter(|token| !token.is_empty()) {
            return Ok(token);
        }
        let place = Place::at(global.data.as_deref());
        let is_local =
            place.running().is_some_and(|running| self.base == format!("http://{}", running.address));
        if !global.operator
            && let Some(token) = Credentials::load()?.token(&self.kept_as)
        {
            return Ok(token);
        }
        let operator = std::fs::read_to_string(place.operator_token());
        match operator {
            Ok(token) if is_local => Ok(token.trim().to_owned()),
            Ok(_) | Err(_) => Err(Failure::new(
                Code::NotSignedIn,
                format!("尚未登录 {}", self.base),
                format!("nobody is logged in to {}", self.base),
            )
            .next("登录：peiyu login", "log in: peiyu login")),
        }
    }

    /// Asks.
    ///
    /// # Errors
    /// A problem of the api, or no answer.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        Ok(self.see(path, query).await?.body)
    }

    /// Asks, and keeps the version that is seen.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(crate) async fn see(&self, path: &str, query: &[(&str, String)]) -> Result<Seen, Failure> {
        let request = self.after(self.request(Method::GET, path).query(query));
        let answer = self.send(request).await?;
        let etag = answer.headers().get(header::ETAG).and_then(|value| value.to_str().ok());
        let etag = etag.map(ToOwned::to_owned);
        Ok(Seen { body: json(answer).await?, etag })
    }

    /// Asks for bytes.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(crate) async fn bytes(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<u8>, Failure> {
        let answer = self.send(self.request(Method::GET, path).query(query)).await?;
        Ok(answer.bytes().await.map_err(|error| self.no_answer(&error))?.to_vec())
    }

    /// The answer as it comes, for streams of lines.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(crate) async fn stream(&self, path: &str, query: &[(&str, String)]) -> Result<Response, Failure> {
        self.send(self.request(Method::GET, path).query(query)).await
    }

    /// The feed as a stream that stays open, after `Last-Event-ID` if there is one.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(crate) async fn events(
        &self,
        query: &[(&str, String)],
        last_id: Option<&str>,
    ) -> Result<Response, Failure> {
        let mut request = self.request(Method::GET, "/v1/events").query(query).timeout(Duration::MAX);
        request = request.header(header::ACCEPT, "text/event-stream");
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        self.send(request).await
    }

    /// Sends a command under a new id.
    ///
    /// # Errors
    /// A refusal, a problem, or no answer.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.command(path, body, Uuid::now_v7(), None).await
    }

    /// Sends a command that rests on what was seen.
    ///
    /// # Errors
    /// As [`Client::post`]; refused when it has changed meanwhile.
    pub(crate) async fn post_if(&self, path: &str, body: &Value, etag: &str) -> Result<Value, Failure> {
        self.command(path, body, Uuid::now_v7(), Some(etag)).await
    }

    /// Sends a command; while the outcome is unknown it is sent again with the same id.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub(crate) async fn command(
        &self,
        path: &str,
        body: &Value,
        id: Uuid,
        etag: Option<&str>,
    ) -> Result<Value, Failure> {
        let mut sending = 1;
        loop {
            let mut request = self.request(Method::POST, path).json(body);
            request = self.after(request.header("idempotency-key", id.to_string()));
            if let Some(etag) = etag {
                request = request.header(header::IF_MATCH, etag);
            }
            match self.send(request).await {
                Ok(answer) => {
                    let answer = json(answer).await?;
                    self.wrote(&answer);
                    return Ok(answer);
                }
                Err(failure) if failure.code == Code::Unreachable && sending < MOST_SENDINGS => {
                    tokio::time::sleep(Duration::from_millis(300) * sending).await;
                    sending += 1;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Uploads files.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub(crate) async fn upload(
        &self,
        path: &str,
        query: &[(&str, String)],
        form: reqwest::multipart::Form,
        id: Uuid,
    ) -> Result<Value, Failure> {
        let request = self.request(Method::POST, path).query(query).multipart(form);
        json(self.send(request.header("idempotency-key", id.to_string())).await?).await
    }

    /// Takes something away.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub(crate) async fn delete(&self, path: &str) -> Result<(), Failure> {
        self.send(self.request(Method::DELETE, path)).await?;
        Ok(())
    }

    /// Signs in and asks for a token of its own, so that no password need be kept.
    ///
    /// # Errors
    /// When number or password are wrong.
    pub(crate) async fn log_in(&self, staff_number: &str, password: &str) -> Result<Issued, Failure> {
        // A token would go before the session's cookie.
        let nobody = Self { token: None, ..self.clone() };
        let body = serde_json::json!({ "staff_number": staff_number, "password": password });
        let key = || ("idempotency-key", Uuid::now_v7().to_string());
        let (name, value) = key();
        let answer = nobody
            .send(self.anonymous_request(Method::POST, "/v1/sessions").header(name, value).json(&body))
            .await?;
        let cookie = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).map(ToOwned::to_owned);
        let cookie = cookie.ok_or_else(|| Failure::failed("登录后没有得到会话", "no session came back"))?;
        let must_change =
            json(answer).await?.get("must_change_password").and_then(Value::as_bool).unwrap_or(false);
        let (name, value) = key();
        let request = self.anonymous_request(Method::POST, "/v1/tokens").header(name, value);
        let request = request.header(header::COOKIE, &cookie).json(&serde_json::json!({ "name": "peiyu" }));
        let issued = json(nobody.send(request).await?).await?;
        let request =
            self.anonymous_request(Method::DELETE, "/v1/sessions/current").header(header::COOKIE, &cookie);
        nobody.send(request).await?;
        let text = |name: &str| issued.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Issued { id: text("id"), token: text("token"), must_change })
    }

    /// Asks to be shown what was written before.
    fn after(&self, request: RequestBuilder) -> RequestBuilder {
        match &*self.after.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(event) => request.header("peiyu-after", event),
            None => request,
        }
    }

    /// Remembers what was written, for the questions that follow.
    pub(crate) fn wrote(&self, answer: &Value) {
        let Some(event) = answer.get("event").and_then(Value::as_str) else { return };
        *self.after.lock().unwrap_or_else(PoisonError::into_inner) = Some(event.to_owned());
        if self.remembers {
            last_event::keep(&self.kept_as, event);
        }
    }

    /// Waits until the read models show the feed as it stands now; for work of which no single event is known.
    /// Whoever may not read the feed is not kept waiting.
    ///
    /// # Errors
    /// When the api does not answer.
    pub(crate) async fn settle(&self) -> Result<(), Failure> {
        let head = self.stream("/v1/events", &[("limit", "1".to_owned())]).await;
        let Some(head) = head.ok().and_then(|answer| number_in(&answer, "peiyu-head")) else { return Ok(()) };
        let deadline = tokio::time::Instant::now() + SETTLED_WITHIN;
        while tokio::time::Instant::now() < deadline {
            let answer = self.stream("/v1/pool", &[("limit", "1".to_owned())]).await?;
            if number_in(&answer, "peiyu-position").is_none_or(|shown| shown >= head) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// A request without our own token, for somebody who shows who they are otherwise.
    fn anonymous_request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        request.header(header::ACCEPT_LANGUAGE, "zh-CN, en;q=0.5")
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.anonymous_request(method, path);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let answer = request.send().await.map_err(|error| self.no_answer(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.map(ToOwned::to_owned);
        let body = answer.bytes().await.unwrap_or_default();
        Err(problem::failure(status, &body, retry_after.as_deref()))
    }

    fn no_answer(&self, error: &reqwest::Error) -> Failure {
        if let Some(failure) = tls::distrust(&self.base, error) {
            return failure;
        }
        if error.is_connect() {
            return Failure::new(
                Code::Unreachable,
                format!("连不上 {}", self.base),
                format!("nothing answers at {}", self.base),
            )
            .next("系统没有运行：peiyu up", "the system is not running: peiyu up");
        }
        // The address may carry what was asked; the kind of the error says enough.
        if error.is_builder() {
            return Failure::usage(
                format!("网址不能用：{}", self.base),
                format!("this address cannot be used: {}", self.base),
            )
            .next("写成 https://主机 或 http://主机:端口", "write it as https://host or http://host:port");
        }
        let kind = if error.is_timeout() { "time-out" } else { "broken connection" };
        Failure::new(
            Code::Unreachable,
            format!("{} 没有回答完整（{kind}）", self.base),
            format!("no whole answer from {} ({kind})", self.base),
        )
        .next("看看哪里不对：peiyu doctor", "see what is wrong: peiyu doctor")
    }
}

/// Forgets what is kept about a system that is no more: its login, and what was last written to it.
///
/// # Errors
/// When the logins cannot be written.
pub(crate) fn forget(kept_as: &str) -> Result<(), Failure> {
    last_event::forget(kept_as);
    Credentials::forget(kept_as).map(drop)
}

/// Nothing runs here.
pub(crate) fn not_running() -> Failure {
    Failure::new(Code::Unreachable, "系统没有运行：peiyu up", "the system is not running: peiyu up")
        .next("别处的系统：--url 网址，或 PEIYU_URL", "a system elsewhere: --url URL, or PEIYU_URL")
}

async fn json(answer: Response) -> Result<Value, Failure> {
    if answer.status() == StatusCode::NO_CONTENT {
        return Ok(Value::Null);
    }
    let bytes = answer.bytes().await.map_err(|error| {
        Failure::new(Code::Unreachable, "回答不完整", "the answer broke off").because(error.without_url())
    })?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::failed("对方的回答不是 JSON", "the answer is not JSON")
            .because(error)
            .next("那里运行的是 Peiyu 吗？", "is it Peiyu that runs there?")
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_system_that_does_not_run_exits_with_4_and_says_what_to_type() {
        // Bound and let go, so that nobody listens there.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let failure = Client::to(base, None).unwrap().get("/v1/todo", &[]).await.unwrap_err();
        assert_eq!(failure.code, Code::Unreachable);
        assert!(failure.to_string().contains("系统没有运行：peiyu up"), "{failure}");
    }
}
