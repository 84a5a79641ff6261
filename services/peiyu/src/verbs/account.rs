//! `peiyu account`: accounts of officers, opened by the department.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::{self, items, text};
use crate::table::Table;
use crate::terminal::{ask_secret, missing, say, say_json};

/// What to do with accounts.
#[derive(Debug, Args)]
#[command(about = "账号：开通、重置、列出 Accounts: add, reset, list")]
pub(crate) struct Account {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 为一人开通账号，打印一次性初始密码 Open an account and print its first password
    #[command(after_help = "示例 Example:\n  peiyu account add 9000001")]
    Add {
        /// 工号，也是账号 staff number, also the login
        staff_number: String,
    },
    /// 重置密码 Issue a new password
    #[command(after_help = "示例 Example:\n  peiyu account reset 9000001")]
    Reset {
        /// 账号 login
        login: String,
    },
    /// 更改自己的密码 Change one's own password
    #[command(
        after_help = "示例 Examples:\n  peiyu account password\n  peiyu account password --passwords-stdin < 两行的文件 two lines: present, new"
    )]
    Password {
        /// 从标准输入读两行：原密码、新密码 read two lines from standard input: the present and the new one
        #[arg(long)]
        passwords_stdin: bool,
    },
    /// 列出账号 List accounts
    #[command(after_help = "示例 Example:\n  peiyu account list --json")]
    List,
}

impl Account {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        match self.what {
            What::Add { staff_number } => {
                let person = people::find(&client, &staff_number).await?;
                let body = json!({ "person": person.id });
                issued(global, &staff_number, &client.post("/v1/accounts", &body).await?);
            }
            What::Reset { login } => {
                let accounts = client.get("/v1/accounts", &[]).await?;
                let id = account_of(&accounts, &login).ok_or_else(|| {
                    Failure::failed(format!("没有账号 {login}"), format!("there is no account {login}"))
                        .next("列出账号：peiyu account list", "list them: peiyu account list")
                })?;
                let path = format!("/v1/accounts/{id}/password");
                issued(global, &login, &client.post(&path, &json!({})).await?);
            }
            What::Password { passwords_stdin } => {
                let [present, new] = if passwords_stdin { two_lines()? } else { two_answers()? };
                client.post("/v1/account/password", &json!({ "present": present, "new": new })).await?;
                if global.json {
                    say_json(&json!({ "changed": true }));
                } else {
                    say("已更改；请重新登录 changed; log in again: peiyu login");
                }
            }
            What::List => list(global, &client.get("/v1/accounts", &[]).await?),
        }
        Ok(())
    }
}

fn two_answers() -> Result<[String; 2], Failure> {
    let secret = |question| {
        let option = "--passwords-stdin";
        ask_secret(question, option)?.ok_or_else(|| missing(option))
    };
    Ok([secret("原密码 present password")?, secret("新密码（10 位以上） new password (10 or more)")?])
}

fn two_lines() -> Result<[String; 2], Failure> {
    let unreadable = |error| Failure::failed("读不到密码", "cannot read the passwords").because(error);
    let mut lines = std::io::stdin().lines();
    let mut next = || {
        let line = lines.next().transpose().map_err(unreadable)?;
        line.ok_or_else(|| {
            Failure::usage(
                "标准输入应有两行：原密码、新密码",
                "standard input must have two lines: the present password, the new one",
            )
        })
    };
    Ok([next()?, next()?])
}

fn account_of(accounts: &Value, login: &str) -> Option<String> {
    let account = items(accounts).iter().find(|account| text(account, "/login") == login)?;
    Some(text(account, "/id"))
}

fn issued(global: &Global, login: &str, answer: &Value) {
    if global.json {
        say_json(answer);
        return;
    }
    say(format!("账号 login: {login}"));
    say(format!("初始密码 first password: {}", text(answer, "/password")));
    say("只显示这一次，请当面交给本人。 Shown this once; hand it over in person.");
}

fn list(global: &Global, answer: &Value) {
    if global.json {
        say_json(answer);
        return;
    }
    let mut table = Table::new(["账号", "姓名", "状态", "额外权限"]);
    for account in items(answer) {
        table.row([
            text(account, "/login"),
            text(account, "/name"),
            text(account, "/status"),
            text(account, "/granted"),
        ]);
    }
    say(table.render());
}
