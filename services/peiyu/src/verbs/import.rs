//! `peiyu import`: organisation workbook, roster, old talks: upload, progress, report.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use peiyu_language::Language;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use uuid::Uuid;

use crate::cli::Global;
use crate::client::Client;
use crate::failure::{Code, Failure};
use crate::people::{text, word};
use crate::table::Table;
use crate::terminal::{Progress, note, say, say_json};

/// Between two looks at a running import.
const LOOK: Duration = Duration::from_millis(200);
/// Bytes of a file at most, as the api takes them.
const LARGEST: u64 = 64 << 20;

/// What to import.
#[derive(Debug, Args)]
#[command(about = "导入：组织、名册、谈话台账 Import: organisations, roster, old talks")]
pub(crate) struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 党组织、任职、党员名册（一个工作簿） Organisations, offices and members, in one workbook
    #[command(after_help = "示例 Example:\n  peiyu import organisation 组织.xlsx")]
    Organisation(FileToImport),
    /// 教职工名册 The personnel roster
    #[command(
        after_help = "示例 Examples:\n  peiyu import roster 名册.xlsx --dry-run\n  peiyu import roster 名册.xlsx --rejects 退回.xlsx\n  peiyu import roster 名册.xlsx --mapping 对应.toml --json"
    )]
    Roster(FileToImport),
    /// 谈心谈话台账（补录） Old paper records of talks, transcribed
    #[command(after_help = "示例 Example:\n  peiyu import talks 台账.xlsx --rejects 退回.xlsx")]
    Talks(FileToImport),
}

/// A file with what to do about it.
#[derive(Debug, Clone, Args)]
pub(crate) struct FileToImport {
    /// 文件 file (.xlsx)
    pub file: PathBuf,
    /// 只看结果，不写入 look only, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// 退回的行另存为 where to write the rejected rows
    #[arg(long, value_name = "OUT.xlsx")]
    pub rejects: Option<PathBuf>,
    /// 列对应关系 which column is what (TOML)
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
}

impl Import {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        let (kind, wanted) = match self.what {
            What::Organisation(wanted) => ("organisation", wanted),
            What::Roster(wanted) => ("roster", wanted),
            What::Talks(wanted) => ("talks", wanted),
        };
        let run = carry_out(&client, kind, &wanted, Uuid::now_v7(), global.json).await?;
        let report = run.get("report").unwrap_or(&run);
        if let Some(out) = &wanted.rejects {
            save_rejects(&client, &text(&run, "/id"), report, out).await?;
        }
        if global.json {
            say_json(report)
        } else {
            show(report, &wanted)
        }
        Ok(())
    }
}

/// Uploads a file and follows the run to its end; gives the finished run.
///
/// # Errors
/// When the file cannot be read or is refused as a whole, or the run fails.
pub(crate) async fn carry_out(
    client: &Client,
    kind: &str,
    wanted: &FileToImport,
    id: Uuid,
    quiet: bool,
) -> Result<Value, Failure> {
    let content = read(&wanted.file)?;
    let mapping = wanted.mapping.as_deref().map(read).transpose()?;
    let name = wanted.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let query = [("kind", kind.to_owned()), ("dry_run", wanted.dry_run.to_string())];
    let part = Part::bytes(content).file_name(name.unwrap_or_else(|| "upload.xlsx".to_owned()));
    let mut form = Form::new().part("file", part);
    if let Some(mapping) = mapping {
        form = form.part("mapping", Part::bytes(mapping).file_name("mapping.toml"));
    }
    let begun = client.upload("/v1/imports", &query, form, id).await?;
    let id = text(&begun, "/id");
    let mut progress = Progress::begin("导入 importing", quiet);
    let finished = loop {
        let run = client.get(&format!("/v1/imports/{id}"), &[]).await?;
        let progressed = run.get("progress").unwrap_or(&run);
        let number = |name: &str| progressed.get(name).and_then(Value::as_u64).unwrap_or(0);
        progress.at(number("done"), number("total"));
        match run.get("state").and_then(Value::as_str) {
            Some("finished" | "done" | "completed") => break Ok(run),
            Some("failed" | "refused") => break Err(refusal_of(&run)),
            Some(_) | None => tokio::time::sleep(LOOK).await,
        }
    };
    progress.end();
    // What was imported is what the next question is about.
    if finished.is_ok() && !wanted.dry_run {
        client.settle().await?;
    }
    finished
}

/// Why the file was refused as a whole, in both languages where the run keeps both.
fn refusal_of(run: &Value) -> Failure {
    let problem = run.get("problem").unwrap_or(run);
    let first = |pointers: &[&str]| {
        let texts = pointers.iter().map(|pointer| text(problem, pointer));
        texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
    };
    let chinese = first(&["/facts/zh", "/detail", "/zh-CN/detail", "/zh/detail", "/title"]);
    let english = first(&["/facts/en", "/en/detail"]);
    let mut failure = Failure::new(
        Code::Refused,
        format!("整个文件未导入：{chinese}"),
        format!("the whole file was refused: {english}"),
    )
    .next("改好文件后再导入，已导入的行不会重复", "mend the file and import it again; no row is doubled");
    failure.problem = Some(problem.clone());
    failure
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let size = std::fs::metadata(path).map_err(Failure::file(path))?.len();
    if size > LARGEST {
        return Err(Failure::usage(
            format!("{} 超过 64 MiB", path.display()),
            format!("{} is larger than 64 MiB", path.display()),
        )
        .next("拆成几个文件分别导入", "split it into several files"));
    }
    std::fs::read(path).map_err(Failure::file(path))
}

