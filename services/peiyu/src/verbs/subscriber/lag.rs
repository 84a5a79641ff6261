//! How far each subscriber is behind: events never delivered, and the age of the oldest of them. One that was left
//! on the stream of an ended epoch has no lag that could be told: nothing comes there any more.

use jiff::{SignedDuration, Timestamp};
use peiyu_bus::{BusError, Durable, Stream};
use peiyu_platform::{Clock, Settings};
use peiyu_relay::{LeftBehind, left_behind};
use serde_json::{Value, json};

use super::bus_failure;
use crate::cli::Global;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{say, say_json};

pub(super) async fn list(
    global: &Global,
    settings: &Settings,
    stream: &Stream,
    epoch: i32,
) -> Result<(), Failure> {
    let durables = match stream.durables().await {
        Err(BusError::NoStream { .. }) => Vec::new(),
        found => found.map_err(|error| bus_failure(stream, error))?,
    };
    let left = left_behind(stream.bus(), &settings.tenant, epoch, &durables)
        .await
        .map_err(|error| bus_failure(stream, error))?;
    let now = Clock::machine(SignedDuration::from_secs(settings.clock.offset_seconds)).now();
    let mut rows = Vec::with_capacity(durables.len());
    for durable in &durables {
        let oldest = stream.oldest_undelivered(durable).await.map_err(|error| bus_failure(stream, error))?;
        let recorded_at = oldest.and_then(|oldest| oldest.header("ce-time")?.parse::<Timestamp>().ok());
        rows.push((durable, recorded_at.map(|at| now.duration_since(at).as_secs().max(0))));
    }
    if global.json {
        let items = rows.iter().map(|(durable, age)| as_json(durable, *age, epoch));
        let items: Vec<Value> = items.chain(left.iter().map(left_as_json)).collect();
        say_json(&json!({ "stream": stream.name(), "items": items }));
        return Ok(());
    }
    if rows.is_empty() && left.is_empty() {
        say("还没有订阅者：peiyu subscriber add 名称 No subscribers yet: peiyu subscriber add NAME");
        return Ok(());
    }
    let mut table = Table::new(["名称", "未送达", "最久（秒）", "未确认", "类型"]);
    for (durable, age) in rows {
        table.row([
            durable.name.clone(),
            durable.undelivered.to_string(),
            age.map_or_else(|| "-".to_owned(), |age| age.to_string()),
            durable.unacknowledged.to_string(),
            types(durable).join(", "),
        ]);
    }
    for LeftBehind { epoch, durable } in &left {
        let ended = format!("第 {epoch} 期已结束 ended epoch");
        table.row([durable.name.clone(), ended, "-".to_owned(), "-".to_owned(), types(durable).join(", ")]);
    }
    say(table.render());
    if !left.is_empty() {
        say("已结束的一期不再有事件：核对之后重新添加 peiyu subscriber add 名称 \
             Nothing comes in an ended epoch: compare, then peiyu subscriber add NAME again");
    }
    Ok(())
}

fn as_json(durable: &Durable, age: Option<i64>, epoch: i32) -> Value {
    json!({
        "name": durable.name, "epoch": epoch, "ended_epoch": false,
        "undelivered": durable.undelivered, "oldest_undelivered_seconds": age,
        "unacknowledged": durable.unacknowledged, "delivered_position": durable.delivered,
        "types": types(durable),
    })
}

fn left_as_json(LeftBehind { epoch, durable }: &LeftBehind) -> Value {
    json!({
        "name": durable.name, "epoch": epoch, "ended_epoch": true,
        "undelivered": null, "oldest_undelivered_seconds": null,
        "unacknowledged": durable.unacknowledged, "delivered_position": durable.delivered,
        "types": types(durable),
    })
}

/// `<aggregate>.<EventName>` of each subject; none for all.
fn types(durable: &Durable) -> Vec<String> {
    let some = durable.subjects.iter().filter(|subject| !subject.ends_with('>'));
    let parts = some.map(|subject| subject.split('.').collect::<Vec<_>>());
    parts
        .map(|parts| match parts.as_slice() {
            [.., aggregate, _partition, event] => format!("{aggregate}.{event}"),
            other => other.join("."),
        })
        .collect()
}
