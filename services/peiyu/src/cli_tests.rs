//! Every verb explains itself, and every example of its help is one that the program takes.

use clap::{Command, CommandFactory};

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

/// Every command below `command` with its words.
fn walk(command: &Command, path: &str, visit: &mut impl FnMut(&Command, &str)) {
    visit(command, path);
    for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
        walk(child, &format!("{path} {}", child.get_name()), visit);
    }
}

#[test]
fn every_verb_explains_itself_in_chinese_first() {
    walk(&Cli::command(), "peiyu", &mut |command, path| {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let first = about.chars().next().unwrap_or(' ');
        assert!(!first.is_ascii(), "{path} is not explained in Chinese first: {about:?}");
        assert!(about.chars().any(|c| c.is_ascii_alphabetic()), "{path} lacks English: {about:?}");
    });
}

#[test]
fn every_option_explains_itself() {
    walk(&Cli::command(), "peiyu", &mut |command, path| {
        let ours =
            command.get_arguments().filter(|option| !["help", "version"].contains(&option.get_id().as_str()));
        for option in ours {
            assert!(option.get_help().is_some(), "{path}: {} has no help", option.get_id());
        }
    });
}

/// The command lines of a help text, without what a shell would take away: redirections, pipes, quotes, remarks.
fn examples(help: &str) -> Vec<Vec<String>> {
    let lines = help.lines().map(str::trim).filter(|line| line.starts_with("peiyu "));
    lines.flat_map(|line| line.split(';')).map(words).collect()
}

fn words(line: &str) -> Vec<String> {
    let (mut words, mut quoted) = (Vec::new(), false);
    for word in line.split_whitespace() {
        if !quoted && ["|", ">", "<"].contains(&word) {
            break;
        }
        match words.last_mut() {
            Some(open) if quoted => *open = format!("{open} {word}"),
            _ => words.push(word.to_owned()),
        }
        quoted ^= word.matches('\'').count() % 2 == 1;
    }
    words.into_iter().map(|word| word.replace('\'', "")).collect()
}

/// A remark may follow an example: the longest beginning that the program takes ends before a word that is no ASCII.
fn is_taken(example: &[String]) -> bool {
    let remark = |word: &String| word.chars().next().is_some_and(|c| !c.is_ascii());
    let ends = (1..=example.len()).rev().filter(|end| example.get(*end).is_none_or(remark));
    ends.into_iter().any(|end| Cli::command().try_get_matches_from(&example[..end]).is_ok())
}

#[test]
fn every_verb_shows_an_example_and_every_example_is_taken() {
    walk(&Cli::command(), "peiyu", &mut |command, path| {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples = examples(&help);
        if command.get_subcommands().next().is_none() {
            let own = examples.iter().filter(|example| example.join(" ").starts_with(path));
            assert!(own.count() > 0, "{path} shows no example of itself: {help:?}");
        }
        for example in examples {
            assert!(is_taken(&example), "{path} shows what the program does not take: {example:?}");
        }
    });
}

#[test]
fn a_mistyped_verb_gets_a_suggestion() {
    for (typed, meant) in [("tood", "todo"), ("improt", "import"), ("docter", "doctor")] {
        let said = Cli::command().try_get_matches_from(["peiyu", typed]).err().map(|error| error.to_string());
        let said = said.unwrap_or_default();
        assert!(said.contains(&format!("'{meant}'")), "{typed}: {said}");
    }
}

#[test]
fn each_shell_completes_every_verb() {
    use clap_complete::Shell;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "peiyu", &mut script);
        let script = String::from_utf8_lossy(&script);
        for verb in Cli::command().get_subcommands() {
            assert!(script.contains(verb.get_name()), "{shell} does not know {}", verb.get_name());
        }
    }
}

#[test]
fn the_help_names_every_exit_code() {
    let help = Cli::command().render_help().to_string();
    assert!(help.contains(&table_of_codes()), "{help}");
}
