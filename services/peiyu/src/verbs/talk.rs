//! `peiyu talk`: puts a talk on record, asking for what is missing when a person sits there; corrects one.

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people;
use crate::terminal::{ask, is_interactive, missing, note, say, say_json};
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
        let staff_number = needed(self.candidate, "谈话对象工号 with whom (staff number)", "--candidate")?;
        let candidate = people::find(client, &staff_number).await?;
        if is_interactive() {
            note(format!("谈话对象 with: {} {}", candidate.staff_number, candidate.name));
        }
        let content = self.content.completed()?;
        let path = format!("/v1/candidates/{}/talks", candidate.id);
        let answer = client.post(&path, &content.body()).await?;
        if global.json {
            say_json(&answer);
        } else {
            say(format!("已记录 recorded: {} {}", candidate.staff_number, candidate.name));
        }
        Ok(())
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
        let date = self.date.map(|date| date.to_string());
        let date = needed(date, "日期 day (YYYY-MM-DD)", "--date")?;
        self.date = Some(date.parse().map_err(|error: jiff::Error| {
            Failure::usage(format!("日期读不懂：{date}"), format!("{date} is no date")).because(error)
        })?);
        if self.form.is_none() {
            let question = "形式 form: 1 个别 single, 2 集体 group, 3 电话 telephone";
            let answer = needed(None, question, "--form")?;
            let form = Form::from_answer(&answer);
            self.form = Some(form.ok_or_else(|| {
                Failure::usage(format!("没有这种形式：{answer}"), format!("{answer} is no form of a talk"))
            })?);
        }
        let was_asked = self.gist.is_none();
        self.gist = Some(needed(self.gist, "谈话内容 gist", "--gist")?);
        // Whoever gave everything that is needed is not asked for what may be left out.
        if was_asked && is_interactive() {
            if self.topic.is_empty() {
                self.topic = ask("主题（可空） topic, may be empty", "--topic")?.into_iter().collect();
            }
            self.place = self
                .place
                .map_or_else(|| ask("地点（可空） place, may be empty", "--place"), |p| Ok(Some(p)))?;
            self.wishes = self
                .wishes
                .map_or_else(|| ask("意见建议（可空） wishes, may be empty", "--wishes"), |w| Ok(Some(w)))?;
            self.follow_up = self.follow_up.map_or_else(
                || ask("后续事项（可空） follow-up, may be empty", "--follow-up"),
                |f| Ok(Some(f)),
            )?;
        }
        Ok(self)
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
