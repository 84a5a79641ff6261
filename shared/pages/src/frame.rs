//! What stands around every page: who is signed in, where one can go, which language.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::assets;
use crate::fault::Fault;
use crate::visitor::Me;
use crate::words::Words;

/// A page that one can go to.
struct Place {
    href: &'static str,
    /// The key that leads there behind a `g`.
    key: char,
    zh: &'static str,
    en: &'static str,
    /// The right without which it is not shown.
    right: &'static str,
}

const PLACES: [Place; 7] = [
    Place { href: "/todo", key: 't', zh: "待办", en: "To do", right: "todo.read" },
    Place { href: "/pool", key: 'p', zh: "信息库", en: "Pool", right: "pool.read" },
    Place { href: "/coverage", key: 'c', zh: "联系覆盖", en: "Coverage", right: "pool.read" },
    Place { href: "/imports", key: 'i', zh: "导入", en: "Import", right: "import.run" },
    Place { href: "/trainings", key: 'x', zh: "培训", en: "Training", right: "training.manage" },
    Place { href: "/reminders", key: 'r', zh: "提醒", en: "Reminders", right: "reminder.read" },
    Place { href: "/operations", key: 'o', zh: "运行", en: "Operations", right: "operate" },
];

/// One entry of the navigation.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) href: &'static str,
    pub(crate) text: &'static str,
    pub(crate) is_here: bool,
}

/// An entry of the main navigation, and the key that leads there behind a `g`.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) link: Link,
    pub(crate) key: char,
}

/// What stands around a page.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) l: Words,
    pub(crate) me: Option<Me>,
    /// The page's own address, for the way back.
    pub(crate) path: String,
}

impl Frame {
    pub(crate) fn of(l: Words, me: Option<Me>, path: &str) -> Self {
        Self { l, me, path: path.to_owned() }
    }

    /// Where the visitor can go.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let Some(me) = &self.me else { return Vec::new() };
        let here = self.path.split(['?', '/']).nth(1).unwrap_or_default();
        // A dossier is a part of the pool.
        let here = if here == "people" { "pool" } else { here };
        PLACES
            .iter()
            .filter(|place| me.may(place.right))
            .map(|place| Entry {
                key: place.key,
                link: Link {
                    href: place.href,
                    text: self.l.say(place.zh, place.en),
                    is_here: place.href.strip_prefix('/') == Some(here),
                },
            })
            .collect()
    }

    /// The address of an asset.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The visitor's name, or what they are called without one.
    pub(crate) fn name(&self) -> String {
        let name = self.me.as_ref().and_then(|me| me.name.clone());
        name.unwrap_or_else(|| self.l.say("系统管理员", "operator").to_owned())
    }
}

/// Writes a page out.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Result<Response, Fault> {
    Ok((status, Html(template.render()?)).into_response())
}

/// A page that is shown as it was asked for.
pub(crate) fn shown(template: &impl Template) -> Result<Response, Fault> {
    page(StatusCode::OK, template)
}
