//! Signing in and out, and who one is.

pub(crate) mod begin;
pub(crate) mod end;
pub(crate) mod password;
pub(crate) mod whoami;
