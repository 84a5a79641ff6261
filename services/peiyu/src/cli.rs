//! The command line: one verb, one file under `verbs/`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::failure::{Failure, table_of_codes};
use crate::terminal::When;
use crate::verbs;

const EXAMPLES: &str = "\
示例 Examples:
  peiyu up                               启动试用系统（含虚构人员） start a trial system with invented people
  peiyu todo                             我要做什么 what I have to do
  peiyu import roster 名册.xlsx --dry-run  先看导入会怎样 see what an import would do
  peiyu coverage                         谁没有联系人 who has no liaison
  peiyu dossier 9000112                    一个人的全部记录 everything about one person";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{}", table_of_codes())
}

/// Peiyu on the command line.
#[derive(Debug, Parser)]
#[command(
    name = "peiyu",
    version,
    about = "培育：高校党组织发展高知群体党员工作\nPeiyu: membership-development work of a university's Party organisations",
    after_help = after_help(),
    subcommand_help_heading = "命令 Commands",
    next_help_heading = "选项 Options",
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

/// What every verb understands.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Global {
    /// 数据文件夹 data folder of the local system [默认 default: PEIYU_DATA, ~/.local/share/peiyu]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 别处系统的网址 address of a system elsewhere
    #[arg(long, global = true, value_name = "URL", env = "PEIYU_URL")]
    pub url: Option<String>,
    /// 私有 CA 的证书（PEM），用于 https 网址 certificates of a private CA (PEM), for an https address
    #[arg(long, global = true, value_name = "FILE", env = "PEIYU_CA")]
    pub ca: Option<PathBuf>,
    /// 输出 JSON；出错时错误也以 JSON 写到标准错误 print JSON; a failure is JSON on standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// 颜色 colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: When,
    /// 用操作员令牌，不用已登录的账号 the operator's token, not the account logged in
    #[arg(long, global = true)]
    pub operator: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Up(verbs::up::Up),
    Down(verbs::down::Down),
    Doctor(verbs::doctor::Doctor),
    Login(verbs::login::Login),
    Logout(verbs::logout::Logout),
    Whoami(verbs::whoami::Whoami),
    Account(verbs::account::Account),
    Import(verbs::import::Import),
    Pool(verbs::pool::Pool),
    Coverage(verbs::coverage::Coverage),
    Liaison(verbs::liaison::Liaison),
    Talk(verbs::talk::Talk),
    Training(verbs::training::Training),
    Person(verbs::person::Person),
    Dossier(verbs::dossier::Dossier),
    Todo(verbs::todo::Todo),
    Reminders(verbs::reminders::Reminders),
    Export(verbs::export::Export),
    Subscriber(verbs::subscriber::Subscriber),
    Policy(verbs::policy::Policy),
    Demo(verbs::demo::Demo),
    Run(verbs::run::Run),
    Migrate(verbs::migrate::Migrate),
    Verify(verbs::verify::Verify),
    Rebuild(verbs::rebuild::Rebuild),
    Epoch(verbs::epoch::Epoch),
    Backup(verbs::backup::Backup),
    Restore(verbs::restore::Restore),
    Parked(verbs::parked::Parked),
    Completions(verbs::completions::Completions),
    Man(verbs::man::Man),
}

/// Carries out the verb.
///
/// # Errors
/// The verb's.
pub(crate) async fn carry_out(cli: Cli) -> Result<(), Failure> {
    let global = &cli.global;
    match cli.verb {
        Verb::Up(verb) => verb.run(global).await,
        Verb::Down(verb) => verb.run(global).await,
        Verb::Doctor(verb) => verb.run(global).await,
        Verb::Login(verb) => verb.run(global).await,
        Verb::Logout(verb) => verb.run(global).await,
        Verb::Whoami(verb) => verb.run(global).await,
        Verb::Account(verb) => verb.run(global).await,
        Verb::Import(verb) => verb.run(global).await,
        Verb::Pool(verb) => verb.run(global).await,
        Verb::Coverage(verb) => verb.run(global).await,
        Verb::Liaison(verb) => verb.run(global).await,
        Verb::Talk(verb) => verb.run(global).await,
        Verb::Training(verb) => verb.run(global).await,
        Verb::Person(verb) => verb.run(global).await,
        Verb::Dossier(verb) => verb.run(global).await,
        Verb::Todo(verb) => verb.run(global).await,
        Verb::Reminders(verb) => verb.run(global).await,
        Verb::Export(verb) => verb.run(global).await,
        Verb::Subscriber(verb) => verb.run(global).await,
        Verb::Policy(verb) => verb.run(global).await,
        Verb::Demo(verb) => verb.run(global).await,
        Verb::Run(verb) => verb.run(global).await,
        Verb::Migrate(verb) => verb.run(global).await,
        Verb::Verify(verb) => verb.run(global).await,
        Verb::Rebuild(verb) => verb.run(global).await,
        Verb::Epoch(verb) => verb.run(global).await,
        Verb::Backup(verb) => verb.run(global).await,
        Verb::Restore(verb) => verb.run(global).await,
        Verb::Parked(verb) => verb.run(global).await,
        Verb::Completions(verb) => verb.run(),
        Verb::Man(verb) => verb.run(global),
    }
}

#[cfg(test)]
#[path = "cli_tests.rs"]
mod tests;
