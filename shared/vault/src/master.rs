//! The master key: 32 random bytes in a file that only its owner may read, never in a database.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::MasterKeyError;

/// 32 secret bytes, wiped when dropped.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// A key file is 45 bytes; what is longer is no key file.
const LONGEST_FILE: u64 = 1024;

/// The key that wraps all others; never printed.
pub struct MasterKey(Secret);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("MasterKey(..)")
    }
}

impl MasterKey {
    /// Makes a key and writes it to a new file with mode 0600.
    ///
    /// # Errors
    /// [`MasterKeyError::Exists`] when there is a file: a key is never overwritten.
    pub fn create(path: &Path) -> Result<Self, MasterKeyError> {
        let key = Self(random_secret());
        key.write_new(path)?;
        Ok(key)
    }

    /// Reads the key.
    ///
    /// # Errors
    /// [`MasterKeyError::Missing`], [`MasterKeyError::Mode`] when group or others have any right on the file,
    /// [`MasterKeyError::Length`] when it does not hold 32 bytes in base64.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound => MasterKeyError::Missing(path.into()),
            _ => MasterKeyError::File { path: path.into(), source },
        };
        let file = File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(MasterKeyError::Mode { path: path.into(), mode });
        }
        let mut text = Zeroizing::new(Vec::with_capacity(64));
        file.take(LONGEST_FILE).read_to_end(&mut text).map_err(failed)?;
        let bytes = STANDARD.decode(text.trim_ascii()).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| MasterKeyError::Length(path.into()))?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| MasterKeyError::Length(path.into()))?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// Writes the key to a new file with mode 0600, unless there is a file already, which stays as it is.
    ///
    /// # Errors
    /// [`MasterKeyError::File`].
    pub fn save_if_missing(&self, path: &Path) -> Result<(), MasterKeyError> {
        match self.write_new(path) {
            Err(MasterKeyError::Exists(_)) => Ok(()),
            other => other,
        }
    }

    fn write_new(&self, path: &Path) -> Result<(), MasterKeyError> {
        let failed = |source: std::io::Error| match source.kind() {
            ErrorKind::AlreadyExists => MasterKeyError::Exists(path.into()),
            _ => MasterKeyError::File { path: path.into(), source },
        };
        let text = Zeroizing::new(format!("{}\n", STANDARD.encode(self.0.as_slice())));
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        // The name must survive a power failure as well as the bytes.
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        Ok(())
    }

    /// Tells this key from others without telling anything of it.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        *self.derive("fingerprint")
    }

    /// A key for one purpose; the master key itself is used for nothing else.
    pub(crate) fn derive(&self, purpose: &str) -> Secret {
        Zeroizing::new(hmac(&self.0, &[b"peiyu.vault.v1.", purpose.as_bytes()]))
    }
}

pub(crate) fn random_secret() -> Secret {
    let mut key = Zeroizing::new([0; 32]);
    rand::rng().fill_bytes(key.as_mut_slice());
    key
}

/// HMAC-SHA-256 over the parts, one after the other.
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length, and pads this one to its block.
    let mut block = Zeroizing::new([0_u8; 64]);
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_keyed_hash_is_hmac_sha_256() {
        // RFC 4231, test case 1 (a key of 20 bytes, padded with zeros as HMAC does).
        let mut key = [0_u8; 32];
        key[..20].copy_from_slice(&[0x0b; 20]);
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(hex(&hmac(&key, &[b"Hi ", b"There"])), expected);
    }

    #[test]
    fn a_created_key_is_loaded_again_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::create(&path).unwrap();
        assert_eq!(MasterKey::load(&path).unwrap().0, made.0);
        assert!(matches!(MasterKey::create(&path), Err(MasterKeyError::Exists(_))));
        assert_eq!(MasterKey::load(&path).unwrap().0, made.0);
        assert_eq!(format!("{made:?}"), "MasterKey(..)");
    }

    #[test]
    fn a_missing_file_is_refused_and_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        assert!(matches!(MasterKey::load(&path), Err(MasterKeyError::Missing(_))));
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::create(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(MasterKey::load(&path), Err(MasterKeyError::Mode { mode: 0o640, .. })));
    }

    #[test]
    fn a_file_of_another_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("short", "AQID\n".to_owned()), ("long", "A".repeat(88)), ("none", "?".into())] {
            let path = folder.path().join(name);
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            assert!(matches!(MasterKey::load(&path), Err(MasterKeyError::Length(_))), "{name}");
        }
    }
}
