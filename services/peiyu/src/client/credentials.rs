//! Bearer tokens of `peiyu login`, one a system, in a file that only its owner may read.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Issued;
use crate::failure::Failure;
use crate::place::write_private;

/// The kept logins.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// The system logged in to last.
    #[serde(default)]
    current: Option<String>,
    /// Token by address.
    #[serde(default)]
    tokens: BTreeMap<String, Kept>,
}

/// One login.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    /// By which the token is taken back.
    id: String,
    token: String,
    /// Certificates of the private CA that vouches for the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ca: Option<PathBuf>,
}

impl Credentials {
    /// Reads them; none when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn load() -> Result<Self, Failure> {
        Self::load_from(&path())
    }

    fn load_from(path: &Path) -> Result<Self, Failure> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::file(path)(error)),
        };
        toml::from_str(&text).map_err(|error| {
            Failure::failed(format!("{} 读不懂", path.display()), format!("{} is unreadable", path.display()))
                .because(error)
                .next("删掉它再登录：peiyu login", "delete it and log in again: peiyu login")
        })
    }

    /// The system logged in to last.
    pub(crate) fn current(&self) -> Option<String> {
        self.current.clone()
    }

    /// The token for a system.
    pub(crate) fn token(&self, base: &str) -> Option<String> {
        self.tokens.get(base).map(|kept| kept.token.clone())
    }

    /// The id of the token for a system.
    pub(crate) fn token_id(&self, base: &str) -> Option<String> {
        self.tokens.get(base).map(|kept| kept.id.clone())
    }

    /// The private CA given when somebody logged in to a system.
    pub(crate) fn ca(&self, base: &str) -> Option<PathBuf> {
        self.tokens.get(base)?.ca.clone()
    }

    /// Keeps a token, with the private CA of its system.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn keep(base: &str, issued: &Issued, ca: Option<&Path>) -> Result<(), Failure> {
        let mut kept = Self::load()?;
        let ca = ca.and_then(|ca| std::path::absolute(ca).ok());
        let login = Kept { id: issued.id.clone(), token: issued.token.clone(), ca };
        kept.tokens.insert(base.to_owned(), login);
        kept.current = Some(base.to_owned());
        kept.save_to(&path())
    }

    /// Forgets a token; false when there was none.
    ///
    /// # Errors
    /// As [`Credentials::keep`].
    pub(crate) fn forget(base: &str) -> Result<bool, Failure> {
        let mut kept = Self::load()?;
        let had = kept.tokens.remove(base).is_some();
        if kept.current.as_deref() == Some(base) {
            kept.current = None;
        }
        kept.save_to(&path())?;
        Ok(had)
    }

    fn save_to(&self, path: &Path) -> Result<(), Failure> {
        if let Some(folder) = path.parent() {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(Failure::file(folder))?;
        }
        let text = toml::to_string(self)
            .map_err(|error| Failure::failed("内部错误", "internal error").because(error))?;
        write_private(path, &text)
    }
}

/// Where this program keeps what belongs to its user.
pub(super) fn folder() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("XDG_CONFIG_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".config")))
        .unwrap_or_else(std::env::temp_dir)
        .join("peiyu")
}

fn path() -> PathBuf {
    folder().join("credentials.toml")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_for_its_own_system_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("peiyu/credentials.toml");
        let mut kept = Credentials::default();
        let login = Kept { id: "id".to_owned(), token: "one".to_owned(), ca: None };
        kept.tokens.insert("http://127.0.0.1:1".to_owned(), login);
        kept.save_to(&file).unwrap();
        let read = Credentials::load_from(&file).unwrap();
        assert_eq!(read.token("http://127.0.0.1:1").as_deref(), Some("one"));
        assert_eq!(read.token("http://127.0.0.1:2"), None);
    }
}
