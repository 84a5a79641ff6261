//! Commands about candidates: liaison, talks.

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
                let loaded = self.candidate_seen_by(&frame.actor, Right::LiaisonAssign, candidate).await?;
                let (facts, rests_on) = self.liaison_facts(liaison).await?;
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
                let loaded = self.candidate_seen_by(&frame.actor, Right::LiaisonAssign, candidate).await?;
                let (facts, rests_on) = match successor {
                    Some(successor) => {
                        let (facts, rests_on) = self.liaison_facts(successor).await?;
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
                let loaded = self.candidate_seen_by(&frame.actor, Right::TalkRecord, candidate).await?;
                self.decide_alone(&loaded, command.clone(), (), Vec::new(), &frame).await
            })
        })
        .await
    }

    /// A candidate within the actor's part of the tree; whoever lies outside does not exist for them.
    pub(crate) async fn candidate_seen_by(
        &self,
        actor: &Actor,
        right: Right,
        candidate: PersonId,
    ) -> Result<Loaded<Candidate>, CommandError> {
        let loaded = self.load::<Candidate>(candidate.0).await?;
        let accompanies =
            loaded.state.assignment().is_some_and(|assignment| Some(assignment.liaison) == actor.person);
        if accompanies || self.sees_person(actor, right, candidate).await? {
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
        if !loaded.exists() {
            return Ok(false);
        }
        let directory = self.directory().await?;
        let tree = directory.tree();
        let placement = tree.place(loaded.state.field(Field::Unit), loaded.state.field(Field::Room));
        Ok(sees(&scope_for(actor, right), &placement, false, tree))
    }

    /// What is known of somebody as a liaison, and the streams that say so.
    async fn liaison_facts(
        &self,
        liaison: PersonId,
    ) -> Result<(LiaisonFacts, Vec<StreamVersion>), CommandError> {
        let member = self.load::<Member>(liaison.0).await?;
        let directory = self.directory().await?;
        let offices = directory.terms_of(liaison).to_vec();
        let mut rests_on = directory.read_for(liaison);
        rests_on.push(member.read());
        Ok((LiaisonFacts { standing: member.state.standing(), offices }, rests_on))
    }
}
