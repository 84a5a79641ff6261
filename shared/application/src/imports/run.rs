//! The second pass: chunk by chunk, resumed after a crash, each chunk one command.

use std::collections::HashSet;

use peiyu_contracts::Origin;
use peiyu_domain::access::{Right, may};
use peiyu_domain::import::commands::{ApplyChunk, FinishImport, StartImport};
use peiyu_domain::import::{ChunkCounts, Import, ImportEvent, ImportKind};
use peiyu_domain::person::Person;
use peiyu_domain::values::ImportId;
use peiyu_domain::values::ids::named;
use peiyu_domain::{Aggregate, Decide};
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use super::CHUNK;
use super::check::{Checked, ImportFault, ImportSource, hash_file};
use super::organisation::OrganisationChunk;
use super::report::{Conflict, ImportReport, MOST_CONFLICTS};
use crate::draft::Draft;
use crate::handle::Frame;
use crate::{Application, CommandError, Loaded, MOST_ATTEMPTS, Refused, Request};
use peiyu_workbooks::{RosterRow, TalkRow};

/// Chunks that the reading thread may be ahead.
const READ_AHEAD: usize = 2;
/// The import of a dry run: no run has this id.
pub(super) const DRY_RUN: ImportId = ImportId(Uuid::nil());
/// Streams listed in one query.
const PAGE: i64 = 5_000;

/// How far a run has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows taken in.
    pub done: u32,
    /// Rows to be taken in.
    pub total: u32,
}

/// Rows of one command.
pub(crate) enum Chunk {
    /// Of the tree.
    Organisation(OrganisationChunk),
    /// Of a roster, with the fields that the sheet has.
    Roster(Vec<RosterRow>),
    /// Of a ledger.
    Talks(Vec<TalkRow>),
}

/// What a chunk comes to.
pub(crate) struct Decided {
    pub(crate) draft: Draft,
    pub(crate) counts: ChunkCounts,
    /// Persons that its rows are about.
    pub(crate) touched: Vec<Uuid>,
    /// What its rows say against what stands above them.
    pub(crate) conflicts: Vec<Conflict>,
}

/// A run under way.
pub(crate) struct Run {
    pub(super) id: ImportId,
    /// As it is when everything that was sent off has landed.
    pub(super) import: Loaded<Import>,
    /// Rows to be taken in.
    rows: u32,
    touched: HashSet<Uuid>,
    known_before: HashSet<Uuid>,
    conflicts: Vec<Conflict>,
}

/// Adds what a chunk found, as far as it is listed.
fn list(conflicts: &mut Vec<Conflict>, found: Vec<Conflict>) {
    let room = MOST_CONFLICTS.saturating_sub(conflicts.len());
    conflicts.extend(found.into_iter().take(room));
}

impl Run {
    /// What the import itself notes; none when it has noted it already.
    pub(super) async fn decide<C>(
        &self,
        command: C,
        draft: &mut Draft,
        frame: &Frame,
    ) -> Result<Vec<ImportEvent>, CommandError>
    where
        Import: Decide<C, Facts = ()>,
        C: Send + 'static,
    {
        let events = self.import.hosted().decide(command, (), frame).await;
        let events = events.map_err(|refusal| CommandError::Refused(Refused::of(&refusal)))?;
        draft.write(&self.import, &events, self.id.0, frame)?;
        Ok(events)
    }

    /// Takes in what was appended.
    pub(super) fn evolve(&mut self, events: &[ImportEvent], frame: &Frame) {
        for event in events {
            self.import.state.evolve(event);
            self.import.version += 1;
        }
        self.import.last_recorded = self.import.last_recorded.max(Some(frame.now));
    }

    /// Notes what a chunk that has landed was about.
    pub(super) fn took(&mut self, touched: Vec<Uuid>, conflicts: Vec<Conflict>) {
        self.touched.extend(touched);
        list(&mut self.conflicts, conflicts);
    }

    pub(super) fn note(&self, progress: &watch::Sender<Progress>) {
        let done = self.import.state.counts().accepted.min(self.rows);
        progress.send_replace(Progress { done, total: self.rows });
    }
}

