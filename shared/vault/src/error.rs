//! What can go wrong with the vault; nothing here ever tells a value.

use std::path::PathBuf;

use uuid::Uuid;

/// Why a master key could not be had from its file.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// There is no such file.
    #[error("the master key file {} is missing; restore it from its backup: without it no sealed field can be read", .0.display())]
    Missing(PathBuf),
    /// Others may read it.
    #[error("the master key file {} has mode {mode:o}; run `chmod 600` on it", .path.display())]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not 32 bytes in base64.
    #[error("the master key file {} does not hold 32 bytes in base64", .0.display())]
    Length(PathBuf),
    /// A key is there already, and is not overwritten.
    #[error("the master key file {} exists already", .0.display())]
    Exists(PathBuf),
    /// The file cannot be read or written.
    #[error("the master key file {} cannot be read or written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Why a payload was not sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// `ensure_keys` was not called for this subject.
    #[error("subject {0} has no key")]
    UnknownKey(Uuid),
    /// The subject is erased; nothing more is sealed for it.
    #[error("the key of subject {0} is destroyed")]
    KeyDestroyed(Uuid),
    /// The stored key cannot be unwrapped.
    #[error("the key of subject {0} is damaged")]
    KeyDamaged(Uuid),
    /// A mark that only the vault writes, or a mark beside other fields.
    #[error("the field {pointer:?} bears a mark that it must not bear")]
    ForgedMark {
        /// JSON pointer of the field.
        pointer: String,
    },
    /// Nested deeper than is taken.
    #[error("the payload is nested too deeply")]
    TooDeep,
    /// The cipher or the JSON writer refused, which no input of ours makes them do.
    #[error("the field {pointer:?} cannot be sealed")]
    Failed {
        /// JSON pointer of the field.
        pointer: String,
    },
}

/// Why a payload was not unsealed. A destroyed key is no error: the field comes back erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// Never "erased": the keys database may be older than the events.
    #[error(
        "subject {subject} of event {event} has no key; is the keys database restored from too old a backup?"
    )]
    UnknownKey {
        /// The subject.
        subject: Uuid,
        /// The event.
        event: Uuid,
    },
    /// The stored key cannot be unwrapped.
    #[error("the key of subject {subject} is damaged; event {event} cannot be read")]
    KeyDamaged {
        /// The subject.
        subject: Uuid,
        /// The event.
        event: Uuid,
    },
    /// The sealed bytes are not those that were sealed for this event and field.
    #[error("the field {pointer:?} of event {event} was tampered with")]
    Tampered {
        /// The event.
        event: Uuid,
        /// JSON pointer of the field.
        pointer: String,
    },
    /// Sealed by a later release.
    #[error(
        "the field {pointer:?} of event {event} is sealed in form {version}, which this binary does not know"
    )]
    UnknownForm {
        /// The event.
        event: Uuid,
        /// JSON pointer of the field.
        pointer: String,
        /// First byte of the sealed bytes.
        version: u8,
    },
    /// Not JSON, or nested too deeply.
    #[error("the payload of event {event} is not JSON")]
    NotJson {
        /// The event.
        event: Uuid,
    },
    /// A file's key is destroyed: there is nothing to give back.
    #[error("{event} is erased")]
    Erased {
        /// The file's id.
        event: Uuid,
    },
}

/// Why the vault did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The keys database did not answer; try again later.
    #[error("the keys database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The keys were wrapped by another master key.
    #[error(
        "this is not the master key that wrapped the keys in this database; point `master_key` to the right file, or restore the keys database that belongs to it"
    )]
    WrongMasterKey,
    /// Not sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Not unsealed.
    #[error(transparent)]
    Unseal(#[from] UnsealError),
}

impl VaultError {
    /// Whether the same call may succeed later, unchanged.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::WrongMasterKey | Self::Seal(_) | Self::Unseal(_) => false,
        }
    }
}

impl From<sqlx::Error> for VaultError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error)
    }
}
