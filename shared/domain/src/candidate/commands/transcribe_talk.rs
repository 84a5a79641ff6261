//! 补录谈话: an old paper record is taken as it was, marked, never refused for a rule (Opinions 三(四)).

use jiff::civil::Date;

use super::record_talk::TalkDraft;
use crate::candidate::{Candidate, CandidateEvent, CandidateRefusal};
use crate::context::Context;
use crate::decider::Decide;
use crate::values::{PersonId, TalkForm};

/// Take in one row of an old ledger.
#[derive(Debug, Clone)]
pub struct TranscribeTalk {
    /// Who talked.
    pub talker: PersonId,
    /// Day.
    pub held_on: Date,
    /// Form.
    pub form: TalkForm,
    /// What it was about.
    pub draft: TalkDraft,
    /// Keyed digest of the row, so that the same row is taken once.
    pub fingerprint: String,
}

impl Decide<TranscribeTalk> for Candidate {
    type Facts = ();

    fn decide(
        &self,
        command: TranscribeTalk,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<CandidateEvent>, CandidateRefusal> {
        if self.has_fingerprint(&command.fingerprint) {
            return Ok(Vec::new());
        }
        Ok(vec![CandidateEvent::TalkRecorded {
            talk: self.next_talk_number(),
            talker: command.talker,
            held_on: command.held_on,
            form: command.form,
            content: command.draft.content()?,
            fingerprint: Some(command.fingerprint),
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{date, given, person, talk_draft};

    fn transcribe() -> TranscribeTalk {
        TranscribeTalk {
            talker: person(7),
            held_on: date("2001-05-01"),
            form: TalkForm::Group,
            draft: talk_draft("旧记录"),
            fingerprint: "f1".into(),
        }
    }

    #[test]
    fn an_old_record_is_taken_whatever_the_rules_say() {
        assert_eq!(given::<Candidate>([]).when(transcribe(), ()).events().len(), 1);
    }

    #[test]
    fn the_same_row_is_taken_once() {
        let first = given::<Candidate>([]).when(transcribe(), ()).events();
        given::<Candidate>([first[0].clone()]).when(transcribe(), ()).nothing();
    }
}
