//! The register of erasures: a file outside both databases, so that a restored backup forgets anew whom it must.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::{Vault, VaultError};

/// A register in a file: one subject's id a line.
#[derive(Debug, Clone)]
pub struct Register(PathBuf);

/// Why the register could not be used. Nobody is erased then: an erasure that is not noted would be undone by the
/// next restore.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The file cannot be read or written.
    #[error("the register of erasures {} cannot be read or written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line is no id.
    #[error("line {line} of the register of erasures {} is no id; put the file back from a copy", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Its number, from 1.
        line: usize,
    },
    /// The keys database does not answer.
    #[error("the keys database does not answer")]
    Vault(#[from] VaultError),
}

impl Register {
    /// The register in this file, which need not be there yet.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Everybody who was erased, in the order of erasure.
    ///
    /// # Errors
    /// [`RegisterError::File`], [`RegisterError::Line`].
    pub fn subjects(&self) -> Result<Vec<Uuid>, RegisterError> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(RegisterError::File { path: self.0.clone(), source }),
        };
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(index, line)| {
                let wrong = |_| RegisterError::Line { path: self.0.clone(), line: index + 1 };
                line.trim().parse().map_err(wrong)
            })
            .collect()
    }

    /// Notes a subject; on disk when this returns.
    fn note(&self, subject: Uuid) -> Result<(), RegisterError> {
        let failed = |source| RegisterError::File { path: self.0.clone(), source };
        let mut options = OpenOptions::new();
        let mut file: File = options.append(true).create(true).mode(0o600).open(&self.0).map_err(failed)?;
        writeln!(file, "{subject}").map_err(failed)?;
        file.sync_all().map_err(failed)
    }
}

impl Vault {
    /// Notes the erasure, then destroys the key; false when it was destroyed before.
    ///
    /// # Errors
    /// [`RegisterError`]; when only the note was made, calling again finishes it.
    pub async fn erase_for_good(&self, register: &Register, subject: Uuid) -> Result<bool, RegisterError> {
        register.note(subject)?;
        Ok(self.erase(subject).await?)
    }

    /// Erases everybody in the register, after a restore and before any service starts; how many had a key again.
    ///
    /// # Errors
    /// [`RegisterError`]; safe to repeat.
    pub async fn erase_registered(&self, register: &Register) -> Result<usize, RegisterError> {
        let mut erased = 0;
        for subject in register.subjects()? {
            erased += usize::from(self.erase(subject).await?);
        }
        Ok(erased)
    }
}
