//! `peiyu liaison`: who accompanies whom: proposed, applied, assigned, ended.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::civil::Date;
use peiyu_workbooks::{Limits, read_table, write_table};
use serde_json::{Value, json};

use crate::cli::Global;
use crate::client::Client;
use crate::failure::{Code, Failure};
use crate::people::{self, text};
use crate::table::Table;
use crate::terminal::{Progress, note, say, say_json};

/// Assignments sent at once.
const CHUNK: usize = 100;

/// What to do with liaisons.
#[derive(Debug, Args)]
#[command(about = "党内联系人：建议、采用、指定、结束 Liaisons: propose, apply, assign, end")]
pub(crate) struct Liaison {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 为没有联系人的人提出建议 Propose one for everybody without
    #[command(
        after_help = "示例 Examples:\n  peiyu liaison propose\n  peiyu liaison propose --out 建议.xlsx\n  peiyu liaison propose --out 建议.json"
    )]
    Propose {
        /// 另存供审阅 where to write it for review (.xlsx or .json)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// 采用审阅过的建议，全部或部分 Apply a reviewed proposal, whole or in part
    #[command(
        after_help = "示例 Examples:\n  peiyu liaison apply 建议.xlsx\n  peiyu liaison apply 建议.json --only 9000112 --only 9000113"
    )]
    Apply {
        /// 审阅过的文件 the reviewed file (.xlsx or .json)
        file: PathBuf,
        /// 只采用这些人的 only for these staff numbers
        #[arg(long, value_name = "STAFF")]
        only: Vec<String>,
        /// 自哪天起，缺省今天 from which day, today by default
        #[arg(long, value_name = "DATE")]
        since: Option<Date>,
    },
    /// 指定联系人 Assign a liaison
    #[command(
        after_help = "示例 Example:\n  peiyu liaison assign --candidate 9000112 --liaison 9000001 --since 2026-10-01"
    )]
    Assign {
        /// 联系对象工号 who is accompanied
        #[arg(long, value_name = "STAFF")]
        candidate: String,
        /// 联系人工号 who accompanies
        #[arg(long, value_name = "STAFF")]
        liaison: String,
        /// 自哪天起，缺省今天 from which day, today by default
        #[arg(long, value_name = "DATE")]
        since: Option<Date>,
    },
    /// 结束联系，或交接给另一人 End it, or hand over to somebody else
    #[command(
        after_help = "示例 Examples:\n  peiyu liaison end --candidate 9000112\n  peiyu liaison end --candidate 9000112 --successor 9000002"
    )]
    End {
        /// 联系对象工号 who is accompanied
        #[arg(long, value_name = "STAFF")]
        candidate: String,
        /// 到哪天，缺省今天 on which day, today by default
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
        /// 接任者工号 who takes over
        #[arg(long, value_name = "STAFF")]
        successor: Option<String>,
        /// 原因 reason: hand_over, office_ended, unavailable
        #[arg(long)]
        reason: Option<String>,
    },
}

impl Liaison {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        match self.what {
            What::Propose { out } => propose(global, &client, out.as_deref()).await,
            What::Apply { file, only, since } => apply(global, &client, &file, &only, since).await,
            What::Assign { candidate, liaison, since } => {
                let candidate = people::find(&client, &candidate).await?;
                let liaison = people::find(&client, &liaison).await?;
                let body = json!({ "liaison": liaison.id, "since": since });
                let path = format!("/v1/candidates/{}/liaison", candidate.id);
                let answer = client.post(&path, &without_nulls(body)).await?;
                done(global, &answer, &format!("已指定 assigned: {} → {}", candidate.name, liaison.name));
                Ok(())
            }
            What::End { candidate, on, successor, reason } => {
                let candidate = people::find(&client, &candidate).await?;
                let successor = match successor {
                    Some(successor) => Some(people::find(&client, &successor).await?.id),
                    None => None,
                };
                let etag = people::etag(&client, &format!("/v1/candidates/{}", candidate.id)).await?;
                let usual = if successor.is_some() { "hand_over" } else { "unavailable" };
                let reason = reason.unwrap_or_else(|| usual.to_owned());
                let body = without_nulls(json!({ "on": on, "reason": reason, "successor": successor }));
                let path = format!("/v1/candidates/{}/liaison/end", candidate.id);
                let answer = client.post_if(&path, &body, &etag).await?;
                done(global, &answer, &format!("已结束 ended: {}", candidate.name));
                Ok(())
            }
        }
    }
}

/// An object without the fields that say nothing; the api refuses what it does not expect.
pub(crate) fn without_nulls(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    body
}

fn done(global: &Global, answer: &Value, sentence: &str) {
    if global.json { say_json(answer) } else { say(sentence) }
}

