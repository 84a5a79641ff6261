//! Around every page: what was typed is kept when the sign-in has ended, faults become pages, headers are strict.

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use tower::ServiceExt;

use crate::Pages;
use crate::ask::Ask;
use crate::fault::Fault;
use crate::frame::{Frame, page};
use crate::pages::carried::{self, Carried};
use crate::pages::{password, sign_in};
use crate::visitor::Me;
use crate::words::Words;

/// Forms are read up to here.
const MOST_BYTES: usize = 1024 * 1024;

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage {
    frame: Frame,
    l: Words,
    title: String,
    detail: String,
    article: Option<String>,
    /// The form that was sent, to be sent once more; none when there was none, or it is not safe to repeat.
    again: Option<Carried>,
}

/// The form, if it can be sent once more: with its key it is done once. A password never goes back into a page.
fn repeatable(carried: Carried) -> Option<Carried> {
    let has_key = carried.typed.iter().any(|(name, _)| name == "key");
    let has_password = carried.typed.iter().any(|(name, _)| name.starts_with("password"));
    (has_key && !has_password).then_some(carried)
}

/// The outermost layer of pages.
pub(crate) async fn around(State(pages): State<Pages>, request: Request, next: Next) -> Response {
    let words = Words::of(request.headers());
    let (parts, body) = request.into_parts();
    let ask = Ask::of(&pages, &parts, words);
    let request = Request::from_parts(parts, body);
    let path = request.uri().path_and_query().map_or("/", |whole| whole.as_str()).to_owned();
    let is_read = request.method() == Method::GET;
    let is_carried = request.method() == Method::POST && request.uri().path() != password::ADDRESS;
    let whose = carried::last_signed_in(request.headers());
    let is_in_place = request.headers().contains_key("hx-request");
    let (mut response, typed) = match keep(request).await {
        Ok((request, typed)) => (next.run(request).await, typed),
        Err(status) => (status.into_response(), None),
    };
    if is_read && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        return dressed(Redirect::to(above(&path)).into_response(), words);
    }
    if let Some(fault) = fault_of(&mut response, words) {
        let carried = match typed.filter(|_| is_carried) {
            Some(typed) => Some(Carried::late(&path, whose, typed).await),
            None => None,
        };
        let written = written(fault, words, &ask, &path, carried).await;
        response = written.unwrap_or_else(|fault| {
            tracing::error!(?fault, "a page for a fault could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        });
        if is_in_place {
            response = instead_of_the_page(response);
        }
    }
    dressed(response, words)
}

/// The page above an address that only takes forms. Who comes to such an address otherwise, by a change of language
/// or a reload of what it answered, is led there.
fn above(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or_default();
    path.rsplit_once('/').map(|(above, _)| above).filter(|above| !above.is_empty()).unwrap_or("/")
}

/// Why there is no page: told by it, or by what read the request before it (an address or a form of no known shape).
fn fault_of(response: &mut Response, l: Words) -> Option<Fault> {
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        return Some(fault);
    }
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_unread =
        response.status().is_client_error() && kind.is_none_or(|kind| kind.starts_with("text/plain"));
    is_unread.then(|| Fault::unread(response.status(), l))
}

/// htmx would look for a part of the page that was asked for: the whole page is changed instead.
fn instead_of_the_page(mut response: Response) -> Response {
    let place = HeaderValue::from_static("#main");
    let headers = response.headers_mut();
    if let Some(elsewhere) = headers.remove(header::LOCATION) {
        return (StatusCode::NO_CONTENT, [("hx-redirect", elsewhere)]).into_response();
    }
    headers.insert("hx-retarget", place.clone());
    headers.insert("hx-reselect", place);
    headers.insert("hx-reswap", HeaderValue::from_static("outerHTML"));
    response
}

/// What is no page is the interface's; a browser that went astray gets a page all the same.
pub(crate) async fn elsewhere(State(pages): State<Pages>, request: Request) -> Response {
    let words = Words::of(request.headers());
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let is_browser = accepts.is_some_and(|accepted| accepted.contains("text/html"));
    let path = request.uri().path().to_owned();
    let (parts, body) = request.into_parts();
    let ask = Ask::of(&pages, &parts, words);
    let Ok(response) = pages.api.clone().oneshot(Request::from_parts(parts, body)).await;
    if response.status() != StatusCode::NOT_FOUND || !is_browser || path.starts_with("/v1/") {
        return response;
    }
    let title = words.say("没有这个页面", "There is no such page").to_owned();
    let detail =
        words.say("地址可能写错了，或页面已经移走。", "The address may be mistyped, or the page has moved.");
    let frame = Frame::of(words, visitor(&ask).await, &path);
    let page_of = FaultPage { frame, l: words, title, detail: detail.to_owned(), article: None, again: None };
    dressed(page(StatusCode::NOT_FOUND, &page_of).into_response(), words)
}

/// A form's body, kept beside the request that goes on.
async fn keep(request: Request) -> Result<(Request, Option<Bytes>), StatusCode> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        return Ok((request, None));
    }
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, MOST_BYTES).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    Ok((Request::from_parts(parts, Body::from(bytes.clone())), Some(bytes)))
}

/// Who looks, so that they can go on to somewhere else; nobody when that cannot be told.
async fn visitor(ask: &Ask) -> Option<Me> {
    ask.get("/v1/whoami").await.ok()
}

async fn written(
    fault: Fault,
    l: Words,
    ask: &Ask,
    path: &str,
    carried: Option<Carried>,
) -> Result<Response, Fault> {
    let status = fault.status();
    let code = match &fault {
        Fault::Problem(problem) => problem.code(),
        Fault::SignedOut | Fault::Broken(_) => "",
    };
    let is_away = code == "unavailable";
    // The interface names a part of its own address there, in the words of a parser.
    let fault = if code == "parameter_unfit" { Fault::unread(status, l) } else { fault };
    let (title, detail, article) = match fault {
        Fault::SignedOut => {
            return match carried {
                Some(carried) => sign_in::again(l, carried),
                None => Ok(Redirect::to(&sign_in::address(path)).into_response()),
            };
        }
        Fault::Problem(problem) => (problem.title, problem.detail, problem.article),
        Fault::Broken(cause) => {
            tracing::error!(cause, "a page could not be made");
            let title = l.say("页面出错了", "This page failed").to_owned();
            let detail = l.say(
                "这是系统的问题，已记入日志。请稍后再试。",
                "The fault is ours and is in the log. Try again later.",
            );
            (title, detail.to_owned(), None)
        }
    };
    // What is broken is not asked again; whether a form was taken is not known, so that nothing of it may be lost.
    let (me, again) = if status.is_server_error() {
        (None, carried.and_then(repeatable))
    } else {
        (visitor(ask).await, None)
    };
    // "Nothing was written" is said of the last question alone; the form may have been taken before it.
    let detail = if is_away && again.is_some() {
        l.say("数据库暂时没有应答。", "The database does not answer for the moment.").to_owned()
    } else {
        detail
    };
    page(status, &FaultPage { frame: Frame::of(l, me, path), l, title, detail, article, again })
}

fn dressed(mut response: Response, l: Words) -> Response {
    let headers = response.headers_mut();
    peiyu_platform::headers::secure(headers);
    headers.entry(header::CONTENT_LANGUAGE).or_insert(HeaderValue::from_static(l.tag()));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn above_an_address_is_the_page_that_it_belongs_to() {
        assert_eq!(above("/trainings/1/search?x=/y"), "/trainings/1");
        assert_eq!(above("/sign-out"), "/");
    }
}
