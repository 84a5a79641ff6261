//! 信函模板: in which words the department writes its letters; one template a language.

pub mod commands;
pub mod events;
pub mod placeholder;
pub mod refusal;
pub mod state;
pub mod template;
pub mod wording;

pub use events::LetterTemplateEvent;
pub use placeholder::Placeholder;
pub use refusal::LetterTemplateRefusal;
pub use state::LetterTemplate;
pub use template::{Piece, Template, TemplateFault};
pub use wording::{LetterField, LetterLanguage, Texts, Wording};
