//! Pages as a browser asks for them: each with the demo's people against a bar, and those that show much of many
//! candidates against few.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use peiyu_views::View;
use peiyu_views::rebuild::{Start, rebuild};
use peiyu_workbooks::KnownUnits;
use reqwest::header;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::feed::{EACH_LIAISON, Filled, ROOMS, UNITS, filled, room, staff_number, unit};
use crate::http::{Served, serve};
use crate::machine::Machine;
use crate::program;
use crate::scale::{SLOW, without_liaison};
use crate::table::{Bar, Table, quantile};

/// Times that each page is asked for: with the demo's people, and of many and few.
const ASKED: usize = 100;
const ASKED_OF_MANY: usize = 60;
/// Milliseconds within which 99 of 100 pages are there with the demo's people.
const QUICK: f64 = 50.0;
/// People of whom there are few.
const FEW: usize = 10_000;

const LIAISON: &str = "9000013";
const OFFICER: &str = "9000002";
const OPERATOR: &str = "9000032";

/// Who looks at what. Braces stand for an id of the demo.
const PAGES: [(&str, &str); 25] = [
    (LIAISON, "/todo"),
    (LIAISON, "/people/{candidate}/talks/new"),
    (LIAISON, "/people/{candidate}"),
    (LIAISON, "/people/{candidate}/talks/1"),
    (LIAISON, "/people/{candidate}/talks/1/correct"),
    (LIAISON, "/password"),
    (OFFICER, "/pool"),
    (OFFICER, "/pool?state=overdue&category=doctor"),
    (OFFICER, "/people/{candidate}/liaison"),
    (OFFICER, "/people/{candidate}/correct"),
    (OFFICER, "/people/{candidate}/reminders"),
    (OFFICER, "/coverage"),
    (OFFICER, "/coverage?standing=overdue"),
    (OFFICER, "/coverage/gaps"),
    (OFFICER, "/coverage/proposal"),
    (OFFICER, "/imports"),
    (OFFICER, "/imports/{import}"),
    (OFFICER, "/trainings"),
    (OFFICER, "/trainings/new"),
    (OFFICER, "/trainings/{training}"),
    (OFFICER, "/reminders"),
    (OFFICER, "/reminders/preview"),
    (OPERATOR, "/operations"),
    (OPERATOR, "/operations/parked"),
    (OPERATOR, "/operations/policy"),
];

/// Those that show much of many candidates.
const GROWING: [&str; 5] =
    ["/pool", "/pool?state=overdue&category=doctor", "/people/{candidate}", "/todo", "/coverage"];

pub async fn measure(machine: &Machine, many: &Filled, table: &mut Table) -> anyhow::Result<()> {
    peiyu_servers::testing::use_ring();
    demo(machine, table).await.context("with the demo's people")?;
    growth(machine, many, table).await.context("many against few")
}

/// Somebody signed in.
struct Browser {
    client: reqwest::Client,
    base: String,
    cookie: String,
}

impl Browser {
    async fn of(base: &str, login: &str, password: &str) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let form = [("login", login), ("password", password)];
        let sent = client.post(format!("{base}/sign-in")).header("sec-fetch-site", "same-origin").form(&form);
        let answer = sent.send().await?;
        ensure!(answer.status().is_redirection(), "{login} is not let in: {}", answer.status());
        let set = answer.headers().get_all(header::SET_COOKIE).iter();
        let pairs = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookie = pairs.collect::<Vec<&str>>().join("; ");
        ensure!(!cookie.is_empty(), "{login} gets no session");
        Ok(Self { client, base: base.to_owned(), cookie })
    }

    fn request(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("{}{path}", self.base)).header(header::COOKIE, &self.cookie)
    }

    /// Milliseconds until the whole page is there, packed as for any browser.
    async fn page(&self, path: &str) -> anyhow::Result<f64> {
        let request = self.request(path).header(header::ACCEPT_ENCODING, "gzip, br");
        let began = Instant::now();
        let answer = request.send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?.len();
        let took = began.elapsed().as_secs_f64() * 1000.0;
        ensure!(status == reqwest::StatusCode::OK && bytes > 500, "{path}: {status}, {bytes} bytes");
        Ok(took)
    }

    /// An id of the first that fits in a list of the interface.
    async fn first(&self, path: &str, fits: impl Fn(&Value) -> bool, id: &str) -> anyhow::Result<String> {
        let answer: Value = self.request(path).send().await?.error_for_status()?.json().await?;
        let found = answer["items"].as_array().into_iter().flatten().find(|item| fits(item));
        let id = found.and_then(|item| item[id].as_str());
        Ok(id.with_context(|| format!("nothing in {path} fits"))?.to_owned())
    }
}

/// A system as a newcomer starts it.
async fn demo(machine: &Machine, table: &mut Table) -> anyhow::Result<()> {
    let folder = machine.file("pages");
    let data = folder.display().to_string();
    let address = program::free_address()?;
    program::run(&["up", "--detach", "--data", &data, "--listen", &address]).await?;
    let measured = every_page(&format!("http://{address}"), &folder, table).await;
    program::run(&["down", "--data", &data]).await?;
    measured
}

