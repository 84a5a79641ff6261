//! 更正谈话记录: a correction stands beside the talk, with a reason; nothing is overwritten (Opinions 三(四)).

use jiff::civil::Date;

use super::record_talk::{FollowUpDraft, fits, optional};
use crate::access::{Right, may};
use crate::candidate::{Candidate, CandidateEvent, CandidateRefusal, FollowUp, TalkCorrection};
use crate::context::Context;
use crate::decider::{Decide, require};
use crate::values::{Sensitive, TalkForm, Text, TextError};

/// Parts as they should be; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct TalkChanges {
    /// Day.
    pub held_on: Option<Date>,
    /// Form.
    pub form: Option<TalkForm>,
    /// 谈话地点.
    pub place: Option<String>,
    /// 谈话主题.
    pub topics: Option<Vec<String>>,
    /// 谈话内容.
    pub gist: Option<String>,
    /// 意见建议.
    pub wishes: Option<String>,
    /// What is to be done.
    pub follow_up: Option<FollowUpDraft>,
}

/// Correct a talk on record.
#[derive(Debug, Clone)]
pub struct CorrectTalk {
    /// Its number.
    pub talk: u32,
    /// What is right.
    pub changes: TalkChanges,
    /// Why.
    pub reason: String,
}

impl Decide<CorrectTalk> for Candidate {
    type Facts = ();

    fn decide(
        &self,
        command: CorrectTalk,
        (): &(),
        context: &Context<'_>,
    ) -> Result<Vec<CandidateEvent>, CandidateRefusal> {
        let unknown = CandidateRefusal::TalkUnknown { talk: command.talk };
        let talk = self.talk(command.talk).ok_or(unknown)?;
        let by_talker = context.actor.person == Some(talk.talker);
        require(by_talker || may(context.actor, Right::PersonCorrect), CandidateRefusal::NotTheLiaison)?;
        let reason = Text::new(&command.reason).map_err(|_| CandidateRefusal::ReasonMissing)?;
        let correction = command.changes.correction()?;
        require(correction != TalkCorrection::default(), CandidateRefusal::CorrectionEmpty)?;
        if let Some(held_on) = correction.held_on {
            require(held_on <= context.today, CandidateRefusal::TalkInTheFuture { held_on })?;
            if let Some(since) = talk.since {
                require(held_on >= since, CandidateRefusal::TalkBeforeAssignment { since })?;
            }
        }
        Ok(vec![CandidateEvent::TalkCorrected { talk: command.talk, correction, reason: reason.into() }])
    }
}

impl TalkChanges {
    fn correction(self) -> Result<TalkCorrection, CandidateRefusal> {
        let topics = match self.topics {
            Some(topics) => {
                let checked: Result<Vec<_>, _> =
                    topics.iter().map(|topic| fits("topics", Text::new(topic))).collect();
                Some(Sensitive::Known(checked?))
            }
            None => None,
        };
        let gist = match self.gist {
            Some(gist) => match Text::new(&gist) {
                Err(TextError::Empty) => return Err(CandidateRefusal::GistMissing),
                other => Some(fits("gist", other)?.into()),
            },
            None => None,
        };
        let follow_up = match self.follow_up {
            Some(draft) => {
                Some(FollowUp { what: fits("follow_up", Text::new(&draft.what))?.into(), until: draft.until })
            }
            None => None,
        };
        Ok(TalkCorrection {
            held_on: self.held_on,
            form: self.form,
            place: optional("place", self.place.as_deref())?,
            topics,
            gist,
            wishes: optional("wishes", self.wishes.as_deref())?,
            follow_up,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decider::Aggregate;
    use crate::testing::{date, given, liaison_assigned, person, pool_entered, talk_recorded};

    fn correct(changes: TalkChanges, reason: &str) -> CorrectTalk {
        CorrectTalk { talk: 1, changes, reason: reason.into() }
    }

    fn recorded() -> [CandidateEvent; 3] {
        [pool_entered(), liaison_assigned("2026-03-02"), talk_recorded(1, "2026-03-10")]
    }

    fn other_day(day: &str) -> TalkChanges {
        TalkChanges { held_on: Some(date(day)), ..TalkChanges::default() }
    }

    #[test]
    fn a_correction_stands_beside_the_talk() {
        let events = given::<Candidate>(recorded())
            .by(person(2))
            .when(correct(other_day("2026-03-11"), "记错"), ())
            .events();
        let after = Candidate::after(recorded().iter().chain(&events));
        assert_eq!(after.talk(1).map(|talk| talk.held_on), Some(date("2026-03-11")));
    }

    #[test]
    fn a_talk_that_is_not_on_record_is_not_corrected() {
        let second = CorrectTalk { talk: 2, ..correct(other_day("2026-03-11"), "记错") };
        given::<Candidate>(recorded())
            .by(person(2))
            .when(second, ())
            .refused(&CandidateRefusal::TalkUnknown { talk: 2 });
    }

    #[test]
    fn a_correction_without_change_is_refused() {
        given::<Candidate>(recorded())
            .by(person(2))
            .when(correct(TalkChanges::default(), "记错"), ())
            .refused(&CandidateRefusal::CorrectionEmpty);
    }

    #[test]
    fn a_correction_without_reason_is_refused() {
        given::<Candidate>(recorded())
            .by(person(2))
            .when(correct(other_day("2026-03-11"), ""), ())
            .refused(&CandidateRefusal::ReasonMissing);
    }

    #[test]
    fn a_correction_does_not_move_a_talk_before_its_assignment() {
        given::<Candidate>(recorded())
            .by(person(2))
            .when(correct(other_day("2026-03-01"), "记错"), ())
            .refused(&CandidateRefusal::TalkBeforeAssignment { since: date("2026-03-02") });
    }

    #[test]
    fn a_correction_does_not_empty_the_gist() {
        let emptied = TalkChanges { gist: Some(" ".into()), ..TalkChanges::default() };
        given::<Candidate>(recorded())
            .by(person(2))
            .when(correct(emptied, "记错"), ())
            .refused(&CandidateRefusal::GistMissing);
    }

    #[test]
    fn a_stranger_corrects_nothing() {
        given::<Candidate>(recorded())
            .by(person(5))
            .when(correct(other_day("2026-03-11"), "记错"), ())
            .refused(&CandidateRefusal::NotTheLiaison);
    }
}