/// Columns of the workbook under review: title and where the proposal has it.
const COLUMNS: [(&str, &str); 8] = [
    ("工号", "/staff_number"),
    ("姓名", "/name"),
    ("单位", "/unit"),
    ("教研室", "/room"),
    ("建议联系人工号", "/liaison_staff_number"),
    ("建议联系人", "/liaison_name"),
    ("职务", "/office"),
    ("理由", "/why"),
];
const ADOPTED: &str = "采纳";

async fn propose(global: &Global, client: &Client, out: Option<&Path>) -> Result<(), Failure> {
    let answer = client.post("/v1/liaison/proposals", &json!({})).await?;
    let assignments = list(&answer, "/assignments");
    let without = list(&answer, "/without");
    match out {
        Some(path) if is_json(path) => {
            std::fs::write(path, format!("{answer:#}\n")).map_err(Failure::file(path))?;
        }
        Some(path) => write_workbook(assignments, path)?,
        None if global.json => {
            say_json(&answer);
            return Ok(());
        }
        None => {
            let mut table = Table::new(["工号", "姓名", "单位", "建议联系人", "职务", "理由"]);
            for row in assignments {
                let cells = ["/staff_number", "/name", "/unit", "/liaison_name", "/office", "/why"];
                table.row(cells.map(|cell| cell_of(row, cell)));
            }
            say(table.render());
        }
    }
    if global.json {
        say_json(&json!({ "assignments": assignments.len(), "without": without.len() }));
        return Ok(());
    }
    say(format!("建议 proposed: {}；仍无联系人 still without: {}", assignments.len(), without.len()));
    for row in without {
        let cells = ["/staff_number", "/name", "/why"].map(|cell| cell_of(row, cell));
        say(format!("  {}", cells.join(" ")));
    }
    if let Some(path) = out {
        let path = path.display();
        note(format!("审阅后采用 after review: peiyu liaison apply {path}"));
    }
    Ok(())
}

/// A cell of a proposal; why somebody is proposed, or nobody, in words.
fn cell_of(row: &Value, pointer: &str) -> String {
    let text = text(row, pointer);
    if pointer != "/why" {
        return text;
    }
    let words = match text.as_str() {
        "own_branch" => "本支部",
        "own_unit" => "本单位",
        "neighbouring" => "相邻单位",
        "elsewhere" => "其他单位有空额",
        "helping_out" => "责任人已满，协助联系",
        "no_leader" => "没有可担任联系人的人",
        "no_free_place" => "联系人名额已满",
        "only_oneself" => "只剩本人的名额",
        other => other,
    };
    words.to_owned()
}

fn write_workbook(assignments: &[Value], path: &Path) -> Result<(), Failure> {
    let mut headers: Vec<&str> = COLUMNS.iter().map(|(title, _)| *title).collect();
    headers.push(ADOPTED);
    let rows = assignments.iter().map(|row| {
        let mut cells: Vec<String> = COLUMNS.iter().map(|(_, pointer)| cell_of(row, pointer)).collect();
        cells.push("是".to_owned());
        cells
    });
    let bytes = write_table("联系人建议", &headers, rows)
        .map_err(|error| Failure::failed("无法写工作簿", "cannot write the workbook").because(error))?;
    std::fs::write(path, bytes).map_err(Failure::file(path))
}

async fn apply(
    global: &Global,
    client: &Client,
    file: &Path,
    only: &[String],
    since: Option<Date>,
) -> Result<(), Failure> {
    let mut wanted = if is_json(file) { pairs_of_json(file)? } else { pairs_of_workbook(file)? };
    wanted.retain(|pair| only.is_empty() || only.contains(&pair.candidate));
    if wanted.is_empty() {
        return Err(Failure::usage("没有要采用的行", "there is nothing to apply")
            .next("采纳一栏写“是”，或检查 --only", "write 是 under 采纳, or look at --only"));
    }
    let mut assignments = Vec::with_capacity(wanted.len());
    for pair in &wanted {
        let candidate = people::find(client, &pair.candidate_ref).await?.id;
        let liaison = people::find(client, &pair.liaison_ref).await?.id;
        assignments.push(json!({ "candidate": candidate, "liaison": liaison }));
    }
    let mut progress = Progress::begin("采用 applying", global.json);
    let (mut applied, mut refused) = (0, Vec::new());
    for (chunk, pairs) in assignments.chunks(CHUNK).zip(wanted.chunks(CHUNK)) {
        let body = without_nulls(json!({ "assignments": chunk, "since": since }));
        let answer = client.post("/v1/liaison/proposals/apply", &body).await?;
        applied += list(&answer, "/applied").len();
        list(&answer, "/applied").iter().for_each(|done| client.wrote(done));
        for row in list(&answer, "/refused") {
            let place = chunk.iter().position(|sent| sent["candidate"] == row["candidate"]);
            let number = place.and_then(|place| pairs.get(place)).map(|pair| pair.candidate.clone());
            refused.push(json!({ "staff_number": number, "detail": text(row, "/detail"), "problem": row }));
        }
        let done = u64::try_from(applied + refused.len()).unwrap_or(u64::MAX);
        progress.at(done, u64::try_from(wanted.len()).unwrap_or(u64::MAX));
    }
    progress.end();
    if global.json {
        say_json(&json!({ "applied": applied, "refused": refused }));
        return outcome(applied, refused.len());
    }
    say(format!("已采用 applied: {applied}；未能采用 refused: {}", refused.len()));
    for row in &refused {
        say(format!("  {} {}", text(row, "/staff_number"), text(row, "/detail")));
    }
    outcome(applied, refused.len())
}

