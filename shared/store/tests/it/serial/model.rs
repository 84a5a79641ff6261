//! What the append function should do, written down a second time, for one caller at a time.

use std::collections::{BTreeMap, BTreeSet};

use peiyu_store::{Append, Outcome, StreamId};
use uuid::Uuid;

/// A store in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Model {
    streams: BTreeMap<StreamId, Vec<Uuid>>,
    claims: BTreeMap<[u8; 32], StreamId>,
    commands: BTreeMap<(Uuid, Uuid), ([u8; 32], String)>,
}

const NOTHING: &Vec<Uuid> = &Vec::new();

impl Model {
    pub fn append(&mut self, commands: &[Append]) -> Vec<Outcome> {
        commands.iter().map(|command| self.append_one(command)).collect()
    }

    fn append_one(&mut self, command: &Append) -> Outcome {
        let key = (command.principal, command.command_id);
        if let Some((digest, answer)) = self.commands.get(&key) {
            return if *digest == command.digest {
                Outcome::Repeated { answer: answer.clone() }
            } else {
                Outcome::KeyReused
            };
        }
        for read in command.writes.iter().chain(&command.facts) {
            let found = i64::try_from(self.events_of(&read.stream).len()).unwrap();
            if found != read.version {
                return Outcome::Stale { stream: read.stream.clone(), expected: read.version, found };
            }
        }
        let mut claims = self.claims.clone();
        for release in &command.releases {
            if claims.get(&release.key) == Some(&release.stream) {
                claims.remove(&release.key);
            }
        }
        for claim in &command.claims {
            let holder = claims.entry(claim.key).or_insert_with(|| claim.stream.clone());
            if *holder != claim.stream {
                return Outcome::Taken { kind: claim.kind.clone(), holder: holder.clone() };
            }
        }
        self.claims = claims;
        for event in &command.events {
            self.streams.entry(event.stream.clone()).or_default().push(event.metadata.event_id);
        }
        self.commands.insert(key, (command.digest, command.answer.clone()));
        Outcome::Done
    }

    pub fn events_of(&self, stream: &StreamId) -> &Vec<Uuid> {
        self.streams.get(stream).unwrap_or(NOTHING)
    }

    pub fn holder_of(&self, key: &[u8; 32]) -> Option<&StreamId> {
        self.claims.get(key)
    }
}

/// States that were tried before, so that none is tried twice.
pub type Tried = BTreeSet<(Vec<bool>, Model)>;
