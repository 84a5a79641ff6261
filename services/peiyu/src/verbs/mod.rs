//! One verb, one file: its arguments, and what it does.

pub(crate) mod account;
pub(crate) mod completions;
pub(crate) mod coverage;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod dossier;
pub(crate) mod down;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod liaison;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod man;
pub(crate) mod migrate;
pub(crate) mod person;
pub(crate) mod policy;
pub(crate) mod pool;
pub(crate) mod rebuild;
pub(crate) mod reminders;
pub(crate) mod run;
pub(crate) mod talk;
pub(crate) mod todo;
pub(crate) mod training;
pub(crate) mod up;
pub(crate) mod verify;
pub(crate) mod whoami;
