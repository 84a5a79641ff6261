//! The bench: ratios of our own paths to what the machine can do, measured side by side in one run.
//!
//! `tests/bench/run` builds it with optimisation and runs it. Times are never asserted: a bar that is missed is
//! printed as missed.

mod cached;
mod feed;
mod http;
mod import;
mod living;
mod load;
mod machine;
mod plot;
mod rebuild;
mod relay;
mod scale;
mod sequencing;
mod store;
mod table;

use anyhow::Context;

use crate::machine::Machine;
use crate::table::Table;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    // `events=100000` and `obligations=1000000` make the parts smaller that take long.
    let (sizes, only): (Vec<String>, Vec<String>) = only.into_iter().partition(|word| word.contains('='));
    let wanted = |name: &str| only.is_empty() || only.iter().any(|word| word == name);
    let machine = Machine::start().await.context("start private servers")?;
    println!("{}", machine.description);
    let mut table = Table::default();
    if wanted("store") {
        store::measure(&machine, &mut table).await.context("commands in the store")?;
        println!("{}", plot::write("store", &machine.description, table.since(0))?.display());
    }
    if wanted("relay") {
        relay::measure(&machine, &mut table).await.context("the relay")?;
    }
    if wanted("import") {
        let first = table.len();
        import::measure(&machine, &mut table).await.context("import of 50,000 rows")?;
        println!("{}", plot::write("import", &machine.description, table.since(first))?.display());
    }
    if wanted("rebuild") || wanted("scale") {
        let events = usize::try_from(size(&sizes, "events", 1_000_000)?)?;
        let many = rebuild::measure(&machine, events, &mut table).await.context("rebuild")?;
        if wanted("scale") {
            let obligations = size(&sizes, "obligations", 10_000_000)?;
            scale::measure(&machine, &many, obligations, &mut table).await.context("queries and tick")?;
        }
    }
    println!("{table}");
    machine.stop().await
}

/// What stands behind `name=`, or the size of the issue.
fn size(sizes: &[String], name: &str, default: i64) -> anyhow::Result<i64> {
    let given = sizes.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    given.map_or(Ok(default), |given| given.parse().with_context(|| format!("{name}={given}")))
}
