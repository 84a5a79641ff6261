//! Whether a browser was sent here by another site (CSRF). Browsers say so in `Sec-Fetch-Site` or `Origin`;
//! whoever says neither is no browser and has no cookies of ours that it did not ask for.

use axum::http::{HeaderMap, header};
use peiyu_platform::headers::is_cross_site;

use crate::problem::{Code, Problem};

/// Refuses requests that another site caused. `own` is how people reach us, as `https://host[:port]`.
pub(crate) fn check(headers: &HeaderMap, own: &str) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if is_cross_site(headers) {
        return Err(Problem::new(Code::CrossSite));
    }
    match headers.get(header::ORIGIN) {
        None => Ok(()),
        Some(origin) => {
            let origin = origin.to_str().unwrap_or_default();
            let host = text("host").unwrap_or_default();
            let to_this_host =
                origin.split_once("://").is_some_and(|(_, named)| !host.is_empty() && named == host);
            if origin == own || to_this_host { Ok(()) } else { Err(Problem::new(Code::CrossSite)) }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn another_sites_request_is_refused() {
        let own = "https://peiyu.example.edu";
        for pairs in [
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site"), ("origin", "https://peiyu.example.edu")],
            vec![("origin", "https://evil.example"), ("host", "peiyu.example.edu")],
            vec![("origin", "null"), ("host", "null")],
        ] {
            assert!(check(&headers(&pairs), own).is_err(), "{pairs:?}");
        }
    }

    #[test]
    fn our_own_pages_and_programs_pass() {
        let own = "https://peiyu.example.edu";
        for pairs in [
            vec![],
            vec![("sec-fetch-site", "same-origin"), ("origin", "https://peiyu.example.edu")],
            vec![("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")],
        ] {
            assert!(check(&headers(&pairs), own).is_ok(), "{pairs:?}");
        }
    }
}
