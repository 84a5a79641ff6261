//! The directory: every organisation with its offices, cached, since nearly every decision reads it.
//!
//! A stale entry costs a retry, never a wrong event: what a decision read is checked at its append.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use peiyu_domain::access::{Right, Scope, scope_for};
use peiyu_domain::candidate::commands::OfficeTerm;
use peiyu_domain::organisation::placement::Tree;
use peiyu_domain::organisation::{HeldOffice, Organisation, Profile};
use peiyu_domain::values::{OrganisationId, PersonId};
use peiyu_domain::{Actor, Aggregate};
use peiyu_store::{StreamId, StreamVersion};
use tokio::sync::{Mutex, RwLock};
use uuid::Uuid;

use crate::{Application, CommandError, Loaded};

/// Most organisations of a university.
const MOST_ORGANISATIONS: i64 = 10_000;

/// The cached directory; none until it is first read.
#[derive(Debug, Default)]
pub(crate) struct Cache(RwLock<Option<Arc<Directory>>>, Mutex<Option<Instant>>);

/// Longest time for which another process's change of an office goes unseen by whoever only reads.
const FRESH_FOR: Duration = Duration::from_secs(2);

/// Every organisation as it was last read.
#[derive(Debug)]
pub(crate) struct Directory {
    organisations: HashMap<OrganisationId, Loaded<Organisation>>,
    terms: HashMap<PersonId, Vec<OfficeTerm>>,
    tree: Tree,
}

impl Directory {
    fn new(loaded: Vec<Loaded<Organisation>>) -> Self {
        let mut terms: HashMap<PersonId, Vec<OfficeTerm>> = HashMap::new();
        for organisation in &loaded {
            let id = OrganisationId(organisation.id);
            for office in organisation.state.offices() {
                let Some(held) = organisation.state.held(id, office) else { continue };
                let term = OfficeTerm { office: held, from: office.from, until: office.until };
                terms.entry(office.person).or_default().push(term);
            }
        }
        let profiles = loaded.iter().filter_map(|organisation| {
            organisation.state.profile().map(|profile| (OrganisationId(organisation.id), profile.clone()))
        });
        let tree = Tree::new(profiles);
        let organisations =
            loaded.into_iter().map(|organisation| (OrganisationId(organisation.id), organisation)).collect();
        Self { organisations, terms, tree }
    }

    /// Every office that somebody holds or held.
    pub(crate) fn terms_of(&self, person: PersonId) -> &[OfficeTerm] {
        self.terms.get(&person).map_or(&[], Vec::as_slice)
    }

    /// Offices that somebody holds on a day.
    pub(crate) fn offices_on(&self, person: PersonId, day: Date) -> Vec<HeldOffice> {
        self.terms_of(person)
            .iter()
            .filter(|term| term.from <= day && term.until.is_none_or(|until| day < until))
            .map(|term| term.office.clone())
            .collect()
    }

    /// An organisation as it was read.
    pub(crate) fn organisation(&self, id: OrganisationId) -> Option<&Loaded<Organisation>> {
        self.organisations.get(&id)
    }

    /// The organisations in which somebody holds or held an office, as they were read.
    pub(crate) fn read_for(&self, person: PersonId) -> Vec<StreamVersion> {
        let organisations = self.terms_of(person).iter().map(|term| term.office.organisation);
        self.read_organisations(organisations)
    }

    /// Organisations as they were read.
    pub(crate) fn read_organisations(&self, ids: impl Iterator<Item = OrganisationId>) -> Vec<StreamVersion> {
        let mut read: Vec<StreamVersion> =
            ids.filter_map(|id| self.organisations.get(&id)).map(Loaded::read).collect();
        read.sort_by(|a, b| a.stream.cmp(&b.stream));
        read.dedup();
        read
    }

    /// Whether an organisation lies within the part of the tree for which the actor has the right.
    pub(crate) fn is_within(&self, actor: &Actor, right: Right, organisation: OrganisationId) -> bool {
        match scope_for(actor, right) {
            Scope::University => true,
            Scope::Organisations(heads) => heads.iter().any(|head| self.tree.is_under(organisation, *head)),
            Scope::OwnOnly => false,
        }
    }

    /// The tree.
    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What is known of each organisation.
    pub(crate) fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.organisations.values().filter_map(|organisation| organisation.state.profile())
    }

    fn versions(&self) -> HashMap<Uuid, i64> {
        self.organisations.iter().map(|(id, loaded)| (id.0, loaded.version)).collect()
    }
}

impl Application {
    /// The directory as cached.
    pub(crate) async fn directory(&self) -> Result<Arc<Directory>, CommandError> {
        if let Some(directory) = self.inner.directory.0.read().await.clone() {
            return Ok(directory);
        }
        self.refresh_directory().await?;
        let cached = self.inner.directory.0.read().await.clone();
        Ok(cached.unwrap_or_else(|| Arc::new(Directory::new(Vec::new()))))
    }

    /// Reads organisations that moved, unless that was done a moment ago.
    pub(crate) async fn freshen_directory(&self) -> Result<(), CommandError> {
        // Held while reading, so that many requests at once ask only once.
        let mut read_at = self.inner.directory.1.lock().await;
        if read_at.is_none_or(|read_at| read_at.elapsed() >= FRESH_FOR) {
            self.refresh_directory().await?;
            *read_at = Some(Instant::now());
        }
        Ok(())
    }

    /// The tree of organisations as cached.
    ///
    /// # Errors
    /// When store or vault do not answer.
    pub async fn tree(&self) -> Result<Tree, CommandError> {
        Ok(self.directory().await?.tree().clone())
    }

    /// Offices that somebody holds on a day.
    ///
    /// # Errors
    /// When store or vault do not answer.
    pub async fn offices_on(&self, person: PersonId, day: Date) -> Result<Vec<HeldOffice>, CommandError> {
        Ok(self.directory().await?.offices_on(person, day))
    }

    /// Reads organisations that moved; true when any had.
    pub(crate) async fn refresh_directory(&self) -> Result<bool, CommandError> {
        let ids = self.inner.store.streams_of_type(Organisation::TYPE, None, MOST_ORGANISATIONS).await?;
        let streams: Vec<StreamId> = ids.iter().map(|id| StreamId::new(Organisation::TYPE, *id)).collect();
        let versions = self.inner.store.versions(&streams).await?;
        let current: HashMap<Uuid, i64> = ids.iter().copied().zip(versions).collect();
        let cached = self.inner.directory.0.read().await.clone();
        if cached.as_ref().is_some_and(|directory| directory.versions() == current) {
            return Ok(false);
        }
        let loaded = self.load_all::<Organisation>(&ids).await?;
        *self.inner.directory.0.write().await = Some(Arc::new(Directory::new(loaded)));
        Ok(true)
    }
}
