//! Ports of 127.0.0.1 that are kept: below those which the system hands out to whoever asks for any, so that nobody
//! gets one by chance while its owner is down.

use std::net::TcpListener;
use std::ops::Range;
use std::path::Path;

use rand::Rng;

use crate::ServerError;

/// Linux and the BSDs hand out ports from 32768 on.
const KEPT: Range<u16> = 20_000..32_000;
/// How many are tried before any will do.
const ATTEMPTS: usize = 50;

/// Listens on a port of 127.0.0.1 that was free and is worth keeping.
///
/// # Errors
/// When no port is free.
pub fn hold_any_port() -> std::io::Result<TcpListener> {
    let mut random = rand::rng();
    let held = (0..ATTEMPTS).find_map(|_| hold(random.random_range(KEPT)).ok());
    held.map_or_else(|| hold(0), Ok)
}

/// A port of 127.0.0.1 on which nobody listens, `wanted` if that is free.
///
/// # Errors
/// When no port is free.
pub fn free_port(wanted: Option<u16>) -> Result<u16, ServerError> {
    let held = wanted.and_then(|port| hold(port).ok()).map_or_else(hold_any_port, Ok);
    let address = held.and_then(|listener| listener.local_addr());
    Ok(address.map_err(ServerError::file(Path::new("127.0.0.1")))?.port())
}

fn hold(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_port_is_kept_while_it_is_free_and_another_is_none_that_the_system_hands_out() {
        let holder = hold_any_port().unwrap();
        let port = holder.local_addr().unwrap().port();
        assert!(KEPT.contains(&port));
        let other = free_port(Some(port)).unwrap();
        assert!(other != port && KEPT.contains(&other));
        drop(holder);
        assert_eq!(free_port(Some(port)).unwrap(), port);
    }
}