async fn save_rejects(client: &Client, id: &str, report: &Value, out: &Path) -> Result<(), Failure> {
    if report.get("rejected").and_then(Value::as_u64) == Some(0) {
        note("没有退回的行，未写文件 no row was rejected; no file was written");
        return Ok(());
    }
    let bytes = client.bytes(&format!("/v1/imports/{id}/rejects"), &[]).await?;
    std::fs::write(out, bytes).map_err(Failure::file(out))?;
    note(format!("退回的行在 rejected rows are in {}", out.display()));
    Ok(())
}

/// What the numbers of a report are called.
const NUMBERS: &[(&str, &str)] = &[
    ("/rows", "数据行 rows"),
    ("/accepted", "接受 accepted"),
    ("/new", "新增 new"),
    ("/changed", "变更 changed"),
    ("/unchanged", "未变 unchanged"),
    ("/conflicts", "冲突 conflicts"),
    ("/rejected", "退回 rejected"),
    ("/absent", "名册中已不见 absent"),
    ("/pool", "信息库人数 pool"),
    ("/organisations", "组织 organisations"),
    ("/offices", "任职 offices"),
    ("/full_members", "正式党员 full members"),
    ("/probationary_members", "预备党员 probationary members"),
];

fn show(report: &Value, wanted: &FileToImport) {
    if wanted.dry_run {
        say("试导入，什么都没有写入 dry run: nothing was written");
    }
    let mut table = Table::new(["项目", "数量"]);
    for (pointer, title) in NUMBERS {
        let number = match report.pointer(pointer) {
            Some(Value::Array(list)) => list.len().to_string(),
            _ => text(report, pointer),
        };
        if !number.is_empty() {
            table.row([(*title).to_owned(), number]);
        }
    }
    say(table.render());
    if report.get("kind").and_then(Value::as_str) == Some("roster")
        && report.get("absence_judged").and_then(Value::as_bool) == Some(false)
    {
        say(
            "这是退回行改后再导入的文件：不据此判断谁已不在名册 a mended file of rejected rows: nobody counts as absent because of it",
        );
    }
    show_conflicts(report);
    let reasons = report.get("rejected_by_reason").and_then(Value::as_object);
    if let Some(reasons) = reasons.filter(|reasons| !reasons.is_empty()) {
        let mut table = Table::new(["退回原因", "行数", "说明"]);
        for (reason, rows) in reasons {
            let words =
                [Language::Zh, Language::En].map(|language| peiyu_language::import_reason(language, reason));
            table.row([reason.clone(), rows.to_string(), words.join(" ")]);
        }
        say(format!("\n{}", table.render()));
        say(format!("退回的行 rejected rows: {}", text(report, "/rejected_rows")));
        if wanted.rejects.is_none() {
            say("加 --rejects 退回.xlsx 取得这些行，改好后可再导入 --rejects OUT.xlsx writes them down");
        }
    }
}

/// What a roster says and what stays, side by side; personal facts go to the terminal of who imported, nowhere else.
fn show_conflicts(report: &Value) {
    let found = report.get("conflicts_found").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if found.is_empty() {
        return;
    }
    let mut table = Table::new(["行", "工号", "字段", "名册", "保留", "依据"]);
    for conflict in found {
        table.row([
            text(conflict, "/row"),
            text(conflict, "/staff_number"),
            word(conflict, "/field", "field"),
            text(conflict, "/roster_value"),
            text(conflict, "/kept_value"),
            word(conflict, "/kept_by", "conflict_kept_by"),
        ]);
    }
    say(format!("\n冲突：名册与保留的值不同 conflicts: the roster says something else\n{}", table.render()));
    let cures: BTreeSet<String> = found
        .iter()
        .map(|conflict| {
            format!("{}：{}", word(conflict, "/kept_by", "conflict_kept_by"), text(conflict, "/cure"))
        })
        .collect();
    cures.iter().for_each(|cure| say(format!("→ {cure}")));
    let counted = report.get("conflicts").and_then(Value::as_u64).unwrap_or(0);
    // One row may contradict in several fields, so fewer lines than rows means that the list was cut.
    if usize::try_from(counted).is_ok_and(|counted| counted > found.len()) {
        say(format!("只列出前 {} 条 only the first {} are listed", found.len(), found.len()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_refused_as_a_whole_is_explained_in_both_languages_and_exits_with_3() {
        let facts = json!({ "zh": "这是 PDF 文件", "en": "this is a PDF file" });
        let problem = json!({ "detail": "文件不能导入", "facts": facts });
        let failure = refusal_of(&json!({ "state": "failed", "problem": problem }));
        assert_eq!(failure.code, Code::Refused);
        let said = failure.to_string();
        assert!(said.contains("这是 PDF 文件") && said.contains("this is a PDF file"), "{said}");
    }
}