/// A proposal of which nothing could be applied was refused.
fn outcome(applied: usize, refused: usize) -> Result<(), Failure> {
    if applied > 0 || refused == 0 {
        return Ok(());
    }
    Err(Failure::new(Code::Refused, "一行也未能采用", "no row could be applied"))
}

/// Who is accompanied by whom.
#[derive(Debug, PartialEq, Eq)]
struct Pair {
    /// Staff number, for people.
    candidate: String,
    /// Staff number or id.
    candidate_ref: String,
    /// Staff number or id.
    liaison_ref: String,
}

fn pairs_of_json(file: &Path) -> Result<Vec<Pair>, Failure> {
    let content = std::fs::read(file).map_err(Failure::file(file))?;
    let proposal: Value = serde_json::from_slice(&content).map_err(|error| {
        Failure::usage(format!("{} 不是 JSON", file.display()), format!("{} is no JSON", file.display()))
            .because(error)
    })?;
    let named = |row: &Value, names: [&str; 2]| {
        names.iter().map(|name| text(row, name)).find(|text| !text.is_empty()).unwrap_or_default()
    };
    let pairs = list(&proposal, "/assignments").iter().map(|row| Pair {
        candidate: named(row, ["/staff_number", "/candidate"]),
        candidate_ref: named(row, ["/candidate", "/staff_number"]),
        liaison_ref: named(row, ["/liaison", "/liaison_staff_number"]),
    });
    Ok(pairs.collect())
}

fn pairs_of_workbook(file: &Path) -> Result<Vec<Pair>, Failure> {
    let table = read_table(file, Limits::default()).map_err(|error| {
        Failure::usage(format!("{} 读不了", file.display()), format!("{} is unreadable", file.display()))
            .because(error)
    })?;
    let column = |title: &str| {
        table.headers.iter().position(|header| header == title).ok_or_else(|| {
            Failure::usage(format!("缺列：{title}"), format!("the column {title} is missing"))
                .next("重新生成：peiyu liaison propose --out", "make it anew: peiyu liaison propose --out")
        })
    };
    let (candidate, liaison, adopted) = (column("工号")?, column("建议联系人工号")?, column(ADOPTED)?);
    let cell = |row: &[String], index: usize| row.get(index).cloned().unwrap_or_default();
    let chosen = table.rows.iter().filter(|(_, row)| cell(row, adopted) == "是");
    let pairs = chosen.map(|(_, row)| {
        let candidate = cell(row, candidate);
        Pair { candidate_ref: candidate.clone(), candidate, liaison_ref: cell(row, liaison) }
    });
    Ok(pairs.collect())
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_reviewed_workbook_gives_only_the_adopted_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("proposal.xlsx");
        let proposed = [
            json!({ "staff_number": "9000112", "liaison_staff_number": "9000001" }),
            json!({ "staff_number": "9000113", "liaison_staff_number": "9000002" }),
        ];
        write_workbook(&proposed, &path).unwrap();
        let mut table = read_table(&path, Limits::default()).unwrap();
        let adopted = table.headers.iter().position(|header| header == ADOPTED).unwrap();
        table.rows[1].1[adopted] = "否".to_owned();
        let headers: Vec<&str> = table.headers.iter().map(String::as_str).collect();
        let rows = table.rows.iter().map(|(_, row)| row.clone());
        std::fs::write(&path, write_table("x", &headers, rows).unwrap()).unwrap();
        let number = || "9000112".to_owned();
        let kept = Pair { candidate: number(), candidate_ref: number(), liaison_ref: "9000001".to_owned() };
        assert_eq!(pairs_of_workbook(&path).unwrap(), [kept]);
    }
}
