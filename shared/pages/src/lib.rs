//! The pages: what people see in a browser, made from the answers of the HTTP interface and nothing else.
//!
//! A page asks `/v1` in the same process (`ask.rs`), with the visitor's own cookie and language, so it can do
//! nothing that the interface does not let that visitor do. Every page is whole without JavaScript: links and
//! forms; htmx saves the reload, `assets/peiyu.js` keeps what was typed and adds the keys.
//!
//! # How to add a page
//! Add a file to `src/pages` with its routes, a template to `templates` that extends `layout.html`, and a line to
//! [`router`]. Words stand in the template, Chinese and English side by side: `{{ l.say("待办", "To do") }}`;
//! words of closed lists come from `peiyu-language`: `{{ l.word("talk_form", form) }}`. `tests/browser` walks it.

mod around;
mod ask;
mod assets;
mod beside;
mod dossier;
mod fault;
mod frame;
mod pages;
mod story;
mod visitor;
mod wording;
mod words;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tower_http::compression::CompressionLayer;

/// What the pages share: the HTTP interface, to be asked within the process.
#[derive(Debug, Clone)]
struct Pages {
    api: Router,
}

/// Every page; `api` is the whole HTTP interface with all that stands around it.
pub fn router(api: Router) -> Router {
    let pages = Pages { api };
    pages::all()
        .merge(assets::router())
        .layer(from_fn_with_state(pages.clone(), around::around))
        .layer(CompressionLayer::new())
        .fallback(around::elsewhere)
        .with_state(pages)
}
