//! A roster's chunks touch nobody in common: the next is decided and sealed while the last is appended.
//!
//! Three stages run side by side (reading, deciding, appending), each a chunk or two ahead of the next. Appends go
//! out one by one, in order: a chunk is on its way only when the one before it has landed. What was decided too
//! early is found out by its append, as with any command, and decided anew.

use peiyu_domain::import::{ImportEvent, ImportKind};
use peiyu_domain::values::ImportId;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::check::ImportFault;
use super::report::Conflict;
use super::run::{Chunk, Decided, Progress, Run};
use crate::draft::After;
use crate::handle::Frame;
use crate::{Answer, Application, CommandError, Request};
use peiyu_domain::import::commands::ApplyChunk;
use peiyu_store::Append;

/// Chunks that may wait decided.
const DECIDED_AHEAD: usize = 1;

/// A chunk on its way from the reading thread.
struct Step {
    number: u32,
    chunk: Chunk,
    /// None: it was taken in before a crash.
    decided: Option<Result<(Frame, Decided), CommandError>>,
}

/// A chunk that only needs to be appended.
struct Ready {
    append: Append,
    answer: Answer,
    frame: Frame,
    events: Vec<ImportEvent>,
    touched: Vec<Uuid>,
    conflicts: Vec<Conflict>,
}

/// A chunk whose append is not yet answered.
struct UnderWay {
    number: u32,
    chunk: Chunk,
    touched: Vec<Uuid>,
    conflicts: Vec<Conflict>,
    answer: JoinHandle<Result<Option<Answer>, CommandError>>,
}

impl Application {
    /// Takes the chunks of a roster in, from the first that the import does not have.
    pub(super) async fn take_in_ahead(
        &self,
        request: &Request,
        run: &mut Run,
        chunks: mpsc::Receiver<Chunk>,
        progress: &watch::Sender<Progress>,
    ) -> Result<(), ImportFault> {
        let first = run.import.state.next_chunk();
        let mut steps = self.decide_ahead(request.clone(), run.id, first, chunks);
        let mut under_way = None;
        while let Some(Step { number, chunk, decided }) = steps.recv().await {
            let Some(decided) = decided else {
                self.recall(run, &chunk).await?;
                continue;
            };
            let ready = match decided {
                Ok((frame, decided)) => self.make_ready(run, number, frame, decided).await,
                Err(error) => Err(error),
            };
            let as_foreseen = self.land(request, run, under_way.take()).await?;
            run.note(progress);
            match ready {
                Ok(ready) if as_foreseen => under_way = Some(self.send(run, number, chunk, ready)),
                Ok(_) | Err(_) => self.apply(request, run, number, &chunk, ImportKind::Roster).await?,
            }
        }
        self.land(request, run, under_way).await?;
        run.note(progress);
        Ok(())
    }

    /// Decides chunks in order, on a task of its own, and makes the keys of their persons.
    fn decide_ahead(
        &self,
        request: Request,
        import: ImportId,
        first: u32,
        mut chunks: mpsc::Receiver<Chunk>,
    ) -> mpsc::Receiver<Step> {
        let (sender, steps) = mpsc::channel(DECIDED_AHEAD);
        let application = self.clone();
        tokio::spawn(async move {
            let mut number = 0;
            while let Some(chunk) = chunks.recv().await {
                let decided = match number < first {
                    true => None,
                    false => Some(application.decide_early(&request, import, number, &chunk).await),
                };
                // Whoever no longer receives has met an error, or was dropped.
                if sender.send(Step { number, chunk, decided }).await.is_err() {
                    return;
                }
                number += 1;
            }
        });
        steps
    }

    async fn decide_early(
        &self,
        request: &Request,
        import: ImportId,
        number: u32,
        chunk: &Chunk,
    ) -> Result<(Frame, Decided), CommandError> {
        let frame = self.chunk_frame(request, import, &number.to_string(), ImportKind::Roster).await?;
        let decided = self.decide_chunk(chunk, import, &frame).await?;
        self.inner.vault.ensure_keys(&decided.draft.subjects()).await?;
        Ok((frame, decided))
    }

    /// Adds what the import itself notes of the chunk, and seals.
    async fn make_ready(
        &self,
        run: &Run,
        number: u32,
        frame: Frame,
        decided: Decided,
    ) -> Result<Ready, CommandError> {
        let Decided { mut draft, counts, touched, conflicts } = decided;
        let command = ApplyChunk { chunk: number, counts };
        let events = run.decide(command, &mut draft, &frame).await?;
        let (append, answer) = self.seal(draft, &frame).await?;
        Ok(Ready { append, answer, frame, events, touched, conflicts })
    }

    /// Sends a chunk off; the import counts as being where it will be then.
    fn send(&self, run: &mut Run, number: u32, chunk: Chunk, ready: Ready) -> UnderWay {
        let Ready { append, answer, frame, events, touched, conflicts } = ready;
        run.evolve(&events, &frame);
        let application = self.clone();
        let answer =
            tokio::spawn(
                async move { application.append_sealed(append, answer, After::default(), &frame).await },
            );
        UnderWay { number, chunk, touched, conflicts, answer }
    }

    /// Waits for a chunk; false when it had to be decided anew, so that what follows it has to be as well.
    async fn land(
        &self,
        request: &Request,
        run: &mut Run,
        under_way: Option<UnderWay>,
    ) -> Result<bool, ImportFault> {
        let Some(UnderWay { number, chunk, touched, conflicts, answer }) = under_way else { return Ok(true) };
        match answer.await.map_err(|_| ImportFault::Broken)? {
            Ok(Some(_)) => {
                run.took(touched, conflicts);
                return Ok(true);
            }
            Ok(None) | Err(CommandError::Taken { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        if !self.has_chunk_now(run, number, &chunk).await? {
            self.apply(request, run, number, &chunk, ImportKind::Roster).await?;
        }
        Ok(false)
    }
}
