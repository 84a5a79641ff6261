//! Random secrets that are shown once; only their hashes are kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

/// 256 random bits in base64url.
pub(super) fn random() -> String {
    let mut bytes = [0_u8; 32];
    OsRng.unwrap_err().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// SHA-256; enough for secrets of 256 random bits, which nobody guesses.
pub(super) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// A first password: 16 characters without look-alikes, about 79 bits, in four groups.
pub(super) fn first_password() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut random = OsRng.unwrap_err();
    let mut password = String::with_capacity(19);
    for index in 0..16 {
        if index > 0 && index % 4 == 0 {
            password.push('-');
        }
        // 248 = 8 × 31: bytes above it would favour some letters.
        let byte = loop {
            let byte = random.next_u32().to_le_bytes()[0];
            if byte < 248 {
                break byte;
            }
        };
        password.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_first_passwords_are_long_enough() {
        assert_ne!(random(), random());
        assert_eq!(random().len(), 43);
        let password = first_password();
        assert_eq!(password.len(), 19);
        assert!(password.split('-').all(|group| group.len() == 4), "{password}");
    }
}
