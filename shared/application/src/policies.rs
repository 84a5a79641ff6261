//! The policy: the version in force on a day, cached, and the adoption of another.

use std::sync::Arc;

use jiff::civil::Date;
use peiyu_domain::Aggregate;
use peiyu_domain::access::Right;
use peiyu_domain::policy::commands::AdoptPolicy;
use peiyu_domain::policy::{Policies, Policy};
use peiyu_domain::values::OrganisationId;
use peiyu_store::{StreamId, StreamVersion};
use tokio::sync::RwLock;
use uuid::Uuid;

use crate::{Answer, Application, CommandError, Loaded, Request};

/// The policies as last read, and the numbers parsed for the last day asked.
#[derive(Debug, Default)]
pub(crate) struct Cache(RwLock<Option<Cached>>);

#[derive(Debug, Clone)]
struct Cached {
    loaded: Arc<Loaded<Policies>>,
    day: Date,
    policy: Arc<Policy>,
}

impl Application {
    /// The one policy stream of the installation.
    fn policy_id(&self) -> Uuid {
        OrganisationId::of_number(&self.inner.tenant, "policy").0
    }

    /// The numbers in force on a day.
    ///
    /// # Errors
    /// When store or vault do not answer.
    pub async fn policy_on(&self, day: Date) -> Result<Arc<Policy>, CommandError> {
        let cached = self.inner.policies.0.read().await.clone();
        let loaded = match cached {
            Some(cached) if cached.day == day => return Ok(cached.policy),
            Some(cached) => cached.loaded,
            None => Arc::new(self.load::<Policies>(self.policy_id()).await?),
        };
        Ok(self.keep_policies(loaded, day).await)
    }

    /// The numbers in force today, another process's adoption included.
    ///
    /// # Errors
    /// As [`Application::policy_on`].
    pub async fn policy_today(&self) -> Result<Arc<Policy>, CommandError> {
        let stream = StreamId::new(Policies::TYPE, self.policy_id());
        let version = self.inner.store.versions(&[stream]).await?.pop();
        let cached = self.inner.policies.0.read().await.as_ref().map(|cached| cached.loaded.version);
        if cached != version {
            self.refresh_policies().await?;
        }
        self.policy_on(self.inner.clock.today()).await
    }

    /// The text of the version in force today: the shipped one before anything was adopted.
    ///
    /// # Errors
    /// As [`Application::policy_on`].
    pub async fn policy_text_today(&self) -> Result<String, CommandError> {
        self.policy_today().await?;
        let cached = self.inner.policies.0.read().await.clone();
        let day = self.inner.clock.today();
        let adopted =
            cached.and_then(|cached| cached.loaded.state.on(day).map(|adopted| adopted.content.clone()));
        Ok(adopted.unwrap_or_else(|| Policy::shipped_text().to_owned()))
    }

    /// The numbers in force on a day together with the policies as they were read, so that no event names a
    /// version that was no longer in force.
    pub(crate) async fn policy_as_read(
        &self,
        day: Date,
    ) -> Result<(Arc<Policy>, StreamVersion), CommandError> {
        loop {
            let cached = self.inner.policies.0.read().await.clone();
            match cached {
                Some(cached) if cached.day == day => return Ok((cached.policy, cached.loaded.read())),
                Some(_) | None => drop(self.policy_on(day).await?),
            }
        }
    }

    async fn keep_policies(&self, loaded: Arc<Loaded<Policies>>, day: Date) -> Arc<Policy> {
        let policy = Arc::new(loaded.state.numbers_on(day));
        *self.inner.policies.0.write().await = Some(Cached { loaded, day, policy: policy.clone() });
        policy
    }

    /// Reads the policies anew; true when they had moved.
    pub(crate) async fn refresh_policies(&self) -> Result<bool, CommandError> {
        let loaded = self.load::<Policies>(self.policy_id()).await?;
        let before = self.inner.policies.0.read().await.as_ref().map(|cached| cached.loaded.version);
        let moved = before != Some(loaded.version);
        self.keep_policies(Arc::new(loaded), self.inner.clock.today()).await;
        Ok(moved)
    }

    /// Adopts a policy file.
    ///
    /// # Errors
    /// A refusal when the text is no policy or its version is taken; see [`CommandError`].
    pub async fn adopt_policy(&self, request: &Request, content: String) -> Result<Answer, CommandError> {
        let id = self.policy_id();
        let content = &content;
        let answer = self
            .handle(request, Right::PolicyAdopt, |frame| {
                Box::pin(async move {
                    let loaded = self.load::<Policies>(id).await?;
                    let command = AdoptPolicy { content: content.clone() };
                    self.decide_alone(&loaded, command, (), Vec::new(), &frame).await
                })
            })
            .await?;
        self.refresh_policies().await?;
        Ok(answer)
    }
}
