//! From the command to the first answer, servers included: the first start (databases, migrations, invented people)
//! and the second.

use std::time::Instant;

use crate::machine::Machine;
use crate::program;
use crate::table::{Bar, Table};

/// Seconds that a start may take.
const BAR: f64 = 5.0;

pub async fn measure(machine: &Machine, table: &mut Table) -> anyhow::Result<()> {
    let folder = machine.file("start");
    let data = folder.display().to_string();
    let address = program::free_address()?;
    for which in ["first start (databases, migrations, invented people)", "second start"] {
        let began = Instant::now();
        let up = tokio::spawn({
            let (data, address) = (data.clone(), address.clone());
            async move { program::run(&["up", "--detach", "--data", &data, "--listen", &address]).await }
        });
        program::answers(&format!("http://{address}/readyz")).await?;
        let first_answer = began.elapsed().as_secs_f64();
        up.await??;
        let loaded = began.elapsed().as_secs_f64();
        program::run(&["down", "--data", &data]).await?;
        table.row(
            format!("peiyu up, {which}, to the first answer"),
            format!("{first_answer:.1} s (everything loaded after {loaded:.1} s)"),
            format!("{BAR:.0} s"),
            first_answer / BAR,
            Bar::AtMost(1.0),
        );
    }
    Ok(())
}
