//! `peiyu training`: classes of the party school, enrolment, results.

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::{self, items, text, word};
use crate::table::Table;
use crate::terminal::{say, say_json};
use crate::verbs::liaison::without_nulls;

/// What to do with classes.
#[derive(Debug, Args)]
#[command(about = "党校培训：开班、报名、结业、列出 Training classes: plan, enrol, complete, list")]
pub(crate) struct Training {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 开班 Plan a class
    #[command(
        after_help = "示例 Example:\n  peiyu training plan --title 高知群体培训班 --form concentrated-training --from 2026-12-01 --to 2026-12-03 --hours 24"
    )]
    Plan {
        /// 名称 title
        #[arg(long)]
        title: String,
        /// 形式 form
        #[arg(long, value_enum)]
        form: Form,
        /// 第一天 first day
        #[arg(long, value_name = "DATE")]
        from: Date,
        /// 最后一天 last day
        #[arg(long, value_name = "DATE")]
        to: Date,
        /// 学时 hours
        #[arg(long)]
        hours: f64,
        /// 名额 places
        #[arg(long)]
        places: Option<u32>,
        /// 主办组织 id，缺省为组织部 organiser's id, by default the organisation department
        #[arg(long, value_name = "ID")]
        organisation: Option<String>,
    },
    /// 报名 Enrol somebody
    #[command(after_help = "示例 Example:\n  peiyu training enrol 班级ID 9000112")]
    Enrol {
        /// 班级 id class id
        class: String,
        /// 工号 staff number
        staff_number: String,
    },
    /// 结业：学时与结果 A participant's hours and result
    #[command(
        after_help = "示例 Example:\n  peiyu training complete 班级ID 9000112 --on 2026-12-03 --hours 24 --outcome passed"
    )]
    Complete {
        /// 班级 id class id
        class: String,
        /// 工号 staff number
        staff_number: String,
        /// 日期 day
        #[arg(long, value_name = "DATE")]
        on: Date,
        /// 学时 hours attended
        #[arg(long)]
        hours: f64,
        /// 结果 result
        #[arg(long, value_enum)]
        outcome: Outcome,
    },
    /// 列出班级 List classes
    #[command(after_help = "示例 Example:\n  peiyu training list")]
    List,
}

/// Form of training.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// 座谈会
    Symposium,
    /// 政治理论学习
    TheoryStudy,
    /// 集中培训
    ConcentratedTraining,
    /// 听党课
    Lecture,
    /// 参加党内活动
    PartyActivity,
    /// 主题实践
    ThemedPractice,
}

impl Form {
    fn word(self) -> &'static str {
        match self {
            Self::Symposium => "symposium",
            Self::TheoryStudy => "theory_study",
            Self::ConcentratedTraining => "concentrated_training",
            Self::Lecture => "lecture",
            Self::PartyActivity => "party_activity",
            Self::ThemedPractice => "themed_practice",
        }
    }
}

/// Result of training.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Outcome {
    /// 优秀
    Excellent,
    /// 合格
    Passed,
    /// 不合格
    Failed,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Excellent => "excellent",
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

impl Training {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        let (answer, sentence) = match self.what {
            What::List => {
                let answer = client.get("/v1/trainings", &[]).await?;
                list(global, &answer);
                return Ok(());
            }
            What::Plan { title, form, from, to, hours, places, organisation } => {
                let organisation = match organisation {
                    Some(organisation) => organisation,
                    None => department(&client).await?,
                };
                let body = without_nulls(json!({
                    "title": title, "organisation": organisation, "form": form.word(),
                    "from": from, "to": to, "hours": checked(hours)?, "places": places,
                }));
                let answer = client.post("/v1/trainings", &body).await?;
                let id = text(&answer, "/id");
                (answer, format!("已开班 planned: {title}\n班级 id: {id}"))
            }
            What::Enrol { class, staff_number } => {
                let person = people::find(&client, &staff_number).await?;
                let path = format!("/v1/trainings/{class}/participants");
                let answer = client.post(&path, &json!({ "person": person.id })).await?;
                (answer, format!("已报名 enrolled: {} {}", person.staff_number, person.name))
            }
            What::Complete { class, staff_number, on, hours, outcome } => {
                let person = people::find(&client, &staff_number).await?;
                let path = format!("/v1/trainings/{class}/participants/{}/completion", person.id);
                let body = json!({ "on": on, "hours": checked(hours)?, "outcome": outcome.word() });
                let answer = client.post(&path, &body).await?;
                (answer, format!("已结业 completed: {} {}", person.staff_number, person.name))
            }
        };
        if global.json {
            say_json(&answer)
        } else {
            say(sentence)
        }
        Ok(())
    }
}

/// Hours as the api takes them: at most one decimal.
fn checked(hours: f64) -> Result<f64, Failure> {
    let tenths = hours * 10.0;
    if (0.0..=10_000.0).contains(&tenths) && (tenths - tenths.round()).abs() < 1e-6 {
        return Ok(hours);
    }
    Err(Failure::usage("学时应为 0–1000，最多一位小数", "hours: 0 to 1000, one decimal at most"))
}

/// The organisation department's id.
async fn department(client: &Client) -> Result<String, Failure> {
    let tree = client.get("/v1/organisations", &[]).await?;
    let found = items(&tree).iter().find(|organisation| text(organisation, "/kind") == "department");
    found
        .map(|organisation| text(organisation, "/id"))
        .ok_or_else(|| crate::terminal::missing("--organisation"))
}

fn list(global: &Global, answer: &Value) {
    if global.json {
        say_json(answer);
        return;
    }
    let mut table = Table::new(["班级 id", "名称", "形式", "自", "至", "报名", "结业"]);
    for class in items(answer) {
        table.row([
            text(class, "/id"),
            text(class, "/title"),
            word(class, "/form", "training_form"),
            text(class, "/from"),
            text(class, "/to"),
            text(class, "/enrolled"),
            text(class, "/completed"),
        ]);
    }
    say(table.render());
}
