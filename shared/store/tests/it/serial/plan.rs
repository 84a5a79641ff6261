//! Random batches of commands over few streams, claims and ids, so that writers meet.

use std::time::Duration;

use peiyu_store::{Append, StreamId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::{Says, command, stream};

const STREAMS: usize = 3;
const CLAIMS: usize = 2;
const IDS: usize = 6;

/// Names of one case; no other case meets them.
#[derive(Debug, Clone)]
pub struct Names {
    pub streams: Vec<StreamId>,
    pub claims: Vec<[u8; 32]>,
    ids: Vec<Uuid>,
}

impl Names {
    pub fn new() -> Self {
        let key = |_| {
            let half = *Uuid::new_v4().as_bytes();
            let mut key = [0; 32];
            key[..16].copy_from_slice(&half);
            key
        };
        Self {
            streams: (0..STREAMS).map(|_| stream("person")).collect(),
            claims: (0..CLAIMS).map(key).collect(),
            ids: (0..IDS).map(|_| Uuid::new_v4()).collect(),
        }
    }
}

/// One call.
#[derive(Debug, Clone)]
pub struct Batch {
    commands: Vec<Plan>,
    /// The client dies after this long and sends again.
    pub crash_after: Option<Duration>,
}

/// One command, before its versions are known.
#[derive(Debug, Clone)]
struct Plan {
    /// Some ids are shared by all writers; None is an id of its own.
    id: Option<usize>,
    principal: u128,
    other_body: bool,
    /// For each stream: not touched, read, or written with so many events.
    touched: Vec<Touch>,
    /// Whether it counts on the commands before it in the batch.
    follows: bool,
    claim: Option<(usize, usize)>,
    release: Option<(usize, usize)>,
}

#[derive(Debug, Clone, Copy)]
enum Touch {
    Not,
    Read,
    Write(i64),
}

/// For each writer its batches.
pub fn writers() -> impl Strategy<Value = Vec<Vec<Batch>>> {
    vec(vec(batch(), 1..4), 2..5)
}

fn batch() -> impl Strategy<Value = Batch> {
    let crash = option::weighted(0.3, (0_u64..4000).prop_map(Duration::from_micros));
    (vec(plan(), 1..4), crash).prop_map(|(commands, crash_after)| Batch { commands, crash_after })
}

fn plan() -> impl Strategy<Value = Plan> {
    let touch = prop_oneof![
        5 => Just(Touch::Not),
        2 => Just(Touch::Read),
        2 => (0_i64..3).prop_map(Touch::Write),
    ];
    let claim = || option::weighted(0.3, (0..CLAIMS, 0..STREAMS));
    (
        option::weighted(0.3, 0..IDS),
        1_u128..3,
        prop::bool::weighted(0.3),
        vec(touch, STREAMS),
        prop::bool::weighted(0.8),
        claim(),
        claim(),
    )
        .prop_map(|(id, principal, other_body, touched, follows, claim, release)| Plan {
            id,
            principal,
            other_body,
            touched,
            follows,
            claim,
            release,
        })
}

impl Batch {
    /// The commands as a client decides them on the versions it read.
    pub fn commands(&self, names: &Names, read: &[i64]) -> Vec<Append> {
        let mut expected = read.to_vec();
        self.commands.iter().map(|plan| plan.command(names, read, &mut expected)).collect()
    }
}

impl Plan {
    fn command(&self, names: &Names, read: &[i64], expected: &mut [i64]) -> Append {
        let mut append = command().by(self.principal);
        if let Some(id) = self.id {
            append = append.under(names.ids[id]);
        }
        if self.other_body {
            append.digest = [8; 32];
        }
        append.answer = format!("{{\"first\":\"{}\"}}", Uuid::new_v4());
        for (n, touch) in self.touched.iter().enumerate() {
            let version = if self.follows { expected[n] } else { read[n] };
            match touch {
                Touch::Not => {}
                Touch::Read => append = append.resting_on(&names.streams[n], version),
                Touch::Write(events) => {
                    append = append.writing(&names.streams[n], version, *events);
                    expected[n] = version + events;
                }
            }
        }
        for (list, wish) in [(&mut append.claims, self.claim), (&mut append.releases, self.release)] {
            if let Some((key, holder)) = wish {
                let stream = names.streams[holder].clone();
                list.push(peiyu_store::Claim { kind: "staff_number".into(), key: names.claims[key], stream });
            }
        }
        append
    }
}
