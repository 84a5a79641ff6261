//! The first pass: whole-file faults and every row's faults, before anything is written.

use std::path::{Path, PathBuf};

use peiyu_domain::import::ImportKind;
use peiyu_domain::values::PersonId;
use peiyu_workbooks::{
    Examples, KnownUnits, Limits, Mapping, OrganisationCheck, OrganisationFile, Report, RosterCheck,
    RosterFile, TalksCheck, TalksFile, WorkbookError,
};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use crate::{Application, CommandError};

/// A file to be taken in.
#[derive(Debug, Clone)]
pub struct ImportSource {
    /// What it is.
    pub kind: ImportKind,
    /// Where it lies.
    pub path: PathBuf,
    /// Its name as uploaded.
    pub file_name: String,
    /// Columns as mapped by hand; empty for the known titles.
    pub mapping: Mapping,
}

/// Why a file is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportFault {
    /// The file as a whole.
    #[error(transparent)]
    Workbook(#[from] WorkbookError),
    /// Something else.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The file cannot be read from disk.
    #[error("the file cannot be read")]
    File(#[from] std::io::Error),
    /// The reading thread broke down.
    #[error("reading was broken off")]
    Broken,
}

/// A file that was checked.
#[derive(Debug)]
pub enum Checked {
    /// Tree, offices and members.
    Organisation(Box<OrganisationCheck>),
    /// 教职工名册.
    Roster(Box<RosterCheck>),
    /// 谈心谈话台账.
    Talks(Box<TalksCheck>),
}

impl Checked {
    /// The reports of its sheets.
    #[must_use]
    pub fn reports(&self) -> Vec<&Report> {
        match self {
            Self::Organisation(check) => {
                vec![&check.tree_report, &check.offices_report, &check.members_report]
            }
            Self::Roster(check) => vec![&check.report],
            Self::Talks(check) => vec![&check.report],
        }
    }

    /// Whether it is a file of rejected rows that Peiyu wrote: then it says nothing of whom it does not name.
    #[must_use]
    pub fn is_rejects(&self) -> bool {
        match self {
            Self::Roster(check) => check.is_rejects,
            Self::Organisation(_) | Self::Talks(_) => false,
        }
    }

    /// The first values of each column, for whoever may see the file.
    ///
    /// # Errors
    /// When a sheet cannot be read again.
    pub fn examples(&mut self) -> Result<Vec<Examples>, WorkbookError> {
        match self {
            Self::Organisation(check) => check.examples(),
            Self::Roster(check) => check.examples(),
            Self::Talks(check) => check.examples(),
        }
    }

    /// Writes the rejected rows with the reasons beside them.
    ///
    /// # Errors
    /// When the sheet cannot be read again or the file cannot be written.
    pub fn write_rejected(&mut self, out: &Path) -> Result<(), WorkbookError> {
        match self {
            Self::Organisation(check) => check.write_rejected(out),
            Self::Roster(check) => check.write_rejected(out),
            Self::Talks(check) => check.write_rejected(out),
        }
    }
}

impl Application {
    /// Checks a file; reads, and writes nothing.
    ///
    /// # Errors
    /// [`ImportFault::Workbook`] when the file is refused as a whole.
    pub async fn check_import(&self, source: &ImportSource) -> Result<Checked, ImportFault> {
        let units = self.known_units().await?;
        let today = self.inner.clock.today();
        let source = source.clone();
        let application = self.clone();
        let handle = Handle::current();
        let checking = tokio::task::spawn_blocking(move || {
            let limits = Limits::default();
            let ImportSource { kind, path, mapping, .. } = source;
            match kind {
                ImportKind::Organisation => OrganisationFile::check(&path, limits)
                    .map(|check| Checked::Organisation(Box::new(check)))
                    .map_err(ImportFault::from),
                ImportKind::Roster => RosterFile::check(&path, &units, &mapping, limits)
                    .map(|check| Checked::Roster(Box::new(check)))
                    .map_err(ImportFault::from),
                ImportKind::Talks => {
                    let known = KnownNumbers::new(application, handle);
                    let check =
                        TalksFile::check(&path, &|number| known.knows(number), today, &mapping, limits)?;
                    known.outcome()?;
                    Ok(Checked::Talks(Box::new(check)))
                }
            }
        });
        checking.await.map_err(|_| ImportFault::Broken)?
    }

    /// Units and rooms that a roster may name.
    pub(crate) async fn known_units(&self) -> Result<KnownUnits, CommandError> {
        self.refresh_directory().await?;
        let mut units = KnownUnits::default();
        for profile in self.directory().await?.profiles() {
            if let Some(unit) = &profile.unit {
                units.add(unit.as_str(), profile.room.as_ref().map(|room| room.as_str()));
            }
        }
        Ok(units)
    }

    /// Whose the staff numbers are, in the order asked.
    pub(crate) async fn holders(&self, numbers: &[&str]) -> Result<Vec<Option<PersonId>>, CommandError> {
        let keys: Vec<[u8; 32]> = numbers.iter().map(|number| self.staff_number_key(number)).collect();
        let holders = self.inner.store.holders_of(STAFF_NUMBER, &keys).await?;
        Ok(holders.into_iter().map(|holder| holder.map(|stream| PersonId(stream.id))).collect())
    }

    /// Whose a staff number is.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn person_of_staff_number(&self, number: &str) -> Result<Option<PersonId>, CommandError> {
        Ok(self.holders(&[number]).await?.pop().flatten())
    }

    pub(crate) fn staff_number_key(&self, number: &str) -> [u8; 32] {
        self.inner.vault.keyed_hash(STAFF_NUMBER, number)
    }
}

/// Kind of the claim on a staff number.
pub(crate) const STAFF_NUMBER: &str = "staff_number";

/// Looks staff numbers up for a check that runs on a blocking thread; each number is asked once.
struct KnownNumbers {
    application: Application,
    handle: Handle,
    seen: std::cell::RefCell<std::collections::HashMap<String, bool>>,
    fault: std::cell::RefCell<Option<CommandError>>,
}

impl KnownNumbers {
    fn new(application: Application, handle: Handle) -> Self {
        Self {
            application,
            handle,
            seen: std::cell::RefCell::default(),
            fault: std::cell::RefCell::default(),
        }
    }

    fn knows(&self, number: &str) -> bool {
        if let Some(known) = self.seen.borrow().get(number) {
            return *known;
        }
        let known = match self.handle.block_on(self.application.person_of_staff_number(number)) {
            Ok(person) => person.is_some(),
            Err(error) => {
                self.fault.borrow_mut().get_or_insert(error);
                false
            }
        };
        self.seen.borrow_mut().insert(number.to_owned(), known);
        known
    }

    /// An answer that was never had must not count as "unknown".
    fn outcome(self) -> Result<(), CommandError> {
        match self.fault.into_inner() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// SHA-256 of a file, lower-case hex, read in pieces.
pub(crate) async fn hash_file(path: &Path) -> Result<String, ImportFault> {
    let path = path.to_owned();
    let hashing = tokio::task::spawn_blocking(move || {
        let mut file = std::fs::File::open(path)?;
        let mut hasher = Sha256::new();
        std::io::copy(&mut file, &mut hasher)?;
        Ok::<_, std::io::Error>(hasher.finalize())
    });
    let digest = hashing.await.map_err(|_| ImportFault::Broken)??;
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}
