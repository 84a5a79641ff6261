//! One command a file.

mod restore_wording;
mod set_wording;

pub use restore_wording::RestoreLetterWording;
pub use set_wording::SetLetterWording;
