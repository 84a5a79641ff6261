//! `peiyu logout`: ends the session and forgets the token.

use clap::Args;

use crate::cli::Global;
use crate::client::{Client, Credentials};
use crate::failure::{Code, Failure};
use crate::terminal::say;

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
            say(format!("本来就没有登录 nobody was logged in @ {base}"));
            return Ok(());
        };
        let ended = Client::to(base.clone(), Some(token))?.delete(&format!("/v1/tokens/{id}")).await;
        Credentials::forget(&kept_as)?;
        match ended {
            // The session may have ended by itself; a system that is away cannot end it, but we forget it.
            Ok(()) => {}
            Err(failure) if failure.code == Code::Failed => {}
            Err(failure) => return Err(failure),
        }
        say(format!("已退出 logged out @ {base}"));
        Ok(())
    }
}