impl Application {
    /// Says what an import would do; writes nothing.
    ///
    /// # Errors
    /// As [`Application::run_import`].
    pub async fn dry_run_import(
        &self,
        request: &Request,
        source: &ImportSource,
        checked: Checked,
    ) -> Result<(ImportReport, Checked), ImportFault> {
        if !may(&request.actor, Right::ImportRun) {
            return Err(CommandError::Forbidden(Right::ImportRun).into());
        }
        let report = ImportReport::new(source.kind, &checked);
        let run = self.begin(DRY_RUN, source.kind).await?;
        let mut counts = ChunkCounts::default();
        let mut touched = HashSet::new();
        let mut conflicts = Vec::new();
        let (mut chunks, reading) = read(checked);
        while let Some(chunk) = chunks.recv().await {
            let frame = self.frame(request).await?;
            let decided = self.decide_chunk(&chunk, run.id, &frame).await?;
            counts.add(&decided.counts);
            touched.extend(decided.touched);
            list(&mut conflicts, decided.conflicts);
        }
        let checked = reading.await.map_err(|_| ImportFault::Broken)??;
        let absent = self.absent(&report, &run.known_before, &touched).await?;
        Ok((report.with(&counts, absent, conflicts), checked))
    }

    /// Takes a checked file in. With the same id and file it goes on where it stopped.
    ///
    /// # Errors
    /// [`CommandError::Forbidden`] without the right, also when it is lost on the way: the chunks taken in by then
    /// stay, whole; a refusal when the id belongs to another file;
    /// whatever keeps store or vault from answering: then it is resumed by calling it again.
    pub async fn run_import(
        &self,
        request: &Request,
        id: ImportId,
        source: &ImportSource,
        checked: Checked,
        progress: &watch::Sender<Progress>,
    ) -> Result<(ImportReport, Checked), ImportFault> {
        if !may(&request.actor, Right::ImportRun) {
            return Err(CommandError::Forbidden(Right::ImportRun).into());
        }
        let report = ImportReport::new(source.kind, &checked);
        let mut run = self.begin(id, source.kind).await?;
        run.rows = report.rows.saturating_sub(report.rejected);
        self.start(request, &mut run, source, &checked, &report).await?;
        let (chunks, reading) = read(checked);
        match source.kind {
            ImportKind::Roster => self.take_in_ahead(request, &mut run, chunks, progress).await?,
            ImportKind::Organisation | ImportKind::Talks => {
                self.take_in(request, &mut run, chunks, source.kind, progress).await?;
            }
        }
        let checked = reading.await.map_err(|_| ImportFault::Broken)??;
        let absent = self.absent(&report, &run.known_before, &run.touched).await?;
        self.finish(request, &mut run, absent, source.kind).await?;
        self.refresh_directory().await?;
        Ok((report.with(run.import.state.counts(), absent, run.conflicts), checked))
    }

    async fn begin(&self, id: ImportId, kind: ImportKind) -> Result<Run, CommandError> {
        let import = self.load::<Import>(id.0).await?;
        let known_before = match kind {
            ImportKind::Roster => self.all_persons().await?,
            ImportKind::Organisation | ImportKind::Talks => HashSet::new(),
        };
        Ok(Run { id, import, rows: 0, touched: HashSet::new(), known_before, conflicts: Vec::new() })
    }

    /// Takes chunks in one after the other: rows may rest on those of the chunk before.
    async fn take_in(
        &self,
        request: &Request,
        run: &mut Run,
        mut chunks: mpsc::Receiver<Chunk>,
        kind: ImportKind,
        progress: &watch::Sender<Progress>,
    ) -> Result<(), CommandError> {
        let resumed_at = run.import.state.next_chunk();
        let mut number = 0;
        while let Some(chunk) = chunks.recv().await {
            if number < resumed_at {
                self.recall(run, &chunk).await?;
            } else {
                self.apply(request, run, number, &chunk, kind).await?;
            }
            number += 1;
            run.note(progress);
        }
        Ok(())
    }

