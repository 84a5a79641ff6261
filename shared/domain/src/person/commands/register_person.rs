//! 登记教职工: somebody appears in a roster, in the tree, or is entered by hand (Opinions 三(三)).

use super::assess::with_assessment;
use crate::context::Context;
use crate::decider::Decide;
use crate::person::{Person, PersonEvent, PersonRefusal, Record, Source};
use crate::values::ImportId;

/// Register a person who is not known yet.
#[derive(Debug, Clone)]
pub struct RegisterPerson {
    /// What is known.
    pub record: Record,
    /// Where they were seen.
    pub source: Source,
    /// The run, if one brought them.
    pub import: Option<ImportId>,
    /// Row of the sheet, 1 = top.
    pub row: Option<u32>,
}

impl Decide<RegisterPerson> for Person {
    type Facts = ();

    fn decide(
        &self,
        command: RegisterPerson,
        (): &(),
        context: &Context<'_>,
    ) -> Result<Vec<PersonEvent>, PersonRefusal> {
        if self.is_registered() {
            return Ok(Vec::new());
        }
        let record = command.record.into_iter().filter(|(_, value)| !value.is_empty()).collect::<Record>();
        let registered = PersonEvent::PersonRegistered {
            record: record.into(),
            source: command.source,
            import: command.import,
            row: command.row,
        };
        Ok(with_assessment(self, vec![registered], context))
    }
}
