//! One event as a NATS message: CloudEvents 1.0 in binary mode, the payload byte for byte as stored.

use peiyu_bus::Message;
use peiyu_contracts::Recorded;
use peiyu_contracts::subject::event_subject;

/// The message of an event.
#[must_use]
pub fn message_of(event: &Recorded, tenant: &str, epoch: i32) -> Message {
    let cloud = event.to_cloud_event(tenant, epoch);
    let origin = cloud.origin.as_str().to_owned();
    let required = [
        ("ce-specversion", cloud.specversion),
        ("ce-id", cloud.id.to_string()),
        ("ce-type", cloud.kind),
        ("ce-source", cloud.source),
        ("ce-subject", cloud.subject),
        ("ce-time", cloud.time.to_string()),
        ("ce-datacontenttype", cloud.datacontenttype),
        ("ce-dataschema", cloud.dataschema),
        ("ce-sequence", cloud.sequence.to_string()),
        ("ce-position", cloud.position.to_string()),
        ("ce-epoch", cloud.epoch.to_string()),
        ("ce-correlationid", cloud.correlationid.to_string()),
        ("ce-origin", origin),
    ];
    // For followers of our own, who need the whole envelope; ids and codes only.
    let metadata = serde_json::to_string(&event.metadata).ok();
    let optional = [
        ("peiyu-metadata", metadata),
        ("ce-causationid", cloud.causationid.map(|id| id.to_string())),
        ("ce-occurredon", cloud.occurredon.map(|day| day.to_string())),
        ("ce-policyversion", cloud.policyversion),
        ("ce-traceparent", cloud.traceparent),
        ("ce-actor", cloud.actor.map(|id| id.to_string())),
    ];
    let present = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let headers = required.into_iter().chain(present);
    Message {
        subject: event_subject(tenant, &event.aggregate_type, event.aggregate_id, &event.event_type),
        id: event.metadata.event_id.to_string(),
        headers: headers.map(|(name, value)| (name, encode(name, &value))).collect(),
        payload: event.payload.get().to_owned().into_bytes().into(),
    }
}

/// JSON is printable as it is; everything that CloudEvents names is encoded.
fn encode(name: &str, value: &str) -> String {
    if name == "peiyu-metadata" && value.is_ascii() { value.to_owned() } else { percent_encode(value) }
}

/// As CloudEvents' bindings want it: space, `"`, `%` and everything outside printable ASCII, from UTF-8.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'"' | b'%' => encoded.push_str(&format!("%{byte:02X}")),
            0x21..=0x7e => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::percent_encode;

    #[test]
    fn headers_are_printable_ascii_whatever_the_value() {
        assert_eq!(percent_encode("candidate/0190-ab"), "candidate/0190-ab");
        assert_eq!(percent_encode("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
        assert_eq!(percent_encode("100% \"培\"\r\n"), "100%25%20%22%E5%9F%B9%22%0D%0A");
    }
}
