//! Import of a 50,000-row roster, twice, against reading the same file with calamine alone + `COPY`.
//!
//! Two peers: `COPY` of the sheet's rows, and `COPY` of the rows that the import wrote (events, claims, keys, …)
//! into tables with the same indexes, which is what the machine needs at least for that many rows and bytes.

use std::path::Path;
use std::time::Instant;

use calamine::{Reader, Xlsx};
use peiyu_application::{Application, ImportReport, ImportSource, Progress};
use peiyu_domain::import::ImportKind;
use peiyu_domain::values::ImportId;
use peiyu_workbooks::Mapping;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::machine::Machine;
use crate::table::{Bar, Table};
use crate::written;

const ROWS: u32 = 50_000;

pub async fn measure(machine: &Machine, table: &mut Table) -> anyhow::Result<()> {
    let path = machine.file("roster.xlsx");
    let units = peiyu_workbooks::sample::write_roster(&path, ROWS)?;
    let before_us = copied(machine, &path, "copied").await?;
    let (application, stop) = machine.application("import").await?;
    tree(machine, &application, &units).await?;
    let before = peak_memory();
    let (first, report) = taken_in(&application, &path).await?;
    let (again, repeated) = taken_in(&application, &path).await?;
    let memory = peak_memory();
    let after_us = copied(machine, &path, "copied_again").await?;
    let peer = f64::midpoint(before_us, after_us);
    let same = written::copied_again(machine, "import", "import_keys").await?;
    table.row(
        format!(
            "import of {} rows (accepted {}), validation, events, keys: {} rows written",
            report.rows, report.accepted, same.rows
        ),
        format!("{first:.1} s"),
        format!("calamine + COPY of {ROWS} rows: {peer:.1} s"),
        first / peer,
        Bar::AtMost(4.0),
    );
    let floor = peer + same.seconds;
    table.row(
        "the same against as many rows and bytes as it writes",
        format!("{first:.1} s"),
        format!(
            "calamine + COPY of {ROWS} rows + COPY of those {} ({} MiB): {floor:.1} s",
            same.rows, same.mib
        ),
        first / floor,
        Bar::AtMost(4.0),
    );
    table.row(
        format!("the same file again ({} unchanged)", repeated.unchanged),
        format!("{again:.1} s"),
        format!("calamine + COPY of {ROWS} rows: {peer:.1} s"),
        again / peer,
        Bar::AtMost(4.0),
    );
    table.row(
        "memory of the process at its peak during these imports",
        format!("{memory:.0} MiB (before: {before:.0})"),
        "300 MiB".to_owned(),
        memory / 300.0,
        Bar::AtMost(1.0),
    );
    crate::living::measure(machine, &application, table).await?;
    stop.cancel();
    Ok(())
}

/// Seconds of check and run, and the report.
async fn taken_in(application: &Application, path: &Path) -> anyhow::Result<(f64, ImportReport)> {
    let source = ImportSource {
        kind: ImportKind::Roster,
        path: path.to_owned(),
        file_name: "roster.xlsx".to_owned(),
        mapping: Mapping::default(),
    };
    let (progress, _) = tokio::sync::watch::channel(Progress::default());
    let request = crate::living::request(application);
    let began = Instant::now();
    let checked = application.check_import(&source).await?;
    let (report, _) =
        application.run_import(&request, ImportId::random(), &source, checked, &progress).await?;
    Ok((began.elapsed().as_secs_f64(), report))
}

/// What the machine can do at all: seconds to read every cell and copy every row in.
async fn copied(machine: &Machine, path: &Path, database: &str) -> anyhow::Result<f64> {
    machine.postgres.create_database(database).await?;
    let mut connection = PgConnection::connect(&machine.postgres.url(database)).await?;
    let began = Instant::now();
    let columns: Vec<String> = (0..20).map(|number| format!("c{number} text")).collect();
    sqlx::query(&format!("create table roster ({})", columns.join(", "))).execute(&mut connection).await?;
    let mut workbook: Xlsx<_> = calamine::open_workbook(path)?;
    let sheet = workbook.sheet_names().first().cloned().unwrap_or_default();
    let range = workbook.worksheet_range(&sheet)?;
    let mut copy = connection.copy_in_raw("copy roster from stdin").await?;
    for rows in range.rows().skip(1).collect::<Vec<_>>().chunks(500) {
        let mut text = String::new();
        for row in rows {
            let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
            text.push_str(&cells.join("\t"));
            text.push('\n');
        }
        copy.send(text.as_bytes()).await?;
    }
    copy.finish().await?;
    Ok(began.elapsed().as_secs_f64())
}

/// An organisation workbook that knows the roster's units.
pub async fn tree(
    machine: &Machine,
    application: &Application,
    units: &peiyu_workbooks::KnownUnits,
) -> anyhow::Result<()> {
    let path = machine.file("tree.xlsx");
    std::fs::write(&path, organisation_workbook(units)?)?;
    let source = ImportSource {
        kind: ImportKind::Organisation,
        path,
        file_name: "tree.xlsx".to_owned(),
        mapping: Mapping::default(),
    };
    let checked = application.check_import(&source).await?;
    let (progress, _) = tokio::sync::watch::channel(Progress::default());
    application
        .run_import(&crate::living::request(application), ImportId::random(), &source, checked, &progress)
        .await?;
    Ok(())
}

pub fn organisation_workbook(units: &peiyu_workbooks::KnownUnits) -> anyhow::Result<Vec<u8>> {
    let mut rows = vec![row(["001", "中共某大学委员会", "党委", "", "", "", "1951-03-01", "有"])];
    for (number, (unit, rooms)) in units.iter().enumerate() {
        let code = format!("001{number:03}");
        rows.push(row([&code, &format!("{unit}党总支"), "党总支", "001", unit, "", "2005-09-01", "无"]));
        for (index, room) in rooms.iter().enumerate() {
            let branch = format!("{code}{index:02}");
            let name = format!("{unit}{room}党支部");
            rows.push(row([&branch, &name, "党支部", &code, unit, room, "2006-07-01", ""]));
        }
    }
    let tree = [
        "组织编号",
        "组织名称",
        "组织类型",
        "上级组织编号",
        "对应单位",
        "对应教研室",
        "成立时间",
        "审批权限",
    ];
    let offices = ["工号", "姓名", "组织编号", "职务", "任职时间", "免职时间"];
    let members = ["工号", "姓名", "人员类别", "入党时间", "转正时间", "所在党支部编号"];
    let held = vec![row(["9999998", "甲", "001000", "党总支书记", "2020-01-01", ""])];
    let listed = vec![row(["9999998", "甲", "正式党员", "2000-01-15", "2001-01-15", "00100000"])];
    Ok(peiyu_workbooks::write_tables(&[
        ("党组织", tree.as_slice(), rows.as_slice()),
        ("任职", offices.as_slice(), held.as_slice()),
        ("党员名册", members.as_slice(), listed.as_slice()),
    ])?)
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Peak resident memory of this process, MiB.
pub fn peak_memory() -> f64 {
    crate::memory::mib("/proc/self/status", "VmHWM:")
}
