//! What is asked when a person sits there; a terminal is left as it was found, also after Ctrl-C.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::{Mutex, Once, PoisonError};

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};

use super::{complain, note};
use crate::failure::{Code, Failure};

/// How the terminal was before it hid what is typed.
static SHOWN: Mutex<Option<Termios>> = Mutex::new(None);
/// As a shell reports what Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// True when somebody can be asked.
pub(crate) fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
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

/// Asks until the answer can be used, and says each time what was wrong with it.
///
/// # Errors
/// As [`ask`]; never what `read` finds wrong.
pub(crate) fn ask_until<T>(
    question: &str,
    option: &str,
    read: impl FnMut(&str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    until_read(|| ask(question, option), read)
}

fn until_read<T>(
    mut ask: impl FnMut() -> Result<Option<String>, Failure>,
    mut read: impl FnMut(&str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    loop {
        let Some(answer) = ask()? else {
            note("不能为空，请再答一次 this cannot be empty; answer again");
            continue;
        };
        match read(&answer) {
            Ok(value) => return Ok(value),
            Err(failure) => complain(&failure),
        }
    }
}

/// Asks for a yes; anything else is no.
///
/// # Errors
/// As [`ask`].
pub(crate) fn confirm(question: &str, option: &str) -> Result<bool, Failure> {
    let answer = ask(&format!("{question} [y/N]"), option)?;
    Ok(answer.is_some_and(|answer| ["y", "yes", "是"].contains(&answer.to_lowercase().as_str())))
}

/// Asks without showing what is typed.
///
/// # Errors
/// As [`ask`].
pub(crate) fn ask_secret(question: &str, option: &str) -> Result<Option<String>, Failure> {
    if !is_interactive() {
        return Err(missing(option));
    }
    show_again_when_interrupted()?;
    hide();
    let answer = ask(question, option);
    show();
    note("");
    answer
}

/// A terminal that cannot hide still takes the answer.
fn hide() {
    let Ok(shown) = tcgetattr(std::io::stdin()) else { return };
    let mut hidden = shown.clone();
    hidden.local_flags.remove(LocalFlags::ECHO);
    *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
    let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, &hidden);
}

fn show() {
    if let Some(shown) = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, &shown);
    }
}

/// Once handled, a signal ends nothing by itself: whoever waits here puts the terminal right and ends the program.
fn show_again_when_interrupted() -> Result<(), Failure> {
    static WATCHED: Once = Once::new();
    let no_signals = |error| Failure::failed("无法接收信号", "no signals").because(error);
    if WATCHED.is_completed() {
        return Ok(());
    }
    let listen = |kind| signal(kind).map_err(no_signals);
    let mut interrupt = listen(SignalKind::interrupt())?;
    let (mut terminate, mut hang_up) = (listen(SignalKind::terminate())?, listen(SignalKind::hangup())?);
    WATCHED.call_once(|| {
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
            show();
            note("");
            std::process::exit(INTERRUPTED);
        });
    });
    Ok(())
}

/// What is missing when nobody can be asked.
pub(crate) fn missing(option: &str) -> Failure {
    Failure::new(
        Code::Usage,
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_asked_again_until_the_answer_can_be_used() {
        let mut answers = [None, Some("someday"), Some("7")].into_iter();
        let read = |answer: &str| answer.parse::<u8>().map_err(|_| Failure::usage("不是数字", "no number"));
        let number = until_read(|| Ok(answers.next().unwrap().map(ToOwned::to_owned)), read);
        assert_eq!(number.unwrap(), 7);
    }

    #[test]
    fn an_input_that_ends_is_not_asked_for_ever() {
        let ended = || Err(Failure::usage("输入中断", "input ended"));
        let failure = until_read(ended, |answer| Ok(answer.to_owned())).unwrap_err();
        assert_eq!(failure.code, Code::Usage);
    }
}
