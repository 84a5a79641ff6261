//! The one binary of Peiyu: the whole system on one machine, its services, and the user's verbs over HTTP.
//!
//! # How to add a verb
//! 1. One file under `verbs/` with its arguments (Chinese help first, English too, an example) and `run`.
//! 2. One line in [`cli::Verb`] and one in [`cli::carry_out`].

mod archive;
mod beside;
mod cli;
mod client;
mod demo;
#[cfg(test)]
mod documents;
mod failure;
mod logins;
mod new_epoch;
mod people;
mod place;
mod services;
mod settings_file;
mod table;
mod terminal;
mod verbs;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use cli::Cli;
use failure::{Code, Failure};
use terminal::{Manner, When};

/// The command line as it stands: for completions, manual pages and tests.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Reads the command line, carries the verb out, prints what went wrong; gives the exit code.
#[must_use]
pub fn start() -> ExitCode {
    let manner = manner_of(std::env::args_os().skip(1).map_while(|word| word.into_string().ok()));
    terminal::choose(manner);
    let cli = match read(manner) {
        Ok(cli) => cli,
        Err(error) => return misread(&error, manner.json),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::complain(&Failure::failed("无法启动", "cannot start").because(error));
            return ExitCode::from(Code::Failed as u8);
        }
    };
    let outcome = runtime.block_on(cli::carry_out(cli));
    // What still runs has been asked to end; a stuck task must not hold the process.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::complain(&failure);
            ExitCode::from(failure.code as u8)
        }
    }
}

/// How output is wanted, known before the line is read as a whole: its faults are told in that manner too.
fn manner_of(words: impl Iterator<Item = String>) -> Manner {
    let mut manner = Manner::default();
    let mut words = words.take_while(|word| word != "--");
    while let Some(word) = words.next() {
        let colour = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('=').map(ToOwned::to_owned),
            None => None,
        };
        manner.json |= word == "--json";
        manner.colour = match colour.as_deref() {
            Some("always") => When::Always,
            Some("never") => When::Never,
            Some(_) | None => manner.colour,
        };
    }
    manner
}

fn read(manner: Manner) -> Result<Cli, clap::Error> {
    let colour = match manner.colour {
        When::Auto => clap::ColorChoice::Auto,
        When::Always => clap::ColorChoice::Always,
        When::Never => clap::ColorChoice::Never,
    };
    let mut command = command().color(colour);
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// The help that was asked for, or what is wrong with the line.
fn misread(error: &clap::Error, json: bool) -> ExitCode {
    if error.use_stderr() && json {
        let text = error.render().to_string();
        let text = text.trim_start_matches("error: ").trim_end().to_owned();
        terminal::complain(&Failure::usage("命令行有误", text));
        return ExitCode::from(Code::Usage as u8);
    }
    // A closed pipe (`--help | head`) is nobody's failure.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Code::Usage as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manner_of_output_is_known_before_the_line_is_read() {
        let manner = |line: &str| manner_of(line.split(' ').map(ToOwned::to_owned));
        assert!(manner("tood --json").json);
        assert!(!manner("talk record -- --json").json);
        assert_eq!(manner("pool --color never").colour, When::Never);
        assert_eq!(manner("--color=always pool").colour, When::Always);
        assert_eq!(manner("pool").colour, When::Auto);
    }
}
