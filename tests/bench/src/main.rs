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
mod memory;
mod pages;
mod plot;
mod program;
mod rebuild;
mod relay;
mod scale;
mod sequencing;
mod start;
mod store;
mod table;
mod written;

use anyhow::Context;

use crate::machine::Machine;
use crate::table::Table;

const HELP: &str = "\
tests/bench/run [PART]…   measures the parts named, or all, one after another

  store    commands a second in the store, against pgbench and postgres-es
  relay    store to stream, against atomic batches of async-nats
  import   a roster of 50,000 rows, twice, against calamine + COPY; goes on to catch-up, commit-to-visible and
           commands through HTTP on what it imported
  rebuild  every read model anew from 1,000,000 events, against COPY (events=100000 makes it smaller)
  scale    questions and a reminder tick of much against little (obligations=1000000 makes it smaller)
  pages    each page at the demo's size; those that show much, of much against little (events=100000 makes it smaller)
  memory   each service as a process of its own: idle, and with 5,000 and 50,000 people
  start    peiyu up to the first answer, servers included: first start and second";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    if only.iter().any(|word| word == "--help" || word == "-h") {
        println!("{HELP}");
        return Ok(());
    }
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
    if wanted("rebuild") || wanted("scale") || wanted("pages") {
        let events = usize::try_from(size(&sizes, "events", 1_000_000)?)?;
        let many = rebuild::measure(&machine, events, &mut table).await.context("rebuild")?;
        if wanted("scale") {
            let obligations = size(&sizes, "obligations", 10_000_000)?;
            scale::measure(&machine, &many, obligations, &mut table).await.context("queries and tick")?;
        }
        if wanted("pages") {
            pages::measure(&machine, &many, &mut table).await.context("pages")?;
        }
    }
    if wanted("memory") {
        memory::measure(&machine, &mut table).await.context("memory of the services")?;
    }
    if wanted("start") {
        start::measure(&machine, &mut table).await.context("cold start")?;
    }
    println!("{table}");
    machine.stop().await
}

/// What stands behind `name=`, or the size of the issue.
fn size(sizes: &[String], name: &str, default: i64) -> anyhow::Result<i64> {
    let given = sizes.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    given.map_or(Ok(default), |given| given.parse().with_context(|| format!("{name}={given}")))
}
