//! What is printed, and what is asked when a person sits there.

mod asking;

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::{Code, Failure};

pub(crate) use asking::{ask, ask_secret, ask_until, confirm, is_interactive, missing};

/// How output is wanted; chosen once, when the command line is read.
static MANNER: OnceLock<Manner> = OnceLock::new();

/// How output is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// A script reads: standard error carries nothing but a failure.
    pub json: bool,
    /// Colours.
    pub colour: When,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// 在终端上且未设 NO_COLOR on a terminal without NO_COLOR
    #[default]
    Auto,
    /// 总是 always
    Always,
    /// 从不 never
    Never,
}

/// Chooses the manner; the first choice stays.
pub(crate) fn choose(manner: Manner) {
    let _ = MANNER.set(manner);
}

fn manner() -> Manner {
    MANNER.get().copied().unwrap_or_default()
}

/// One line to standard output.
pub(crate) fn say(line: impl AsRef<str>) {
    let mut out = io::stdout().lock();
    written(writeln!(out, "{}", line.as_ref()));
}

/// Ends the program when nobody reads any further: silently when the reader has enough (`| head`), else as a failure
/// (a full disk behind `>`), since what a script gets would be cut short.
pub(crate) fn written(outcome: io::Result<()>) {
    match outcome {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            let failure = Failure::failed("写不出结果", "the output cannot be written").because(error);
            complain(&failure);
            std::process::exit(i32::from(Code::Failed as u8));
        }
    }
}

/// One line to standard error for people, beside what a script reads.
pub(crate) fn note(line: impl AsRef<str>) {
    if !manner().json {
        // When nobody can read it, nothing is lost.
        let _ = writeln!(io::stderr().lock(), "{}", line.as_ref());
    }
}

/// A failure to standard error, in words or as one JSON object.
pub(crate) fn complain(failure: &Failure) {
    let text = if manner().json { format!("{:#}", failure.as_json()) } else { failure.to_string() };
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A value as indented JSON.
pub(crate) fn say_json(value: &serde_json::Value) {
    say(format!("{value:#}"));
}

/// Colours as chosen; of itself only on a terminal, and not when `NO_COLOR` is set.
pub(crate) fn is_colourful() -> bool {
    match manner().colour {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            !refused && io::stdout().is_terminal()
        }
    }
}

/// A text in an ANSI colour where colours are wanted.
pub(crate) fn coloured(text: &str, colour: Colour) -> String {
    if is_colourful() { format!("\u{1b}[{}m{text}\u{1b}[0m", colour as u8) } else { text.to_owned() }
}

/// ANSI colours in use.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Colour {
    /// Wrong.
    Red = 31,
    /// Right.
    Green = 32,
    /// To be looked at.
    Yellow = 33,
}

/// Progress of long work: a bar on a terminal, else a plain line now and then.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    title: &'static str,
    last_tenth: u64,
    quiet: bool,
}

impl Progress {
    /// Begins; `quiet` when a script reads the output.
    pub(crate) fn begin(title: &'static str, quiet: bool) -> Self {
        let bar = (!quiet && io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new(0);
            let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_message(title);
            bar
        });
        Self { bar, title, last_tenth: 0, quiet }
    }

    /// `done` of `total`.
    pub(crate) fn at(&mut self, done: u64, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_position(done);
            return;
        }
        let tenth = (done * 10).checked_div(total).unwrap_or(0);
        if !self.quiet && tenth > self.last_tenth {
            self.last_tenth = tenth;
            note(format!("{} {done}/{total}", self.title));
        }
    }

    /// Ends it.
    pub(crate) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
