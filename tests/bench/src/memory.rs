//! Memory of each service as a process of its own: empty, after a small roster, after ten times as many people.

use anyhow::Context;
use tokio::process::Child;

use crate::machine::Machine;
use crate::program;
use crate::table::{Bar, Table};

const SERVICES: [&str; 4] = ["api", "relay", "projector", "notifier"];
/// MiB that a service may take.
const BAR: f64 = 64.0;
const FEW: u32 = 5_000;
const MANY: u32 = 50_000;

/// Resident memory of a process, MiB.
#[derive(Debug, Clone, Copy)]
struct Used {
    resident: f64,
    proportional: f64,
    peak: f64,
}

pub async fn measure(machine: &Machine, table: &mut Table) -> anyhow::Result<()> {
    let (application, stop) = machine.application("memory").await?;
    stop.cancel();
    let address = program::free_address()?;
    machine.settings("memory")?;
    let config = machine.file("memory.toml");
    let text = std::fs::read_to_string(&config)?.replace("127.0.0.1:0", &address);
    std::fs::write(&config, text)?;
    let config = config.display().to_string();
    program::run(&["migrate", "--config", &config]).await?;
    let token = machine.file("operator.token");
    let operator = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    std::fs::write(&token, &operator)?;
    std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let services: Vec<Child> = SERVICES
        .iter()
        .map(|name| {
            let log = machine.file(&format!("memory-{name}.log"));
            program::start(&["run", name, "--config", &config], &log)
        })
        .collect::<anyhow::Result<_>>()?;
    let base = format!("http://{address}");
    program::answers(&format!("{base}/readyz")).await?;
    let idle = all(&services)?;
    let mut taken = Vec::new();
    for rows in [FEW, MANY] {
        import(machine, &base, &operator, rows).await?;
        caught_up(application.store().pool()).await?;
        taken.push(all(&services)?);
    }
    for service in services {
        program::end(service).await?;
    }
    let [few, many] = taken.as_slice() else { anyhow::bail!("two rosters were taken in") };
    for (((name, idle), few), many) in SERVICES.iter().zip(&idle).zip(few).zip(many) {
        table.row(
            format!("memory of {name}, {MANY} people imported through it (idle {:.0} MiB)", idle.resident),
            format!("{:.0} MiB (PSS {:.0}, at its peak {:.0})", many.resident, many.proportional, many.peak),
            format!("{BAR:.0} MiB"),
            many.peak / BAR,
            Bar::AtMost(1.0),
        );
        table.row(
            format!("the same, peak with {MANY} people against {FEW}"),
            format!("{:.0} MiB", many.peak),
            format!("{:.0} MiB", few.peak),
            many.peak / few.peak,
            Bar::AtMost(1.5),
        );
    }
    Ok(())
}

async fn import(machine: &Machine, base: &str, operator: &str, rows: u32) -> anyhow::Result<()> {
    let roster = machine.file(&format!("roster-{rows}.xlsx"));
    let units = peiyu_workbooks::sample::write_roster(&roster, rows)?;
    let tree = machine.file(&format!("tree-{rows}.xlsx"));
    std::fs::write(&tree, crate::import::organisation_workbook(&units)?)?;
    let data = machine.file("").display().to_string();
    for (kind, file) in [("organisation", &tree), ("roster", &roster)] {
        let file = file.display().to_string();
        program::run_as(operator, &["--data", &data, "--url", base, "import", kind, &file]).await?;
    }
    Ok(())
}

/// Until every read model has all that is in the store.
async fn caught_up(pool: &sqlx::PgPool) -> anyhow::Result<()> {
    loop {
        let behind: i64 = sqlx::query_scalar(
            "select (select count(*) from store.events) - \
             (select min(k.position) from views.current c join views.checkpoints k on k.schema = c.schema)",
        )
        .fetch_one(pool)
        .await?;
        if behind <= 0 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

fn all(services: &[Child]) -> anyhow::Result<Vec<Used>> {
    services.iter().map(|service| used(service.id().context("the service has ended")?)).collect()
}

fn used(pid: u32) -> anyhow::Result<Used> {
    let rollup = format!("/proc/{pid}/smaps_rollup");
    std::fs::metadata(&rollup).with_context(|| format!("process {pid}"))?;
    Ok(Used {
        resident: mib(&rollup, "Rss:"),
        proportional: mib(&rollup, "Pss:"),
        peak: mib(&format!("/proc/{pid}/status"), "VmHWM:"),
    })
}

/// A line in kB of a file of `/proc`, MiB.
pub fn mib(path: &str, line: &str) -> f64 {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let kib = text
        .lines()
        .find_map(|found| found.strip_prefix(line)?.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
