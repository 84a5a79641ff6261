//! `peiyu subscriber`: durables for programs outside, each with a NATS user that may only fetch from its own.

mod lag;
mod snippet;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use peiyu_bus::{Bus, BusError, Stream};
use peiyu_contracts::nats_rights::NatsRights;
use peiyu_contracts::subject::{all_subjects, stream_name, subject_of_all};
use peiyu_domain::AnyEvent;
use peiyu_platform::Settings;
use peiyu_servers::{NatsServer, random_secret};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::beside;
use crate::cli::Global;
use crate::failure::{Code, Failure};
use crate::place::Place;
use crate::terminal::{confirm, note, say, say_json};
use crate::verbs::up::server_failure;
use snippet::Access;

/// What to do with subscribers.
#[derive(Debug, Args)]
#[command(about = "外部订阅者：添加、列出、移除 Subscribers outside: add, list, remove")]
pub(crate) struct Subscriber {
    #[command(subcommand)]
    what: What,
    /// 设置文件 settings file
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 添加一个订阅者，打印可直接使用的代码；重复执行会更新 Add one and print code that is ready to use; again: renew it
    #[command(after_help = "示例 Examples:\n  \
        peiyu subscriber add finance --types candidate.TalkRecorded,member.MembershipChanged\n  \
        peiyu subscriber add warehouse --all-types")]
    Add {
        /// 名称：字母、数字、- 和 _ name: letters, digits, - and _
        name: String,
        /// 只要这些类型，逗号分隔 only these types, as aggregate.EventName with commas between
        #[arg(long, value_delimiter = ',', value_name = "TYPES")]
        types: Vec<String>,
        /// 要全部类型，包括以后新增的 every type, also those that come later
        #[arg(long, conflicts_with = "types")]
        all_types: bool,
    },
    /// 列出订阅者及其积压 List subscribers and how far each is behind
    #[command(after_help = "示例 Example:\n  peiyu subscriber list --json")]
    List,
    /// 移除一个订阅者及其账号 Remove one, and its user
    #[command(after_help = "示例 Examples:\n  peiyu subscriber remove finance\n  \
        peiyu subscriber remove finance --yes")]
    Remove {
        /// 名称 name
        name: String,
        /// 不再询问 do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl Subscriber {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        self.what.is_fit()?;
        if !self.what.is_agreed()? {
            note("什么都没有改 nothing was changed");
            return Ok(());
        }
        let settings = beside::settings(global, self.config)?;
        let epoch = beside::store(&settings)
            .await?
            .feed_head()
            .await
            .map_err(|error| beside::away("PostgreSQL", error))?;
        let stream = beside::stream(&settings, epoch.epoch).await?;
        let server = private_server(global, &settings);
        match self.what {
            What::Add { name, types, .. } => {
                add(global, &settings, &stream, server.as_ref(), (&name, &types)).await
            }
            What::List => lag::list(global, &settings, &stream, epoch.epoch).await,
            What::Remove { name, .. } => {
                let streams = streams_up_to(&settings, &stream, epoch.epoch);
                remove(global, &streams, server.as_ref(), &name).await
            }
        }
    }
}

impl What {
    /// What is wrong with what was typed, before anything is asked or touched.
    fn is_fit(&self) -> Result<(), Failure> {
        match self {
            Self::Add { name, types, all_types } => {
                check_name(name)?;
                if types.is_empty() && !all_types {
                    return Err(no_types());
                }
                Ok(())
            }
            Self::Remove { name, .. } => check_name(name),
            Self::List => Ok(()),
        }
    }

    /// Whoever loses their place in the stream begins anew, so somebody who sits there is asked first.
    fn is_agreed(&self) -> Result<bool, Failure> {
        match self {
            Self::Remove { name, yes: false } => confirm(
                &format!(
                    "移除订阅者 {name}？它的进度将丢失 remove subscriber {name}? its place in the stream is lost"
                ),
                "--yes",
            ),
            Self::Remove { yes: true, .. } | Self::Add { .. } | Self::List => Ok(true),
        }
    }
}

/// Everything is a lot to hand out by leaving something out.
fn no_types() -> Failure {
    Failure::usage(
        "没有说明要哪些事件类型，不给 --types 就等于要全部",
        "no types were named, which would hand out every event there is",
    )
    .next(
        "只要一部分：--types candidate.TalkRecorded,…；确实要全部：--all-types",
        "for some of them: --types candidate.TalkRecorded,…; for every one: --all-types",
    )
}

/// The private nats-server of the data folder, when the settings mean that one.
fn private_server(global: &Global, settings: &Settings) -> Option<NatsServer> {
    let server = NatsServer::attach(&Place::at(global.data.as_deref()).nats())?;
    (server.url() == settings.nats.url).then_some(server)
}

async fn add(
    global: &Global,
    settings: &Settings,
    stream: &Stream,
    server: Option<&NatsServer>,
    (name, types): (&str, &[String]),
) -> Result<(), Failure> {
    let subjects = subjects(&settings.tenant, types)?;
    stream.ensure_durable(name, &subjects).await.map_err(|error| bus_failure(stream, error))?;
    let rights = NatsRights::subscriber(stream.name(), name);
    let (password, entry) = match server {
        Some(server) => (server.put_user(&rights).await.map_err(server_failure)?, None),
        None => {
            let password = random_secret();
            let entry = rights.entry(&password);
            (SecretString::from(password), Some(entry))
        }
    };
    if server.is_some() {
        try_out(settings, stream, &rights.user, &password, name).await?;
    }
    let access = Access {
        url: &settings.nats.url,
        user: &rights.user,
        password: password.expose_secret(),
        stream: stream.name(),
        durable: name,
    };
    if global.json {
        say_json(&json!({
            "name": name, "url": access.url, "user": access.user, "password": access.password,
            "stream": access.stream, "durable": name, "inbox_prefix": access.inbox_prefix(),
            "subjects": subjects, "server_entry": entry, "python": snippet::python(&access),
        }));
    } else {
        say(snippet::text(&access, entry.as_deref()));
    }
    Ok(())
}

