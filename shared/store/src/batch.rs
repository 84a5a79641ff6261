//! A batch of commands as the arrays that the append function takes.

use std::collections::HashMap;

use uuid::Uuid;

use crate::command::{Append, Claim, StreamId};
use crate::error::StoreError;

/// Index from 1, as PostgreSQL counts.
type Index = i32;

/// Streams, claims and ids once each; the rest refers to them by index.
#[derive(Default)]
pub(crate) struct Batch<'a> {
    pub stream_kinds: Vec<&'a str>,
    pub stream_ids: Vec<Uuid>,
    pub stream_written: Vec<bool>,
    pub claim_kinds: Vec<&'a str>,
    pub claim_keys: Vec<&'a [u8]>,
    pub slot_principals: Vec<Uuid>,
    pub slot_commands: Vec<Uuid>,
    pub command_slots: Vec<Index>,
    pub command_digests: Vec<&'a [u8]>,
    pub command_answers: Vec<&'a str>,
    pub expect_ends: Vec<Index>,
    pub expect_streams: Vec<Index>,
    pub expect_versions: Vec<i64>,
    pub expect_events: Vec<i32>,
    pub take_ends: Vec<Index>,
    pub take_claims: Vec<Index>,
    pub take_streams: Vec<Index>,
    pub take_releases: Vec<bool>,
    pub event_commands: Vec<Index>,
    pub event_streams: Vec<Index>,
    pub event_sequences: Vec<i64>,
    pub event_ids: Vec<Uuid>,
    pub event_types: Vec<&'a str>,
    pub event_versions: Vec<String>,
    pub event_payloads: Vec<&'a str>,
    pub event_metadata: Vec<String>,
    pub event_recorded: Vec<String>,
    pub event_occurred: Vec<Option<String>>,
    streams: HashMap<(&'a str, Uuid), Index>,
    claims: HashMap<(&'a str, &'a [u8; 32]), Index>,
    slots: HashMap<(Uuid, Uuid), Index>,
}

impl<'a> Batch<'a> {
    pub(crate) fn of(commands: &'a [Append]) -> Result<Self, StoreError> {
        let mut batch = Self::default();
        for command in commands {
            batch.add(command)?;
        }
        Ok(batch)
    }

    fn add(&mut self, command: &'a Append) -> Result<(), StoreError> {
        let slot = self.slot(command.principal, command.command_id);
        self.command_slots.push(slot);
        self.command_digests.push(&command.digest);
        self.command_answers.push(&command.answer);
        self.add_expectations(command);
        for (claims, release) in [(&command.releases, true), (&command.claims, false)] {
            for claim in claims {
                self.add_take(claim, release);
            }
        }
        self.take_ends.push(index(self.take_claims.len()));
        self.add_events(command)
    }

    fn add_expectations(&mut self, command: &'a Append) {
        let mut added = HashMap::new();
        for event in &command.events {
            *added.entry(&event.stream).or_insert(0) += 1;
        }
        for write in &command.writes {
            let stream = self.stream(&write.stream, true);
            self.expect(stream, write.version, added.get(&write.stream).copied().unwrap_or(0));
        }
        for fact in &command.facts {
            // A stream that is written too is checked there, and its new version must not be set back here.
            if command.writes.iter().all(|write| write.stream != fact.stream) {
                let stream = self.stream(&fact.stream, false);
                self.expect(stream, fact.version, 0);
            }
        }
        self.expect_ends.push(index(self.expect_streams.len()));
    }

    fn expect(&mut self, stream: Index, version: i64, events: i32) {
        self.expect_streams.push(stream);
        self.expect_versions.push(version);
        self.expect_events.push(events);
    }

    fn add_take(&mut self, claim: &'a Claim, release: bool) {
        let next = index(self.claim_kinds.len() + 1);
        let number = *self.claims.entry((&claim.kind, &claim.key)).or_insert(next);
        if number == next {
            self.claim_kinds.push(&claim.kind);
            self.claim_keys.push(&claim.key);
        }
        let stream = self.stream(&claim.stream, false);
        self.take_claims.push(number);
        self.take_streams.push(stream);
        self.take_releases.push(release);
    }

    fn add_events(&mut self, command: &'a Append) -> Result<(), StoreError> {
        let number = index(self.command_slots.len());
        for event in &command.events {
            let stream = self.stream(&event.stream, true);
            let metadata = serde_json::to_string(&event.metadata)
                .map_err(|error| StoreError::Malformed(format!("metadata of {}: {error}", event.stream)))?;
            self.event_commands.push(number);
            self.event_streams.push(stream);
            self.event_sequences.push(event.sequence);
            self.event_ids.push(event.metadata.event_id);
            self.event_types.push(&event.event_type);
            self.event_versions.push(event.event_version.to_string());
            self.event_payloads.push(event.payload.as_str());
            self.event_metadata.push(metadata);
            self.event_recorded.push(event.metadata.recorded_at.to_string());
            self.event_occurred.push(event.metadata.occurred_on.map(|day| day.to_string()));
        }
        Ok(())
    }

    fn stream(&mut self, stream: &'a StreamId, written: bool) -> Index {
        let next = index(self.stream_ids.len() + 1);
        let number = *self.streams.entry((&stream.kind, stream.id)).or_insert(next);
        if number == next {
            self.stream_kinds.push(&stream.kind);
            self.stream_ids.push(stream.id);
            self.stream_written.push(written);
        } else if written && let Some(flag) = self.stream_written.get_mut(position(number)) {
            *flag = true;
        }
        number
    }

    fn slot(&mut self, principal: Uuid, command: Uuid) -> Index {
        let next = index(self.slot_commands.len() + 1);
        let number = *self.slots.entry((principal, command)).or_insert(next);
        if number == next {
            self.slot_principals.push(principal);
            self.slot_commands.push(command);
        }
        number
    }

    /// The stream with an index that the function gave back.
    pub(crate) fn stream_at(&self, number: Index) -> Option<StreamId> {
        let at = position(number);
        Some(StreamId::new((*self.stream_kinds.get(at)?).to_owned(), *self.stream_ids.get(at)?))
    }

    /// The kind of the claim with an index that the function gave back.
    pub(crate) fn claim_kind_at(&self, number: Index) -> Option<String> {
        self.claim_kinds.get(position(number)).map(|kind| (*kind).to_owned())
    }
}

/// The limits keep every list far below two thousand million.
fn index(length: usize) -> Index {
    Index::try_from(length).unwrap_or(Index::MAX)
}

fn position(number: Index) -> usize {
    usize::try_from(number - 1).unwrap_or(usize::MAX)
}
