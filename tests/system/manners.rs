//! How the command line behaves towards people, scripts, pipes and full disks.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use nix::pty::openpty;
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;
use serde_json::Value;

use crate::house::{House, until};

/// Every verb without sub-verbs, as it is typed.
fn verbs() -> Vec<String> {
    fn walk(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        let below: Vec<_> = command.get_subcommands().filter(|child| child.get_name() != "help").collect();
        if below.is_empty() {
            found.push(path.to_owned());
        }
        for child in below {
            walk(child, format!("{path} {}", child.get_name()).trim(), found);
        }
    }
    let mut found = Vec::new();
    walk(&peiyu::command(), "", &mut found);
    found
}

/// Verbs whose output is no answer: services that run on, and a script for a shell.
const SPEAK_OTHERWISE: [&str; 2] = ["run", "completions"];

/// What `--json` printed, one value or one a line, for each verb that was tried.
struct Answers<'a> {
    house: &'a House,
    told: BTreeMap<String, usize>,
}

impl Answers<'_> {
    /// Runs `verb` with `--json`; it succeeds, prints JSON and says nothing beside.
    #[track_caller]
    fn ask(&mut self, verb: &str, more: &[&str]) -> Value {
        let words: Vec<&str> = verb.split(' ').chain(more.iter().copied()).chain(["--json"]).collect();
        let output = self.house.try_run(&words);
        self.check(verb, &output)
    }

    #[track_caller]
    fn ask_with_input(&mut self, verb: &str, more: &[&str], input: &str) -> Value {
        let words: Vec<&str> = verb.split(' ').chain(more.iter().copied()).chain(["--json"]).collect();
        let mut command = self.house.command(&words);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        self.check(verb, &output)
    }

    #[track_caller]
    fn check(&mut self, verb: &str, output: &std::process::Output) -> Value {
        let (said, noted) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{verb}: {said}{noted}");
        assert_eq!(noted, "", "{verb} says something beside its JSON");
        let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&said).into_iter().collect();
        let mut values = values.unwrap_or_else(|fault| panic!("{verb} prints no JSON: {fault}: {said}"));
        *self.told.entry(verb.to_owned()).or_default() += values.len();
        values.pop().unwrap_or_else(|| panic!("{verb} prints nothing"))
    }

    /// Runs `verb` where there is nothing for it to do: it says so as JSON, and ends with `code`.
    #[track_caller]
    fn refuse(&mut self, verb: &str, more: &[&str], code: i32) {
        let words: Vec<&str> = verb.split(' ').chain(more.iter().copied()).chain(["--json"]).collect();
        let told = self.house.refused(&words, code);
        let told: Value =
            serde_json::from_str(&told).unwrap_or_else(|fault| panic!("{verb}: {fault}: {told}"));
        assert_eq!(told["error"]["exit_code"], code, "{verb}: {told}");
        *self.told.entry(verb.to_owned()).or_default() += 1;
    }

    fn is_complete(&self) {
        let missing: Vec<String> = verbs()
            .into_iter()
            .filter(|verb| !SPEAK_OTHERWISE.contains(&verb.as_str()) && !self.told.contains_key(verb))
            .collect();
        assert!(missing.is_empty(), "try these verbs with --json in this test too: {missing:?}");
    }
}

/// A working trial, walked through every verb as a script would.
#[test]
fn every_verb_prints_json_for_a_script() {
    let house = House::new();
    let mut answers = Answers { house: &house, told: BTreeMap::new() };
    let up = answers.ask("up", &["--detach", "--listen", "127.0.0.1:0"]);
    let logins = up["demo_logins"].as_str().unwrap().to_owned();
    begin_anew(&house, &mut answers, &logins);
    let today = ask_about_people(&mut answers);
    change_something(&house, &mut answers);
    teach(&mut answers, &today);
    ask_about_the_system(&house, &mut answers);
    talk(&house, &mut answers, &password_of(&logins, "9000003"), &today);
    manage_accounts(&mut answers);
    answers.ask("subscriber add", &["finance", "--all-types"]);
    answers.ask("subscriber list", &[]);
    answers.ask("subscriber remove", &["finance", "--yes"]);
    answers.ask("epoch show", &[]);
    answers.ask("epoch begin", &["--yes"]);
    back_up_and_restore(&house, &mut answers);
    answers.ask("down", &[]);
    answers.is_complete();
}

