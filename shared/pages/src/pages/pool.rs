//! 信息库: everybody in the pool, searched by a form that is sent (no name in the address), filtered by codes that
//! stand in the address, sorted, in pages, and taken away as .xlsx.

mod asked;
mod organisations;
mod told;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use self::asked::{Asked, COLUMNS};
use self::organisations::Choice;
use crate::Pages;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, page};
use crate::visitor::Visitor;
use crate::words::Words;

/// Rows of a page.
const ROWS: u32 = 50;
/// Nobody reads more of a number of people than that it is large; counting on would be waited for.
const COUNTED: u32 = 10_000;

#[derive(Debug, Default, Deserialize)]
struct Answer {
    items: Vec<Row>,
    total: Option<i64>,
    #[serde(default)]
    more_than_total: bool,
    next_cursor: Option<String>,
}

/// Somebody of the pool as the interface tells it.
#[derive(Debug, Deserialize)]
struct Row {
    id: Uuid,
    name: String,
    staff_number: String,
    unit: String,
    room: String,
    title: String,
    categories: Vec<String>,
    liaison: Option<Uuid>,
    liaison_name: Option<String>,
    last_talk: Option<Date>,
    duty: Option<String>,
    due_on: Option<Date>,
    state: Option<String>,
}

/// A column's head: how the list is sorted by it, and how it would be next.
struct Head {
    code: &'static str,
    /// What is sent to sort by it; none when it cannot be sorted by.
    next: Option<String>,
    address: String,
    /// `ascending` or `descending` when the list is sorted by it.
    standing: Option<&'static str>,
}

/// A list that is often wanted, one tap away.
struct Quick {
    text: &'static str,
    address: String,
    is_here: bool,
}

#[derive(Template)]
#[template(path = "pool.html")]
struct Pool {
    frame: Frame,
    l: Words,
    asked: Asked,
    columns: &'static [&'static str],
    categories: Vec<&'static str>,
    me: Option<Uuid>,
    quick: Vec<Quick>,
    organisations: Vec<Choice>,
    /// The filters in words.
    told: String,
    /// The chosen liaison, when it is neither nobody nor the visitor.
    other_liaison: Option<String>,
    heads: Vec<Head>,
    rows: Vec<Row>,
    total: String,
    next_cursor: Option<String>,
    problem: Option<Problem>,
    may_import: bool,
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/pool", get(list).post(search)).route("/pool/export", post(export))
}

async fn list(visitor: Visitor, Form(asked): Form<Asked>) -> Result<Response, Fault> {
    // Whoever writes a name into an address gets the list without it.
    written(&visitor, Asked { search: String::new(), ..asked }).await
}

async fn search(visitor: Visitor, Form(asked): Form<Asked>) -> Result<Response, Fault> {
    written(&visitor, asked).await
}

async fn export(visitor: Visitor, Form(asked): Form<Asked>) -> Result<Response, Fault> {
    let mut body = asked.question();
    body["columns"] = json!(asked.shown_columns());
    let text = serde_json::to_vec(&body).map_err(|error| Fault::Broken(error.to_string()))?;
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let path = "/v1/pool/export";
    let answer =
        visitor.ask.send(Method::POST, path, Some(Uuid::now_v7()), &[json], Body::from(text)).await?;
    Ok(super::download(answer))
}

async fn written(visitor: &Visitor, asked: Asked) -> Result<Response, Fault> {
    let l = visitor.l;
    let mut body = asked.question();
    body["limit"] = json!(ROWS);
    body["count_up_to"] = json!(COUNTED);
    if !asked.cursor.is_empty() {
        body["cursor"] = json!(asked.cursor);
    }
    let answer = super::taken(visitor.ask.search::<Answer>("/v1/pool/search", &body).await)?;
    let (answer, problem) = match answer {
        Ok(answer) => (answer, None),
        Err(problem) => (Answer::default(), Some(problem)),
    };
    let me = visitor.me.person;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    let other_liaison = other_liaison(visitor, &asked, &answer.items).await;
    let organisations = organisations::choices(visitor).await?;
    page(
        status,
        &Pool {
            frame: visitor.frame(),
            l,
            columns: &COLUMNS,
            categories: peiyu_language::words_of("category"),
            me,
            quick: quick(&asked, me, l),
            told: told::told(&asked, &organisations, other_liaison.as_deref(), l),
            organisations,
            other_liaison,
            heads: heads(&asked),
            total: total(&answer, l),
            rows: answer.items,
            next_cursor: answer.next_cursor,
            problem,
            may_import: visitor.me.may("import.run"),
            asked,
        },
    )
}

/// How many there are, in words.
fn total(answer: &Answer, l: Words) -> String {
    let total = answer.total.unwrap_or_default();
    if answer.more_than_total {
        l.count("超过 {} 人", "more than {} people", total)
    } else {
        l.count("共 {} 人", "{} people", total)
    }
}

/// What the chosen liaison is called.
async fn other_liaison(visitor: &Visitor, asked: &Asked, rows: &[Row]) -> Option<String> {
    let chosen = Uuid::try_parse(&asked.liaison).ok()?;
    if visitor.me.person == Some(chosen) {
        return None;
    }
    if let Some(name) =
        rows.iter().find(|row| row.liaison == Some(chosen)).and_then(|row| row.liaison_name.clone())
    {
        return Some(name);
    }
    // Whoever accompanies nobody here may still be known; else only the code is.
    let person: Result<Value, Fault> = visitor.ask.get(&format!("/v1/persons/{chosen}")).await;
    let name = person.ok().and_then(|person| person["record"]["name"].as_str().map(str::to_owned));
    Some(name.unwrap_or_else(|| visitor.l.say("所选联系人", "the chosen liaison").to_owned()))
}

fn quick(asked: &Asked, me: Option<Uuid>, l: Words) -> Vec<Quick> {
    let all = || Asked { columns: asked.columns.clone(), sort: asked.sort.clone(), ..Asked::default() };
    let mut lists = vec![
        (l.say("全部", "Everybody"), all()),
        (l.say("没有联系人", "Without a liaison"), Asked { liaison: "none".to_owned(), ..all() }),
        (l.say("已逾期", "Overdue"), Asked { state: "overdue".to_owned(), ..all() }),
        (l.say("从未谈过话", "Never talked with"), Asked { never: "1".to_owned(), ..all() }),
    ];
    if let Some(me) = me {
        lists.push((l.say("我联系的", "Whom I accompany"), Asked { liaison: me.to_string(), ..all() }));
    }
    let here = Asked { cursor: String::new(), ..asked.clone() };
    lists
        .into_iter()
        .map(|(text, list)| Quick { text, address: list.address(), is_here: list == here })
        .collect()
}

fn heads(asked: &Asked) -> Vec<Head> {
    let (sorted, direction) = asked.order();
    asked
        .shown_columns()
        .into_iter()
        .map(|code| {
            let sort = asked::sort_of(code);
            let standing = (sort == Some(sorted)).then_some(match direction {
                "desc" => "descending",
                _ => "ascending",
            });
            let next = sort.map(|sort| match standing {
                Some("ascending") => format!("-{sort}"),
                _ => sort.to_owned(),
            });
            let wanted = next.clone().unwrap_or_default();
            let address = Asked { sort: wanted, cursor: String::new(), ..asked.clone() }.address();
            Head { code, next, address, standing }
        })
        .collect()
}
