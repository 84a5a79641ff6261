//! `peiyu talk`: puts a talk on record, asking for what is missing when a person sits there; corrects one.

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cli::Global;
use crate::client::Client;
use crate::failure::{Code, Failure};
use crate::people::{self, Found};
use crate::terminal::{ask, ask_until, complain, is_interactive, missing, note, say, say_json};
use crate::verbs::liaison::without_nulls;

/// What to do with talks.
#[derive(Debug, Args)]
#[command(about = "谈心谈话：记录、更正 Talks: record, correct")]
pub(crate) struct Talk {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 记录一次谈话；缺什么就问什么 Record a talk; what is missing is asked for
    #[command(
        after_help = "示例 Examples:\n  peiyu talk record\n  peiyu talk record --candidate 9000112 --date 2026-11-20 --form single --topic 思想动态 --gist '了解近况，态度积极' --place 办公室"
    )]
    Record(Record),
    /// 更正一次谈话；原记录保留 Correct a talk; what was recorded stays
    #[command(
        after_help = "示例 Example:\n  peiyu talk correct --candidate 9000112 --talk 2 --date 2026-11-19 --reason 日期写错"
    )]
    Correct(Correct),
}

/// Form of a talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// 个别谈话
    Single,
    /// 集体谈话
    Group,
    /// 电话谈话
    Telephone,
}

impl Form {
    fn word(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Group => "group",
            Self::Telephone => "telephone",
        }
    }

    fn from_answer(answer: &str) -> Option<Self> {
        match answer {
            "1" | "single" | "个别" | "个别谈话" => Some(Self::Single),
            "2" | "group" | "集体" | "集体谈话" => Some(Self::Group),
            "3" | "telephone" | "电话" | "电话谈话" => Some(Self::Telephone),
            _ => None,
        }
    }
}

/// A talk as it was.
#[derive(Debug, Args)]
struct Record {
    /// 谈话对象工号 with whom
    #[arg(long, value_name = "STAFF")]
    candidate: Option<String>,
    #[command(flatten)]
    content: Content,
}

/// What a talk consists of.
#[derive(Debug, Clone, Args)]
struct Content {
    /// 日期 day
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// 形式 form
    #[arg(long, value_enum)]
    form: Option<Form>,
    /// 主题（可多次） topic, may be repeated
    #[arg(long)]
    topic: Vec<String>,
    /// 谈话内容 gist
    #[arg(long)]
    gist: Option<String>,
    /// 意见建议 wishes
    #[arg(long)]
    wishes: Option<String>,
    /// 地点 place
    #[arg(long)]
    place: Option<String>,
    /// 后续事项 what is to be done
    #[arg(long)]
    follow_up: Option<String>,
    /// 后续事项期限 until when
    #[arg(long, value_name = "DATE", requires = "follow_up")]
    until: Option<Date>,
}

/// What is to be corrected.
#[derive(Debug, Args)]
struct Correct {
    /// 谈话对象工号 with whom
    #[arg(long, value_name = "STAFF")]
    candidate: String,
    /// 第几次谈话 number of the talk
    #[arg(long)]
    talk: u32,
    /// 理由 why
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    content: Content,
}

impl Talk {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        match self.what {
            What::Record(record) => record.run(global, &client).await,
            What::Correct(correct) => correct.run(global, &client).await,
        }
    }
}

