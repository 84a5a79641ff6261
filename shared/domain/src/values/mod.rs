//! Values that are right from their construction on, shared by the aggregates.

mod form;
pub mod ids;
mod partial_date;
mod sensitive;
mod text;

pub use form::{
    Basis, Category, OfficeKind, OrganisationKind, Outcome, PoliticalStatus, Standing, TalkForm, TrainingForm,
};
pub use ids::{AccountId, ClassId, ImportId, OrganisationId, PersonId, ReminderId};
pub use partial_date::{PartialDate, PartialDateError};
pub use sensitive::Sensitive;
pub use text::{Text, TextError};