/// Signs in as the subscriber and looks at its durable: what is printed works.
async fn try_out(
    settings: &Settings,
    stream: &Stream,
    user: &str,
    password: &SecretString,
    name: &str,
) -> Result<(), Failure> {
    let bus = Bus::connect(&settings.nats.url, Some(user), Some(password)).await;
    let bus = bus.map_err(|error| beside::away("NATS", error))?;
    let seen =
        Stream::named(&bus, stream.name()).durable(name).await.map_err(|error| bus_failure(stream, error))?;
    seen.map(drop).ok_or_else(|| {
        Failure::failed("订阅者建立后又不见了", "the durable was made and is gone again")
            .next("再试一次", "try again")
    })
}

/// The stream of the present epoch and of all before it: a durable may have been left there.
fn streams_up_to(settings: &Settings, present: &Stream, epoch: i32) -> Vec<Stream> {
    let named = |epoch| Stream::named(present.bus(), &stream_name(&settings.tenant, epoch));
    (1..=epoch).map(named).collect()
}

async fn remove(
    global: &Global,
    streams: &[Stream],
    server: Option<&NatsServer>,
    name: &str,
) -> Result<(), Failure> {
    let user = NatsRights::subscriber("", name).user;
    // The user first: whoever still fetches loses the right before the place.
    let had_user = match server {
        Some(server) => server.remove_user(&user).await.map_err(server_failure)?,
        None => false,
    };
    let mut had_durable = false;
    for stream in streams {
        had_durable |= match stream.remove_durable(name).await {
            Err(BusError::NoStream { .. }) => false,
            removed => removed.map_err(|error| bus_failure(stream, error))?,
        };
    }
    if !had_user && !had_durable {
        return Err(Failure::failed(format!("没有订阅者 {name}"), format!("there is no subscriber {name}"))
            .next("列出：peiyu subscriber list", "list them: peiyu subscriber list"));
    }
    if global.json {
        say_json(&json!({ "name": name, "durable_removed": had_durable, "user_removed": had_user }));
        return Ok(());
    }
    say(format!("已移除 removed: {name}"));
    if server.is_none() {
        say(format!(
            "请在 NATS 服务器的配置中删去用户 {user}，再重新加载。 Take user {user} out of the server's configuration and reload it."
        ));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), Failure> {
    let fits = (1..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if fits {
        return Ok(());
    }
    Err(Failure::usage(format!("{name:?} 不能作名称"), format!("{name:?} cannot be a name"))
        .next("用 1–32 个字母、数字、- 或 _", "use 1 to 32 letters, digits, - or _"))
}

/// The subjects of the types asked for, each of which must be one that there is; all when none is asked for.
fn subjects(tenant: &str, types: &[String]) -> Result<BTreeSet<String>, Failure> {
    if types.is_empty() {
        // Said outright: a durable that had others before would keep them if it were told none.
        return Ok(BTreeSet::from([all_subjects(tenant)]));
    }
    types
        .iter()
        .map(|name| {
            let known = name.split_once('.').filter(|(aggregate, event)| {
                AnyEvent::names().any(|(of, names)| of == *aggregate && names.contains(event))
            });
            let (aggregate, event) = known.ok_or_else(|| unknown_type(name))?;
            Ok(subject_of_all(tenant, aggregate, event))
        })
        .collect()
}

fn unknown_type(name: &str) -> Failure {
    let all =
        AnyEvent::names().flat_map(|(of, names)| names.iter().map(move |event| format!("{of}.{event}")));
    let all: Vec<String> = all.collect();
    Failure::usage(format!("没有事件类型 {name}"), format!("there is no event type {name}"))
        .next(format!("有：{}", all.join("、")), format!("there are: {}", all.join(", ")))
}

fn bus_failure(stream: &Stream, error: BusError) -> Failure {
    match error {
        BusError::NoStream { .. } => Failure::failed(
            format!("JetStream 中还没有流 {}", stream.name()),
            format!("there is no stream {} yet", stream.name()),
        )
        .next(
            "relay 会建立它：peiyu up，或 peiyu run relay",
            "the relay makes it: peiyu up, or peiyu run relay",
        ),
        BusError::Unavailable { .. } => beside::away("NATS", error),
        other => Failure::new(Code::Failed, "NATS 拒绝", "NATS refuses").because(other),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_be_a_subject_is_refused() {
        assert!(check_name("finance-2_b").is_ok());
        for name in ["", "a.b", "a b", "*", ">", "财务", &"x".repeat(33)] {
            assert_eq!(check_name(name).unwrap_err().code, Code::Usage, "{name}");
        }
    }

    #[test]
    fn types_become_subjects_and_an_unknown_one_is_told_what_there_is() {
        let found = subjects("demo", &["candidate.TalkRecorded".to_owned()]).unwrap();
        assert_eq!(found, BTreeSet::from(["peiyu.v1.demo.candidate.*.TalkRecorded".to_owned()]));
        assert_eq!(subjects("demo", &[]).unwrap(), BTreeSet::from(["peiyu.v1.demo.>".to_owned()]));
        let failure = subjects("demo", &["candidate.Talk".to_owned()]).unwrap_err();
        assert!(failure.to_string().contains("candidate.TalkRecorded"), "{failure}");
    }
}
