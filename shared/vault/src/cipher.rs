//! AES-256-GCM-SIV with a random nonce, in one form: version, nonce, ciphertext with tag.

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use rand::RngCore;
use zeroize::Zeroizing;

use crate::master::Secret;

/// First byte of all sealed bytes.
const VERSION: u8 = 1;
const NONCE: usize = 12;

/// Why bytes were not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotOpened {
    /// They are of another form.
    Version(u8),
    /// They are not those sealed under this key for this place.
    Tampered,
}

/// Seals bytes to a place. `None` only for more bytes than the cipher can take (64 GiB).
pub(crate) fn seal(key: &Secret, place: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    let payload = Payload { msg: plain, aad: place };
    let sealed = cipher(key).encrypt(&Nonce::from(nonce), payload).ok()?;
    Some([&[VERSION], nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] sealed to the same place.
pub(crate) fn open(key: &Secret, place: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
    let (version, rest) = bytes.split_first().ok_or(NotOpened::Tampered)?;
    if *version != VERSION {
        return Err(NotOpened::Version(*version));
    }
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(NotOpened::Tampered)?;
    let payload = Payload { msg: sealed, aad: place };
    let plain = cipher(key).decrypt(&Nonce::from(*nonce), payload);
    plain.map(Zeroizing::new).map_err(|_| NotOpened::Tampered)
}

fn cipher(key: &Secret) -> Aes256GcmSiv {
    Aes256GcmSiv::new((&**key).into())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::master::random_secret;

    #[test]
    fn every_flipped_bit_is_noticed() {
        let key = random_secret();
        let sealed = seal(&key, b"here", b"text").unwrap();
        assert_eq!(open(&key, b"here", &sealed).unwrap().as_slice(), b"text");
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert!(open(&key, b"here", &changed).is_err(), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn another_place_another_key_and_cut_bytes_are_refused() {
        let key = random_secret();
        let sealed = seal(&key, b"here", b"text").unwrap();
        assert_eq!(open(&key, b"there", &sealed), Err(NotOpened::Tampered));
        assert_eq!(open(&random_secret(), b"here", &sealed), Err(NotOpened::Tampered));
        for length in 0..sealed.len() {
            assert!(open(&key, b"here", &sealed[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn the_same_text_is_sealed_differently_each_time() {
        let key = random_secret();
        assert_ne!(seal(&key, b"here", b"text"), seal(&key, b"here", b"text"));
    }
}
