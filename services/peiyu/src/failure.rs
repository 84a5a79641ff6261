//! Why a verb did not succeed: a sentence in both languages, what to do next, and the exit code.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

/// How the process ends; scripts rely on these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// Something went wrong.
    Failed = 1,
    /// The command line, or what it points to, is not as it must be.
    Usage = 2,
    /// A rule or a missing right forbids it.
    Refused = 3,
    /// The system does not answer.
    Unreachable = 4,
    /// Nobody is signed in, or the sign-in has ended.
    NotSignedIn = 5,
}

impl Code {
    /// All of them, as the help and `docs/exit-codes.md` list them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Failed, Self::Usage, Self::Refused, Self::Unreachable, Self::NotSignedIn];

    /// Its name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::NotSignedIn => "not_signed_in",
        }
    }

    /// What it means, Chinese and English.
    pub(crate) fn meaning(self) -> [&'static str; 2] {
        match self {
            Self::Failed => ["失败", "failed"],
            Self::Usage => ["用法不对", "wrong usage"],
            Self::Refused => ["规则或权限不允许", "refused by a rule or for want of a right"],
            Self::Unreachable => ["连不上", "not reachable"],
            Self::NotSignedIn => ["未登录", "not signed in"],
        }
    }
}

/// The table of exit codes for the help.
pub(crate) fn table_of_codes() -> String {
    let codes = Code::ALL.map(|code| {
        let [zh, en] = code.meaning();
        format!("\n  {} {zh} {en}", code as u8)
    });
    format!("退出码 Exit codes:\n  0 成功 ok{}\n  130 被 Ctrl-C 中断 interrupted", codes.concat())
}

/// A failure as the user sees it; boxed, since every verb carries it in its result.
#[derive(Debug)]
pub(crate) struct Failure(Box<Details>);

/// What a failure says.
#[derive(Debug)]
pub(crate) struct Details {
    /// How the process ends.
    pub code: Code,
    /// What happened, Chinese and English.
    pub what: Words,
    /// What to do next.
    pub next: Option<Words>,
    /// The problem as the api gave it, for `--json`.
    pub problem: Option<Value>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Both languages.
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.zh.is_empty(), self.en.is_empty()) {
            (false, false) => write!(f, "{}\n  {}", self.zh, self.en),
            (false, true) => f.write_str(&self.zh),
            (true, _) => f.write_str(&self.en),
        }
    }
}

impl Failure {
    /// A failure with nothing to advise yet.
    pub(crate) fn new(code: Code, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let what = Words::new(zh, en);
        Self(Box::new(Details { code, what, next: None, problem: None, source: None }))
    }

    /// [`Code::Failed`].
    pub(crate) fn failed(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Code::Failed, zh, en)
    }

    /// [`Code::Usage`].
    pub(crate) fn usage(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Code::Usage, zh, en)
    }

    /// What to do next.
    pub(crate) fn next(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.next = Some(Words::new(zh, en));
        self
    }

    /// What lies behind it; its whole chain is shown.
    pub(crate) fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// An operation on a file that failed.
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |error| Self::failed(format!("无法使用 {path}"), format!("{path} cannot be used")).because(error)
    }

    /// The failure for a script, as `--json` prints it to standard error.
    pub(crate) fn as_json(&self) -> Value {
        let words = |words: &Words| json!({ "zh": words.zh, "en": words.en });
        json!({ "error": {
            "code": self.code.name(),
            "exit_code": self.code as u8,
            "zh": self.what.zh,
            "en": self.what.en,
            "causes": self.causes(),
            "next": self.next.as_ref().map(words),
            "problem": self.problem,
        }})
    }

    /// The chain of causes, one line each.
    pub(crate) fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut cause = self.source.as_deref().map(|source| source as &dyn std::error::Error);
        while let Some(error) = cause {
            let line = error.to_string();
            if causes.last() != Some(&line) {
                causes.push(line);
            }
            cause = error.source();
        }
        causes
    }
}

impl Deref for Failure {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        for cause in self.causes() {
            write!(f, "\n  {cause}")?;
        }
        if let Some(next) = &self.next {
            write!(f, "\n→ {next}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_why_and_what_next_chinese_first() {
        let failure = Failure::failed("打不开", "cannot open")
            .because(std::io::Error::other("disk full"))
            .next("腾出空间", "free some space");
        assert_eq!(failure.to_string(), "打不开\n  cannot open\n  disk full\n→ 腾出空间\n  free some space");
    }

    #[test]
    fn a_script_gets_the_same_failure_in_parts() {
        let failure = Failure::usage("打不开", "cannot open")
            .because(std::io::Error::other("disk full"))
            .next("腾出空间", "free some space");
        let expected = json!({ "error": {
            "code": "usage", "exit_code": 2, "zh": "打不开", "en": "cannot open", "causes": ["disk full"],
            "next": { "zh": "腾出空间", "en": "free some space" }, "problem": null,
        }});
        assert_eq!(failure.as_json(), expected);
    }

    #[test]
    fn every_exit_code_has_a_number_a_name_and_a_meaning_of_its_own() {
        let table = table_of_codes();
        for (place, code) in (1_u8..).zip(Code::ALL) {
            assert_eq!(code as u8, place, "numbers are dense, and never change their meaning");
            assert!(table.contains(&format!("\n  {place} {}", code.meaning()[0])), "{table}");
            let same = Code::ALL.iter().filter(|other| other.name() == code.name()).count();
            assert_eq!(same, 1, "{}", code.name());
        }
    }
}
