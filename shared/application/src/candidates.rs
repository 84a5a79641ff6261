//! Commands about candidates: liaison, talks.

use std::sync::Arc;

use jiff::civil::Date;

use peiyu_domain::access::{Right, scope_for, sees};
use peiyu_domain::candidate::commands::{
    AssignLiaison, CorrectTalk, EndLiaison, LiaisonFacts, RecordTalk, Successor,
};
use peiyu_domain::candidate::{Candidate, LiaisonEnd};
use peiyu_domain::member::Member;
use peiyu_domain::person::{Field, Person};
use peiyu_domain::values::PersonId;
use peiyu_domain::{Actor, Decide};
use peiyu_store::StreamVersion;

use crate::handle::Frame;
use crate::{Answer, Application, CommandError, Loaded, Request};

impl Application {
    /// A leader takes on somebody of the pool; `since` is today when it is not given.
    ///
    /// # Errors
    /// A refusal by rule, or [`CommandError::NotFound`] for somebody outside the actor's part of the tree.
    pub async fn assign_liaison(
        &self,
        request: &Request,
        candidate: PersonId,
        liaison: PersonId,
        since: Option<Date>,
    ) -> Result<Answer, CommandError> {
        self.handle(request, Right::LiaisonAssign, |frame| {
            Box::pin(async move {
                let loaded = self.candidate_seen_by(&frame, Right::LiaisonAssign, candidate).await?;
                let (facts, rests_on) = self.liaison_facts(&frame, liaison).await?;
                let since = since.unwrap_or(frame.today);
                self.decide_alone(
                    &loaded,
                    AssignLiaison { candidate, liaison, since },
                    facts,
                    rests_on,
                    &frame,
                )
                .await
            })
        })
        .await
    }

    /// An assignment ends, with a successor on the same day or without one; `on` is today when not given.
    ///
    /// # Errors
    /// As [`Application::assign_liaison`], and [`CommandError::Stale`] against `If-Match`.
    pub async fn end_liaison(
        &self,
        request: &Request,
        candidate: PersonId,
        on: Option<Date>,
        reason: LiaisonEnd,
        successor: Option<PersonId>,
    ) -> Result<Answer, CommandError> {
        self.handle(request, Right::LiaisonAssign, |frame| {
            Box::pin(async move {
                let loaded = self.candidate_seen_by(&frame, Right::LiaisonAssign, candidate).await?;
                let (facts, rests_on) = match successor {
                    Some(successor) => {
                        let (facts, rests_on) = self.liaison_facts(&frame, successor).await?;
                        (Successor::Known(facts), rests_on)
                    }
                    None => (Successor::Nobody, Vec::new()),
                };
                let command = EndLiaison { candidate, on: on.unwrap_or(frame.today), reason, successor };
                self.decide_alone(&loaded, command, facts, rests_on, &frame).await
            })
        })
        .await
    }

    /// The liaison puts a talk on record.
    ///
    /// # Errors
    /// As [`Application::assign_liaison`].
    pub async fn record_talk(
        &self,
        request: &Request,
        candidate: PersonId,
        command: RecordTalk,
    ) -> Result<Answer, CommandError> {
        self.about_talks(request, candidate, command).await
    }

    /// A correction is set beside a talk.
    ///
    /// # Errors
    /// As [`Application::assign_liaison`], and [`CommandError::Stale`] against `If-Match`.
    pub async fn correct_talk(
        &self,
        request: &Request,
        candidate: PersonId,
        command: CorrectTalk,
    ) -> Result<Answer, CommandError> {
        self.about_talks(request, candidate, command).await
    }

    async fn about_talks<C>(
        &self,
        request: &Request,
        candidate: PersonId,
        command: C,
    ) -> Result<Answer, CommandError>
    where
        Candidate: Decide<C, Facts = ()>,
        C: Clone + Send + Sync + 'static,
    {
        let command = &command;
        self.handle(request, Right::TalkRecord, |frame| {
            Box::pin(async move {
                let loaded = self.candidate_seen_by(&frame, Right::TalkRecord, candidate).await?;
                self.decide_alone(&loaded, command.clone(), (), Vec::new(), &frame).await
            })
        })
        .await
    }

    /// A candidate within the actor's part of the tree; whoever lies outside does not exist for them.
    pub(crate) async fn candidate_seen_by(
        &self,
        frame: &Frame,
        right: Right,
        candidate: PersonId,
    ) -> Result<Arc<Loaded<Candidate>>, CommandError> {
        let loaded = self.load_for::<Candidate>(frame, candidate.0).await?;
        let accompanies = loaded
            .state
            .assignment()
            .is_some_and(|assignment| Some(assignment.liaison) == frame.actor.person);
        if accompanies {
            return Ok(loaded);
        }
        let person = self.load_for::<Person>(frame, candidate.0).await?;
        if self.is_in_sight(&frame.actor, right, &person).await? {
            Ok(loaded)
        } else {
            Err(CommandError::NotFound { kind: "person" })
        }
    }

    /// Whether a person lies within the part of the tree for which the actor has the right.
    ///
    /// # Errors
    /// When store or vault do not answer.
    pub async fn sees_person(
        &self,
        actor: &Actor,
        right: Right,
        person: PersonId,
    ) -> Result<bool, CommandError> {
        let loaded = self.load::<Person>(person.0).await?;
        self.is_in_sight(actor, right, &loaded).await
    }

    async fn is_in_sight(
        &self,
        actor: &Actor,
        right: Right,
        person: &Loaded<Person>,
    ) -> Result<bool, CommandError> {
        if !person.exists() {
            return Ok(false);
        }
        let directory = self.directory().await?;
        let tree = directory.tree();
        let placement = tree.place(person.state.field(Field::Unit), person.state.field(Field::Room));
        Ok(sees(&scope_for(actor, right), &placement, false, tree))
    }

    /// What is known of somebody as a liaison, and the organisations that say so.
    async fn liaison_facts(
        &self,
        frame: &Frame,
        liaison: PersonId,
    ) -> Result<(LiaisonFacts, Vec<StreamVersion>), CommandError> {
        let member = self.load_for::<Member>(frame, liaison.0).await?;
        let directory = self.directory().await?;
        let offices = directory.terms_of(liaison).to_vec();
        let rests_on = directory.read_for(liaison);
        Ok((LiaisonFacts { standing: member.state.standing(), offices }, rests_on))
    }
}
