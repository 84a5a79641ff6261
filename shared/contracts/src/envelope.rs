//! The envelope of every event: as stored, and as a CloudEvents 1.0 object.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// How a fact came to be on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Recorded when it happened, under the rules.
    Live,
    /// An old paper record, kept as it was; rules were not applied (补录).
    Transcribed,
    /// Came from a spreadsheet.
    Import,
}

impl Origin {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Transcribed => "transcribed",
            Self::Import => "import",
        }
    }
}

/// The policy version an act was judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRef {
    /// Name of the version, such as `2026-05-11`.
    pub version: String,
    /// SHA-256 of its content, lower-case hex.
    pub hash: String,
}

/// Who, why and under what; stored as a flat map of strings because `postgres-es` reads it so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// UUIDv7 of the event, also its `Nats-Msg-Id`.
    pub event_id: Uuid,
    /// RFC 3339 UTC, from the injected clock; never runs backwards within a stream.
    pub recorded_at: Timestamp,
    /// Civil day on which it happened, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_on: Option<Date>,
    /// The account that sent the command.
    pub principal: Uuid,
    /// The person behind the account; absent for the system itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_person: Option<Uuid>,
    /// The office in which the actor acted: organisation id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_organisation: Option<Uuid>,
    /// The office in which the actor acted: kind of office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_office: Option<String>,
    /// The command that caused it.
    pub command_id: Uuid,
    /// The whole piece of work (an import run, a request).
    pub correlation_id: Uuid,
    /// The event that caused the command, if an event did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<Uuid>,
    /// Version of the policy in force when it was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<String>,
    /// Hash of that policy's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_hash: Option<String>,
    /// W3C trace context of the request that caused it; absent in events from before it was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// Live, transcribed or import.
    pub origin: Origin,
    /// Whose key seals the sensitive fields of this event.
    pub subject: Uuid,
}

impl Metadata {
    /// The flat map in which `cqrs-es` carries metadata.
    #[must_use]
    pub fn to_map(&self) -> HashMap<String, String> {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(fields)) => fields
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
                .collect(),
            _ => HashMap::new(),
        }
    }
}

/// One event as the store keeps it: payload sealed, exactly the stored text.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Feed position; 0 when the event was loaded by stream and its position is not known.
    pub position: i64,
    /// `candidate`, `person`, …
    pub aggregate_type: String,
    /// Random id of the aggregate.
    pub aggregate_id: Uuid,
    /// 1, 2, 3, … within the aggregate.
    pub sequence: i64,
    /// `TalkRecorded`, …
    pub event_type: String,
    /// Version of the payload's shape.
    pub event_version: u32,
    /// Sealed payload, JSON text, byte for byte as stored.
    pub payload: Box<RawValue>,
    /// Who, why and under what.
    pub metadata: Metadata,
}

/// An event as subscribers get it by HTTP: a CloudEvents 1.0 structured object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CloudEvent {
    /// Always `1.0`.
    pub specversion: String,
    /// Event id.
    pub id: Uuid,
    /// `peiyu.<aggregate>.<EventName>.v<N>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `/peiyu/<tenant>`.
    pub source: String,
    /// `<aggregate>/<id>`.
    pub subject: String,
    /// When it was recorded.
    pub time: Timestamp,
    /// `application/json`.
    pub datacontenttype: String,
    /// Where its JSON Schema is served.
    pub dataschema: String,
    /// Within the aggregate.
    pub sequence: i64,
    /// In the feed.
    pub position: i64,
    /// Life of the feed between two restores.
    pub epoch: i32,
    /// The whole piece of work.
    pub correlationid: Uuid,
    /// What caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causationid: Option<Uuid>,
    /// Civil day on which it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurredon: Option<Date>,
    /// Live, transcribed or import.
    pub origin: Origin,
    /// Policy version it was judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policyversion: Option<String>,
    /// Person who acted, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Uuid>,
    /// W3C trace context (CloudEvents' extension for distributed tracing).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The stored payload.
    pub data: Box<RawValue>,
}

/// `peiyu.<aggregate>.<EventName>.v<N>`.
#[must_use]
pub fn cloud_event_type(aggregate: &str, event: &str, version: u32) -> String {
    format!("peiyu.{aggregate}.{event}.v{version}")
}

impl Recorded {
    /// The event as outside readers get it.
    #[must_use]
    pub fn to_cloud_event(&self, tenant: &str, epoch: i32) -> CloudEvent {
        let kind = cloud_event_type(&self.aggregate_type, &self.event_type, self.event_version);
        CloudEvent {
            specversion: "1.0".into(),
            id: self.metadata.event_id,
            dataschema: format!("/v1/schemas/{kind}.json"),
            kind,
            source: format!("/peiyu/{tenant}"),
            subject: format!("{}/{}", self.aggregate_type, self.aggregate_id),
            time: self.metadata.recorded_at,
            datacontenttype: "application/json".into(),
            sequence: self.sequence,
            position: self.position,
            epoch,
            correlationid: self.metadata.correlation_id,
            causationid: self.metadata.causation_id,
            occurredon: self.metadata.occurred_on,
            origin: self.metadata.origin,
            policyversion: self.metadata.policy_version.clone(),
            actor: self.metadata.actor_person,
            traceparent: self.metadata.traceparent.clone(),
            data: self.payload.clone(),
        }
    }
}
