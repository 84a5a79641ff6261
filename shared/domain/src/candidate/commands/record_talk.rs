//! 谈心谈话: the liaison puts a talk with the candidate on record (Opinions 三(四)).

use jiff::civil::Date;

use crate::candidate::state::Talk;
use crate::candidate::{Candidate, CandidateEvent, CandidateRefusal, FollowUp, TalkContent};
use crate::context::Context;
use crate::decider::{Decide, require};
use crate::values::{PersonId, Sensitive, TalkForm, Text, TextError};

/// What is to be done after the talk, as typed.
#[derive(Debug, Clone)]
pub struct FollowUpDraft {
    /// What.
    pub what: String,
    /// Until when.
    pub until: Option<Date>,
}

/// A talk as typed.
#[derive(Debug, Clone)]
pub struct TalkDraft {
    /// 谈话地点.
    pub place: Option<String>,
    /// 谈话主题.
    pub topics: Vec<String>,
    /// 谈话内容.
    pub gist: String,
    /// 意见建议.
    pub wishes: Option<String>,
    /// What is to be done.
    pub follow_up: Option<FollowUpDraft>,
}

/// Put a talk on record.
#[derive(Debug, Clone)]
pub struct RecordTalk {
    /// Day.
    pub held_on: Date,
    /// Form.
    pub form: TalkForm,
    /// What it was about.
    pub draft: TalkDraft,
}

impl Decide<RecordTalk> for Candidate {
    type Facts = ();

    fn decide(
        &self,
        command: RecordTalk,
        (): &(),
        context: &Context<'_>,
    ) -> Result<Vec<CandidateEvent>, CandidateRefusal> {
        require(self.in_pool_since().is_some(), CandidateRefusal::NotInPool)?;
        let present = self.assignment().ok_or(CandidateRefusal::NoLiaison)?;
        require(context.actor.person == Some(present.liaison), CandidateRefusal::NotTheLiaison)?;
        require(
            command.held_on <= context.today,
            CandidateRefusal::TalkInTheFuture { held_on: command.held_on },
        )?;
        require(
            command.held_on >= present.since,
            CandidateRefusal::TalkBeforeAssignment { since: present.since },
        )?;
        let content = command.draft.content()?;
        on_record(self, present.liaison, command.held_on, command.form, content, None)
    }
}

/// The event of a talk, unless the same talk is on record.
pub(super) fn on_record(
    candidate: &Candidate,
    talker: PersonId,
    held_on: Date,
    form: TalkForm,
    content: TalkContent,
    fingerprint: Option<String>,
) -> Result<Vec<CandidateEvent>, CandidateRefusal> {
    let since = candidate.assignment().map(|assignment| assignment.since);
    let talk = Talk { talker, held_on, form, gist: content.gist.clone(), since };
    if let Some(number) = candidate.same_talk(&talk) {
        return Err(CandidateRefusal::TalkAlreadyRecorded { talk: number });
    }
    Ok(vec![CandidateEvent::TalkRecorded {
        talk: candidate.next_talk_number(),
        talker,
        held_on,
        form,
        content,
        fingerprint,
    }])
}

impl TalkDraft {
    /// The content, checked.
    pub(super) fn content(self) -> Result<TalkContent, CandidateRefusal> {
        let gist = match Text::new(&self.gist) {
            Err(TextError::Empty) => return Err(CandidateRefusal::GistMissing),
            other => fits("gist", other)?,
        };
        let topics: Result<Vec<_>, _> =
            self.topics.iter().map(|topic| fits("topics", Text::new(topic))).collect();
        let follow_up = match self.follow_up {
            Some(draft) => Some(FollowUp {
                what: Sensitive::Known(fits("follow_up", Text::new(&draft.what))?),
                until: draft.until,
            }),
            None => None,
        };
        Ok(TalkContent {
            place: optional("place", self.place.as_deref())?,
            topics: topics?.into(),
            gist: Sensitive::Known(gist),
            wishes: optional("wishes", self.wishes.as_deref())?,
            follow_up,
        })
    }
}

pub(super) fn fits<const MAX: usize>(
    field: &'static str,
    text: Result<Text<MAX>, TextError>,
) -> Result<Text<MAX>, CandidateRefusal> {
    text.map_err(|fault| CandidateRefusal::TalkTextUnfit { field, fault })
}

/// An empty optional text is absent, not wrong.
pub(super) fn optional<const MAX: usize>(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<Sensitive<Text<MAX>>>, CandidateRefusal> {
    match text.map(Text::new) {
        None | Some(Err(TextError::Empty)) => Ok(None),
        Some(other) => fits(field, other).map(|text| Some(Sensitive::Known(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{date, given, liaison_assigned, person, pool_entered, talk_draft};

    fn record(held_on: &str) -> RecordTalk {
        RecordTalk { held_on: date(held_on), form: TalkForm::Single, draft: talk_draft("近况良好") }
    }

    fn accompanied() -> crate::testing::Given<Candidate> {
        given::<Candidate>([pool_entered(), liaison_assigned("2026-03-02")]).by(person(2))
    }

    #[test]
    fn the_liaison_records_a_talk() {
        let events = accompanied().when(record("2026-03-10"), ()).events();
        assert!(matches!(
            &events[..],
            [CandidateEvent::TalkRecorded { talk: 1, talker, .. }] if *talker == person(2)
        ));
    }

    #[test]
    fn a_talk_on_the_day_of_the_assignment_counts() {
        assert_eq!(accompanied().when(record("2026-03-02"), ()).events().len(), 1);
    }

    #[test]
    fn a_talk_before_the_assignment_is_refused() {
        accompanied()
            .when(record("2026-03-01"), ())
            .refused(&CandidateRefusal::TalkBeforeAssignment { since: date("2026-03-02") });
    }

    #[test]
    fn a_talk_tomorrow_is_refused() {
        accompanied()
            .when(record("2030-01-01"), ())
            .refused(&CandidateRefusal::TalkInTheFuture { held_on: date("2030-01-01") });
    }

    #[test]
    fn somebody_else_cannot_record_it() {
        accompanied().by(person(9)).when(record("2026-03-10"), ()).refused(&CandidateRefusal::NotTheLiaison);
    }

    #[test]
    fn without_a_liaison_there_is_no_talk() {
        given::<Candidate>([pool_entered()])
            .by(person(2))
            .when(record("2026-03-10"), ())
            .refused(&CandidateRefusal::NoLiaison);
    }

    #[test]
    fn a_gist_of_blanks_is_missing() {
        let empty = RecordTalk { draft: talk_draft(" \u{3000}\u{200B}"), ..record("2026-03-10") };
        accompanied().when(empty, ()).refused(&CandidateRefusal::GistMissing);
    }

    #[test]
    fn the_same_talk_twice_is_refused_with_its_number() {
        let first = accompanied().when(record("2026-03-10"), ()).events();
        given::<Candidate>([pool_entered(), liaison_assigned("2026-03-02"), first[0].clone()])
            .by(person(2))
            .when(record("2026-03-10"), ())
            .refused(&CandidateRefusal::TalkAlreadyRecorded { talk: 1 });
    }
}
