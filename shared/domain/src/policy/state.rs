//! Every policy version of the installation.

use jiff::civil::Date;

use super::{Policy, PolicyEvent, PolicyRefusal};
use crate::decider::Aggregate;

/// One adopted version.
#[derive(Debug, Clone, PartialEq)]
pub struct Adopted {
    /// Name.
    pub version: String,
    /// From which day it holds.
    pub valid_from: Date,
    /// SHA-256 of the content.
    pub hash: String,
    /// The TOML text.
    pub content: String,
}

/// All versions, in the order of their adoption.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policies {
    versions: Vec<Adopted>,
}

impl Policies {
    /// All versions.
    #[must_use]
    pub fn versions(&self) -> &[Adopted] {
        &self.versions
    }

    /// The version by which an act of that day is judged.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&Adopted> {
        self.versions.iter().rfind(|version| version.valid_from <= day)
    }

    /// The numbers of that day; the shipped ones before anything was adopted.
    #[must_use]
    pub fn numbers_on(&self, day: Date) -> Policy {
        self.on(day)
            .and_then(|adopted| Policy::parse(&adopted.content).ok())
            .unwrap_or_else(|| Policy::shipped().clone())
    }
}

impl Aggregate for Policies {
    const TYPE: &'static str = "policy";
    type Event = PolicyEvent;
    type Refusal = PolicyRefusal;

    fn evolve(&mut self, event: &PolicyEvent) {
        match event {
            PolicyEvent::PolicyAdopted { version, valid_from, hash, content } => {
                self.versions.push(Adopted {
                    version: version.clone(),
                    valid_from: *valid_from,
                    hash: hash.clone(),
                    content: content.clone(),
                });
            }
        }
    }
}
