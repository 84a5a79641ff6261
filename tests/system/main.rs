//! The one binary on real servers, through public doors only: command line, HTTP, mail, stream, Python.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fall over")]

mod bad_input;
mod browser;
#[path = "../faults/mod.rs"]
mod faults;
mod follow;
mod house;
mod manners;
mod operator;
mod projectors;
mod rebuild;
mod relays;
mod restore;
mod service;
mod story;
mod subscriber;
mod subscribers;
mod traces;