impl Record {
    async fn run(self, global: &Global, client: &Client) -> Result<(), Failure> {
        // Whoever gave everything that is needed is a script: it gets the refusal, and no questions.
        let is_asked = is_interactive() && !self.is_complete();
        let mut candidate = with_whom(client, self.candidate, is_asked).await?;
        let mut content = self.content.completed()?;
        let mut id = Uuid::now_v7();
        let answer = loop {
            let path = format!("/v1/candidates/{}/talks", candidate.id);
            let failure = match client.command(&path, &content.body(), id, None).await {
                Ok(answer) => break answer,
                Err(failure) if is_asked && can_be_mended(&failure) => failure,
                Err(failure) => return Err(failure),
            };
            complain(&failure);
            note(
                "改后重新提交；直接回车保留方括号里的内容，Ctrl-C 放弃 mend it: Enter keeps what stands in brackets, Ctrl-C gives up",
            );
            if failure.code != Code::Unreachable {
                // A refusal wrote nothing. Without an answer the first may have been taken: then the id must stay.
                id = Uuid::now_v7();
            }
            candidate = mended(client, candidate).await?;
            content = content.mended()?;
        };
        if global.json {
            say_json(&answer);
        } else {
            say(format!("已记录 recorded: {} {}", candidate.staff_number, candidate.name));
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        let content = &self.content;
        self.candidate.is_some() && content.date.is_some() && content.form.is_some() && content.gist.is_some()
    }
}

/// A refusal of what was typed, or no answer; another right or sign-in is not typed here.
fn can_be_mended(failure: &Failure) -> bool {
    let status = failure.problem.as_ref().and_then(|problem| problem.get("status")).and_then(Value::as_u64);
    matches!(failure.code, Code::Refused | Code::Usage | Code::Unreachable) && status != Some(403)
}

const WITH_WHOM: &str = "谈话对象工号 with whom (staff number)";

/// The person with whom the talk was; a number that nobody has is asked for again.
async fn with_whom(client: &Client, given: Option<String>, is_asked: bool) -> Result<Found, Failure> {
    let mut given = given;
    loop {
        let number = match given.take() {
            Some(number) => number,
            None => ask_until(WITH_WHOM, "--candidate", |answer| Ok(answer.to_owned()))?,
        };
        match people::find(client, &number).await {
            Ok(found) => {
                if is_interactive() {
                    note(format!("谈话对象 with: {} {}", found.staff_number, found.name));
                }
                return Ok(found);
            }
            Err(failure) if is_asked && failure.code == Code::Failed => complain(&failure),
            Err(failure) => return Err(failure),
        }
    }
}

async fn mended(client: &Client, candidate: Found) -> Result<Found, Failure> {
    let question = format!("{WITH_WHOM} [{} {}]", candidate.staff_number, candidate.name);
    match ask(&question, "--candidate")? {
        Some(number) => with_whom(client, Some(number), true).await,
        None => Ok(candidate),
    }
}

impl Correct {
    async fn run(self, global: &Global, client: &Client) -> Result<(), Failure> {
        let reason = needed(self.reason, "更正理由 reason", "--reason")?;
        let candidate = people::find(client, &self.candidate).await?;
        let etag = people::etag(client, &format!("/v1/candidates/{}", candidate.id)).await?;
        let mut body = self.content.body();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("reason".to_owned(), Value::String(reason));
        }
        let path = format!("/v1/candidates/{}/talks/{}/corrections", candidate.id, self.talk);
        let answer = client.post_if(&path, &body, &etag).await?;
        if global.json {
            say_json(&answer);
        } else {
            say(format!("已更正 corrected: {} 第 {} 次谈话", candidate.name, self.talk));
        }
        Ok(())
    }
}

impl Content {
    /// Asks for what every talk needs, and offers the rest when a person sits there.
    fn completed(mut self) -> Result<Self, Failure> {
        if self.date.is_none() {
            self.date = Some(ask_until(DAY, "--date", day)?);
        }
        if self.form.is_none() {
            self.form = Some(ask_until(FORM, "--form", form)?);
        }
        // Whoever gave everything that is needed is not asked for what may be left out.
        let was_asked = self.gist.is_none();
        if self.gist.is_none() {
            self.gist = Some(ask_until(GIST, "--gist", |answer| Ok(answer.to_owned()))?);
        }
        if was_asked && is_interactive() {
            if self.topic.is_empty() {
                self.topic = ask("主题（可空） topic, may be empty", "--topic")?.into_iter().collect();
            }
            for (field, question, option) in self.optional() {
                if field.is_none() {
                    *field = ask(&format!("{question}, may be empty"), option)?;
                }
            }
        }
        Ok(self)
    }

