//! Stylesheet, scripts and icon: part of the binary, under addresses that name their content and so never change.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::Pages;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        Asset { name: $name, kind: $kind, bytes: include_bytes!(concat!("../assets/", $name)) }
    };
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const ASSETS: [Asset; 5] = [
    asset!("peiyu.css", "text/css; charset=utf-8"),
    asset!("paper.css", "text/css; charset=utf-8"),
    Asset { name: "htmx.js", kind: SCRIPT, bytes: include_bytes!("../assets/htmx-2.0.11.min.js") },
    Asset { name: "peiyu.js", kind: SCRIPT, bytes: include_bytes!("../assets/peiyu.js") },
    asset!("icon.svg", "image/svg+xml"),
];

/// One mark for all of them: whatever changes, all addresses change.
static MARK: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in &ASSETS {
        hash.update(asset.bytes);
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
});

/// The address of an asset.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", MARK.as_str())
}

pub(crate) fn router() -> Router<Pages> {
    Router::new().route("/assets/{mark}/{name}", get(asset)).route("/favicon.ico", get(icon))
}

async fn asset(Path((mark, name)): Path<(String, String)>) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        // A page of an older binary still finds its things, but nobody keeps them.
        Some(asset) => {
            answer(asset, if mark == *MARK { "public, max-age=31536000, immutable" } else { "no-store" })
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn icon() -> Response {
    ASSETS
        .last()
        .map_or_else(|| StatusCode::NOT_FOUND.into_response(), |icon| answer(icon, "public, max-age=86400"))
}

fn answer(asset: &'static Asset, kept: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, asset.bytes).into_response()
}
