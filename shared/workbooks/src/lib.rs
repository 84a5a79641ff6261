//! Reads and writes .xlsx: rosters, organisation workbooks, talk ledgers, proposals, rejected rows.
//!
//! Files and values only: no database, nothing asynchronous (call it from a blocking thread). A check
//! ([`RosterFile::check`], [`OrganisationFile::check`], [`TalksFile::check`]) finds whole-file faults
//! and every row's faults in a first pass over a stream of cells; a second pass yields the good rows.
//!
//! # How to add a column
//! Add it (title, synonyms, class, limit) to its table in `spec.rs`; for a roster the code is the name
//! of the domain's field. A new reason stands in `reason.rs`, with its words.

mod archive;
mod book;
mod cell;
mod chunks;
mod clean;
mod columns;
mod dates;
mod error;
mod examples;
mod kinds;
mod layout;
mod limits;
mod mapping;
mod organisation;
mod proposal;
mod reading;
mod reason;
mod rejects;
mod repeats;
mod report;
mod roster;
pub mod sample;
#[cfg(test)]
mod samples;
mod spec;
mod table;
mod talks;
mod units;

pub use book::{Rows, Workbook};
pub use cell::{Cell, Row, letter};
pub use chunks::Chunks;
pub use clean::{Change, Changed, Changes, Width, clean};
pub use columns::{Columns, FieldOfColumn, Mappable};
pub use dates::read_date;
pub use error::{Counted, DamagedPart, LooksLike, Place, TreeFault, WorkbookError};
pub use examples::Examples;
pub use limits::Limits;
pub use mapping::{Mapping, StaffNumberMapping};
pub use organisation::{MemberRow, OfficeRow, OrganisationCheck, OrganisationFile, OrganisationRow};
pub use proposal::{ProposalCheck, ProposalLine, read_proposal, write_proposal};
pub use reason::{Facts, Fault, Reason};
pub use report::{Mapped, Report, UnknownColumn};
pub use roster::{RosterCheck, RosterFile, RosterRow};
pub use table::{List, SheetContent, Table, read_table, write_lists, write_table, write_tables};
pub use talks::{TalkRow, TalksCheck, TalksFile};
pub use units::KnownUnits;