    async fn start(
        &self,
        request: &Request,
        run: &mut Run,
        source: &ImportSource,
        checked: &Checked,
        report: &ImportReport,
    ) -> Result<(), ImportFault> {
        let mapping = checked.reports().iter().flat_map(|sheet| sheet.mapping_by_letter()).collect();
        let command = StartImport {
            kind: source.kind,
            file_hash: hash_file(&source.path).await?,
            file_name: source.file_name.clone(),
            mapping,
            rows: report.rows,
            rejected_by_reason: report.rejected_by_reason.clone(),
            rejected_rows: report.rejected_rows.clone(),
        };
        Ok(self.append_step(request, run, "start", command, source.kind).await?)
    }

    /// Start or end of a run, tried anew while others overtake it.
    async fn append_step<C>(
        &self,
        request: &Request,
        run: &mut Run,
        step: &str,
        command: C,
        kind: ImportKind,
    ) -> Result<(), CommandError>
    where
        Import: Decide<C, Facts = ()>,
        C: Clone + Send + 'static,
    {
        for _ in 0..MOST_ATTEMPTS {
            let frame = self.chunk_frame(request, run.id, step, kind).await?;
            let draft = Draft::answering(run.id.0, frame.origin);
            if self.append_import(run, command.clone(), draft, &frame).await? {
                return Ok(());
            }
            self.refresh_caches().await?;
            run.import = self.load::<Import>(run.id.0).await?;
        }
        Err(CommandError::Contended)
    }

    /// One chunk, decided anew while others overtake it.
    pub(super) async fn apply(
        &self,
        request: &Request,
        run: &mut Run,
        number: u32,
        chunk: &Chunk,
        kind: ImportKind,
    ) -> Result<(), CommandError> {
        for _ in 0..MOST_ATTEMPTS {
            let frame = self.chunk_frame(request, run.id, &number.to_string(), kind).await?;
            let Decided { draft, counts, touched, conflicts } =
                self.decide_chunk(chunk, run.id, &frame).await?;
            let command = ApplyChunk { chunk: number, counts };
            if self.append_import(run, command, draft, &frame).await? {
                run.took(touched, conflicts);
                return Ok(());
            }
            if self.has_chunk_now(run, number, chunk).await? {
                return Ok(());
            }
        }
        Err(CommandError::Contended)
    }

    /// Notes a chunk that was taken in by somebody else, or before a crash.
    pub(super) async fn recall(&self, run: &mut Run, chunk: &Chunk) -> Result<(), CommandError> {
        let touched = self.persons_of(chunk).await?;
        let conflicts = self.conflicts_of(chunk, run.id).await?;
        run.took(touched, conflicts);
        Ok(())
    }

    /// After having been overtaken: reads everything anew; true when somebody else took the chunk in.
    pub(super) async fn has_chunk_now(
        &self,
        run: &mut Run,
        number: u32,
        chunk: &Chunk,
    ) -> Result<bool, CommandError> {
        self.refresh_caches().await?;
        run.import = self.load::<Import>(run.id.0).await?;
        let has = run.import.state.next_chunk() > number;
        if has {
            self.recall(run, chunk).await?;
        }
        Ok(has)
    }

    async fn finish(
        &self,
        request: &Request,
        run: &mut Run,
        absent: u32,
        kind: ImportKind,
    ) -> Result<(), CommandError> {
        self.append_step(request, run, "finish", FinishImport { absent }, kind).await
    }

