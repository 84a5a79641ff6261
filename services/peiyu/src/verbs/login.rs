//! `peiyu login`: keeps a bearer token for a system.

use std::io::Read;

use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::client::{Client, Credentials};
use crate::failure::Failure;
use crate::terminal::{ask, ask_secret, missing, say, say_json};

const EXAMPLES: &str = "\
示例 Examples:
  peiyu login 9000001
  peiyu login 9000001 --url https://peiyu.example.edu
  peiyu login 9000001 --url https://peiyu.example.edu --ca 学校CA.pem   私有 CA（会记住） a private CA, remembered
  peiyu login 9000001 --password-stdin < 密码文件 a file with the password";

/// Who logs in.
#[derive(Debug, Args)]
#[command(about = "登录，令牌存入 ~/.config/peiyu Log in; the token is kept in ~/.config/peiyu", after_help = EXAMPLES)]
pub(crate) struct Login {
    /// 账号（工号） login (staff number)
    login: Option<String>,
    /// 从标准输入读密码 read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

impl Login {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::anonymous(global)?;
        let login = match self.login {
            Some(login) => login,
            None => ask("账号（工号） login", "LOGIN")?.ok_or_else(|| missing("LOGIN"))?,
        };
        let password = if self.password_stdin {
            let mut typed = String::new();
            let read = std::io::stdin().take(4096).read_to_string(&mut typed);
            read.map_err(|error| Failure::failed("读不到密码", "cannot read the password").because(error))?;
            typed.trim_end_matches(['\r', '\n']).to_owned()
        } else {
            let answer = ask_secret("密码 password", "--password-stdin")?;
            answer.ok_or_else(|| missing("--password-stdin"))?
        };
        let issued = client.log_in(&login, &password).await?;
        Credentials::keep(client.kept_as(), &issued, global.ca.as_deref())?;
        if global.json {
            say_json(
                &json!({ "url": client.base(), "login": login, "must_change_password": issued.must_change }),
            );
        } else {
            say(format!("已登录 logged in: {login} @ {}", client.base()));
            if issued.must_change {
                say("初始密码，请尽快更改：peiyu account password the first password: change it soon");
            }
        }
        Ok(())
    }
}