fn password_of(logins: &str, login: &str) -> String {
    let text = std::fs::read_to_string(logins).unwrap();
    let line = text.lines().find(|line| line.starts_with(login)).unwrap();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

/// A reset gives a fresh demo: what was added is gone, the invented people are there with passwords of their own.
fn begin_anew(house: &House, answers: &mut Answers<'_>, logins: &str) {
    let before = password_of(logins, "9000003");
    answers.ask("person correct", &["9000112", "--field", "title", "--value", "讲席教授", "--reason", "试"]);
    assert!(house.run(&["dossier", "9000112", "--json"]).contains("讲席教授"));
    let said = house.refused(&["demo", "reset"], 2);
    assert!(said.contains("--yes"), "without a terminal it says which option to give: {said}");
    answers.ask("demo reset", &["--yes"]);
    assert!(!house.run(&["dossier", "9000112", "--json"]).contains("讲席教授"), "the demo is a fresh one");
    assert_ne!(password_of(logins, "9000003"), before);
}

/// Gives the system's day.
fn ask_about_people(answers: &mut Answers<'_>) -> String {
    for verb in ["pool", "training list", "reminders list", "account list", "policy show", "whoami"] {
        answers.ask(verb, &[]);
    }
    answers.ask("dossier", &["9000112"]);
    answers.ask("reminders explain", &["9000112"]);
    answers.ask("export events", &["--limit", "3"]);
    answers.ask("coverage", &[])["as_of"].as_str().unwrap().to_owned()
}

fn change_something(house: &House, answers: &mut Answers<'_>) {
    let file = |name: &str| house.data().join("demo").join(format!("{name}.xlsx")).display().to_string();
    for kind in ["organisation", "roster", "talks"] {
        answers.ask(&format!("import {kind}"), &[&file(kind), "--dry-run"]);
    }
    answers.ask("liaison assign", &["--candidate", "9000118", "--liaison", "9000013"]);
    let proposal = house.file("proposal.json").display().to_string();
    answers.ask("liaison propose", &["--out", &proposal]);
    answers.ask("liaison apply", &[&proposal]);
    answers.ask("liaison end", &["--candidate", "9000118", "--successor", "9000014"]);
    let policy = answers.ask("policy show", &[])["content"].as_str().unwrap().to_owned();
    let stricter = house.file("policy.toml");
    std::fs::write(&stricter, policy.replacen("\"2021-09-06\"", "\"stricter\"", 1)).unwrap();
    answers.ask("policy adopt", &[&stricter.display().to_string()]);
    let mut words = answers.ask("reminders template show", &[]);
    words["subject"] = "请办理 {事项数} 项".into();
    let edited = house.file("用语.toml");
    std::fs::write(&edited, toml::to_string(&words).unwrap()).unwrap();
    answers.ask("reminders template set", &[&edited.display().to_string()]);
    answers.ask("reminders template restore", &[]);
}

fn teach(answers: &mut Answers<'_>, today: &str) {
    let days = ["--from", today, "--to", today, "--hours", "8"];
    let plan = ["--title", "专题班", "--form", "lecture"];
    let class = answers.ask("training plan", &[&plan[..], &days].concat())["id"].as_str().unwrap().to_owned();
    answers.ask("training enrol", &[&class, "9000110"]);
    let result = ["--on", today, "--hours", "8", "--outcome", "passed"];
    answers.ask("training complete", &[&[class.as_str(), "9000110"], &result[..]].concat());
}

fn ask_about_the_system(house: &House, answers: &mut Answers<'_>) {
    for verb in ["doctor", "migrate", "verify", "rebuild"] {
        answers.ask(verb, &[]);
    }
    answers.ask("parked list", &[]);
    answers.ask("parked retry", &["--kind", "candidate", "--reason", "试"]);
    answers.refuse("parked retry", &["--kind", "nothing"], 2);
    let nothing = ["candidates", "0198c1f0-7a3e-7c55-8f0a-2d9b6c1e4f70"];
    answers.refuse("parked show", &nothing, 2);
    let skip = ["--position", "1", "--reason", "试"];
    answers.refuse("parked skip", &[&nothing[..], &skip].concat(), 2);
    answers.ask("man", &[&house.file("man").display().to_string()]);
    let page = std::fs::read_to_string(house.file("man").join("peiyu-talk-record.1")).unwrap();
    assert!(page.contains("peiyu talk record"), "{page}");
}

/// A liaison signs in, records a talk, slips and mends while asked, changes the password, signs out.
fn talk(house: &House, answers: &mut Answers<'_>, password: &str, today: &str) {
    answers.ask_with_input("login", &["9000003", "--password-stdin"], password);
    answers.ask("todo", &[]);
    let said = ["--form", "single", "--gist", "介绍近况"];
    answers.ask("talk record", &[&["--candidate", "9000110", "--date", today], &said[..]].concat());
    let correction = ["--candidate", "9000110", "--talk", "1", "--place", "会议室", "--reason", "地点写错"];
    answers.ask("talk correct", &correction);
    a_slip_while_asked_is_asked_again(house, today);
    let told = house.refused(&["account", "list", "--json"], 3);
    let told: Value = serde_json::from_str(&told).unwrap_or_else(|fault| panic!("{fault}: {told}"));
    assert_eq!((&told["error"]["code"], &told["error"]["exit_code"]), (&"refused".into(), &3.into()));
    assert_eq!(told["error"]["problem"]["status"], 403);
    let passwords = format!("{password}\n另一个够长的密码ABC\n");
    answers.ask_with_input("account password", &["--passwords-stdin"], &passwords);
    answers.ask("logout", &[]);
}

fn a_slip_while_asked_is_asked_again(house: &House, today: &str) {
    let slips = ["nobody", "9000111", "someday", "2999-01-01", "9", "1", "", "当面谈了项目进展"];
    let unsaid = ["", "", "", ""];
    // The system refuses the day; it alone is typed again, Enter keeps the rest.
    let mended = ["", today, "", "", "", "", "", ""];
    let typed: String = slips.iter().chain(&unsaid).chain(&mended).map(|line| format!("{line}\n")).collect();
    let (mut child, mut terminal) = on_a_terminal(house.command(&["talk", "record"]));
    terminal.master.write_all(typed.as_bytes()).unwrap();
    let seen = terminal.until_it_ends(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(0), "{seen}");
    let dossier = house.run(&["dossier", "9000111", "--json", "--operator"]);
    assert_eq!(dossier.matches("当面谈了项目进展").count(), 1, "{seen}\n{dossier}");
}

fn back_up_and_restore(house: &House, answers: &mut Answers<'_>) {
    let folder = house.file("backup").display().to_string();
    answers.ask("backup", &[&folder]);
    answers.ask("down", &[]);
    answers.ask("restore", &[&folder, "--replace"]);
    answers.ask("up", &["--detach"]);
    answers.ask("reminders held list", &[]);
    answers.ask("reminders held release", &["--yes"]);
    answers.refuse("reminders held drop", &["--yes"], 3);
    answers.refuse("reminders held drop", &[], 2);
}

fn manage_accounts(answers: &mut Answers<'_>) {
    answers.ask("account add", &["9000004"]);
    answers.ask("account reset", &["9000004"]);
}

/// The end of a terminal that the test holds, and the one that the program sits on.
struct Terminal {
    master: File,
    slave: OwnedFd,
}

impl Terminal {
    fn is_echoing(&self) -> bool {
        tcgetattr(&self.slave).unwrap().local_flags.contains(LocalFlags::ECHO)
    }

    /// Reads what is shown, so that the program is never held up, until it ends.
    fn until_it_ends(&mut self, child: &mut Child) -> String {
        let mut reader = self.master.try_clone().unwrap();
        let shown = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let shared = std::sync::Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut piece) {
                shared.lock().unwrap().extend_from_slice(&piece[..read]);
            }
        });
        until("the program ends", || child.try_wait().unwrap().is_some());
        String::from_utf8_lossy(&shown.lock().unwrap()).into_owned()
    }
}

