//! 谈心谈话台账: old paper records, taken as they were, marked as transcribed, never refused for a rule.

use std::collections::{BTreeMap, HashSet};

use peiyu_domain::candidate::Candidate;
use peiyu_domain::candidate::commands::{TalkDraft, TranscribeTalk};
use peiyu_domain::import::ChunkCounts;
use peiyu_domain::values::{ImportId, PersonId};
use peiyu_workbooks::TalkRow;
use uuid::Uuid;

use super::run::Decided;
use crate::draft::Draft;
use crate::handle::Frame;
use crate::{Application, CommandError, Refused};

impl Application {
    pub(crate) async fn decide_talks_chunk(
        &self,
        rows: &[TalkRow],
        import: ImportId,
        frame: &Frame,
    ) -> Result<Decided, CommandError> {
        let numbers: Vec<&str> =
            rows.iter().flat_map(|row| [row.staff_number.as_str(), row.talker_number.as_str()]).collect();
        let holders = self.holders(&numbers).await?;
        let mut by_candidate: BTreeMap<Uuid, Vec<(PersonId, &TalkRow)>> = BTreeMap::new();
        for (row, pair) in rows.iter().zip(holders.chunks(2)) {
            // The check has seen to it that both are known; nobody is ever forgotten again.
            let [Some(person), Some(talker)] = pair else { continue };
            by_candidate.entry(person.0).or_default().push((*talker, row));
        }
        let ids: Vec<Uuid> = by_candidate.keys().copied().collect();
        let candidates = self.load_all::<Candidate>(&ids).await?;
        let mut draft = Draft::answering(import.0, frame.origin);
        let mut counts = ChunkCounts::default();
        let mut in_pool = HashSet::new();
        for (loaded, talks) in candidates.into_iter().zip(by_candidate.into_values()) {
            let mut hosted = loaded.hosted();
            let mut events = Vec::new();
            for (talker, row) in talks {
                let decided = hosted.decide(self.transcribe(talker, row), (), frame).await;
                let new = decided.map_err(|refusal| CommandError::Refused(Refused::of(&refusal)))?;
                counts.accepted += 1;
                if new.is_empty() {
                    counts.unchanged += 1
                } else {
                    counts.new += 1
                }
                events.extend(new);
            }
            if hosted.0.in_pool_since().is_some() {
                in_pool.insert(loaded.id);
            }
            draft.write(&loaded, &events, loaded.id, frame)?;
        }
        counts.pool = u32::try_from(in_pool.len()).unwrap_or(u32::MAX);
        Ok(Decided { draft, counts, touched: Vec::new(), conflicts: Vec::new() })
    }

    fn transcribe(&self, talker: PersonId, row: &TalkRow) -> TranscribeTalk {
        let digest = self.inner.vault.keyed_hash("talk_row", &row.content);
        TranscribeTalk {
            talker,
            held_on: row.held_on,
            form: row.form,
            draft: TalkDraft {
                place: row.place.clone(),
                topics: row.topics.clone(),
                gist: row.gist.clone(),
                wishes: row.wishes.clone(),
                follow_up: None,
            },
            fingerprint: digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}
