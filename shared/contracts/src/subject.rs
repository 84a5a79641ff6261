//! Names on the bus: stream and subjects. No id stands in a subject; the hash is the partition.

use uuid::Uuid;

/// Partitions of the subject space.
pub const PARTITIONS: u8 = 64;

/// `PEIYU_<tenant>_<epoch>`.
#[must_use]
pub fn stream_name(tenant: &str, epoch: i32) -> String {
    format!("PEIYU_{tenant}_{epoch}")
}

/// All subjects of a tenant: `peiyu.v1.<tenant>.>`.
#[must_use]
pub fn all_subjects(tenant: &str) -> String {
    format!("peiyu.v1.{tenant}.>")
}

/// `peiyu.v1.<tenant>.<aggregate>.<00-63>.<EventName>`.
#[must_use]
pub fn event_subject(tenant: &str, aggregate: &str, id: Uuid, event: &str) -> String {
    format!("peiyu.v1.{tenant}.{aggregate}.{:02}.{event}", partition(id))
}

/// All events of one name: `peiyu.v1.<tenant>.<aggregate>.*.<EventName>`.
#[must_use]
pub fn subject_of_all(tenant: &str, aggregate: &str, event: &str) -> String {
    format!("peiyu.v1.{tenant}.{aggregate}.*.{event}")
}

/// FNV-1a over the id's bytes, modulo 64; written out here because subscribers may compute it too.
#[must_use]
pub fn partition(id: Uuid) -> u8 {
    let hash = id.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    u8::try_from(hash % u64::from(PARTITIONS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_partition_and_event_but_no_id() {
        let id = Uuid::from_u128(7);
        let subject = event_subject("demo", "candidate", id, "TalkRecorded");
        assert!(subject.starts_with("peiyu.v1.demo.candidate."));
        assert!(subject.ends_with(".TalkRecorded"));
        assert!(!subject.contains(&id.to_string()));
    }

    #[test]
    fn every_id_falls_into_one_of_64_partitions() {
        assert!((0..10_000_u128).all(|n| partition(Uuid::from_u128(n * 7919)) < PARTITIONS));
    }
}
