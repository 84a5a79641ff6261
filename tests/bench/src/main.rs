//! The bench: ratios of our own paths to what the machine can do, measured side by side in one run.
//!
//! `tests/bench/run` builds it with optimisation and runs it. Times are never asserted: a bar that is missed is
//! printed as missed.

mod import;
mod living;
mod load;
mod machine;
mod relay;
mod store;
mod table;

use anyhow::Context;

use crate::machine::Machine;
use crate::table::Table;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|word| word == name);
    let machine = Machine::start().await.context("start private servers")?;
    println!("{}", machine.description);
    let mut table = Table::default();
    if wanted("store") {
        store::measure(&machine, &mut table).await.context("commands in the store")?;
    }
    if wanted("relay") {
        relay::measure(&machine, &mut table).await.context("the relay")?;
    }
    if wanted("import") {
        import::measure(&machine, &mut table).await.context("import of 50,000 rows")?;
    }
    println!("{table}");
    machine.stop().await
}
