//! Checks of NATS, JetStream, and the stream against the feed; nothing is changed.

use jiff::SignedDuration;
use peiyu_bus::{BusError, Stream};
use peiyu_platform::{Clock, Settings};
use peiyu_relay::{Difference, Remedy, Standing};
use peiyu_store::Store;
use secrecy::ExposeSecret;

use super::servers::MUCH_BEHIND;
use super::{Check, State, chain};
use crate::beside;
use crate::failure::Code;

const STREAM: (&str, &str) = ("stream", "nats.url");

/// NATS, JetStream and the stream.
pub(super) async fn nats(settings: &Settings) -> Vec<Check> {
    let about = ("nats", "nats.url");
    let store = Store::connect(settings.database.url.expose_secret(), 1).await.ok();
    let epoch = match &store {
        Some(store) => store.feed_head().await.map_or(1, |head| head.epoch),
        None => 1,
    };
    let stream = match beside::stream(settings, epoch).await {
        Ok(stream) => stream,
        Err(failure) => {
            let zh = match failure.code {
                Code::Unreachable => {
                    "NATS 没有回答：没有运行时 peiyu up；运行中会自动重启它，仍不行就 peiyu down 再 peiyu up"
                        .to_owned()
                }
                Code::Failed | Code::Usage | Code::Refused | Code::NotSignedIn => failure.what.zh.clone(),
            };
            return vec![Check::new(about, State::Bad, zh, failure.causes().join(": "))];
        }
    };
    let mut checks = vec![Check::new(about, State::Good, "NATS 有回答", "NATS answers")];
    checks.push(settings_of(settings, &stream, epoch).await);
    if let Some(store) = store {
        checks.extend(standing_of(settings, &store, &stream).await);
    }
    checks.extend(subscribers_of(settings, &stream, epoch).await);
    checks
}

async fn settings_of(settings: &Settings, stream: &Stream, epoch: i32) -> Check {
    let about = ("stream_settings", "nats.keep_days");
    let name = stream.name();
    match stream.check(&peiyu_relay::stream_settings(settings, epoch)).await {
        Ok(()) => {
            let days = settings.nats.keep_days;
            let zh = format!("流 {name} 设置正确，保留 {days} 天");
            Check::new(about, State::Good, zh, format!("the stream is as it should be, kept {days} days"))
        }
        Err(BusError::NoStream { .. }) => {
            let zh = "JetStream 中还没有流（relay 会建立）";
            Check::new(about, State::Notice, zh, "no stream yet; the relay makes it")
        }
        Err(error @ BusError::Setting { .. }) => {
            let zh = format!("流 {name} 设置不对：nats stream edit {name}，或 peiyu epoch begin（建新流）");
            Check::new(about, State::Bad, zh, chain(&error))
        }
        Err(error) => Check::new(about, State::Bad, "JetStream 没有回答", chain(&error)),
    }
}

/// What the relay finds when it compares; none when there is no stream to compare.
async fn standing_of(settings: &Settings, store: &Store, stream: &Stream) -> Option<Check> {
    let clock = Clock::machine(SignedDuration::from_secs(settings.clock.offset_seconds));
    let found = peiyu_relay::standing(store, stream, clock.now(), settings.nats.keep_days).await;
    Some(match found {
        Ok(Standing::Absent) => return None,
        Ok(Standing::Agrees { behind }) => {
            let much = i64::try_from(behind).is_ok_and(|behind| behind > MUCH_BEHIND);
            let state = if much { State::Bad } else { State::Good };
            let zh = format!("流与事件序列一致，待发布 {behind}");
            Check::new(STREAM, state, zh, format!("stream and feed agree, {behind} to be published"))
        }
        Ok(Standing::Differs(difference)) => {
            let zh = format!("流与事件序列不一致，relay 已停止发布：{}", in_chinese(&difference));
            Check::new(STREAM, State::Bad, zh, format!("{difference}; {}", difference.remedy()))
        }
        Err(error) => Check::new(STREAM, State::Bad, "比不了流与事件序列", chain(&error)),
    })
}

/// Those that wait on the stream of an ended epoch; none when there is none, or the server does not say.
async fn subscribers_of(settings: &Settings, stream: &Stream, epoch: i32) -> Option<Check> {
    let present = stream.durables().await.unwrap_or_default();
    let left = peiyu_relay::left_behind(stream.bus(), &settings.tenant, epoch, &present).await.ok()?;
    if left.is_empty() {
        return None;
    }
    let named = |left: &peiyu_relay::LeftBehind| format!("{} ({})", left.durable.name, left.epoch);
    let names: Vec<String> = left.iter().map(named).collect();
    let zh = format!("订阅者留在已结束的一期，收不到事件：{}：peiyu subscriber add 名称", names.join("、"));
    let en = format!(
        "subscribers on the stream of an ended epoch get nothing: {}; peiyu subscriber add NAME",
        names.join(", ")
    );
    Some(Check::new(("subscribers", "nats.url"), State::Notice, zh, en))
}

fn in_chinese(difference: &Difference) -> String {
    let what = match difference {
        Difference::Ahead { stream, feed } => format!("流到 {stream}，事件序列只到 {feed}"),
        Difference::OtherMessage { position, .. } => format!("位置 {position} 上不是同一事件"),
        Difference::Holes { count } => format!("流中间少了 {count} 条"),
        Difference::FrontLost { expected, found } => format!("流应从 {expected} 开始，却从 {found} 开始"),
    };
    let way_out = match difference.remedy() {
        Remedy::NewEpoch => {
            "数据库恢复或切换过：peiyu epoch begin（建新流，旧流保留）；另有系统在此发布：给其中一套换 tenant 或 NATS"
        }
        Remedy::NewStream => "peiyu epoch begin，或删除此流（nats stream rm），relay 按原位置重建",
    };
    format!("{what}。{way_out}")
}