fn on_a_terminal(mut command: Command) -> (Child, Terminal) {
    let pair = openpty(None, None).unwrap();
    let end = || Stdio::from(pair.slave.try_clone().unwrap());
    let child = command.stdin(end()).stderr(end()).stdout(Stdio::null()).spawn().unwrap();
    (child, Terminal { master: File::from(pair.master), slave: pair.slave })
}

#[test]
fn a_password_prompt_that_is_interrupted_leaves_the_terminal_as_it_was() {
    let house = House::new();
    // Nothing is asked over HTTP before the password is there.
    let (mut child, mut terminal) =
        on_a_terminal(house.command(&["login", "9000003", "--url", "http://127.0.0.1:9"]));
    until("what is typed is hidden", || !terminal.is_echoing());
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    terminal.until_it_ends(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(terminal.is_echoing(), "the terminal shows again what is typed");
}

#[test]
fn a_reader_that_has_enough_is_no_failure_and_a_full_disk_is_one() {
    let house = House::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let cut = house.command(&["completions", "bash"]).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((cut.status.code(), cut.stderr.as_slice()), (Some(0), &b""[..]));
    let full = File::options().write(true).open("/dev/full").unwrap();
    let full = house.command(&["completions", "bash"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(full.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&full.stderr).contains("写不出结果"));
}

#[test]
fn a_script_gets_its_failures_as_json_and_is_never_asked() {
    let house = House::new();
    let error = |arguments: &[&str], code: i32| -> Value {
        let told = house.refused(&[arguments, &["--json"]].concat(), code);
        serde_json::from_str::<Value>(&told).unwrap_or_else(|fault| panic!("{fault}: {told}"))["error"]
            .clone()
    };
    let mistyped = error(&["tood"], 2);
    assert!(mistyped["en"].as_str().unwrap().contains("'todo'"), "{mistyped}");
    assert_eq!(error(&["todo"], 4)["code"], "unreachable");
    let url = ["--url", "http://127.0.0.1:9"];
    assert_eq!(error(&[&["todo"], &url[..]].concat(), 5)["code"], "not_signed_in");
    let login = error(&[&["login"], &url[..]].concat(), 2);
    assert!(login["zh"].as_str().unwrap().contains("LOGIN"), "it names what to give: {login}");
}

#[test]
fn colours_come_when_they_are_wanted() {
    let house = House::new();
    let doctor = |arguments: &[&str]| {
        let output = house.command(arguments).env_remove("NO_COLOR").output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains('\u{1b}')
    };
    assert!(doctor(&["doctor", "--color", "always"]));
    assert!(!doctor(&["doctor", "--color", "never"]));
    assert!(!doctor(&["doctor"]), "a pipe is no terminal");
}
