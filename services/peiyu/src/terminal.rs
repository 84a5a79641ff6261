//! What is printed, and what is asked when a person sits there.

use std::io::{BufRead, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};

use crate::failure::Failure;

/// One line to standard output; a closed pipe ends nothing (`peiyu pool | head`).
pub(crate) fn say(line: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{}", line.as_ref()).is_err() {
        std::process::exit(0);
    }
}

/// One line to standard error, beside what a script reads.
pub(crate) fn note(line: impl AsRef<str>) {
    // When nobody can read it, nothing is lost.
    let _ = writeln!(std::io::stderr().lock(), "{}", line.as_ref());
}

/// A value as indented JSON.
pub(crate) fn say_json(value: &serde_json::Value) {
    say(format!("{value:#}"));
}

/// True when somebody can be asked.
pub(crate) fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Colours only on a terminal, and not when `NO_COLOR` is set.
pub(crate) fn is_colourful() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && std::io::stdout().is_terminal()
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

/// Asks a question; an empty answer is `None`.
///
/// # Errors
/// Usage, naming `option`, when nobody can be asked.
pub(crate) fn ask(question: &str, option: &str) -> Result<Option<String>, Failure> {
    if !is_interactive() {
        return Err(missing(option));
    }
    prompt(question);
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    let read =
        read.map_err(|error| Failure::failed("读不到输入", "cannot read the answer").because(error))?;
    if read == 0 {
        return Err(Failure::usage("输入中断，什么都没有提交", "input ended; nothing was sent"));
    }
    let answer = line.trim();
    Ok((!answer.is_empty()).then(|| answer.to_owned()))
}

/// Asks without showing what is typed.
///
/// # Errors
/// As [`ask`].
pub(crate) fn ask_secret(question: &str, option: &str) -> Result<Option<String>, Failure> {
    if !is_interactive() {
        return Err(missing(option));
    }
    let stdin = std::io::stdin();
    let shown = tcgetattr(&stdin).ok();
    if let Some(mut hidden) = shown.clone() {
        hidden.local_flags.remove(LocalFlags::ECHO);
        // A terminal that cannot hide still takes the answer.
        let _ = tcsetattr(&stdin, SetArg::TCSANOW, &hidden);
    }
    let answer = ask(question, option);
    if let Some(shown) = shown {
        let _ = tcsetattr(&stdin, SetArg::TCSANOW, &shown);
        note("");
    }
    answer
}

/// What is missing when nobody can be asked.
pub(crate) fn missing(option: &str) -> Failure {
    Failure::usage(
        format!("缺少 {option}（没有终端，无法询问）"),
        format!("{option} is missing, and there is no terminal to ask on"),
    )
    .next("补上该参数；示例见 --help", "give it; see --help for examples")
}

fn prompt(question: &str) {
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "{question}: ");
    let _ = err.flush();
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
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
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