    /// Appends what the import itself decides, together with the draft; false when it was overtaken.
    async fn append_import<C>(
        &self,
        run: &mut Run,
        command: C,
        mut draft: Draft,
        frame: &Frame,
    ) -> Result<bool, CommandError>
    where
        Import: Decide<C, Facts = ()>,
        C: Send + 'static,
    {
        let events = run.decide(command, &mut draft, frame).await?;
        if !draft.has_events() {
            return Ok(true);
        }
        match self.append(draft, frame).await {
            Ok(Some(_)) => {}
            // Another import took a staff number between the look and the append: then it is somebody known.
            Ok(None) | Err(CommandError::Taken { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
        run.evolve(&events, frame);
        Ok(true)
    }

    /// What one command of the run stands on. The sender is asked for their right anew: whoever loses it while the
    /// run is under way writes no further chunk.
    pub(super) async fn chunk_frame(
        &self,
        request: &Request,
        id: ImportId,
        part: &str,
        kind: ImportKind,
    ) -> Result<Frame, CommandError> {
        let origin = match kind {
            ImportKind::Talks => Origin::Transcribed,
            ImportKind::Organisation | ImportKind::Roster => Origin::Import,
        };
        let command_id = named(&["import", &id.to_string(), part]);
        let part = Request { command_id, origin, if_match: None, correlation_id: id.0, ..request.clone() };
        match self.frame(&part).await {
            Ok(frame) if may(&frame.actor, Right::ImportRun) => Ok(frame),
            // An account that was closed has no right either.
            Ok(_) | Err(CommandError::NotFound { .. }) => Err(CommandError::Forbidden(Right::ImportRun)),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn decide_chunk(
        &self,
        chunk: &Chunk,
        import: ImportId,
        frame: &Frame,
    ) -> Result<Decided, CommandError> {
        match chunk {
            Chunk::Organisation(chunk) => self.decide_organisation_chunk(chunk, import, frame).await,
            Chunk::Roster(rows) => self.decide_roster_chunk(rows, import, frame).await,
            Chunk::Talks(rows) => self.decide_talks_chunk(rows, import, frame).await,
        }
    }

    /// Persons of a chunk that was taken in before a crash.
    async fn persons_of(&self, chunk: &Chunk) -> Result<Vec<Uuid>, CommandError> {
        match chunk {
            Chunk::Roster(rows) => {
                let numbers: Vec<&str> = rows.iter().map(|row| row.staff_number.as_str()).collect();
                Ok(self.holders(&numbers).await?.into_iter().flatten().map(|person| person.0).collect())
            }
            Chunk::Organisation(_) | Chunk::Talks(_) => Ok(Vec::new()),
        }
    }

    /// Conflicts of a chunk that was taken in before a crash.
    async fn conflicts_of(&self, chunk: &Chunk, import: ImportId) -> Result<Vec<Conflict>, CommandError> {
        match chunk {
            Chunk::Roster(rows) => self.roster_conflicts(rows, import).await,
            Chunk::Organisation(_) | Chunk::Talks(_) => Ok(Vec::new()),
        }
    }

    async fn all_persons(&self) -> Result<HashSet<Uuid>, CommandError> {
        let mut all = HashSet::new();
        let mut after = None;
        loop {
            let page = self.inner.store.streams_of_type(Person::TYPE, after, PAGE).await?;
            after = page.last().copied();
            let last = i64::try_from(page.len()).unwrap_or(PAGE) < PAGE;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// Persons whom an earlier roster named and this one does not; of rejected rows nobody is absent.
    async fn absent(
        &self,
        report: &ImportReport,
        known_before: &HashSet<Uuid>,
        touched: &HashSet<Uuid>,
    ) -> Result<u32, CommandError> {
        if !report.absence_judged {
            return Ok(0);
        }
        let others: Vec<Uuid> = known_before.difference(touched).copied().collect();
        let mut absent = 0;
        for page in others.chunks(CHUNK) {
            let persons = self.load_all::<Person>(page).await?;
            let in_roster = persons.iter().filter(|person| person.state.is_in_roster()).count();
            absent += u32::try_from(in_roster).unwrap_or(u32::MAX);
        }
        Ok(absent)
    }
}

type Reading = tokio::task::JoinHandle<Result<Checked, ImportFault>>;

/// Reads chunks on a blocking thread, a little ahead; gives the check back at the end.
fn read(mut checked: Checked) -> (mpsc::Receiver<Chunk>, Reading) {
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    let reading = tokio::task::spawn_blocking(move || {
        match &mut checked {
            Checked::Organisation(check) => {
                for chunk in OrganisationChunk::all(check) {
                    if sender.blocking_send(Chunk::Organisation(chunk)).is_err() {
                        break;
                    }
                }
            }
            Checked::Roster(check) => {
                let mapped: Vec<_> = super::roster::mapped_fields(&check.report);
                for rows in check.chunks(CHUNK)? {
                    let rows = super::roster::with_empty_cells(rows?, &mapped);
                    if sender.blocking_send(Chunk::Roster(rows)).is_err() {
                        break;
                    }
                }
            }
            Checked::Talks(check) => {
                for rows in check.chunks(CHUNK)? {
                    if sender.blocking_send(Chunk::Talks(rows?)).is_err() {
                        break;
                    }
                }
            }
        }
        Ok(checked)
    });
    (receiver, reading)
}
