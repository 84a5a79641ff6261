//! `peiyu reminders template`: in which words mails are written, as a file that one edits and sets.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::items;
use crate::terminal::{say, say_json};

/// What to do with the words.
#[derive(Debug, Subcommand)]
pub(super) enum Template {
    /// 现行用语，存成文件即可修改 The words in force, as a file to edit
    #[command(after_help = "示例 Example:\n  peiyu reminders template show > 用语.toml")]
    Show {
        /// 语言 language
        #[arg(long, default_value = "zh")]
        language: Language,
    },
    /// 采用修改后的文件 Set the words of an edited file
    #[command(after_help = "示例 Example:\n  peiyu reminders template show > 用语.toml; \
        peiyu reminders template set 用语.toml")]
    Set {
        /// 文件 file (TOML)
        file: PathBuf,
    },
    /// 恢复系统自带用语 Back to the shipped words
    #[command(after_help = "示例 Example:\n  peiyu reminders template restore --language en")]
    Restore {
        /// 语言 language
        #[arg(long, default_value = "zh")]
        language: Language,
    },
}

/// A language of mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Language {
    /// 中文 Chinese
    Zh,
    /// 英文 English
    En,
}

/// The words with what they rest on, as they stand in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    language: Language,
    /// So that nobody's change is overwritten unseen.
    version: i64,
    subject: String,
    opening: String,
    closing: String,
}

impl Template {
    pub(super) async fn run(self, global: &Global, client: &Client) -> Result<(), Failure> {
        match self {
            Self::Show { language } => show(global, &words(client, language).await?),
            Self::Set { file } => {
                let text = std::fs::read_to_string(&file).map_err(Failure::file(&file))?;
                let words = read(&text)?;
                let body =
                    json!({ "subject": words.subject, "opening": words.opening, "closing": words.closing });
                let answer = client.post_if(&path(words.language, ""), &body, &etag(words.version)).await?;
                told(global, &answer, "已采用，从下一封邮件起使用 set: used from the next mail on");
            }
            Self::Restore { language } => {
                let version = words(client, language).await?.version;
                let answer = client.post_if(&path(language, "/restore"), &json!({}), &etag(version)).await?;
                told(global, &answer, "已恢复系统自带用语 the shipped words hold again");
            }
        }
        Ok(())
    }
}

async fn words(client: &Client, language: Language) -> Result<Words, Failure> {
    let answer = client.get("/v1/reminders/templates", &[]).await?;
    let item = items(&answer).iter().find(|item| item["language"] == json!(language));
    let words = item.map(|item| {
        let mut words = item["texts"].clone();
        words["language"] = item["language"].clone();
        words["version"] = item["version"].clone();
        words
    });
    serde_json::from_value(words.unwrap_or_default()).map_err(|error| {
        Failure::failed("读不懂服务器的回答", "the server's answer is unreadable").because(error)
    })
}

fn read(text: &str) -> Result<Words, Failure> {
    toml::from_str(text)
        .map_err(|error| Failure::failed("文件读不懂", "the file is unreadable").because(error))
}

fn show(global: &Global, words: &Words) {
    match toml::to_string_pretty(words) {
        Ok(text) if !global.json => say(text.trim_end()),
        Ok(_) | Err(_) => say_json(&json!(words)),
    }
}

fn told(global: &Global, answer: &Value, words: &str) {
    if global.json { say_json(answer) } else { say(words) }
}

fn path(language: Language, verb: &str) -> String {
    let language = match language {
        Language::Zh => "zh",
        Language::En => "en",
    };
    format!("/v1/reminders/templates/{language}{verb}")
}

fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_set_as_it_is() -> Result<(), Box<dyn std::error::Error>> {
        let (subject, opening, closing) =
            ("{事项数} 项".into(), "{姓名}：\n\n您好".into(), "{链接}\"\\".into());
        let words = Words { language: Language::En, version: 3, subject, opening, closing };
        let text = toml::to_string_pretty(&words)?;
        assert!(text.contains("：\n\n您好"), "lines stand as lines: {text}");
        let again = read(&text).map_err(|failure| format!("{failure:?}"))?;
        assert_eq!(json!(again), json!(words));
        Ok(())
    }
}
