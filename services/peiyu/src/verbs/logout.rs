//! `peiyu logout`: ends the session and forgets the token.

use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::client::{Client, Credentials};
use crate::failure::{Code, Failure};
use crate::terminal::{say, say_json};

/// No arguments of its own.
#[derive(Debug, Args)]
#[command(about = "退出登录 Log out", after_help = "示例 Example:\n  peiyu logout")]
pub(crate) struct Logout {}

impl Logout {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::anonymous(global)?;
        let (base, kept_as) = (client.base().to_owned(), client.kept_as().to_owned());
        let kept = Credentials::load()?;
        let (Some(token), Some(id)) = (kept.token(&kept_as), kept.token_id(&kept_as)) else {
            told(global, &base, false);
            return Ok(());
        };
        let ended = client.with_token(token).delete(&format!("/v1/tokens/{id}")).await;
        Credentials::forget(&kept_as)?;
        match ended {
            // The session may have ended by itself; a system that is away cannot end it, but we forget it.
            Ok(()) => {}
            Err(failure) if [Code::Failed, Code::NotSignedIn].contains(&failure.code) => {}
            Err(failure) => return Err(failure),
        }
        told(global, &base, true);
        Ok(())
    }
}

fn told(global: &Global, base: &str, ended: bool) {
    if global.json {
        say_json(&json!({ "url": base, "logged_out": ended }));
    } else if ended {
        say(format!("已退出 logged out @ {base}"));
    } else {
        say(format!("本来就没有登录 nobody was logged in @ {base}"));
    }
}
