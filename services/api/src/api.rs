//! What the routes share.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use peiyu_application::Application;
use peiyu_domain::letter_template::LetterLanguage;
use peiyu_platform::Health;
use peiyu_platform::settings::Events;
use sqlx::PgPool;
use tokio::sync::Semaphore;

use crate::door::around::MOST_AT_ONCE;
use crate::imports::Runs;
use crate::live::Live;
use crate::sign_in::SignIn;

/// What the api needs from outside.
#[derive(Debug)]
pub struct Parts {
    /// Commands.
    pub application: Application,
    /// A pool on the database whose schemas `api` and `views` are in place.
    pub pool: PgPool,
    /// Folder of the operator's token and of uploads.
    pub data: PathBuf,
    /// How people reach us: scheme, host and port.
    pub public_url: String,
    /// Proxies that are believed whose request they pass on.
    pub trusted_proxies: Vec<IpAddr>,
    /// Bounds of the streams of events that stay open.
    pub events: Events,
    /// In which language mails go out.
    pub letter_language: LetterLanguage,
    /// What the process depends on, for operators.
    pub health: Health,
}

/// What the routes share; cheap to clone.
#[derive(Debug, Clone)]
pub struct Api(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    application: Application,
    pool: PgPool,
    data: PathBuf,
    public_url: String,
    trusted_proxies: Vec<IpAddr>,
    letter_language: LetterLanguage,
    health: Health,
    sign_in: SignIn,
    under_way: Semaphore,
    runs: Runs,
    live: Live,
}

impl Api {
    /// Puts the parts together; touches nothing.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { application, pool, data, public_url, trusted_proxies, events, letter_language, health } =
            parts;
        let sign_in = SignIn::new(pool.clone(), &data);
        let runs = Runs::default();
        let under_way = Semaphore::new(MOST_AT_ONCE);
        let live = Live::new(events);
        let public_url = public_url.trim_end_matches('/').to_owned();
        Self(Arc::new(Inner {
            application,
            pool,
            data,
            public_url,
            trusted_proxies,
            letter_language,
            health,
            sign_in,
            under_way,
            runs,
            live,
        }))
    }

    pub(crate) fn application(&self) -> &Application {
        &self.0.application
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    pub(crate) fn data(&self) -> &Path {
        &self.0.data
    }

    /// Scheme, host and port as browsers name them in `Origin`.
    pub(crate) fn origin(&self) -> &str {
        &self.0.public_url
    }

    pub(crate) fn trusted_proxies(&self) -> &[IpAddr] {
        &self.0.trusted_proxies
    }

    /// In which language mails go out.
    pub(crate) fn letter_language(&self) -> LetterLanguage {
        self.0.letter_language
    }

    /// Whether cookies travel over TLS only.
    pub(crate) fn is_secure(&self) -> bool {
        self.0.public_url.starts_with("https://")
    }

    pub(crate) fn health(&self) -> &Health {
        &self.0.health
    }

    pub(crate) fn sign_in(&self) -> &SignIn {
        &self.0.sign_in
    }

    pub(crate) fn under_way(&self) -> &Semaphore {
        &self.0.under_way
    }

    pub(crate) fn runs(&self) -> &Runs {
        &self.0.runs
    }

    pub(crate) fn live(&self) -> &Live {
        &self.0.live
    }
}
