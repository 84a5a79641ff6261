//! The security headers of every answer, of the interface and of pages alike.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// No script or style within a page, no frame, no sniffing, no referrer.
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not `no-referrer`: a form would then be sent with `Origin: null`, as if from another site.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
];

/// Whether the browser says that another site caused a request.
#[must_use]
pub fn is_cross_site(headers: &HeaderMap) -> bool {
    let fetched = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    fetched.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

/// Adds what an answer does not say itself.
pub fn secure(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    // Answers hold personal data: no cache keeps them.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::VARY).or_insert(HeaderValue::from_static("accept-language, cookie, authorization"));
}
