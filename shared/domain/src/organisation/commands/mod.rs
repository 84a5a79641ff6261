//! One command a file.

mod end_office;
mod register_organisation;
mod take_office;

pub use end_office::EndOffice;
pub use register_organisation::RegisterOrganisation;
pub use take_office::TakeOffice;