    /// Asks for everything once more; what stands is kept by Enter.
    fn mended(mut self) -> Result<Self, Failure> {
        self.date = kept(DAY, "--date", self.date, |date| date.to_string(), day)?;
        self.form = kept(FORM, "--form", self.form, |form| form.word().to_owned(), form)?;
        let text = |answer: &str| Ok(answer.to_owned());
        self.gist = kept(GIST, "--gist", self.gist, Clone::clone, text)?;
        let topics = (!self.topic.is_empty()).then(|| self.topic.join("、"));
        if let Some(topic) = ask(&bracketed("主题 topic", topics.as_deref()), "--topic")? {
            self.topic = vec![topic];
        }
        for (field, question, option) in self.optional() {
            if let Some(answer) = ask(&bracketed(question, field.as_deref()), option)? {
                *field = Some(answer);
            }
        }
        Ok(self)
    }

    /// What may be left out, with its question and option.
    fn optional(&mut self) -> [(&mut Option<String>, &'static str, &'static str); 3] {
        [
            (&mut self.place, "地点（可空） place", "--place"),
            (&mut self.wishes, "意见建议（可空） wishes", "--wishes"),
            (&mut self.follow_up, "后续事项（可空） follow-up", "--follow-up"),
        ]
    }

    fn body(&self) -> Value {
        let follow_up =
            self.follow_up.as_ref().map(|what| without_nulls(json!({ "what": what, "until": self.until })));
        let topics = (!self.topic.is_empty()).then_some(&self.topic);
        without_nulls(json!({
            "held_on": self.date,
            "form": self.form.map(Form::word),
            "place": self.place,
            "topics": topics,
            "gist": self.gist,
            "wishes": self.wishes,
            "follow_up": follow_up,
        }))
    }
}

const DAY: &str = "日期 day (YYYY-MM-DD)";
const FORM: &str = "形式 form: 1 个别 single, 2 集体 group, 3 电话 telephone";
const GIST: &str = "谈话内容 gist";

fn day(answer: &str) -> Result<Date, Failure> {
    answer.parse().map_err(|error: jiff::Error| {
        Failure::usage(format!("日期读不懂：{answer}"), format!("{answer} is no date")).because(error)
    })
}

fn form(answer: &str) -> Result<Form, Failure> {
    Form::from_answer(answer).ok_or_else(|| {
        Failure::usage(format!("没有这种形式：{answer}"), format!("{answer} is no form of a talk"))
    })
}

/// A question with what stands now.
fn bracketed(question: &str, stands: Option<&str>) -> String {
    stands.map_or_else(|| question.to_owned(), |stands| format!("{question} [{stands}]"))
}

/// The answer, or on an empty one what stands.
fn kept<T>(
    question: &str,
    option: &str,
    stands: Option<T>,
    shown: impl Fn(&T) -> String,
    read: impl Fn(&str) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    let question = bracketed(question, stands.as_ref().map(shown).as_deref());
    loop {
        let Some(answer) = ask(&question, option)? else { return Ok(stands) };
        match read(&answer) {
            Ok(value) => return Ok(Some(value)),
            Err(failure) => complain(&failure),
        }
    }
}

fn needed(given: Option<String>, question: &str, option: &str) -> Result<String, Failure> {
    match given {
        Some(given) => Ok(given),
        None => ask(question, option)?.ok_or_else(|| missing(option)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_body_carries_only_what_was_given() {
        let content = Content {
            date: Some("2026-11-20".parse().unwrap()),
            form: Some(Form::Telephone),
            topic: Vec::new(),
            gist: Some("近况".to_owned()),
            wishes: None,
            place: None,
            follow_up: Some("送材料".to_owned()),
            until: None,
        };
        let expected = json!({
            "held_on": "2026-11-20", "form": "telephone", "gist": "近况", "follow_up": { "what": "送材料" }
        });
        assert_eq!(content.body(), expected);
    }
}
