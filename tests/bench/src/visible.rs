//! Commit to visible: a command is appended, sequenced, and its row stands in the read model.

use crate::machine::Machine;
use crate::table::Table;

pub async fn measure(_: &Machine, _: &mut Table) -> anyhow::Result<()> {
    Ok(())
}
