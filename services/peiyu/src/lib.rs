//! The one binary of Peiyu: the whole system on one machine, its services, and the user's verbs over HTTP.
//!
//! # How to add a verb
//! 1. One file under `verbs/` with its arguments (Chinese help first, English too, an example) and `run`.
//! 2. One line in [`cli::Verb`] and one in [`cli::carry_out`].

mod beside;
mod cli;
mod client;
mod demo;
mod failure;
mod people;
mod place;
mod services;
mod settings_file;
mod table;
mod terminal;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

use cli::Cli;

/// Reads the command line, carries the verb out, prints what went wrong; gives the exit code.
#[must_use]
pub fn start() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.global.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::note(format!("无法启动 cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(cli::carry_out(cli));
    // What still runs has been asked to end; a stuck task must not hold the process.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(problem) = failure.problem.as_ref().filter(|_| json) {
                terminal::say_json(problem);
            }
            if !failure.what.to_string().is_empty() {
                terminal::note(failure.to_string());
            }
            ExitCode::from(failure.code as u8)
        }
    }
}
