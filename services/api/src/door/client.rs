//! Whose address a request came from: the peer's, or what a proxy that we trust says of it.

use std::net::IpAddr;

use axum::http::HeaderMap;

/// What proxies add the address of their own peer to, at the end. Only this one is read: `Forwarded` would be taken
/// from whoever sends it through a proxy that does not write it.
const FORWARDED: &str = "x-forwarded-for";

/// The last address that no trusted proxy has: what stands before it, anybody may have written.
pub(crate) fn address(headers: &HeaderMap, peer: IpAddr, trusted: &[IpAddr]) -> IpAddr {
    let mut known = peer.to_canonical();
    let lines: Vec<&str> = headers.get_all(FORWARDED).iter().filter_map(|line| line.to_str().ok()).collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    while trusted.contains(&known) {
        let Some(named) = hops.next().and_then(parsed) else { break };
        known = named;
    }
    known
}

/// An address as proxies write it; some add the port.
fn parsed(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare: Option<IpAddr> = hop.trim_matches(['[', ']']).parse().ok();
    let address = bare.or_else(|| Some(hop.parse::<std::net::SocketAddr>().ok()?.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[track_caller]
    fn is(peer: &str, forwarded: &[&str], expected: &str) {
        let trusted = ["10.0.0.1", "10.0.0.2", "127.0.0.1"].map(|proxy| proxy.parse().unwrap());
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED, line.parse().unwrap());
        }
        let found = address(&headers, peer.parse().unwrap(), &trusted);
        assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
    }

    #[test]
    fn whoever_is_no_proxy_of_ours_is_not_believed() {
        is("203.0.113.7", &["198.51.100.1"], "203.0.113.7");
        is("203.0.113.7", &[], "203.0.113.7");
    }

    #[test]
    fn a_proxy_of_ours_names_its_client_and_what_that_client_wrote_counts_nothing() {
        is("10.0.0.1", &["203.0.113.7"], "203.0.113.7");
        is("10.0.0.1", &["198.51.100.1, 203.0.113.7"], "203.0.113.7");
        is("10.0.0.1", &["198.51.100.1", "203.0.113.7,10.0.0.2"], "203.0.113.7");
        is("::ffff:10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7");
    }

    #[test]
    fn a_proxy_that_names_nobody_is_taken_itself() {
        is("10.0.0.1", &[], "10.0.0.1");
        is("10.0.0.1", &["203.0.113.7, unknown"], "10.0.0.1");
    }
}
