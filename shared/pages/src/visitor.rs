//! Who looks at a page: signed in, with what they may do today.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use crate::Pages;
use crate::ask::Ask;
use crate::fault::Fault;
use crate::frame::Frame;
use crate::words::Words;

/// An office of today.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Office {
    pub(crate) organisation: Uuid,
}

/// What `/v1/whoami` says.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Me {
    pub(crate) account: Option<Uuid>,
    pub(crate) person: Option<Uuid>,
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) offices: Vec<Office>,
    pub(crate) rights: Vec<String>,
    pub(crate) must_change_password: bool,
    pub(crate) today: Date,
}

impl Me {
    /// Whether one may do this today.
    pub(crate) fn may(&self, right: &str) -> bool {
        self.rights.iter().any(|held| held == right)
    }
}

/// Who looks.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) ask: Ask,
    pub(crate) me: Me,
    pub(crate) l: Words,
    path: String,
}

impl Visitor {
    /// What stands around the page.
    pub(crate) fn frame(&self) -> Frame {
        Frame::of(self.l, Some(self.me.clone()), &self.path)
    }
}

impl FromRequestParts<Pages> for Visitor {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Fault> {
        let l = Words::of(&parts.headers);
        let ask = Ask::of(pages, parts, l);
        let me = ask.get("/v1/whoami").await?;
        let path = parts.uri.path_and_query().map_or("/", |whole| whole.as_str()).to_owned();
        Ok(Self { ask, me, l, path })
    }
}

/// Who is not signed in, or need not be.
#[derive(Debug, Clone)]
pub(crate) struct Stranger {
    pub(crate) ask: Ask,
    pub(crate) l: Words,
}

impl FromRequestParts<Pages> for Stranger {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Self::Rejection> {
        let l = Words::of(&parts.headers);
        Ok(Self { ask: Ask::of(pages, parts, l), l })
    }
}
