//! 名册更新: a roster row about a person already known (Opinions 三(三): complete, accurate, current).

use super::assess::with_assessment;
use crate::context::Context;
use crate::decider::Decide;
use crate::eligibility::political_status;

use crate::person::{Field, Person, PersonEvent, PersonRefusal, Record};
use crate::values::{ImportId, PoliticalStatus, Standing};

/// Take in one row; fields that the sheet does not have are absent from the record.
#[derive(Debug, Clone)]
pub struct UpdateFromRoster {
    /// The whole row; an empty text means an empty cell.
    pub record: Record,
    /// The run.
    pub import: ImportId,
    /// Row of the sheet, 1 = top.
    pub row: u32,
}

/// What the members' list (党员名册) says about the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedMembership {
    /// No list was ever imported: the roster's word is all there is.
    NoList,
    /// The list does not name them.
    NotListed,
    /// The list names them.
    Listed(Standing),
}

impl ListedMembership {
    /// Whether the person is a probationary or full member; the list wins over the roster.
    #[must_use]
    pub fn is_member(self, roster_says: PoliticalStatus) -> bool {
        match self {
            Self::NoList => member_standing(roster_says).is_some(),
            Self::NotListed => false,
            Self::Listed(standing) => standing != Standing::Ended,
        }
    }

    /// Whether list and roster contradict each other.
    #[must_use]
    pub fn contradicts(self, roster_says: PoliticalStatus) -> bool {
        let roster = member_standing(roster_says);
        match self {
            Self::NoList => false,
            Self::NotListed | Self::Listed(Standing::Ended) => roster.is_some(),
            Self::Listed(listed) => roster != Some(listed),
        }
    }
}

/// The standing that a political status means; none for non-members.
fn member_standing(status: PoliticalStatus) -> Option<Standing> {
    match status {
        PoliticalStatus::FullMember => Some(Standing::Full),
        PoliticalStatus::Probationary => Some(Standing::Probationary),
        PoliticalStatus::Activist
        | PoliticalStatus::LeagueMember
        | PoliticalStatus::OtherParty
        | PoliticalStatus::NonPartisan
        | PoliticalStatus::Masses
        | PoliticalStatus::Unknown => None,
    }
}

impl UpdateFromRoster {
    /// Fields of the row that contradict a correction or the members' list, with the row's value.
    #[must_use]
    pub fn contradictions(&self, person: &Person, listed: ListedMembership) -> Vec<(Field, String)> {
        let against_corrections = self
            .record
            .iter()
            .filter(|(field, value)| person.is_corrected(**field) && person.field(**field) != value.as_str());
        let status = self.record.get(&Field::PoliticalStatus);
        let against_list = status
            .filter(|word| listed.contradicts(political_status(word)))
            .map(|word| (Field::PoliticalStatus, word.clone()));
        against_corrections
            .map(|(field, value)| (*field, value.clone()))
            .chain(against_list.filter(|_| !person.is_corrected(Field::PoliticalStatus)))
            .collect()
    }
}

impl Decide<UpdateFromRoster> for Person {
    type Facts = ListedMembership;

    fn decide(
        &self,
        command: UpdateFromRoster,
        listed: &ListedMembership,
        context: &Context<'_>,
    ) -> Result<Vec<PersonEvent>, PersonRefusal> {
        if !self.is_registered() {
            return Err(PersonRefusal::Unknown);
        }
        let mut events: Vec<PersonEvent> = command
            .contradictions(self, *listed)
            .into_iter()
            .filter(|(field, value)| self.contradiction(*field) != Some(value.as_str()))
            .map(|(field, value)| PersonEvent::RosterConflictFound {
                field,
                roster_value: value.into(),
                import: command.import,
                row: command.row,
            })
            .collect();
        let changes: Record = command
            .record
            .into_iter()
            .filter(|(field, value)| !self.is_corrected(*field) && self.field(*field) != value.as_str())
            .collect();
        if !changes.is_empty() || !self.is_in_roster() {
            // Facts first: taking them in would otherwise wipe the contradiction just noted.
            events.insert(
                0,
                PersonEvent::RosterFactsChanged {
                    changes: changes.into(),
                    import: command.import,
                    row: command.row,
                },
            );
        }
        Ok(with_assessment(self, events, context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decider::Aggregate;
    use crate::person::Source;
    use crate::person::commands::{CorrectPerson, RegisterPerson};
    use crate::testing::{given, import_id, record};

    fn known(fields: &[(Field, &str)]) -> Person {
        let events = given::<Person>([])
            .when(
                RegisterPerson { record: record(fields), source: Source::Roster, import: None, row: Some(4) },
                (),
            )
            .events();
        Person::after(&events)
    }

    fn row(fields: &[(Field, &str)]) -> UpdateFromRoster {
        UpdateFromRoster { record: record(fields), import: import_id(), row: 9 }
    }

    #[test]
    fn the_same_row_again_changes_nothing() {
        let fields = [(Field::Name, "阿依古丽"), (Field::Education, "博士研究生"), (Field::Title, "讲师")];
        given_person(known(&fields)).when(row(&fields), ListedMembership::NotListed).nothing();
    }

    #[test]
    fn a_changed_title_is_taken_in_and_eligibility_is_assessed_anew() {
        let before = [(Field::Name, "甲"), (Field::Education, "大学本科"), (Field::Title, "讲师")];
        let after = [(Field::Name, "甲"), (Field::Education, "大学本科"), (Field::Title, "副教授")];
        let events = given_person(known(&before)).when(row(&after), ListedMembership::NotListed).events();
        assert!(matches!(events[0], PersonEvent::RosterFactsChanged { row: 9, .. }));
        assert!(matches!(events[1], PersonEvent::EligibilityAssessed { key_group: true, .. }));
    }

    #[test]
    fn a_field_corrected_by_hand_is_a_conflict_and_stays() {
        let person = known(&[(Field::Name, "甲"), (Field::Title, "讲师")]);
        let corrected = given_person(person.clone())
            .when(CorrectPerson { field: Field::Title, value: "教授".into(), reason: "聘书".into() }, ())
            .events();
        let mut person = person;
        for event in &corrected {
            person.evolve(event);
        }
        let events = given_person(person.clone())
            .when(row(&[(Field::Name, "甲"), (Field::Title, "讲师")]), ListedMembership::NotListed)
            .events();
        assert!(matches!(&events[..], [PersonEvent::RosterConflictFound { field: Field::Title, .. }]));
        for event in &events {
            person.evolve(event);
        }
        assert_eq!(person.field(Field::Title), "教授");
        // The same contradiction is noted once.
        given_person(person)
            .when(row(&[(Field::Name, "甲"), (Field::Title, "讲师")]), ListedMembership::NotListed)
            .nothing();
    }

    #[test]
    fn the_members_list_wins_over_the_roster() {
        let person = known(&[(Field::Name, "甲"), (Field::PoliticalStatus, "群众")]);
        let events = given_person(person)
            .when(
                row(&[(Field::Name, "甲"), (Field::PoliticalStatus, "群众")]),
                ListedMembership::Listed(Standing::Full),
            )
            .events();
        assert!(matches!(
            &events[..],
            [PersonEvent::RosterConflictFound { field: Field::PoliticalStatus, .. }]
        ));
        assert!(ListedMembership::Listed(Standing::Full).is_member(PoliticalStatus::Masses));
        assert!(!ListedMembership::NotListed.is_member(PoliticalStatus::FullMember));
    }

    fn given_person(person: Person) -> crate::testing::Given<Person> {
        crate::testing::given_state(person)
    }
}
