//! Tells the story step by step; each step is a command that a user could have sent.

use serde_json::{Value, json};

use super::{Loader, books, plot};
use crate::client::Client;
use crate::failure::Failure;
use crate::people::{self, text};
use crate::place::write_private;
use crate::verbs::import::{self, FileToImport};

/// About how many steps there are, for the progress.
pub(super) const STEPS: u64 = 50;

/// Tells all of it.
///
/// # Errors
/// The first step that fails.
pub(super) async fn tell(loader: &mut Loader<'_>) -> Result<(), Failure> {
    import_book(loader, "organisation", books::organisation()).await?;
    import_book(loader, "roster", books::roster()).await?;
    import_book(loader, "talks", old_talks(loader)).await?;
    assign(loader).await?;
    hand_over(loader).await?;
    train(loader).await?;
    let logins = open_accounts(loader).await?;
    let granted = json!({ "right": "operate" });
    let operator = account(loader, plot::OPERATOR).await?;
    loader
        .send("grant operate", &format!("/v1/accounts/{}/rights", text(&operator, "/id")), &granted)
        .await?;
    record_talks(loader, &logins).await?;
    contradict(loader).await
}

/// Writes a workbook and imports it as `peiyu import` does.
async fn import_book(
    loader: &mut Loader<'_>,
    step: &str,
    book: Result<Vec<u8>, peiyu_workbooks::WorkbookError>,
) -> Result<(), Failure> {
    if loader.state.is_done(step) {
        return Ok(());
    }
    let kind = step.split(' ').next().unwrap_or(step);
    let folder = loader.place.folder().join("demo");
    std::fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    let file = folder.join(format!("{kind}.xlsx"));
    let written = |error| Failure::failed("无法写示例工作簿", "cannot write a workbook").because(error);
    // Written once: the same command must carry the same bytes when it is sent again.
    if !file.exists() {
        std::fs::write(&file, book.map_err(written)?).map_err(Failure::file(&file))?;
    }
    let wanted = FileToImport { file, dry_run: false, rejects: None, mapping: None };
    let run = import::carry_out(loader.client, kind, &wanted, loader.state.command_id(step), true).await?;
    let report = run.get("report").unwrap_or(&run);
    if report.get("rejected").and_then(Value::as_u64).unwrap_or(0) > 0 {
        return Err(Failure::failed(
            format!("示例 {kind} 有被退回的行：{}", text(report, "/rejected_by_reason")),
            format!("rows of the invented {kind} were rejected"),
        ));
    }
    loader.done(step)
}

/// The paper ledger.
fn old_talks(loader: &Loader<'_>) -> Result<Vec<u8>, peiyu_workbooks::WorkbookError> {
    let told = plot::ASSIGNMENTS.iter().filter_map(|assignment| {
        let held = loader.day(assignment.old_talk?);
        let (candidate, liaison) = (assignment.candidate, assignment.liaison);
        Some(vec![
            candidate.to_owned(),
            books::name_of(candidate),
            liaison.to_owned(),
            books::name_of(liaison),
            held.to_string(),
            "个别谈话".to_owned(),
            "办公室".to_owned(),
            "思想动态".to_owned(),
            "了解思想、工作和生活情况，介绍近期党课安排。".to_owned(),
        ])
    });
    books::talks(told.collect())
}

async fn assign(loader: &mut Loader<'_>) -> Result<(), Failure> {
    for assignment in plot::ASSIGNMENTS {
        let candidate = loader.person(assignment.candidate).await?;
        let liaison = loader.person(assignment.liaison).await?;
        let body = json!({ "liaison": liaison, "since": loader.day(assignment.since) });
        let step = format!("assign {}", assignment.candidate);
        loader.send(&step, &format!("/v1/candidates/{candidate}/liaison"), &body).await?;
    }
    Ok(())
}

async fn hand_over(loader: &mut Loader<'_>) -> Result<(), Failure> {
    let (candidate, successor, day) = plot::HANDED_OVER;
    let successor = loader.person(successor).await?;
    let body = json!({ "on": loader.day(day), "reason": "hand_over", "successor": successor });
    end(loader, "hand over", candidate, &body).await?;
    let (candidate, day) = plot::GAP;
    let body = json!({ "on": loader.day(day), "reason": "office_ended" });
    end(loader, "gap", candidate, &body).await
}

async fn end(
    loader: &mut Loader<'_>,
    step: &str,
    candidate: &'static str,
    body: &Value,
) -> Result<(), Failure> {
    if loader.state.is_done(step) {
        return Ok(());
    }
    let candidate = loader.person(candidate).await?;
    let etag = people::etag(loader.client, &format!("/v1/candidates/{candidate}")).await?;
    loader.send_if(step, &format!("/v1/candidates/{candidate}/liaison/end"), body, Some(&etag)).await?;
    Ok(())
}

