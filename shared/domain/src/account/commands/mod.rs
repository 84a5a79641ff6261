//! One command a file.

mod change_right;
mod close_account;
mod issue_password;
mod open_account;

pub use change_right::{GrantRight, RevokeRight};
pub use close_account::CloseAccount;
pub use issue_password::IssuePassword;
pub use open_account::OpenAccount;
