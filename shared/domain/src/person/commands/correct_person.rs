//! 更正信息: an officer sets one field right, with a reason; no roster overwrites it afterwards.

use super::assess::with_assessment;
use jiff::civil::Date;

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::eligibility::political_status;
use crate::person::{Field, Person, PersonEvent, PersonRefusal};
use crate::values::{PartialDate, PoliticalStatus, Text};

/// Correct one field.
#[derive(Debug, Clone)]
pub struct CorrectPerson {
    /// The field.
    pub field: Field,
    /// Its right value; empty to say that it is empty.
    pub value: String,
    /// Why.
    pub reason: String,
}

impl Decide<CorrectPerson> for Person {
    type Facts = ();

    fn decide(
        &self,
        command: CorrectPerson,
        (): &(),
        context: &Context<'_>,
    ) -> Result<Vec<PersonEvent>, PersonRefusal> {
        require(self.is_registered(), PersonRefusal::Unknown)?;
        let reason = Text::<500>::new(&command.reason).map_err(|_| PersonRefusal::ReasonMissing)?;
        let value = fit(command.field, &command.value, context.today)?;
        if self.is_corrected(command.field) && self.field(command.field) == value {
            return Ok(Vec::new());
        }
        let corrected = PersonEvent::PersonCorrected {
            field: command.field,
            value: value.into(),
            reason: reason.as_str().to_owned().into(),
        };
        Ok(with_assessment(self, vec![corrected], context))
    }
}

/// The value as the field takes it.
fn fit(field: Field, value: &str, today: Date) -> Result<String, PersonRefusal> {
    let unfit = PersonRefusal::ValueUnfit { field };
    let text = match Text::<200>::new(value) {
        Ok(text) => text.as_str().to_owned(),
        Err(crate::values::TextError::Empty) => String::new(),
        Err(_) => return Err(unfit),
    };
    let fits = match field {
        Field::Name => !text.is_empty(),
        // A staff number is claimed; it changes by a command of its own.
        Field::StaffNumber => false,
        Field::BornOn | Field::JoinedOn => text.is_empty() || is_past(&text, today),
        Field::Sex => matches!(text.as_str(), "" | "男" | "女"),
        Field::PoliticalStatus => text.is_empty() || political_status(&text) != PoliticalStatus::Unknown,
        Field::KeyGroup => matches!(text.as_str(), "是" | "否"),
        Field::Email => text.is_empty() || text.contains('@'),
        Field::Ethnicity
        | Field::Education
        | Field::Degree
        | Field::Title
        | Field::Unit
        | Field::Room
        | Field::Talent
        | Field::Overseas
        | Field::Phone
        | Field::Remark => true,
    };
    if fits { Ok(text) } else { Err(unfit) }
}

/// Whether a text is a day or month that has begun, within the last 150 years.
fn is_past(text: &str, today: Date) -> bool {
    let Ok(date) = text.parse::<PartialDate>() else { return false };
    let first = match date {
        PartialDate::Day(day) => day,
        PartialDate::Month(_) => date.latest_day().first_of_month(),
    };
    first <= today && i32::from(first.year()) > i32::from(today.year()) - 150
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::Source;
    use crate::testing::{given, record};

    fn registered() -> PersonEvent {
        PersonEvent::PersonRegistered {
            record: record(&[(Field::Name, "甲"), (Field::Education, "大学本科")]).into(),
            source: Source::Roster,
            import: None,
            row: None,
        }
    }

    fn correct(field: Field, value: &str, reason: &str) -> CorrectPerson {
        CorrectPerson { field, value: value.into(), reason: reason.into() }
    }

    #[test]
    fn an_unknown_person_is_not_corrected() {
        given::<Person>([]).when(correct(Field::Title, "教授", "聘书"), ()).refused(&PersonRefusal::Unknown);
    }

    #[test]
    fn a_correction_needs_a_reason() {
        given::<Person>([registered()])
            .when(correct(Field::Title, "教授", " \u{3000}"), ())
            .refused(&PersonRefusal::ReasonMissing);
    }

    #[test]
    fn a_date_that_is_none_does_not_fit() {
        given::<Person>([registered()])
            .when(correct(Field::BornOn, "1985-13-40", "身份证"), ())
            .refused(&PersonRefusal::ValueUnfit { field: Field::BornOn });
    }

    #[test]
    fn nobody_is_born_tomorrow_and_no_status_is_invented() {
        for (field, value) in [
            (Field::BornOn, "2030-01-01"),
            (Field::BornOn, "1850-01"),
            (Field::Sex, "中"),
            (Field::PoliticalStatus, "外星人"),
        ] {
            given::<Person>([registered()])
                .when(correct(field, value, "身份证"), ())
                .refused(&PersonRefusal::ValueUnfit { field });
        }
    }

    #[test]
    fn eligibility_can_be_decided_with_a_reason() {
        let events =
            given::<Person>([registered()]).when(correct(Field::KeyGroup, "是", "支部推荐"), ()).events();
        assert!(matches!(events[1], PersonEvent::EligibilityAssessed { key_group: true, .. }));
    }
}