async fn train(loader: &mut Loader<'_>) -> Result<(), Failure> {
    let organiser = department(loader.client).await?;
    let (from, to) = (loader.day(plot::Day::Ago(14)), loader.day(plot::Day::Ago(-14)));
    let plan = json!({
        "title": "高知群体专题培训班", "organisation": organiser, "form": "concentrated_training",
        "from": from, "to": to, "hours": 24, "places": 30,
    });
    // Sent again after a crash it is answered as before, so that the class is known.
    let id = loader.state.command_id("class");
    let class = text(&loader.client.command("/v1/trainings", &plan, id, None).await?, "/id");
    for staff_number in plot::ENROLLED {
        let person = loader.person(staff_number).await?;
        let step = format!("enrol {staff_number}");
        loader
            .send(&step, &format!("/v1/trainings/{class}/participants"), &json!({ "person": person }))
            .await?;
    }
    for (staff_number, outcome) in plot::COMPLETED {
        let person = loader.person(staff_number).await?;
        let body = json!({ "on": loader.day(plot::Day::Ago(1)), "hours": 24, "outcome": outcome });
        let path = format!("/v1/trainings/{class}/participants/{person}/completion");
        loader.send(&format!("complete {staff_number}"), &path, &body).await?;
    }
    Ok(())
}

async fn department(client: &Client) -> Result<String, Failure> {
    let tree = client.get("/v1/organisations", &[]).await?;
    let found = people::items(&tree).iter().find(|organisation| text(organisation, "/kind") == "department");
    found
        .map(|organisation| text(organisation, "/id"))
        .ok_or_else(|| Failure::failed("示例组织中没有组织部", "the invented tree has no department"))
}

/// Login and password of everybody with an account; kept in `demo-logins.txt` only.
#[derive(Debug)]
struct Login {
    staff_number: &'static str,
    password: String,
}

async fn open_accounts(loader: &mut Loader<'_>) -> Result<Vec<Login>, Failure> {
    let kept = std::fs::read_to_string(loader.place.demo_logins()).unwrap_or_default();
    let mut logins = Vec::new();
    for staff_number in plot::ACCOUNTS {
        let known = kept.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some(staff_number)).then(|| words.next().unwrap_or_default().to_owned())
        });
        let password = match known {
            Some(password) => password,
            None => open_account(loader, staff_number).await?,
        };
        logins.push(Login { staff_number, password });
        keep(loader, &logins)?;
    }
    Ok(logins)
}

/// Opens an account; opened before, it is answered as then.
async fn account(loader: &mut Loader<'_>, staff_number: &'static str) -> Result<Value, Failure> {
    let person = loader.person(staff_number).await?;
    let step = format!("account {staff_number}");
    let body = json!({ "person": person });
    let opened = loader.client.command("/v1/accounts", &body, loader.state.command_id(&step), None).await?;
    loader.done(&step)?;
    Ok(opened)
}

/// The first password of an account; one whose password a crash has swallowed gets another.
async fn open_account(loader: &mut Loader<'_>, staff_number: &'static str) -> Result<String, Failure> {
    let opened = account(loader, staff_number).await?;
    let password = text(&opened, "/password");
    if !password.is_empty() {
        return Ok(password);
    }
    let path = format!("/v1/accounts/{}/password", text(&opened, "/id"));
    Ok(text(&loader.client.post(&path, &json!({})).await?, "/password"))
}

fn keep(loader: &Loader<'_>, logins: &[Login]) -> Result<(), Failure> {
    let mut content = "# 账号 密码 姓名 职务 login, password, name, office（虚构 invented）\n".to_owned();
    for Login { staff_number, password } in logins {
        let name = books::name_of(staff_number);
        let office = match *staff_number {
            plot::OPERATOR => "系统管理员".to_owned(),
            other => books::office_of(other),
        };
        content.push_str(&format!("{staff_number} {password} {name} {office}\n"));
    }
    write_private(&loader.place.demo_logins(), &content)
}

/// Each liaison logs in and records what was talked about.
async fn record_talks(loader: &mut Loader<'_>, logins: &[Login]) -> Result<(), Failure> {
    for talk in plot::TALKS {
        let step = format!("talk {}", talk.candidate);
        let login = logins.iter().find(|login| login.staff_number == talk.liaison);
        let Some(login) = login.filter(|_| !loader.state.is_done(&step)) else { continue };
        let candidate = loader.person(talk.candidate).await?;
        let issued = loader.client.log_in(login.staff_number, &login.password).await?;
        let liaison = Client::to(loader.client.base().to_owned(), Some(issued.token))?;
        let body = json!({
            "held_on": loader.day(talk.held), "form": talk.form, "place": "办公室",
            "topics": [talk.topic], "gist": talk.gist,
        });
        let path = format!("/v1/candidates/{candidate}/talks");
        liaison.command(&path, &body, loader.state.command_id(&step), None).await?;
        liaison.delete(&format!("/v1/tokens/{}", issued.id)).await?;
        loader.done(&step)?;
    }
    Ok(())
}

/// A title corrected by hand, which the same roster then contradicts.
async fn contradict(loader: &mut Loader<'_>) -> Result<(), Failure> {
    let (staff_number, title) = plot::CORRECTED;
    if !loader.state.is_done("correct") {
        let person = loader.person(staff_number).await?;
        let etag = people::etag(loader.client, &format!("/v1/persons/{person}")).await?;
        let body = json!({ "field": "title", "value": title, "reason": "本年度职称评审结果，名册尚未更新" });
        loader.send_if("correct", &format!("/v1/persons/{person}/corrections"), &body, Some(&etag)).await?;
    }
    import_book(loader, "roster again", books::roster()).await
}
