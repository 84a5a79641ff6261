//! Bearer tokens of one's own account, for programs.

pub(crate) mod issue;
pub(crate) mod list;
pub(crate) mod revoke;
