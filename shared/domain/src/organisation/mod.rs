//! 党组织: a committee, general branch, branch or department; its place in the tree and its offices.

pub mod commands;
pub mod events;
pub mod leaders;
pub mod placement;
pub mod refusal;
pub mod state;

pub use events::{HeldOffice, OrganisationEvent, Profile};
pub use refusal::OrganisationRefusal;
pub use state::{Office, Organisation};