async fn every_page(base: &str, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let logins = std::fs::read_to_string(folder.join("demo-logins.txt"))?;
    let mut browsers = Vec::new();
    for login in [LIAISON, OFFICER, OPERATOR] {
        let line = logins.lines().find(|line| line.starts_with(login)).context("a login of the demo")?;
        let password = line.split_whitespace().nth(1).unwrap_or_default();
        browsers.push((login, Browser::of(base, login, password).await?));
    }
    let as_of = |login: &str| browsers.iter().find(|(whose, _)| *whose == login).map(|(_, browser)| browser);
    let (liaison, officer) = as_of(LIAISON).zip(as_of(OFFICER)).context("both are signed in")?;
    let places = [
        ("{candidate}", liaison.first("/v1/todo", |duty| duty["kind"] == "next_talk", "candidate").await?),
        ("{import}", officer.first("/v1/imports", |run| run["kind"] == "roster", "id").await?),
        ("{training}", officer.first("/v1/trainings", |_| true, "id").await?),
    ];
    let mut times = vec![Vec::new(); PAGES.len()];
    for _ in 0..ASKED {
        for ((login, path), times) in PAGES.iter().zip(&mut times) {
            let path = places.iter().fold((*path).to_owned(), |path, (name, id)| path.replace(name, id));
            times.push(as_of(login).context("a browser")?.page(&path).await?);
        }
    }
    for ((_, path), times) in PAGES.iter().zip(&mut times) {
        let (median, slow) = (quantile(times, 0.5), quantile(times, 0.99));
        table.row(
            format!("page {path} with the demo's people, p99"),
            format!("{slow:.1} ms (median {median:.1})"),
            format!("{QUICK} ms"),
            slow / QUICK,
            Bar::AtMost(1.0),
        );
    }
    Ok(())
}

/// A filled database that is served, with somebody who looks at it.
struct Opened<'a> {
    filled: &'a Filled,
    served: Served,
    stop: CancellationToken,
    browser: Browser,
}

async fn growth(machine: &Machine, many: &Filled, table: &mut Table) -> anyhow::Result<()> {
    let few = filled(machine, "pages_few", FEW.min(many.people.len())).await?;
    rebuild(&few.pool, View::ALL, &few.feed, Start::Again, &mut |_, _| {}).await?;
    let little = opened(machine, &few, "pages_few").await?;
    let much = opened(machine, many, "rebuild").await?;
    for page in GROWING {
        let (mut ours, mut peer) = (Vec::new(), Vec::new());
        for turn in 0..ASKED_OF_MANY {
            peer.push(little.page(page, turn).await?);
            ours.push(much.page(page, turn).await?);
        }
        let (people, fewer) = (many.people.len(), few.people.len());
        let (median, less) = (quantile(&mut ours, 0.5), quantile(&mut peer, 0.5));
        table.row(
            format!("page {page} at {people} candidates, median"),
            format!("{median:.1} ms"),
            format!("at {fewer}: {less:.1} ms"),
            median / less,
            Bar::AtMost(2.0),
        );
        let slow = quantile(&mut ours, 0.99);
        table.row(
            format!("page {page} at {people} candidates, p99"),
            format!("{slow:.1} ms"),
            format!("{SLOW} ms"),
            slow / SLOW,
            Bar::AtMost(1.0),
        );
    }
    for opened in [little, much] {
        opened.served.end().await?;
        opened.stop.cancel();
    }
    Ok(())
}

impl Opened<'_> {
    async fn page(&self, page: &str, turn: usize) -> anyhow::Result<f64> {
        let candidate = self.filled.people[turn * 97 % self.filled.people.len()];
        self.browser.page(&page.replace("{candidate}", &candidate.to_string())).await
    }
}

/// Gives the people a tree of organisations, takes a liaison from some, and signs one in who sees all of it.
async fn opened<'a>(machine: &Machine, filled: &'a Filled, name: &str) -> anyhow::Result<Opened<'a>> {
    let (application, stop) = machine.application_on(name).await?;
    crate::import::tree(machine, &application, &units()).await?;
    peiyu_testing::project(application.store(), application.vault()).await;
    without_liaison(&filled.pool).await?;
    peiyu_api::migrate(&filled.pool).await?;
    let served = serve(machine, &application, &format!("{name}_api")).await?;
    let browser = somebody(&served, filled).await?;
    Ok(Opened { filled, served, stop, browser })
}

fn units() -> KnownUnits {
    let mut units = KnownUnits::default();
    for number in 0..UNITS * ROOMS {
        units.add(&unit(number), Some(&room(number)));
    }
    units
}

/// A liaison with as many people as every other, who sees the whole pool.
async fn somebody(served: &Served, filled: &Filled) -> anyhow::Result<Browser> {
    let number = filled.people.len() / 2 / EACH_LIAISON * EACH_LIAISON;
    let person = filled.people[number];
    let ask = async |path: &str, body: Value| -> anyhow::Result<Value> {
        let request = served.client.post(format!("{}{path}", served.base)).bearer_auth(&served.token);
        let request = request.header("idempotency-key", Uuid::now_v7().to_string()).json(&body);
        Ok(request.send().await?.error_for_status()?.json().await?)
    };
    let account = ask("/v1/accounts", json!({ "person": person })).await?;
    let text = |field: &str| account[field].as_str().unwrap_or_default();
    for right in ["pool.read", "todo.read", "talk.record", "liaison.assign"] {
        ask(&format!("/v1/accounts/{}/rights", text("id")), json!({ "right": right })).await?;
    }
    Browser::of(&served.base, &staff_number(number), text("password")).await
}
